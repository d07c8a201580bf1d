//! The rules about values that the database generates, values that the session stamps, and digits.

use proc_macro2::Span;

use crate::model::Entity;
use crate::model::column::Column;
use crate::syntax::ctxt::Ctxt;
use crate::syntax::keywords;
use crate::syntax::types::{Made, SqlType};

pub(super) fn check(entity: &Entity<'_>, column: &Column<'_>, ctxt: &mut Ctxt) {
    one_maker(column, ctxt);
    kind(entity, column, ctxt);
    stamps(entity, column, ctxt);
    digits(column, ctxt);
}

/// Returns the attributes that say how the database generates the value.
fn makers(column: &Column<'_>) -> Vec<(&'static str, Span)> {
    let attrs = &column.attrs;
    let mut makers = Vec::new();
    makers.extend(attrs.db_default.as_ref().map(|given| (keywords::DB_DEFAULT, given.word)));
    makers.extend(attrs.computed.as_ref().map(|given| (keywords::COMPUTED, given.word)));
    makers.extend(attrs.sequence.as_ref().map(|given| (keywords::SEQUENCE, given.word)));
    makers
}

fn one_maker(column: &Column<'_>, ctxt: &mut Ctxt) {
    if let [(first, _), rest @ ..] = &makers(column)[..] {
        for (other, span) in rest {
            ctxt.at_span(
                *span,
                format!("a value is generated in one way; remove `{other}` or `{first}`"),
            );
        }
    }
}

/// Checks the attributes against the type, which says what the program can do with the value.
fn kind(entity: &Entity<'_>, column: &Column<'_>, ctxt: &mut Ctxt) {
    let (attrs, ty) = (&column.attrs, &column.ty);
    let makers = makers(column);
    if ty.broken {
        return;
    }
    let words = [keywords::DB_DEFAULT, keywords::COMPUTED, keywords::SEQUENCE];
    let said = attrs.beside_skip.iter().any(|word| words.iter().any(|maker| word == maker));
    match (ty.made, &makers[..]) {
        // The attribute could not be read, which has been reported.
        (_, []) if said => {}
        (Some(Made::Generated), []) if attrs.on_update.is_some() => {}
        (Some(Made::Generated), []) => ctxt.at(
            ty.whole,
            "the database generates a `Generated` value; say how with `db_default = \"...\"` or `sequence = \"...\"`",
        ),
        (Some(Made::Computed), []) => ctxt.at(
            ty.whole,
            "the database computes a `Computed` value; say how with `computed = \"...\"`",
        ),
        (Some(Made::Generated), [(keywords::COMPUTED, span), ..]) => {
            ctxt.at_span(*span, "the program cannot set this value; write the type as `Computed<T>`");
        }
        (Some(Made::Computed), [(word, span), ..]) if *word != keywords::COMPUTED => ctxt.at_span(
            *span,
            format!("the program may omit a value with `{word}`; write the type as `Generated<T>`"),
        ),
        (None, [(keywords::COMPUTED, span), ..]) => {
            ctxt.at_span(*span, "a computed value can only be read; write the type as `Computed<T>`");
        }
        (None, [(keywords::SEQUENCE, span), ..]) => {
            ctxt.at_span(*span, "the sequence gives the value; write the type as `Generated<i64>`");
        }
        _ => {}
    }
    if attrs.sequence.is_some()
        && ty.made == Some(Made::Generated)
        && !["i64", "i32", "u64", "u32"].iter().any(|name| ty.is(name))
    {
        ctxt.at(
            ty.whole,
            "a sequence yields integers; write the type as `Generated<i64>` or another integer of 32 or 64 bits",
        );
    }
    if let Some(on_update) = &attrs.on_update
        && ty.made != Some(Made::Generated)
    {
        let message = match ty.made {
            Some(_) => "a computed value always follows the row; remove `on_update`",
            None => "the database sets this value; write the type as `Generated<T>`",
        };
        ctxt.at_span(on_update.word, message);
    }
    let on_update = attrs.on_update.as_ref().map(|given| (keywords::ON_UPDATE, given.word));
    let Some((_, word)) = makers.first().copied().or(on_update) else { return };
    if entity.is_key(column) {
        ctxt.at_span(
            word,
            "the session must know the key when it inserts; write `Auto<i64>`, or set the key in the program",
        );
    } else if attrs.version.is_some() {
        ctxt.at_span(word, "the session counts the version; remove this");
    }
    if ty.made.is_some()
        && let Some(default) = &attrs.default
    {
        ctxt.at_span(default.word, "the database generates the value; remove `default`");
    }
}

