//! The values of keywords, one kind after the other.

use proc_macro2::Ident;
use syn::{Expr, ExprLit, ExprPath, Lit, LitStr, TypePath};

use crate::syntax::keywords;
use crate::syntax::parse::{Keyword, Value};

/// A column by its name in the program, and by its name in the database if that is different.
pub(crate) type ColumnName = (Ident, Option<LitStr>);

/// The name of a column's type on each database, in the order of [`keywords::DATABASES`].
pub(crate) type DbTypes = [Option<LitStr>; 3];

/// The most digits of a decimal: `rust_decimal` can store every number with this many digits.
const MOST_DIGITS: u32 = 28;

pub(crate) fn flag(word: &Keyword) -> Result<(), syn::Error> {
    let name = &word.name;
    match &word.value {
        Value::None => Ok(()),
        Value::Expr(value) => Err(syn::Error::new_spanned(
            value,
            format!("`{name}` takes no value; write `{name}` alone"),
        )),
        Value::Missing | Value::List(_) | Value::Type(_) | Value::Exprs(_) => {
            Err(syn::Error::new_spanned(name, format!("`{name}` takes no value; write it alone")))
        }
    }
}

/// Reads a name for the database: a string that is not empty and has no NUL, which no name can
/// contain.
pub(crate) fn name(word: &Keyword) -> Result<LitStr, syn::Error> {
    let expected = format!("write `{} = \"name\"`", word.name);
    let text = text_like(word, &expected)?;
    if text.value().is_empty() {
        return Err(syn::Error::new_spanned(text, format!("the name is empty; {expected}")));
    }
    if text.value().contains('\0') {
        let message = "a name cannot contain NUL, which no database accepts; remove the `\\0`";
        return Err(syn::Error::new_spanned(text, message));
    }
    Ok(text)
}

/// Reads any string.
pub(crate) fn text(word: &Keyword) -> Result<LitStr, syn::Error> {
    text_like(word, &format!("write `{} = \"text\"`", word.name))
}

/// Reads an SQL expression.
pub(crate) fn sql(word: &Keyword) -> Result<LitStr, syn::Error> {
    let expected = format!("write an expression in SQL, as in `{} = \"...\"`", word.name);
    let text = text_like(word, &expected)?;
    if text.value().trim().is_empty() {
        return Err(syn::Error::new_spanned(text, format!("the expression is empty; {expected}")));
    }
    Ok(text)
}

/// Reads an SQL expression, or nothing.
pub(crate) fn optional_sql(word: &Keyword) -> Result<Option<LitStr>, syn::Error> {
    match &word.value {
        Value::None => Ok(None),
        _ => sql(word).map(Some),
    }
}

fn text_like(word: &Keyword, expected: &str) -> Result<LitStr, syn::Error> {
    match literal(word, expected)? {
        Some(Lit::Str(text)) => Ok(text.clone()),
        Some(other) => {
            Err(syn::Error::new_spanned(other, format!("expected a string; {expected}")))
        }
        None => Err(wrong_value(word, expected)),
    }
}

pub(crate) fn length(word: &Keyword) -> Result<u32, syn::Error> {
    let expected = "write the largest number of characters, as in `length = 30`";
    match number(word, expected, "a length is a whole number below 2^32")? {
        (number, 0) => Err(wrong(number, "no string fits into a length of 0", expected)),
        (_, length) => Ok(length),
    }
}

pub(crate) fn precision(word: &Keyword) -> Result<u32, syn::Error> {
    let expected = "write the largest number of digits, as in `precision = 12`";
    match number(word, expected, "a decimal has 1 to 28 digits")? {
        (_, digits @ 1..=MOST_DIGITS) => Ok(digits),
        (number, _) => Err(wrong(number, "a decimal has 1 to 28 digits", expected)),
    }
}

pub(crate) fn scale(word: &Keyword) -> Result<u32, syn::Error> {
    let expected = "write the number of digits after the point, as in `scale = 2`";
    match number(word, expected, "a decimal has at most 28 digits after the point")? {
        (_, digits @ 0..=MOST_DIGITS) => Ok(digits),
        (number, _) => {
            Err(wrong(number, "a decimal has at most 28 digits after the point", expected))
        }
    }
}

fn number<'a>(word: &'a Keyword, expected: &str, rule: &str) -> Result<(&'a Lit, u32), syn::Error> {
    let Some(number) = literal(word, expected)? else { return Err(wrong_value(word, expected)) };
    let Lit::Int(int) = number else { return Err(wrong(number, "expected a number", expected)) };
    let value = int.base10_parse::<u32>().map_err(|_| wrong(number, rule, expected))?;
    Ok((number, value))
}

fn wrong(literal: &Lit, reason: &str, expected: &str) -> syn::Error {
    syn::Error::new_spanned(literal, format!("{reason}; {expected}"))
}

pub(crate) fn optional_expr(word: &Keyword) -> Result<Option<Expr>, syn::Error> {
    match &word.value {
        Value::None => Ok(None),
        Value::Expr(value) => Ok(Some(value.clone())),
        Value::Missing | Value::List(_) | Value::Type(_) | Value::Exprs(_) => Err(wrong_value(
            word,
            "write `default` alone for `Default::default()`, or `default = expression`",
        )),
    }
}

