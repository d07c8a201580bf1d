//! A column, and a field that is none.

use proc_macro2::Ident;
use syn::Type;

use crate::attr::FieldAttrs;
use crate::syntax::name::FieldName;
use crate::syntax::types::{FieldType, SqlType};

/// A field that is a column, or a column of a reference.
pub(crate) struct Column<'a> {
    pub(crate) position: usize,
    pub(crate) field: FieldName<'a>,
    /// Its name in Diesel's table: the field's, but for a reference.
    pub(crate) ident: Ident,
    pub(crate) name: String,
    pub(crate) ty: FieldType<'a>,
    pub(crate) attrs: FieldAttrs,
    /// The reference it belongs to.
    pub(crate) reference: Option<Part>,
}

/// The reference that a column belongs to, by its place, and which part of the key the column is.
#[derive(Clone, Copy)]
pub(crate) struct Part {
    pub(crate) reference: usize,
    pub(crate) part: usize,
    /// Whether it is the whole key.
    pub(crate) only: bool,
    /// The variant that the reference is of, where an enum of references is the field.
    pub(crate) variant: Option<usize>,
}

/// A field that is no column.
pub(crate) struct Skipped<'a> {
    pub(crate) field: FieldName<'a>,
    pub(crate) ty: &'a Type,
    pub(crate) attrs: FieldAttrs,
}

impl Column<'_> {
    /// Its name in Diesel's table, without `r#`.
    pub(crate) fn ident_name(&self) -> String {
        FieldName(&self.ident).to_string()
    }

    /// The digits of a decimal, where they are limited.
    pub(crate) fn digits(&self) -> Option<(u32, u32)> {
        let precision = self.attrs.precision.as_ref()?.value;
        Some((precision, self.attrs.scale.as_ref().map_or(0, |scale| scale.value)))
    }

    /// The most characters of a text that the program gives, where they are limited.
    pub(crate) fn most_characters(&self) -> Option<u32> {
        let is_text = matches!(self.ty.sql, SqlType::Diesel("Text")) && !self.ty.is_read_only();
        self.attrs
            .length
            .as_ref()
            .filter(|_| is_text && self.reference.is_none())
            .map(|it| it.value)
    }

    /// Whether it has a calendar date, with a time or without.
    pub(crate) fn is_date(&self) -> bool {
        matches!(
            self.ty.sql,
            SqlType::Diesel("Date" | "Timestamp")
                | SqlType::Runtime("CivilDate" | "CivilDateTime" | "TimestampUtc")
        )
    }

    /// Whether its values are finer than a microsecond, which is what the databases keep.
    pub(crate) fn is_clock(&self) -> bool {
        let is_clock = matches!(
            self.ty.sql,
            SqlType::Diesel("Time" | "Timestamp")
                | SqlType::Runtime("CivilTime" | "CivilDateTime" | "TimestampUtc")
        );
        is_clock && !self.ty.is_read_only() && self.reference.is_none()
    }

    /// Whether a value is brought to what the column keeps, or refused, before it is written.
    pub(crate) fn fits(&self) -> bool {
        self.digits().is_some() || self.most_characters().is_some() || self.is_clock()
    }
}
