//! The meaning of the words of `#[entity(...)]`, one struct or field at a time.
//!
//! What is judged here needs no look at another field or at a type; that is in `check`.

use proc_macro2::{Ident, Span};
use syn::{Attribute, Expr, ExprLit, Lit, LitStr, TypePath};

use crate::ctxt::Ctxt;
use crate::parse::{self, Value, Word};
use crate::words;

/// A value and the word that gave it, at which errors point.
pub(crate) struct Given<T> {
    pub(crate) word: Span,
    pub(crate) value: T,
}

/// A word without a value.
pub(crate) type Flag = Option<Given<()>>;

#[derive(Default)]
pub(crate) struct EntityAttrs {
    pub(crate) table: Option<Given<LitStr>>,
    pub(crate) schema: Option<Given<LitStr>>,
    pub(crate) hooks: Flag,
}

#[derive(Default)]
pub(crate) struct FieldAttrs {
    pub(crate) column: Option<Given<LitStr>>,
    pub(crate) primary_key: Flag,
    /// `default` alone stands for `Default::default()`.
    pub(crate) default: Option<Given<Option<Expr>>>,
    pub(crate) unique: Flag,
    pub(crate) index: Flag,
    pub(crate) length: Option<Given<u32>>,
    pub(crate) version: Flag,
    pub(crate) group: Option<Given<LitStr>>,
    pub(crate) skip: Flag,
    pub(crate) sql_type: Option<Given<TypePath>>,
    /// Every word but `skip`, for the rule that `skip` stands alone.
    pub(crate) beside_skip: Vec<Ident>,
}

/// Where a word stands; each place has words of its own.
#[derive(Clone, Copy)]
struct Place {
    name: &'static str,
    words: &'static [&'static str],
    other_name: &'static str,
    other_words: &'static [&'static str],
}

const STRUCT: Place = Place {
    name: "a struct",
    words: words::ON_STRUCT,
    other_name: "a field",
    other_words: words::ON_FIELD,
};
const FIELD: Place = Place {
    name: "a field",
    words: words::ON_FIELD,
    other_name: "the struct",
    other_words: words::ON_STRUCT,
};

impl EntityAttrs {
    pub(crate) fn read(attrs: &[Attribute], ctxt: &mut Ctxt) -> Self {
        let mut read = EntityAttrs::default();
        for word in parse::words(attrs, ctxt) {
            if word.is(words::TABLE) {
                set(&mut read.table, &word, name, ctxt);
            } else if word.is(words::SCHEMA) {
                set(&mut read.schema, &word, name, ctxt);
            } else if word.is(words::HOOKS) {
                set(&mut read.hooks, &word, flag, ctxt);
            } else {
                unknown(&word, STRUCT, ctxt);
            }
        }
        read
    }
}

impl FieldAttrs {
    pub(crate) fn read(attrs: &[Attribute], ctxt: &mut Ctxt) -> Self {
        let mut read = FieldAttrs::default();
        for word in parse::words(attrs, ctxt) {
            if word.is(words::COLUMN) {
                set(&mut read.column, &word, name, ctxt);
            } else if word.is(words::PRIMARY_KEY) {
                set(&mut read.primary_key, &word, flag, ctxt);
            } else if word.is(words::DEFAULT) {
                set(&mut read.default, &word, optional_expr, ctxt);
            } else if word.is(words::UNIQUE) {
                set(&mut read.unique, &word, flag, ctxt);
            } else if word.is(words::INDEX) {
                set(&mut read.index, &word, flag, ctxt);
            } else if word.is(words::LENGTH) {
                set(&mut read.length, &word, length, ctxt);
            } else if word.is(words::VERSION) {
                set(&mut read.version, &word, flag, ctxt);
            } else if word.is(words::GROUP) {
                set(&mut read.group, &word, name, ctxt);
            } else if word.is(words::SKIP) {
                set(&mut read.skip, &word, flag, ctxt);
            } else if word.is(words::SQL_TYPE) {
                set(&mut read.sql_type, &word, sql_type, ctxt);
            } else {
                unknown(&word, FIELD, ctxt);
                continue;
            }
            if !word.is(words::SKIP) {
                read.beside_skip.push(word.name);
            }
        }
        read
    }
}

