//! The rules about default scopes and soft deletes.

use crate::model::Entity;
use crate::syntax::ctxt::Ctxt;
use crate::syntax::keywords;

pub(super) fn check(entity: &Entity<'_>, ctxt: &mut Ctxt) {
    names(entity, ctxt);
    module(entity, ctxt);
    soft_deletes(entity, ctxt);
}

/// Checks that the scopes have different names, because a query lifts a scope by its name.
fn names(entity: &Entity<'_>, ctxt: &mut Ctxt) {
    let mut names = Vec::new();
    for scope in &entity.attrs.scopes {
        let Some(name) = scope.value.path.segments.last().map(|segment| &segment.ident) else {
            continue;
        };
        if entity.soft_delete.is_some() && name == keywords::SOFT_DELETE {
            ctxt.at(
                name,
                format!(
                    "the scope `{name}` already exists, by the attribute `{name}` of a field; rename the function"
                ),
            );
        } else if names.contains(&name) {
            ctxt.at(
                name,
                format!(
                    "two scopes are named `{name}`, and a query could not remove one of them; rename one function"
                ),
            );
        }
        names.push(name);
    }
}

/// Checks that no column has the name of the scopes' module, which is beside the columns.
fn module(entity: &Entity<'_>, ctxt: &mut Ctxt) {
    if entity.scopes().next().is_none() {
        return;
    }
    for column in entity.columns.iter().filter(|column| column.ident == keywords::SCOPES) {
        let field = column.field;
        ctxt.at(
            field,
            format!(
                "`{}::{field}` is the module of the entity's default scopes; rename the field and keep the column's name with `#[entity({} = \"{}\")]`",
                entity.module,
                keywords::COLUMN,
                column.name
            ),
        );
    }
}

/// Checks the soft-delete column, which is NULL until the row is deleted.
fn soft_deletes(entity: &Entity<'_>, ctxt: &mut Ctxt) {
    let mut first = None;
    for column in &entity.columns {
        let Some(word) = &column.attrs.soft_delete else { continue };
        let field = column.field;
        if let Some(first) = first {
            ctxt.at_span(
                word.word,
                format!(
                    "`{first}` already has the time of deletion; remove one `{}`",
                    keywords::SOFT_DELETE
                ),
            );
            continue;
        }
        first = Some(field);
        let ty = &column.ty;
        if entity.is_key(column) {
            ctxt.at_span(
                word.word,
                "the column changes when the row is deleted, and a primary key does not; add a column for the time",
            );
        } else if !ty.broken && (!ty.nullable || ty.deferred || ty.made.is_some()) {
            ctxt.at(
                ty.whole,
                format!(
                    "`{field}` is NULL until the row is deleted, and every query compares it; write `Option<NaiveDateTime>` or `Option<DateTime<Utc>>`"
                ),
            );
        }
    }
}
