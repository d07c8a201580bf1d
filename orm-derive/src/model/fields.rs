//! The fields of a struct, sorted by their types and attributes.

use syn::Type;

use crate::attr::FieldAttrs;
use crate::model::column::{Column, Skipped};
use crate::model::embed::{self, EmbedField, ValueObjectReply};
use crate::model::one_of::{OfVariant, OneOfField, Variant};
use crate::model::relation::{Collection, Reference};
use crate::syntax::ctxt::Ctxt;
use crate::syntax::keywords;
use crate::syntax::name::FieldName;
use crate::syntax::relation_type::{Kind, RelationType};
use crate::syntax::types::FieldType;

/// The fields of a struct, sorted by their types and attributes.
pub(super) struct ReadFields<'a> {
    pub(super) columns: Vec<Column<'a>>,
    pub(super) embeds: Vec<EmbedField<'a>>,
    pub(super) skipped: Vec<Skipped<'a>>,
    pub(super) references: Vec<Reference<'a>>,
    pub(super) one_ofs: Vec<OneOfField<'a>>,
    pub(super) collections: Vec<Collection<'a>>,
    /// The first field that is a base.
    pub(super) base: Option<(FieldName<'a>, &'a Type, FieldAttrs)>,
    pub(super) more_bases: Vec<FieldName<'a>>,
}

impl<'a> ReadFields<'a> {
    /// Sorts the fields of a struct. `known` is what value objects and enums of references provide,
    /// in the order of the fields.
    pub(super) fn of(
        fields: Vec<&'a syn::Field>,
        known: &'a [ValueObjectReply],
        ctxt: &mut Ctxt,
    ) -> Self {
        let mut read = ReadFields {
            columns: Vec::new(),
            embeds: Vec::new(),
            skipped: Vec::new(),
            references: Vec::new(),
            one_ofs: Vec::new(),
            collections: Vec::new(),
            base: None,
            more_bases: Vec::new(),
        };
        let mut known = known.iter();
        let mut told = |ty| embed::path(ty).and_then(|_| known.next());
        let mut objects = Vec::new();
        for field in fields {
            let attrs = FieldAttrs::read(&field.attrs, ctxt);
            let Some(ident) = &field.ident else { continue };
            let name = FieldName(ident);
            if attrs.base.is_some() {
                match read.base {
                    None => read.base = Some((name, &field.ty, attrs)),
                    Some(_) => read.more_bases.push(name),
                }
            } else if attrs.skip.is_some() {
                read.skipped.push(Skipped { field: name, ty: &field.ty, attrs });
            } else if attrs.embed.is_some() {
                let embedded_columns = match told(&field.ty) {
                    Some(ValueObjectReply::Columns(embedded_columns)) => embedded_columns.clone(),
                    Some(ValueObjectReply::Variants(_)) => {
                        ctxt.at(
                            &field.ty,
                            format!(
                                "this is an enum of references; write `{}` in place of `{}`",
                                keywords::ONE_OF,
                                keywords::EMBED
                            ),
                        );
                        continue;
                    }
                    None => Vec::new(),
                };
                objects.push((name, &field.ty, attrs, embedded_columns));
            } else if attrs.one_of.is_some() {
                match told(&field.ty) {
                    Some(ValueObjectReply::Variants(variants)) => {
                        read.one_of(name, &field.ty, attrs, variants)
                    }
                    Some(ValueObjectReply::Columns(_)) => ctxt.at(
                        &field.ty,
                        format!(
                            "this is a value object; write `{}` in place of `{}`",
                            keywords::EMBED,
                            keywords::ONE_OF
                        ),
                    ),
                    None => read.one_of(name, &field.ty, attrs, &[]),
                }
            } else if let Some(ty) = RelationType::read(&field.ty) {
                read.relationship(name, ty, attrs, ctxt);
            } else {
                let ty = FieldType::read(&field.ty, attrs.given_type(), ctxt);
                let column = match &attrs.column {
                    Some(column) => column.value.value(),
                    None => name.to_string(),
                };
                let position = read.columns.len();
                read.columns.push(Column {
                    position,
                    field: name,
                    ident: ident.clone(),
                    name: column,
                    ty,
                    attrs,
                    reference: None,
                });
            }
        }
        let mut first = read.columns.len();
        for (name, ty, attrs, embedded_columns) in objects {
            let columns = embedded_columns.len();
            read.embeds.push(EmbedField::new(name, ty, attrs, first, embedded_columns));
            first += columns;
        }
        read
    }

    /// Adds each variant of an enum as a reference.
    fn one_of(
        &mut self,
        field: FieldName<'a>,
        ty: &'a Type,
        attrs: FieldAttrs,
        variants: &'a [Variant],
    ) {
        let first = self.references.len();
        let mut one_of = OneOfField::new(field, ty, attrs, first..first);
        let prefix = one_of.attrs.prefix.as_ref().map(|prefix| &prefix.value);
        for (variant, told) in variants.iter().enumerate() {
            let of = OfVariant { one_of: self.one_ofs.len(), variant, optional: one_of.optional };
            let relationship = self.references.len() + self.collections.len();
            let places = (self.references.len(), self.columns.len(), relationship);
            let attrs = told.attrs_in(field, prefix);
            let read = Reference::of_variant(told, field, attrs, of, places);
            if let Some((reference, columns)) = read {
                self.columns.extend(columns);
                self.references.push(reference);
            }
        }
        one_of.references.end = self.references.len();
        self.one_ofs.push(one_of);
    }

    fn relationship(
        &mut self,
        field: FieldName<'a>,
        ty: RelationType<'a>,
        attrs: FieldAttrs,
        ctxt: &mut Ctxt,
    ) {
        let relationship = self.references.len() + self.collections.len();
        if ty.kind == Kind::ForeignKey {
            let places = (self.references.len(), self.columns.len(), relationship);
            let (reference, columns) = Reference::read(field, ty, attrs, places, ctxt);
            self.columns.extend(columns);
            self.references.push(reference);
        } else {
            self.collections.push(Collection { field, ty, relationship, attrs });
        }
    }
}
