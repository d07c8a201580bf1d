//! The fields of an entity as its builder sees them.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Expr, Type};

use crate::attr::AttrValue;
use crate::model::Entity;
use crate::model::column::{Column, Skipped};
use crate::model::embed::EmbedField;
use crate::model::one_of::OneOfField;
use crate::model::relation::{Collection, Reference};
use crate::model::subtype::Base;
use crate::syntax::name::FieldName;
use crate::syntax::relation_type::Kind;

/// A field as the builder sees it.
pub(crate) struct Input<'a> {
    pub(crate) field: FieldName<'a>,
    /// The type that the setter takes, without `Auto`, `Deferred` and `Option`.
    pub(crate) value: &'a Type,
    pub(crate) into: bool,
    /// Whether the setter takes a referenced object.
    pub(crate) refers: bool,
    /// The entity whose objects the setter takes, and how many.
    pub(crate) related: Option<(&'a Type, Objects)>,
    pub(crate) nullable: bool,
    pub(crate) deferred: bool,
    pub(crate) absent: Absent<'a>,
}

/// How many objects a setter takes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Objects {
    One,
    Many,
}

/// What `build` does with a field that was not given.
pub(crate) enum Absent<'a> {
    Required,
    /// It is unset, in a wrapper: the database generates the value.
    Made,
    /// It is unset, or not yet in a collection.
    Unset,
    /// The same for an enum of references.
    Nowhere,
    /// It is the current time.
    Stamped,
    None,
    Default,
    Expr(&'a Expr),
}

/// Returns the fields that can be given: all but the version and what the database computes.
pub(crate) fn inputs<'a>(entity: &'a Entity<'a>) -> impl Iterator<Item = Input<'a>> {
    let columns = entity
        .column_fields()
        .filter(|column| column.attrs.version.is_none() && !column.ty.is_read_only());
    let columns = columns.map(|column| match column.reference {
        Some(part) => match &entity.references[part.reference] {
            Reference { of_variant: Some(of), .. } => Input::one_of(&entity.one_ofs[of.one_of]),
            reference => Input::reference(reference),
        },
        None => Input::column(column),
    });
    // Without a variant there is an error, and no column.
    let untold = entity.one_ofs.iter().filter(|one_of| one_of.references.is_empty());
    let columns = columns.chain(untold.map(Input::one_of));
    let base = entity.base().map(Input::base);
    let columns = base.into_iter().chain(columns);
    let columns = columns.chain(entity.embeds.iter().map(Input::embedded));
    // Objects of an association that the program defines must be added like any other objects.
    let collections = entity.collections.iter().filter(|it| !it.is_through_entity());
    let columns = columns.chain(collections.map(Input::collection));
    columns.chain(entity.skipped.iter().map(Input::skipped))
}

impl<'a> Input<'a> {
    fn column(column: &'a Column<'a>) -> Self {
        let ty = &column.ty;
        let absent = match &column.attrs.default {
            _ if ty.auto || ty.made.is_some() => Absent::Made,
            _ if column.attrs.created_at.is_some() || column.attrs.updated_at.is_some() => {
                Absent::Stamped
            }
            Some(AttrValue { value: Some(expr), .. }) => Absent::Expr(expr),
            Some(AttrValue { value: None, .. }) => Absent::Default,
            None if ty.nullable => Absent::None,
            None => Absent::Required,
        };
        Input {
            field: column.field,
            value: &ty.value,
            into: !ty.auto && ty.takes_into(),
            refers: false,
            related: None,
            nullable: ty.nullable,
            deferred: ty.deferred,
            absent,
        }
    }

    fn reference(reference: &'a Reference<'a>) -> Self {
        Input {
            field: reference.field,
            value: reference.ty.inner,
            into: true,
            refers: true,
            related: None,
            nullable: reference.ty.nullable,
            deferred: false,
            absent: Absent::Unset,
        }
    }

    fn one_of(one_of: &'a OneOfField<'a>) -> Self {
        Input {
            field: one_of.field,
            value: one_of.value,
            into: true,
            refers: true,
            related: None,
            nullable: one_of.optional,
            deferred: false,
            absent: Absent::Nowhere,
        }
    }

    fn collection(collection: &'a Collection<'a>) -> Self {
        let objects = if collection.ty.kind == Kind::HasOne { Objects::One } else { Objects::Many };
        Input {
            field: collection.field,
            value: collection.ty.whole,
            into: false,
            refers: false,
            related: Some((collection.ty.target, objects)),
            nullable: false,
            deferred: false,
            absent: Absent::Unset,
        }
    }

    fn embedded(embed: &'a EmbedField<'a>) -> Self {
        Input {
            field: embed.field,
            value: embed.value,
            into: false,
            refers: false,
            related: None,
            nullable: embed.optional,
            deferred: false,
            absent: if embed.optional { Absent::None } else { Absent::Required },
        }
    }

    fn base(base: &'a Base<'a>) -> Self {
        Input {
            field: base.field,
            value: base.ty,
            into: false,
            refers: false,
            related: None,
            nullable: false,
            deferred: false,
            absent: Absent::Required,
        }
    }

    fn skipped(skipped: &'a Skipped<'a>) -> Self {
        Input {
            field: skipped.field,
            value: skipped.ty,
            into: false,
            refers: false,
            related: None,
            nullable: false,
            deferred: false,
            absent: Absent::Default,
        }
    }

    /// Returns the names of the setters.
    pub(crate) fn methods(&self) -> impl Iterator<Item = String> {
        let maybe = self.nullable.then(|| format!("maybe_{}", self.field));
        std::iter::once(self.field.to_string()).chain(maybe)
    }

    pub(crate) fn is_required(&self) -> bool {
        matches!(self.absent, Absent::Required)
    }

    /// Returns the type that the builder keeps until `build`, as an `Option`.
    pub(crate) fn kept(&self) -> TokenStream {
        let value = self.value;
        if self.nullable { quote!(::core::option::Option<#value>) } else { quote!(#value) }
    }
}
