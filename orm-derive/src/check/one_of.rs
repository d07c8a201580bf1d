//! The rules about fields that are enums of references.

use crate::attr::OnDelete;
use crate::docs;
use crate::model::one_of::OneOfField;
use crate::model::{Entity, embed};
use crate::syntax::ctxt::Ctxt;
use crate::syntax::keywords;

pub(super) fn check(entity: &Entity<'_>, ctxt: &mut Ctxt) {
    for one_of in &entity.one_ofs {
        field(one_of, ctxt);
        if !one_of.optional {
            nullify(entity, one_of, ctxt);
        }
    }
}

fn field(one_of: &OneOfField<'_>, ctxt: &mut Ctxt) {
    for word in &one_of.attrs.beside_skip {
        if !keywords::ON_ONE_OF.iter().any(|known| word == known) {
            ctxt.at(
                word,
                format!(
                    "`{word}` concerns one reference; write it on a variant of the enum, or remove it"
                ),
            );
        }
    }
    if embed::path(one_of.ty).is_none() {
        ctxt.at(
            one_of.ty,
            "a field with `one_of` is an enum with `#[derive(OneOf)]`, alone or in an `Option`; write its path",
        );
    }
}

/// Checks `on_delete = nullify`. Only the field says whether it is optional, and a variant
/// does not know the field.
fn nullify(entity: &Entity<'_>, one_of: &OneOfField<'_>, ctxt: &mut Ctxt) {
    for reference in &entity.references[one_of.references.clone()] {
        if let Some(on_delete) = &reference.attrs.on_delete
            && on_delete.value == OnDelete::Nullify
        {
            let ty = docs::type_name(one_of.ty);
            ctxt.at_span(
                on_delete.word,
                format!(
                    "`{}` of `{}` is never NULL, so no variant can be nullified; write its type as `Option<{ty}>`, or `on_delete = cascade` here",
                    one_of.field, entity.ident
                ),
            );
        }
    }
}