/// Reads the value of a word into its place, which has to be free.
fn set<T>(
    slot: &mut Option<Given<T>>,
    word: &Word,
    read: fn(&Word) -> Result<T, syn::Error>,
    ctxt: &mut Ctxt,
) {
    if slot.is_some() {
        ctxt.at(&word.name, format!("`{}` is given twice; remove one", word.name));
        return;
    }
    match read(word) {
        Ok(value) => *slot = Some(Given { word: word.name.span(), value }),
        Err(error) => ctxt.push(error),
    }
}

fn unknown(word: &Word, place: Place, ctxt: &mut Ctxt) {
    let name = &word.name;
    let Place { name: here, words, other_name, other_words } = place;
    if other_words.iter().any(|other| word.is(other)) {
        ctxt.at(name, format!("`{name}` is a word of {other_name}, not of {here}; move it there"));
    } else {
        let known: Vec<_> = words.iter().map(|word| format!("`{word}`")).collect();
        let known = known.join(", ");
        ctxt.at(name, format!("unknown word `{name}`; {here} knows {known}"));
    }
}

fn flag(word: &Word) -> Result<(), syn::Error> {
    let name = &word.name;
    match &word.value {
        Value::None => Ok(()),
        Value::Expr(value) => Err(syn::Error::new_spanned(
            value,
            format!("`{name}` takes no value; write `{name}` alone"),
        )),
        Value::Missing | Value::List | Value::Type(_) => {
            Err(syn::Error::new_spanned(name, format!("`{name}` takes no value; write it alone")))
        }
    }
}

/// A name that the database is to know: text, not empty, without the one character no name can have.
fn name(word: &Word) -> Result<LitStr, syn::Error> {
    let expected = format!("write `{} = \"name\"`", word.name);
    let Some(text) = literal(word, &expected)? else { return Err(wrong_value(word, &expected)) };
    let Lit::Str(text) = text else {
        return Err(syn::Error::new_spanned(text, format!("expected a text; {expected}")));
    };
    let value = text.value();
    if value.is_empty() {
        return Err(syn::Error::new_spanned(text, format!("the name is empty; {expected}")));
    }
    if value.contains('\0') {
        let message = "a name can not contain NUL, no database takes it; remove the `\\0`";
        return Err(syn::Error::new_spanned(text, message));
    }
    Ok(text.clone())
}

fn length(word: &Word) -> Result<u32, syn::Error> {
    let expected = "write the most characters the text may have, as in `length = 30`";
    let Some(number) = literal(word, expected)? else { return Err(wrong_value(word, expected)) };
    let wrong =
        |reason: &str| Err(syn::Error::new_spanned(number, format!("{reason}; {expected}")));
    let Lit::Int(int) = number else { return wrong("expected a number") };
    match int.base10_parse::<u32>() {
        Ok(0) => wrong("no text fits into a length of 0"),
        Ok(length) => Ok(length),
        Err(_) => wrong("a length is a whole number below 2^32"),
    }
}

fn optional_expr(word: &Word) -> Result<Option<Expr>, syn::Error> {
    match &word.value {
        Value::None => Ok(None),
        Value::Expr(value) => Ok(Some(value.clone())),
        Value::Missing | Value::List | Value::Type(_) => Err(wrong_value(
            word,
            "write `default` alone for `Default::default()`, or `default = expression`",
        )),
    }
}

fn sql_type(word: &Word) -> Result<TypePath, syn::Error> {
    match &word.value {
        Value::Type(path) if path.qself.is_none() => Ok(path.clone()),
        _ => Err(wrong_value(word, "write a type, as in `sql_type = diesel::sql_types::Text`")),
    }
}

/// The literal after `=`; nothing where no value was written.
fn literal<'a>(word: &'a Word, expected: &str) -> Result<Option<&'a Lit>, syn::Error> {
    let Value::Expr(value) = &word.value else { return Ok(None) };
    match bare(value) {
        Expr::Lit(ExprLit { lit, .. }) => Ok(Some(lit)),
        other => Err(syn::Error::new_spanned(other, format!("expected a literal; {expected}"))),
    }
}

/// The expression without the invisible parentheses that a `macro_rules!` fragment has.
pub(crate) fn bare(expr: &Expr) -> &Expr {
    match expr {
        Expr::Group(group) => bare(&group.expr),
        _ => expr,
    }
}

fn wrong_value(word: &Word, expected: &str) -> syn::Error {
    syn::Error::new_spanned(&word.name, format!("`{}` needs a value; {expected}", word.name))
}
