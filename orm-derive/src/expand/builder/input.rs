//! The fields of an entity as its builder sees them.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::{Expr, Type};

use crate::attr::Given;
use crate::docs;
use crate::embed::EmbedField;
use crate::level::Base;
use crate::model::{Column, Entity, Skipped};
use crate::name::FieldName;
use crate::one_of::OneOfField;
use crate::relation::{Collection, Kind, Reference};
use crate::value::bare;

/// A field as the builder sees it.
pub(crate) struct Input<'a> {
    pub(crate) field: FieldName<'a>,
    /// What the setter takes: the type without `Auto`, `Deferred` and `Option`.
    pub(super) value: &'a Type,
    pub(super) into: bool,
    /// Whether the setter takes what a reference leads to.
    pub(super) refers: bool,
    /// What a setter is given that takes objects of another entity, and how many.
    pub(super) related: Option<(&'a Type, Objects)>,
    pub(super) nullable: bool,
    pub(super) deferred: bool,
    pub(super) absent: Absent<'a>,
}

/// How many objects a setter takes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Objects {
    One,
    Many,
}

/// What becomes of a field that was not given.
pub(super) enum Absent<'a> {
    Required,
    /// Unset, in a wrapper: the database makes the value.
    Made,
    /// Unset, or in no collection yet.
    Unset,
    /// The same of an enum of references.
    Nowhere,
    /// The present.
    Stamped,
    None,
    Default,
    Expr(&'a Expr),
}

/// The fields that can be given: all but the version and what the database computes.
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
    // What connects through an entity of the program's has to be added as an object of it.
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
            Some(Given { value: Some(expr), .. }) => Absent::Expr(expr),
            Some(Given { value: None, .. }) => Absent::Default,
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

    /// The names of the setters.
    pub(crate) fn methods(&self) -> impl Iterator<Item = String> {
        let maybe = self.nullable.then(|| format!("maybe_{}", self.field));
        std::iter::once(self.field.to_string()).chain(maybe)
    }

    pub(super) fn is_required(&self) -> bool {
        matches!(self.absent, Absent::Required)
    }

    /// The type the builder keeps until `build`, as an `Option`.
    pub(super) fn kept(&self) -> TokenStream {
        let value = self.value;
        if self.nullable { quote!(::core::option::Option<#value>) } else { quote!(#value) }
    }

    pub(super) fn doc(&self) -> String {
        match self.absent {
            Absent::Required => docs::required_setter(self.field),
            Absent::Made => docs::optional_setter(self.field, docs::DEFAULT_AUTO),
            Absent::Stamped => docs::optional_setter(self.field, docs::DEFAULT_NOW),
            Absent::Unset => match self.related {
                None => docs::reference_setter(self.field),
                Some((_, Objects::Many)) => docs::collection_setter(self.field),
                Some((_, Objects::One)) => docs::one_setter(self.field),
            },
            Absent::Nowhere => docs::one_of_setter(self.field),
            Absent::None => docs::optional_setter(self.field, docs::DEFAULT_NONE),
            Absent::Default => docs::optional_setter(self.field, docs::DEFAULT_TRAIT),
            Absent::Expr(expr) => match bare(expr) {
                Expr::Lit(literal) => {
                    let text = literal.to_token_stream();
                    docs::optional_setter(self.field, format_args!("`{text}`"))
                }
                _ => docs::optional_setter(self.field, docs::DEFAULT_GIVEN),
            },
        }
    }
}
