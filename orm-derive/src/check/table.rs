//! The rules about the attributes of a whole table: indexes and foreign keys.

use proc_macro2::Ident;

use crate::attr::{ForeignKeyAttr, IndexAttr, OnDelete};
use crate::model::Entity;
use crate::model::column::Column;
use crate::syntax::ctxt::Ctxt;
use crate::syntax::keywords;

pub(super) fn check(entity: &Entity<'_>, ctxt: &mut Ctxt) {
    for index in &entity.attrs.indexes {
        index_columns(entity, index, ctxt);
    }
    for foreign_key in &entity.attrs.foreign_keys {
        foreign_key_columns(entity, foreign_key, ctxt);
    }
}

/// Returns the columns of these fields, if each is a column and none is repeated.
fn columns<'e>(
    entity: &'e Entity<'_>,
    fields: &[Ident],
    ctxt: &mut Ctxt,
) -> Option<Vec<&'e Column<'e>>> {
    let mut found: Vec<&Column<'_>> = Vec::new();
    let mut positions = Vec::new();
    let mut all = true;
    for field in fields {
        let Some(position) = entity.position(field) else {
            let own = entity.columns.iter().map(Column::ident_name);
            let inside = entity.embeds.iter().flat_map(|embed| &embed.embedded_columns);
            let inside = inside.map(|embedded_column| embedded_column.ident.to_string());
            let known: Vec<_> = own.chain(inside).map(|name| format!("`{name}`")).collect();
            ctxt.at(
                field,
                format!(
                    "`{field}` is not a column of `{}`; its columns are {}",
                    entity.ident,
                    known.join(", ")
                ),
            );
            all = false;
            continue;
        };
        if positions.contains(&position) {
            ctxt.at(field, format!("`{field}` is listed twice; remove one"));
            all = false;
        }
        positions.push(position);
        // A column inside a value object is neither deferred nor a key.
        found.extend(entity.own_column(position));
    }
    all.then_some(found)
}

fn index_columns(entity: &Entity<'_>, index: &IndexAttr, ctxt: &mut Ctxt) {
    let Some(columns) = columns(entity, &index.columns, ctxt) else { return };
    for column in &columns {
        let field = column.field;
        if column.ty.deferred {
            ctxt.at(
                field,
                format!("`{field}` is `Deferred`, and too large for an index; remove it"),
            );
        }
    }
    if entity.positions(&index.columns) == entity.key && index.condition.is_none() {
        ctxt.at_span(index.word, "the primary key already is unique and has an index; remove this");
    }
}

fn foreign_key_columns(entity: &Entity<'_>, foreign_key: &ForeignKeyAttr, ctxt: &mut Ctxt) {
    let Some(columns) = columns(entity, &foreign_key.columns, ctxt) else { return };
    if let [only] = &foreign_key.columns[..] {
        ctxt.at_span(
            foreign_key.word,
            format!("a reference of one column is written at its field; write `references = ...` on `{only}`"),
        );
    }
    if let Some(on_delete) = &foreign_key.on_delete
        && on_delete.value == OnDelete::Nullify
    {
        for column in columns.iter().filter(|column| !column.ty.nullable) {
            let field = column.field;
            ctxt.at_span(
                on_delete.word,
                format!("`{field}` is never NULL, so it cannot be nullified; write its type as an `Option`, or `on_delete = cascade`"),
            );
        }
    }
}

/// Checks `references` and `on_delete` on a field.
pub(super) fn reference(entity: &Entity<'_>, column: &Column<'_>, ctxt: &mut Ctxt) {
    let attrs = &column.attrs;
    let Some(references) = &attrs.references else {
        if let Some(on_delete) = &attrs.on_delete {
            let message = format!(
                "`{}` is an attribute of a reference; name the entity with `{} = ...`",
                keywords::ON_DELETE,
                keywords::REFERENCES
            );
            ctxt.at_span(on_delete.word, message);
        }
        return;
    };
    let field = column.field;
    if column.ty.deferred {
        ctxt.at_span(
            references.word,
            "a reference is a key, which is always loaded; write the type without `Deferred`",
        );
    } else if column.ty.made.is_some() || (column.ty.auto && entity.is_key(column)) {
        ctxt.at_span(
            references.word,
            format!("the database generates `{field}`, so it cannot reference an existing row; remove `references`"),
        );
    }
    if let Some(on_delete) = &attrs.on_delete
        && on_delete.value == OnDelete::Nullify
        && !column.ty.nullable
    {
        ctxt.at_span(
            on_delete.word,
            format!("`{field}` is never NULL, so it cannot be nullified; write its type as an `Option`, or `on_delete = cascade`"),
        );
    }
}