pub(crate) fn sql_type(word: &Keyword) -> Result<TypePath, syn::Error> {
    type_path(word, "write a type, as in `sql_type = diesel::sql_types::Text`")
}

pub(crate) fn decorator(word: &Keyword) -> Result<TypePath, syn::Error> {
    type_path(word, "write the decorator of the field's type, as in `with = Millis`")
}

pub(crate) fn entity(word: &Keyword) -> Result<TypePath, syn::Error> {
    type_path(word, "write the referenced entity, as in `references = User`")
}

pub(crate) fn hierarchy(word: &Keyword) -> Result<TypePath, syn::Error> {
    type_path(word, "write the enum of the hierarchy, as in `hierarchy = Staff`")
}

/// Reads the value of a discriminator.
pub(crate) fn discriminator(word: &Keyword) -> Result<ExprPath, syn::Error> {
    let expected =
        "write a variant of the discriminator's enum, as in `discriminator = EmployeeKind::Boss`";
    let Value::Expr(value) = &word.value else { return Err(wrong_value(word, expected)) };
    match bare(value) {
        Expr::Path(path) => Ok(path.clone()),
        other => Err(syn::Error::new_spanned(other, expected)),
    }
}

fn type_path(word: &Keyword, expected: &str) -> Result<TypePath, syn::Error> {
    match &word.value {
        Value::Type(path) if path.qself.is_none() => Ok(path.clone()),
        _ => Err(wrong_value(word, expected)),
    }
}

/// Reads the name of a module.
pub(crate) fn module(word: &Keyword) -> Result<syn::Ident, syn::Error> {
    let expected = "write the name of the module for the columns, as in `module = ring_columns`";
    let Value::Expr(value) = &word.value else { return Err(wrong_value(word, expected)) };
    match bare(value) {
        Expr::Path(path) if path.path.get_ident().is_some() => {
            Ok(path.path.require_ident()?.clone())
        }
        other => Err(syn::Error::new_spanned(other, expected)),
    }
}

/// Reads the path of a function.
pub(crate) fn function(word: &Keyword) -> Result<ExprPath, syn::Error> {
    let expected = format!("write the path of a function, as in `{} = visible`", word.name);
    let Value::Expr(value) = &word.value else { return Err(wrong_value(word, &expected)) };
    match bare(value) {
        Expr::Path(path) => Ok(path.clone()),
        other => Err(syn::Error::new_spanned(other, format!("expected a function; {expected}"))),
    }
}

/// Reads `columns(street = "home_street")`, the names of columns by field, or `columns(line,
/// number)`, the columns of a key.
pub(crate) fn columns(word: &Keyword) -> Result<Vec<ColumnName>, syn::Error> {
    let expected = "write the names of the columns, as in `columns(seat_line, seat_number)`; for a value object write fields and columns, as in `columns(street = \"home_street\")`";
    match &word.value {
        Value::List(fields) if !fields.is_empty() => fields
            .iter()
            .map(|field| match field.value {
                Value::None => Ok((field.name.clone(), None)),
                _ => Ok((field.name.clone(), Some(name(field)?))),
            })
            .collect(),
        _ => Err(wrong_value(word, expected)),
    }
}

/// Reads `"citext"` for every database, or `(postgres = "citext")` for one.
pub(crate) fn db_type(word: &Keyword) -> Result<DbTypes, syn::Error> {
    let expected = "write the type in SQL, `db_type = \"CHAR(10)\"`, or for one database, `db_type(postgres = \"citext\")`";
    let Value::List(databases) = &word.value else {
        let text = name(word)?;
        return Ok([Some(text.clone()), Some(text.clone()), Some(text)]);
    };
    if databases.is_empty() {
        return Err(wrong_value(word, expected));
    }
    let mut types = DbTypes::default();
    for database in databases {
        let place = keywords::DATABASES.iter().position(|known| database.is(known));
        let Some(place) = place else {
            let known = keywords::DATABASES.map(|name| format!("`{name}`")).join(", ");
            let unknown = format!("unknown database `{}`; expected {known}", database.name);
            return Err(syn::Error::new_spanned(&database.name, unknown));
        };
        if types[place].is_some() {
            let twice = format!("`{}` is written twice; remove one", database.name);
            return Err(syn::Error::new_spanned(&database.name, twice));
        }
        types[place] = Some(name(database)?);
    }
    Ok(types)
}

/// Returns the literal after `=`, or `None` if no value was written.
pub(crate) fn literal<'a>(
    word: &'a Keyword,
    expected: &str,
) -> Result<Option<&'a Lit>, syn::Error> {
    let Value::Expr(value) = &word.value else { return Ok(None) };
    match bare(value) {
        Expr::Lit(ExprLit { lit, .. }) => Ok(Some(lit)),
        other => Err(syn::Error::new_spanned(other, format!("expected a literal; {expected}"))),
    }
}

/// Returns the expression without the invisible group around a `macro_rules!` fragment.
pub(crate) fn bare(expr: &Expr) -> &Expr {
    match expr {
        Expr::Group(group) => bare(&group.expr),
        _ => expr,
    }
}

pub(crate) fn wrong_value(word: &Keyword, expected: &str) -> syn::Error {
    syn::Error::new_spanned(&word.name, format!("`{}` needs a value; {expected}", word.name))
}
