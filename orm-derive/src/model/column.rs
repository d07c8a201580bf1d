//! Columns, and fields that are not columns.

use proc_macro2::Ident;
use syn::Type;

use crate::attr::FieldAttrs;
use crate::syntax::name::FieldName;
use crate::syntax::types::{FieldType, SqlType};

/// A field that is a column, or a column of a reference.
pub(crate) struct Column<'a> {
    pub(crate) position: usize,
    pub(crate) field: FieldName<'a>,
    /// Its name in Diesel's table. It is the field's name, except for a reference.
    pub(crate) ident: Ident,
    pub(crate) name: String,
    pub(crate) ty: FieldType<'a>,
    pub(crate) attrs: FieldAttrs,
    /// The reference it belongs to.
    pub(crate) reference: Option<Part>,
}

/// The reference that a column belongs to, by position, and which part of the key the column is.
#[derive(Clone, Copy)]
pub(crate) struct Part {
    pub(crate) reference: usize,
    pub(crate) part: usize,
    /// Whether it is the whole key.
    pub(crate) only: bool,
    /// The reference's variant, if the field is an enum of references.
    pub(crate) variant: Option<usize>,
}

/// A field that is not a column.
pub(crate) struct Skipped<'a> {
    pub(crate) field: FieldName<'a>,
    pub(crate) ty: &'a Type,
    pub(crate) attrs: FieldAttrs,
}

impl Column<'_> {
    /// Returns its name in Diesel's table, without `r#`.
    pub(crate) fn ident_name(&self) -> String {
        FieldName(&self.ident).to_string()
    }

    /// Returns the digits of a decimal, if they are limited.
    pub(crate) fn digits(&self) -> Option<(u32, u32)> {
        let precision = self.attrs.precision.as_ref()?.value;
        Some((precision, self.attrs.scale.as_ref().map_or(0, |scale| scale.value)))
    }

    /// Returns the largest number of characters of a `String`, if the program writes the column and
    /// the length is limited.
    pub(crate) fn most_characters(&self) -> Option<u32> {
        let is_text = matches!(self.ty.sql, SqlType::Diesel("Text")) && !self.ty.is_read_only();
        self.attrs
            .length
            .as_ref()
            .filter(|_| is_text && self.reference.is_none())
            .map(|it| it.value)
    }

    /// Returns `true` if it has a calendar date, with or without a time.
    pub(crate) fn is_date(&self) -> bool {
        matches!(
            self.ty.sql,
            SqlType::Diesel("Date" | "Timestamp")
                | SqlType::Runtime("CivilDate" | "CivilDateTime" | "TimestampUtc")
        )
    }

    /// Returns `true` if its values are finer than a microsecond, which is the precision of the
    /// databases.
    pub(crate) fn is_clock(&self) -> bool {
        let is_clock = matches!(
            self.ty.sql,
            SqlType::Diesel("Time" | "Timestamp")
                | SqlType::Runtime("CivilTime" | "CivilDateTime" | "TimestampUtc")
        );
        is_clock && !self.ty.is_read_only() && self.reference.is_none()
    }

    /// Returns `true` if a value is converted to the column's precision, or refused, before it is
    /// written.
    pub(crate) fn fits(&self) -> bool {
        self.digits().is_some() || self.most_characters().is_some() || self.is_clock()
    }
}
