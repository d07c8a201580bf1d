//! The rules about relationships.

use std::collections::HashMap;

use syn::Type;

use crate::association;
use crate::attr::{FieldAttrs, OnDelete};
use crate::ctxt::Ctxt;
use crate::model::{self, Column, Entity};
use crate::name::FieldName;
use crate::relation::{Collection, Kind, Reference};
use crate::words;

pub(super) fn check(entity: &Entity<'_>, ctxt: &mut Ctxt) {
    for column in entity.plain_columns() {
        plain(column, ctxt);
        if let Some(reference) = clash(entity, column) {
            ctxt.at(
                column.field,
                format!(
                    "the reference `{0}` is the column `{1}` itself; remove this field, and read the key with `{0}.key()`, or rename one of them",
                    reference.field, column.ident
                ),
            );
        }
    }
    // Those of enums have been checked there.
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

/// The reference whose column is called like this one.
pub(super) fn clash<'e>(entity: &'e Entity<'_>, column: &Column<'_>) -> Option<&'e Reference<'e>> {
    let other = entity.columns.iter().find(|other| {
        other.position != column.position && other.ident_name() == column.ident_name()
    })?;
    Some(&entity.references[other.reference?.reference])
}

/// Two references whose columns are called alike.
fn twice(entity: &Entity<'_>, ctxt: &mut Ctxt) {
    let mut seen: HashMap<String, &Column<'_>> = HashMap::new();
    for column in entity.columns.iter().filter(|column| column.reference.is_some()) {
        if seen.insert(column.ident_name(), column).is_some() {
            ctxt.at(
                &column.ident,
                format!("two columns are called `{}`; give this one another name", column.ident),
            );
        }
    }
}

