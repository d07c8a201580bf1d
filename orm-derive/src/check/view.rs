//! The rules about views, whose rows are read-only.

use proc_macro2::Span;

use crate::model::Entity;
use crate::model::subtype::Role;
use crate::syntax::ctxt::Ctxt;
use crate::syntax::keywords;

/// Attributes that concern written rows, or something that only a table has.
const OF_A_TABLE: &[&str] = &[
    keywords::UNIQUE,
    keywords::INDEX,
    keywords::COMMENT,
    keywords::VERSION,
    keywords::DB_DEFAULT,
    keywords::COMPUTED,
    keywords::SEQUENCE,
    keywords::ON_UPDATE,
    keywords::CREATED_AT,
    keywords::UPDATED_AT,
    keywords::SOFT_DELETE,
    keywords::REFERENCES,
    keywords::ON_DELETE,
    keywords::DELETE_ORPHAN,
    keywords::NO_CONSTRAINT,
    keywords::NO_INDEX,
];

pub(super) fn check(entity: &Entity<'_>, ctxt: &mut Ctxt) {
    let Some(view) = &entity.attrs.view else { return };
    if !matches!(entity.role, Role::Plain) {
        ctxt.at_span(view.word, "the subtypes of a hierarchy are in tables; remove `view`");
        return;
    }
    let of_a_table = |word: &dyn std::fmt::Display, span: Span, ctxt: &mut Ctxt| {
        let message = format!(
            "a view has no `{word}`, because its rows are only read; remove it, or remove `view`"
        );
        ctxt.at_span(span, message);
    };
    for (word, span) in said_of_the_table(entity) {
        of_a_table(&word, span, ctxt);
    }
    let attrs = entity.columns.iter().filter(|column| column.reference.is_none());
    let attrs = attrs.map(|column| &column.attrs.beside_skip);
    let references = entity.references.iter().filter(|it| it.of_variant.is_none());
    let references = references.map(|reference| &reference.attrs.beside_skip);
    let collections = entity.collections.iter().map(|it| &it.attrs.beside_skip);
    for word in attrs.chain(references).chain(collections).flatten() {
        if OF_A_TABLE.iter().any(|known| word == known) {
            of_a_table(word, word.span(), ctxt);
        } else if word == keywords::THROUGH {
            let message = "association rows are written, and the rows of a view are only read; remove the field, or remove `view`";
            ctxt.at_span(word.span(), message);
        }
    }
    if let Some(key) = entity.auto_key() {
        ctxt.at(
            key.ty.whole,
            "the key of a view comes from its rows; write the type without `Auto`, and `#[entity(primary_key)]`",
        );
    }
}

fn said_of_the_table(entity: &Entity<'_>) -> Vec<(&'static str, Span)> {
    let attrs = &entity.attrs;
    let mut said = Vec::new();
    said.extend(
        attrs.indexes.iter().map(|index| {
            (if index.unique { keywords::UNIQUE } else { keywords::INDEX }, index.word)
        }),
    );
    said.extend(attrs.checks.iter().map(|check| (keywords::CHECK, check.condition.span())));
    said.extend(attrs.foreign_keys.iter().map(|it| (keywords::FOREIGN_KEY, it.word)));
    said.extend(attrs.comment.as_ref().map(|it| (keywords::COMMENT, it.word)));
    said.extend(attrs.no_returning.as_ref().map(|it| (keywords::NO_RETURNING, it.word)));
    said
}
