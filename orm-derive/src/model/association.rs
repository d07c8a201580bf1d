//! The association table of a many-to-many relationship: an entity that is generated beside the
//! struct.

use std::borrow::Cow;

use proc_macro2::{Ident, Span};
use syn::{Error, LitStr, Type};

use crate::attr::Through;
use crate::model::Entity;
use crate::model::relation::Collection;
use crate::syntax::name::{self, FieldName};
use crate::syntax::{keywords, types};

/// An entity that is generated for `through = "user_tag"`.
pub(crate) struct GeneratedAssociation<'a> {
    pub(crate) entity: &'a Entity<'a>,
    pub(crate) table: &'a LitStr,
    /// The name of its struct.
    pub(crate) ident: Ident,
    /// The reference to the struct that has the collection, and the reference to the other side.
    pub(crate) own: Side<'a>,
    pub(crate) other: Side<'a>,
}

/// A reference of the association.
pub(crate) struct Side<'a> {
    pub(crate) field: Ident,
    pub(crate) column: String,
    pub(crate) target: Cow<'a, Type>,
    pub(crate) key: Cow<'a, Type>,
}

impl<'a> GeneratedAssociation<'a> {
    /// Returns the association of a collection, if it must be generated.
    pub(crate) fn of(
        entity: &'a Entity<'a>,
        collection: &'a Collection<'a>,
    ) -> Option<Result<Self, Error>> {
        let through = collection.attrs.through.as_ref()?;
        // With `inverse` this is an error, and the other side generates the table.
        if collection.attrs.inverse.is_some() {
            return None;
        }
        match &through.value {
            Through::Table(table) => Some(Self::read(entity, collection, table)),
            Through::Entity(_) => None,
        }
    }

    fn read(
        entity: &'a Entity<'a>,
        collection: &'a Collection<'a>,
        table: &'a LitStr,
    ) -> Result<Self, Error> {
        let name = name::camel_case(&table.value());
        if !name::is_identifier(&name) || !name.starts_with(char::is_alphabetic) {
            let message = format!(
                "a struct is named after this table, and `{name}` cannot be the name of a struct; use another name"
            );
            return Err(Error::new_spanned(table, message));
        }
        let module = name::snake_case(&name);
        if *entity.ident == name || entity.module == module {
            let message = format!(
                "this generates an entity named `{name}`, and `{}` already exists; use another name",
                entity.ident
            );
            return Err(Error::new_spanned(table, message));
        }
        let mut key = entity.key_columns();
        let own_key = match (key.next(), key.next()) {
            (Some(column), None) => column.ty.value.clone(),
            (Some(_), Some(_)) => {
                let message = format!(
                    "the key of `{}` has several columns, and a table can be generated only for a key of one column; write an association entity, and `through = ...` with its name",
                    entity.ident
                );
                return Err(Error::new_spanned(table, message));
            }
            // This is reported elsewhere.
            (None, _) => Cow::Owned(syn::parse_quote!(::core::primitive::i64)),
        };
        let ident = entity.ident;
        let [own, other] = names(entity, collection)?;
        let span = ident.span();
        let other_target = Cow::Borrowed(collection.ty.target);
        Ok(GeneratedAssociation {
            entity,
            table,
            ident: Ident::new(&name, span.located_at(table.span())),
            own: Side {
                field: own.0,
                column: own.1,
                target: Cow::Owned(syn::parse_quote!(#ident)),
                key: own_key,
            },
            other: Side {
                field: other.0,
                column: other.1,
                target: other_target,
                key: collection.ty.key(),
            },
        })
    }
}

/// Returns the names of the fields and columns: those of the two entities, or those in
/// `columns(…)`.
fn names(entity: &Entity<'_>, collection: &Collection<'_>) -> Result<[(Ident, String); 2], Error> {
    let span = entity.ident.span();
    let Some(given) = &collection.attrs.columns else {
        let own = name::snake_case(&FieldName(entity.ident).to_string());
        let other = types::last_segment(collection.ty.target);
        let other = other.map(|it| name::snake_case(&FieldName(&it.ident).to_string()));
        let other = other.unwrap_or_default();
        if own == other {
            let message = format!(
                "both columns of the table would be named `{own}_id`; name them, the reference to this entity first, as in `{}(parent_id, child_id)`",
                keywords::COLUMNS
            );
            return Err(Error::new_spanned(collection.ty.target, message));
        }
        return Ok([own, other].map(|name| (field(&name, span), format!("{name}_id"))));
    };
    let sides = given.value.iter().map(|(ident, column)| {
        let name = FieldName(ident).to_string();
        let stem = match name.strip_suffix("_id") {
            Some(stem) if !stem.is_empty() => stem,
            _ => &name,
        };
        let column = column.as_ref().map_or_else(|| name.clone(), LitStr::value);
        (field(stem, span.located_at(ident.span())), column)
    });
    let sides: Vec<_> = sides.collect();
    match <[_; 2]>::try_from(sides) {
        Ok(sides) if sides[0].0 != sides[1].0 => Ok(sides),
        _ => {
            let message = "the table has two columns; name them, the reference to this entity first, as in `columns(parent_id, child_id)`";
            Err(Error::new(given.word, message))
        }
    }
}

fn field(name: &str, span: Span) -> Ident {
    match name {
        "self" | "super" | "crate" | "_" => Ident::new(&format!("{name}_"), span),
        _ if name::is_identifier(name) => Ident::new(name, span),
        _ => Ident::new_raw(name, span),
    }
}
