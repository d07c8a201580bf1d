//! Fields that are relationships, by their types and attributes.

use std::borrow::Cow;

use proc_macro2::Ident;
use quote::{ToTokens, format_ident};
use syn::Type;

use crate::attr::{FieldAttrs, OnDelete};
use crate::model::column::Column;
use crate::model::column::Part;
use crate::model::one_of::{OfVariant, Variant};
use crate::syntax::ctxt::Ctxt;
use crate::syntax::name::FieldName;
use crate::syntax::relation_type::RelationType;
use crate::syntax::types::{self, FieldType};

/// A field of the type `ForeignKey`, which is one or several columns.
pub(crate) struct Reference<'a> {
    pub(crate) field: FieldName<'a>,
    pub(crate) ty: RelationType<'a>,
    /// The type of the whole key.
    pub(crate) key: Cow<'a, Type>,
    /// The position of its first column, and how many there are.
    pub(crate) first: usize,
    pub(crate) parts: usize,
    /// Its position among the relationships of the entity.
    pub(crate) relationship: usize,
    pub(crate) attrs: FieldAttrs,
    /// The variant, if the field is an enum of references.
    pub(crate) of_variant: Option<OfVariant>,
}

/// A field of the type `HasMany`, `HasOne` or `ManyToMany`.
pub(crate) struct Collection<'a> {
    pub(crate) field: FieldName<'a>,
    pub(crate) ty: RelationType<'a>,
    /// Its position among the relationships of the entity.
    pub(crate) relationship: usize,
    pub(crate) attrs: FieldAttrs,
}

impl<'a> Reference<'a> {
    /// Returns the reference, and its columns from the position `first` on.
    pub(crate) fn read(
        field: FieldName<'a>,
        ty: RelationType<'a>,
        attrs: FieldAttrs,
        (place, first, relationship): (usize, usize, usize),
        ctxt: &mut Ctxt,
    ) -> (Self, Vec<Column<'a>>) {
        let key = ty.key();
        let parts: Vec<Cow<'a, Type>> = match (&key, ty.key) {
            (Cow::Borrowed(Type::Tuple(tuple)), _) => {
                tuple.elems.iter().map(|part| Cow::Borrowed(types::peel(part))).collect()
            }
            (key, _) => vec![(*key).clone()],
        };
        let names = names(field, &attrs, parts.len());
        let only = !matches!(&key, Cow::Borrowed(Type::Tuple(_)));
        let mut columns = Vec::new();
        let count = parts.len();
        for ((part, value), (ident, name)) in parts.into_iter().enumerate().zip(names) {
            columns.push(Column {
                position: first + part,
                field,
                ident,
                name,
                ty: FieldType::of_key(ty.whole, ty.nullable, value, ctxt),
                attrs: attrs.of_key_column(only),
                reference: Some(Part { reference: place, part, only, variant: None }),
            });
        }
        let of_variant = None;
        let reference =
            Reference { field, ty, key, first, parts: count, relationship, attrs, of_variant };
        (reference, columns)
    }

    /// Returns the reference of a variant, and its columns, which are reached through the enum's
    /// field.
    pub(crate) fn of_variant(
        variant: &'a Variant,
        field: FieldName<'a>,
        attrs: FieldAttrs,
        of_variant: OfVariant,
        places: (usize, usize, usize),
    ) -> Option<(Self, Vec<Column<'a>>)> {
        // Mistakes have been reported at the enum.
        let mut unheard = Ctxt::new();
        let ty = variant.reference_type()?;
        let read = Self::read(FieldName(&variant.name), ty, attrs, places, &mut unheard);
        let _ = unheard.finish();
        let (mut reference, mut columns) = read;
        reference.of_variant = Some(of_variant);
        for column in &mut columns {
            column.field = field;
            if let Some(part) = &mut column.reference {
                part.variant = Some(of_variant.variant);
            }
        }
        Some((reference, columns))
    }

    /// Returns `true` if it can be NULL. For an enum: if the field can be without a variant.
    pub(crate) fn is_optional(&self) -> bool {
        self.of_variant.map_or(self.ty.nullable, |of| of.optional)
    }

    /// Returns the positions of its columns.
    pub(crate) fn positions(&self) -> Vec<usize> {
        (self.first..self.first + self.parts).collect()
    }

    pub(crate) fn on_delete(&self) -> Option<OnDelete> {
        self.attrs.on_delete.as_ref().map(|given| given.value)
    }
}

/// Returns the names of the columns: `user_id` for `user`, or those in `columns(…)` if the key has
/// several columns.
fn names(field: FieldName<'_>, attrs: &FieldAttrs, parts: usize) -> Vec<(Ident, String)> {
    let span = field.0.span();
    if parts == 1 {
        let ident = format_ident!("{}_id", field.to_string(), span = span);
        let name = match &attrs.column {
            Some(column) => column.value.value(),
            None => ident.to_string(),
        };
        return vec![(ident, name)];
    }
    let given = attrs.columns.as_ref().map(|given| &given.value[..]).unwrap_or_default();
    let name = |part: usize| match given.get(part) {
        Some((ident, Some(column))) => (ident.clone(), column.value()),
        Some((ident, None)) => (ident.clone(), FieldName(ident).to_string()),
        // This is reported elsewhere.
        None => {
            let ident = format_ident!("{}_{part}", field.to_string(), span = span);
            let name = ident.to_string();
            (ident, name)
        }
    };
    (0..parts).map(name).collect()
}

impl Collection<'_> {
    /// Returns `true` if the association is an entity that the program defines, whose objects must
    /// be added.
    pub(crate) fn is_through_entity(&self) -> bool {
        use crate::attr::Through;
        matches!(self.attrs.through.as_ref().map(|given| &given.value), Some(Through::Entity(_)))
    }
}

/// Returns `true` if two types are written alike.
pub(crate) fn alike(a: &Type, b: &Type) -> bool {
    a.to_token_stream().to_string() == b.to_token_stream().to_string()
}