/// Checks `created_at` and `updated_at`: the session writes the current time into a plain column.
fn stamps(entity: &Entity<'_>, column: &Column<'_>, ctxt: &mut Ctxt) {
    let attrs = &column.attrs;
    let words =
        [(keywords::CREATED_AT, &attrs.created_at), (keywords::UPDATED_AT, &attrs.updated_at)];
    let mut said = words.iter().filter_map(|(word, flag)| Some((word, flag.as_ref()?.word)));
    let Some((word, span)) = said.next() else { return };
    if let Some((other, span)) = said.next() {
        let message = format!("a column holds one time; remove `{other}` or `{word}`");
        ctxt.at_span(span, message);
    }
    if entity.is_key(column) {
        ctxt.at_span(span, format!("a key cannot be the time of a write; remove `{word}`"));
    } else if column.ty.deferred || column.ty.made.is_some() {
        ctxt.at(
            column.ty.whole,
            format!("the session sets the value of `{word}`; write the type without a wrapper"),
        );
    }
    if let Some(default) = &attrs.default {
        ctxt.at_span(default.word, format!("`{word}` sets the value; remove `default`"));
    }
}

pub(super) fn digits(column: &Column<'_>, ctxt: &mut Ctxt) {
    let attrs = &column.attrs;
    match (&attrs.precision, &attrs.scale) {
        (None, Some(scale)) => {
            let message = "the total number of digits is missing; write `precision = ...` as well";
            ctxt.at_span(scale.word, message);
        }
        (Some(precision), Some(scale)) if scale.value > precision.value => {
            let message = format!(
                "of {} digits, {} cannot come after the point; make `precision` greater",
                precision.value, scale.value
            );
            ctxt.at_span(scale.word, message);
        }
        (Some(precision), _) => {
            let decimal = column.ty.is("Decimal") || matches!(column.ty.sql, SqlType::Custom(_));
            if !decimal && !column.ty.broken {
                ctxt.at_span(precision.word, "only a `Decimal` has digits; remove `precision`");
            } else if column.ty.is_read_only() {
                ctxt.at_span(
                    precision.word,
                    "a computed value has the digits of its expression; remove `precision`",
                );
            }
            default_fits(column, ctxt);
        }
        (None, None) => {}
    }
}

/// Checks that a default fits the digits of its column, if it is a number. The databases differ:
/// one would round it, another refuse it.
fn default_fits(column: &Column<'_>, ctxt: &mut Ctxt) {
    let (Some(default), Some((precision, scale))) = (&column.attrs.db_default, column.digits())
    else {
        return;
    };
    let text = default.value.value();
    let digits = text.trim().trim_matches('\'').trim_start_matches(['-', '+']);
    let (whole, behind) = digits.split_once('.').unwrap_or((digits, ""));
    let are_digits = |text: &str| text.bytes().all(|c| c.is_ascii_digit());
    if !are_digits(whole) || !are_digits(behind) {
        return;
    }
    let (whole, behind) = (whole.trim_start_matches('0').len(), behind.trim_end_matches('0').len());
    if behind > scale as usize || whole > precision.saturating_sub(scale) as usize {
        ctxt.at_span(
            default.word,
            format!(
                "the default does not fit the column, which has {precision} digits, {scale} of them after the point"
            ),
        );
    }
}
