//! The rules about relationships.

use std::collections::HashMap;

use crate::attr::{FieldAttrs, OnDelete};
use crate::model::column::Column;
use crate::model::reference_rules::{columns, without};
use crate::model::relation::{Collection, Reference};
use crate::model::unit_structs::trouble;
use crate::model::{Entity, association};
use crate::syntax::ctxt::Ctxt;
use crate::syntax::keywords;
use crate::syntax::name::FieldName;
use crate::syntax::relation_type::Kind;

pub(super) fn check(entity: &Entity<'_>, ctxt: &mut Ctxt) {
    for column in entity.plain_columns() {
        plain(column, ctxt);
        if let Some(reference) = clash(entity, column) {
            ctxt.at(
                column.field,
                format!(
                    "the reference `{0}` already is the column `{1}`; remove this field, and read the key with `{0}.key()`, or rename one of them",
                    reference.field, column.ident
                ),
            );
        }
    }
    // The references of enums have been checked at the enum.
    for reference in entity.references.iter().filter(|it| it.of_variant.is_none()) {
        allowed(reference.field, reference.ty.kind, &reference.attrs, ctxt);
        columns(reference, ctxt);
        nullify(reference, ctxt);
        without(reference, ctxt);
    }
    for collection in &entity.collections {
        allowed(collection.field, collection.ty.kind, &collection.attrs, ctxt);
        if collection.ty.kind == Kind::ManyToMany {
            many_to_many(entity, collection, ctxt);
        }
    }
    twice(entity, ctxt);
    made_twice(entity, ctxt);
    markers(entity, ctxt);
}

/// Returns the reference whose column has the same name as this one.
pub(super) fn clash<'e>(entity: &'e Entity<'_>, column: &Column<'_>) -> Option<&'e Reference<'e>> {
    let other = entity.columns.iter().find(|other| {
        other.position != column.position && other.ident_name() == column.ident_name()
    })?;
    Some(&entity.references[other.reference?.reference])
}

/// Checks for two references whose columns have the same name.
fn twice(entity: &Entity<'_>, ctxt: &mut Ctxt) {
    let mut seen: HashMap<String, &Column<'_>> = HashMap::new();
    for column in entity.columns.iter().filter(|column| column.reference.is_some()) {
        if seen.insert(column.ident_name(), column).is_some() {
            ctxt.at(
                &column.ident,
                format!("two columns are named `{}`; rename this one", column.ident),
            );
        }
    }
}

/// Checks for attributes of relationships on a plain column.
fn plain(column: &Column<'_>, ctxt: &mut Ctxt) {
    for word in &column.attrs.beside_skip {
        if keywords::ON_RELATIONSHIP.iter().any(|known| word == known) && !column.ty.broken {
            ctxt.at(
                word,
                format!(
                    "`{word}` is an attribute of a relationship, and `{}` is a column; write the type as `ForeignKey`, `HasMany`, `HasOne` or `ManyToMany`, or remove `{word}`",
                    column.field
                ),
            );
        }
    }
}

fn allowed(field: FieldName<'_>, kind: Kind, attrs: &FieldAttrs, ctxt: &mut Ctxt) {
    for word in &attrs.beside_skip {
        let known = kind.words();
        if known.iter().any(|known| word == known) {
            continue;
        }
        let cure = match word.to_string().as_str() {
            keywords::REFERENCES => "its type names the entity".to_owned(),
            keywords::DEFAULT => "a builder leaves it unset".to_owned(),
            _ => {
                let known: Vec<_> = known.iter().map(|word| format!("`{word}`")).collect();
                format!("it has {}", known.join(", "))
            }
        };
        ctxt.at(
            word,
            format!(
                "`{field}` is a `{}`, which has no attribute `{word}`; remove it: {cure}",
                kind.name()
            ),
        );
    }
}

fn nullify(reference: &Reference<'_>, ctxt: &mut Ctxt) {
    if let Some(on_delete) = &reference.attrs.on_delete
        && on_delete.value == OnDelete::Nullify
        && !reference.ty.nullable
    {
        let field = reference.field;
        ctxt.at_span(
            on_delete.word,
            format!("`{field}` is never NULL, so it cannot be nullified; write its type as an `Option`, or `on_delete = cascade`"),
        );
    }
}

fn many_to_many(entity: &Entity<'_>, collection: &Collection<'_>, ctxt: &mut Ctxt) {
    let attrs = &collection.attrs;
    match (&attrs.through, &attrs.inverse) {
        (None, None) => {
            let said = [keywords::THROUGH, keywords::INVERSE];
            // The attribute could not be read, which has been reported.
            if !attrs.beside_skip.iter().any(|word| said.iter().any(|said| word == said)) {
                ctxt.at(
                    collection.ty.whole,
                    "the association of the two sides is missing; write `through = \"...\"` with the name of a table to generate, `through = ...` with an entity, or `inverse = ...` with the field of the other side",
                );
            }
        }
        (Some(_), Some(inverse)) => ctxt.at_span(
            inverse.word,
            "one side names the association, and the other side is its inverse; remove `inverse` or `through`",
        ),
        _ => {}
    }
    if let (Some(foreign_keys), false) = (&attrs.foreign_keys, collection.is_through_entity()) {
        ctxt.at_span(
            foreign_keys.word,
            "`foreign_keys` names two fields of the association entity; write `through = ...` with that entity, or remove `foreign_keys`",
        );
    }
    match association::GeneratedAssociation::of(entity, collection) {
        Some(Ok(_)) => {}
        Some(Err(error)) => ctxt.push(error),
        None => {
            if let Some(columns) = &attrs.columns {
                ctxt.at_span(
                    columns.word,
                    "only the columns of a generated table are named here; remove `columns`",
                );
            }
        }
    }
}

/// Checks that no association table is generated twice.
fn made_twice(entity: &Entity<'_>, ctxt: &mut Ctxt) {
    let mut seen = Vec::new();
    for collection in &entity.collections {
        let Some(Ok(made)) = association::GeneratedAssociation::of(entity, collection) else {
            continue;
        };
        if seen.contains(&made.ident) {
            ctxt.at(
                made.table,
                "another field has this table, and each field has its own; use another name",
            );
        }
        seen.push(made.ident);
    }
}

/// Checks that the relationships' unit structs do not clash with Diesel's items or with the
/// columns.
fn markers(entity: &Entity<'_>, ctxt: &mut Ctxt) {
    for field in entity.relationships() {
        if let Some(trouble) = trouble(entity, field) {
            ctxt.at(field, trouble);
        }
    }
}
