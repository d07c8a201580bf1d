//! The rules about value objects and the fields that contain them.

use std::collections::HashMap;

use crate::model::column::Column;
use crate::model::embed::{self, EmbedField};
use crate::model::{Entity, ValueObject};
use crate::syntax::ctxt::Ctxt;
use crate::syntax::keywords;

/// Attributes that are allowed beside `embed`.
const BESIDE_EMBED: &[&str] = &[keywords::EMBED, keywords::PREFIX, keywords::COLUMNS];

/// Attributes that are allowed on a column of a value object.
const INSIDE: &[&str] = &[
    keywords::COLUMN,
    keywords::LENGTH,
    keywords::PRECISION,
    keywords::SCALE,
    keywords::SQL_TYPE,
    keywords::DB_TYPE,
    keywords::WITH,
    keywords::UNIQUE,
    keywords::INDEX,
    keywords::COMMENT,
    keywords::SECRET,
    keywords::ZERO_DATE_AS_NONE,
];

/// Checks the value objects of an entity.
pub(super) fn check(entity: &Entity<'_>, ctxt: &mut Ctxt) {
    for column in &entity.columns {
        alone(column, ctxt);
    }
    for embed in &entity.embeds {
        field(embed, ctxt);
    }
    let own = entity.columns.iter().map(|column| (column.ident_name(), column.name.clone()));
    distinct(own.collect(), &entity.embeds, ctxt);
}

/// Checks a value object itself.
pub(crate) fn value_object(object: &ValueObject<'_>, ctxt: &mut Ctxt) {
    for column in &object.columns {
        inside(column, ctxt);
        alone(column, ctxt);
        super::length(column, ctxt);
        super::sql_type(column, ctxt);
        super::zero_date(column, ctxt);
        super::generated::digits(column, ctxt);
    }
    for embed in &object.embeds {
        field(embed, ctxt);
    }
    for field in object.relationships() {
        ctxt.at(field, "a value object cannot have relationships; move this field to the entity");
    }
    for skipped in &object.skipped {
        ctxt.at(
            skipped.field,
            "every field of a value object is a column; move this field to the entity, and `skip` it there",
        );
    }
    let own = object.columns.iter().map(|column| (column.field.to_string(), column.name.clone()));
    distinct(own.collect(), &object.embeds, ctxt);
}

/// Checks for attributes that have a meaning only beside `embed`.
fn alone(column: &Column<'_>, ctxt: &mut Ctxt) {
    let attrs = &column.attrs;
    let prefix = attrs.prefix.as_ref().map(|given| (keywords::PREFIX, given.word));
    let columns = attrs.columns.as_ref().map(|given| (keywords::COLUMNS, given.word));
    for (word, span) in prefix.into_iter().chain(columns) {
        ctxt.at_span(
            span,
            format!("`{word}` names the columns of a value object; add `{}`", keywords::EMBED),
        );
    }
}

/// Checks a column inside a value object, which is only one of the entity's columns.
fn inside(column: &Column<'_>, ctxt: &mut Ctxt) {
    for word in &column.attrs.beside_skip {
        if !INSIDE.iter().any(|known| word == known) {
            let known: Vec<_> = INSIDE.iter().map(|word| format!("`{word}`")).collect();
            ctxt.at(
                word,
                format!(
                    "`{word}` concerns a whole row, and a value object is a part of one; a field inside has {}",
                    known.join(", ")
                ),
            );
        }
    }
    let ty = &column.ty;
    if !ty.broken && (ty.auto || ty.deferred || ty.made.is_some()) {
        ctxt.at(
            ty.whole,
            "a value object is set and loaded as a whole; write the type without the wrapper",
        );
    }
}

/// Checks a field that contains a value object.
fn field(embed: &EmbedField<'_>, ctxt: &mut Ctxt) {
    for word in &embed.attrs.beside_skip {
        if !BESIDE_EMBED.iter().any(|known| word == known) {
            ctxt.at(
                word,
                format!(
                    "`{word}` concerns one column; write it inside the value object, or remove it"
                ),
            );
        }
    }
    if embed::path(embed.ty).is_none() {
        ctxt.at(
            embed.ty,
            "a value object is a struct with `#[derive(Embed)]`, alone or in an `Option`; write its path",
        );
        return;
    }
    let Some(renamed) = &embed.attrs.columns else { return };
    for (name, column) in &renamed.value {
        if column.is_none() {
            ctxt.at(name, format!("the name of the column is missing; write `{name} = \"...\"`"));
        }
        let prefix = format!("{}_", embed.field);
        let own = |embedded_column: &embed::EmbeddedColumn| {
            let ident = embedded_column.ident.to_string();
            ident.strip_prefix(&prefix).unwrap_or(&ident).to_owned()
        };
        if !embed.embedded_columns.iter().any(|embedded_column| *name == own(embedded_column)) {
            let known: Vec<_> = embed
                .embedded_columns
                .iter()
                .map(|embedded_column| format!("`{}`", own(embedded_column)))
                .collect();
            ctxt.at(
                name,
                format!("the value object has no column `{name}`; it has {}", known.join(", ")),
            );
        }
    }
}

/// Checks that no two columns have the same name, in the program or in the database.
fn distinct(own: Vec<(String, String)>, embeds: &[EmbedField<'_>], ctxt: &mut Ctxt) {
    let mut fields: HashMap<String, String> = HashMap::new();
    let mut columns: HashMap<String, String> = HashMap::new();
    for (field, column) in own {
        fields.insert(field.clone(), field.clone());
        columns.insert(column.to_lowercase(), field);
    }
    for embed in embeds {
        for embedded_column in &embed.embedded_columns {
            let twice = [
                fields.insert(embedded_column.ident.to_string(), embedded_column.field.clone()),
                columns
                    .insert(embedded_column.column.to_lowercase(), embedded_column.field.clone()),
            ];
            if let Some(owner) = twice.into_iter().flatten().next() {
                ctxt.at(
                    embed.field,
                    format!(
                        "`{}` and `{owner}` would both be the column `{}`; give the value object another `{} = \"...\"`, or rename the field",
                        embedded_column.field,
                        embedded_column.column,
                        keywords::PREFIX
                    ),
                );
            }
        }
    }
}
