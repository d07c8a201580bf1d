//! Checks on the attributes of one reference, and on the names of relationships.

use syn::Type;

use super::relation::Reference;
use crate::attr::OnDelete;
use crate::syntax::ctxt::Ctxt;
use crate::syntax::keywords;

/// Checks that the columns of a composite key are named one by one.
pub(crate) fn columns(reference: &Reference<'_>, ctxt: &mut Ctxt) {
    let given = reference.attrs.columns.as_ref();
    let composite = matches!(&*reference.key, Type::Tuple(_));
    let field = reference.field;
    if !composite {
        if let Some(columns) = given {
            ctxt.at_span(
                columns.word,
                format!("the key has one column; write `{} = \"...\"`", keywords::COLUMN),
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
            "a composite key has at least two columns; write the type of a single column alone",
        );
        return;
    }
    let cure = format!("write `#[entity({}({}))]`", keywords::COLUMNS, names(reference.parts));
    match given {
        None => ctxt.at(
            reference.ty.inner,
            format!("the key has {} columns, which must be named; {cure}", reference.parts),
        ),
        Some(columns) if columns.value.len() != reference.parts => ctxt.at_span(
            columns.word,
            format!(
                "the key has {} columns, and {} are named; {cure}",
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

/// Checks the attributes that switch something off for a reference.
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
        ctxt.at_span(no_index.word, "`index` and `no_index` contradict each other; remove one");
    }
}
