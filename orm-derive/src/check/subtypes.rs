//! The rules about hierarchies: the base of all subtypes, and the structs that extend another.

use crate::model::Entity;
use crate::model::column::Column;
use crate::model::subtype::{Base, Role};
use crate::syntax::ctxt::Ctxt;
use crate::syntax::keywords;

pub(super) fn check(entity: &Entity<'_>, ctxt: &mut Ctxt) {
    if let Some(no_returning) = &entity.attrs.no_returning
        && !matches!(entity.role, Role::Plain)
    {
        let message = "a hierarchy requires RETURNING; remove `no_returning`";
        ctxt.at_span(no_returning.word, message);
    }
    discriminators(entity, ctxt);
    match &entity.role {
        Role::Plain => {}
        Role::Root(_) => {
            if entity.discriminator().is_none()
                && let Some(hierarchy) = &entity.attrs.hierarchy
            {
                ctxt.at(
                    &hierarchy.value,
                    format!(
                        "`{}` has no discriminator, which says of which subtype a row is; add a field `kind: Discriminator<...>` of an enum that derives `DbEnum`",
                        entity.ident
                    ),
                );
            }
        }
        Role::Subtype(base) => subtype(entity, base, ctxt),
    }
}

/// Checks that one column of the base is the discriminator.
fn discriminators(entity: &Entity<'_>, ctxt: &mut Ctxt) {
    let mut first: Option<&Column<'_>> = None;
    for column in entity.columns.iter().filter(|column| column.ty.discriminator) {
        let ty = column.ty.whole;
        if let Some(first) = first {
            ctxt.at(
                ty,
                format!(
                    "`{}` already is the discriminator; remove one `Discriminator`",
                    first.field
                ),
            );
            continue;
        }
        first = Some(column);
        match &entity.role {
            Role::Root(_) => {}
            Role::Subtype(base) => ctxt.at(
                ty,
                format!(
                    "the discriminator is a column of the base; remove the field, and read `{}.{}`",
                    base.field, column.field
                ),
            ),
            Role::Plain => ctxt.at(
                ty,
                "a `Discriminator` belongs to the base of a hierarchy; name the enum of the hierarchy with `#[entity(hierarchy = ...)]` on the struct, or write the type without it",
            ),
        }
        if column.ty.nullable {
            ctxt.at(ty, "every object has a subtype; write `Discriminator` without `Option`");
        }
        if let Some(default) = &column.attrs.default {
            ctxt.at_span(default.word, "the session sets the discriminator; remove `default`");
        }
    }
}

fn subtype(entity: &Entity<'_>, base: &Base<'_>, ctxt: &mut Ctxt) {
    let field = base.field;
    if let Some(hierarchy) = &entity.attrs.hierarchy {
        ctxt.at_span(
            hierarchy.word,
            format!(
                "the base `{field}` already names the enum of the hierarchy; remove `hierarchy`"
            ),
        );
    }
    for other in &entity.more_bases {
        ctxt.at(
            other,
            format!(
                "`{field}` already is the base, and a struct extends one other struct; remove `{}`, or make it a reference",
                keywords::BASE
            ),
        );
    }
    for word in &base.attrs.beside_skip {
        if !keywords::ON_BASE.iter().any(|known| word == known) {
            ctxt.at(
                word,
                format!(
                    "`{word}` is an attribute of a column, and `{field}` is the base; write it in `{}`",
                    crate::docs::type_name(base.ty)
                ),
            );
        }
    }
    of_the_base(entity, base, ctxt);
    if entity.attrs.table.is_some() {
        return key_columns(entity, base, ctxt);
    }
    let words = [
        (keywords::SCHEMA, entity.attrs.schema.as_ref().map(|given| given.word)),
        (keywords::COMMENT, entity.attrs.comment.as_ref().map(|given| given.word)),
        (keywords::COLUMN, base.attrs.column.as_ref().map(|given| given.word)),
        (keywords::COLUMNS, base.attrs.columns.as_ref().map(|given| given.word)),
    ];
    for (word, span) in words {
        if let Some(span) = span {
            ctxt.at_span(
                span,
                format!(
                    "`{}` has no separate table, its columns are in `{}`; remove `{word}`, or write `table = \"...\"`",
                    entity.ident, entity.table
                ),
            );
        }
    }
}

/// Checks for what only the base may have, because all subtypes share it.
fn of_the_base(entity: &Entity<'_>, base: &Base<'_>, ctxt: &mut Ctxt) {
    let home = crate::docs::type_name(base.ty);
    for column in &entity.columns {
        let attrs = &column.attrs;
        let words = [
            (
                keywords::PRIMARY_KEY,
                attrs.primary_key.as_ref().map(|given| given.word),
                "the key belongs to the base",
            ),
            (
                keywords::VERSION,
                attrs.version.as_ref().map(|given| given.word),
                "a row has one version, whatever its subtype",
            ),
            (
                keywords::SOFT_DELETE,
                attrs.soft_delete.as_ref().map(|given| given.word),
                "an object is deleted as a whole",
            ),
        ];
        for (word, span, why) in words {
            if let Some(span) = span {
                ctxt.at_span(span, format!("{why}; move the field to the base of all subtypes, or remove `{word}` (`{home}` is the base)"));
            }
        }
        if entity.attrs.table.is_some()
            && let Some(part) =
                base.key_names.iter().position(|name| name.eq_ignore_ascii_case(&column.name))
        {
            ctxt.at(
                column.field,
                format!(
                    "the column `{}` already is the key, which `{}` shares with `{home}`; rename one of them, the key by `#[entity({}, {} = \"...\")]` on `{}`",
                    base.key_names[part], entity.ident, keywords::BASE, keywords::COLUMN, base.field
                ),
            );
        }
    }
}

/// Checks that there are as many names as the key has columns.
fn key_columns(entity: &Entity<'_>, base: &Base<'_>, ctxt: &mut Ctxt) {
    let (given, wanted) = (base.key_names.len(), base.inherited.key.len());
    let at = base.attrs.column.as_ref().map(|given| given.word);
    let at = at.or(base.attrs.columns.as_ref().map(|given| given.word));
    if let Some(at) = at
        && given != wanted
    {
        ctxt.at_span(
            at,
            format!(
                "the key of `{}` has {wanted} columns, and `{}` names {given}; write `columns(...)` with a name for each",
                crate::docs::type_name(base.ty),
                entity.ident
            ),
        );
    }
}