/// Words that say something about a relationship.
fn plain(column: &Column<'_>, ctxt: &mut Ctxt) {
    for word in &column.attrs.beside_skip {
        if words::ON_RELATIONSHIP.iter().any(|known| word == known) && !column.ty.broken {
            ctxt.at(
                word,
                format!(
                    "`{word}` is about a relationship, and `{}` is a column; write the type as `ForeignKey`, `HasMany`, `HasOne` or `ManyToMany`, or remove `{word}`",
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
            words::REFERENCES => "it says to which entity it leads by its type".to_owned(),
            words::DEFAULT => "a builder leaves it unset".to_owned(),
            _ => {
                let known: Vec<_> = known.iter().map(|word| format!("`{word}`")).collect();
                format!("here stand {}", known.join(", "))
            }
        };
        ctxt.at(
            word,
            format!("`{field}` is a `{}`, which knows no `{word}`; remove it: {cure}", kind.name()),
        );
    }
}

/// The columns of a composite key are named one by one.
pub(crate) fn columns(reference: &Reference<'_>, ctxt: &mut Ctxt) {
    let given = reference.attrs.columns.as_ref();
    let composite = matches!(&*reference.key, Type::Tuple(_));
    let field = reference.field;
    if !composite {
        if let Some(columns) = given {
            ctxt.at_span(
                columns.word,
                format!("the key has one column; write `{} = \"...\"`", words::COLUMN),
            );
        }
        return;
    }
    let names = |parts: usize| {
        let names: Vec<_> = (1..=parts.max(2)).map(|part| format!("{field}_{part}")).collect();
        names.join(", ")
    };
    if reference.parts < 2 {
        ctxt.at(
            &reference.key,
            "a composite key has at least two columns; write the type of a single one alone",
        );
        return;
    }
    let cure = format!("write `#[entity({}({}))]`", words::COLUMNS, names(reference.parts));
    match given {
        None => ctxt.at(
            reference.ty.inner,
            format!("the key has {} columns, which need names; {cure}", reference.parts),
        ),
        Some(columns) if columns.value.len() != reference.parts => ctxt.at_span(
            columns.word,
            format!(
                "the key has {} columns, and these are {}; {cure}",
                reference.parts,
                columns.value.len()
            ),
        ),
        Some(_) => {}
    }
    if let Some(column) = &reference.attrs.column {
        ctxt.at_span(column.word, format!("the key has {} columns; {cure}", reference.parts));
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
            format!("`{field}` is never NULL, so it can not be nullified; write its type as an `Option`, or `on_delete = cascade`"),
        );
    }
}

/// What a reference is to be without has to be left out elsewhere as well.
pub(crate) fn without(reference: &Reference<'_>, ctxt: &mut Ctxt) {
    let attrs = &reference.attrs;
    if let (Some(_), Some(on_delete)) = (&attrs.no_constraint, &attrs.on_delete)
        && on_delete.value == OnDelete::Database
    {
        ctxt.at_span(
            on_delete.word,
            "without a constraint the database deletes nothing; write `on_delete = cascade`, or remove `no_constraint`",
        );
    }
    if let (Some(no_index), Some(_)) = (&attrs.no_index, &attrs.index) {
        ctxt.at_span(
            no_index.word,
            "the reference is to have an index, and to have none; remove `index` or `no_index`",
        );
    }
}

fn many_to_many(entity: &Entity<'_>, collection: &Collection<'_>, ctxt: &mut Ctxt) {
    let attrs = &collection.attrs;
    match (&attrs.through, &attrs.inverse) {
        (None, None) => {
            let said = [words::THROUGH, words::INVERSE];
            // What was said could not be read, and has been reported.
            if !attrs.beside_skip.iter().any(|word| said.iter().any(|said| word == said)) {
                ctxt.at(
                    collection.ty.whole,
                    "rows of a table connect the two sides; write `through = \"...\"` with the name of a table that is to be made, `through = ...` with an entity, or `inverse = ...` with the field of the other side",
                );
            }
        }
        (Some(_), Some(inverse)) => ctxt.at_span(
            inverse.word,
            "one side says what connects them, the other that it is the inverse; remove `inverse` or `through`",
        ),
        _ => {}
    }
    if let (Some(via), false) = (&attrs.via, collection.is_through_entity()) {
        ctxt.at_span(
            via.word,
            "`via` names two fields of the entity that connects the sides; write `through = ...` with that entity, or remove `via`",
        );
    }
    match association::Made::of(entity, collection) {
        Some(Ok(_)) => {}
        Some(Err(error)) => ctxt.push(error),
        None => {
            if let Some(columns) = &attrs.columns {
                ctxt.at_span(
                    columns.word,
                    "only the columns of a table that is made have to be named; remove `columns`",
                );
            }
        }
    }
}

/// Each table is made once.
fn made_twice(entity: &Entity<'_>, ctxt: &mut Ctxt) {
    let mut seen = Vec::new();
    for collection in &entity.collections {
        let Some(Ok(made)) = association::Made::of(entity, collection) else { continue };
        if seen.contains(&made.ident) {
            ctxt.at(
                made.table,
                "another field has this table, and each is made for one field; use another name",
            );
        }
        seen.push(made.ident);
    }
}

/// The unit structs stand beside Diesel's, and beside those of the columns.
fn markers(entity: &Entity<'_>, ctxt: &mut Ctxt) {
    for field in entity.relationships() {
        if let Some(trouble) = trouble(entity, field) {
            ctxt.at(field, trouble);
        }
    }
}

/// Why a relationship can have no unit struct of its name.
pub(crate) fn trouble(entity: &Entity<'_>, field: FieldName<'_>) -> Option<String> {
    let name = field.to_string();
    let at = format!("`{}::{name}`", entity.module);
    let leaves = entity.embeds.iter().flat_map(|embed| &embed.leaves).map(|leaf| &leaf.ident);
    let mut columns = entity.columns.iter().map(|column| &column.ident).chain(leaves);
    if !model::is_free_for_diesel(field) {
        Some(format!("{at} is taken by Diesel; rename the field"))
    } else if columns.any(|column| FieldName(column).to_string() == name) {
        Some(format!("{at} is a column already; rename the field, or the one whose column it is"))
    } else if name == words::SCOPES && entity.scopes().next().is_some() {
        Some(format!("{at} is the module of the entity's default scopes; rename the field"))
    } else {
        None
    }
}
