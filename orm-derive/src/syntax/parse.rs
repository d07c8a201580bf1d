//! The syntax of `#[entity(...)]`: keywords, some with a value. Nothing here knows what a keyword
//! means.

use proc_macro2::{Ident, TokenTree};
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::{Attribute, Expr, Lit, LitStr, Meta, Token, TypePath, parenthesized, token};

use crate::syntax::ctxt::Ctxt;
use crate::syntax::{keywords, name};

/// One keyword and what follows it.
pub(crate) struct Keyword {
    pub(crate) name: Ident,
    pub(crate) value: Value,
}

pub(crate) enum Value {
    /// `unique`
    None,
    /// `length = 30`
    Expr(Expr),
    /// `sql_type = diesel::sql_types::Text`. As an expression, a generic type would need a
    /// turbofish.
    Type(TypePath),
    /// `length =`, or something that is neither an expression nor a type.
    Missing,
    /// `order_by(created_at, id.desc())`
    Exprs(Vec<Expr>),
    /// `unique(line, seat)`: more keywords.
    List(Vec<Keyword>),
}

impl Keyword {
    pub(crate) fn is(&self, word: &str) -> bool {
        self.name == word
    }
}

/// Returns all keywords of all attributes of this name. A keyword that cannot be read is reported,
/// and parsing continues after it.
pub(crate) fn words(attrs: &[Attribute], attribute: &str, ctxt: &mut Ctxt) -> Vec<Keyword> {
    let mut words = Vec::new();
    for attr in attrs.iter().filter(|attr| attr.path().is_ident(attribute)) {
        let Meta::List(list) = &attr.meta else {
            let message =
                format!("expected attributes in parentheses; write `#[{attribute}(...)]`");
            ctxt.at(&attr.meta, message);
            continue;
        };
        let parsed = (|input: ParseStream<'_>| words_in(input, ctxt)).parse2(list.tokens.clone());
        match parsed {
            Ok(more) => words.extend(more),
            Err(error) => ctxt.push(error),
        }
    }
    words
}

fn words_in(input: ParseStream<'_>, ctxt: &mut Ctxt) -> syn::Result<Vec<Keyword>> {
    let mut words = Vec::new();
    while !input.is_empty() {
        match word(input, ctxt) {
            Ok(word) => words.push(word),
            Err(error) => {
                ctxt.push(error);
                skip_to_comma(input)?;
            }
        }
        if !input.is_empty() && !input.peek(Token![,]) {
            ctxt.push(input.error("expected `,` between two attributes"));
            skip_to_comma(input)?;
        }
        input.parse::<Option<Token![,]>>()?;
    }
    Ok(words)
}

fn word(input: ParseStream<'_>, ctxt: &mut Ctxt) -> syn::Result<Keyword> {
    if !input.peek(Ident::peek_any) {
        return Err(input.error("expected an attribute such as `column = \"name\"`"));
    }
    let name = input.call(Ident::parse_any)?;
    let value = if input.peek(token::Paren) {
        let list;
        parenthesized!(list in input);
        if name == keywords::COLUMNS && list.peek(LitStr) {
            Value::List(bare_columns(&list, ctxt)?)
        } else if keywords::WITH_A_LIST.iter().any(|word| name == word) {
            Value::List(words_in(&list, ctxt)?)
        } else if keywords::WITH_EXPRESSIONS.iter().any(|word| name == word) {
            let exprs = Punctuated::<Expr, Token![,]>::parse_terminated(&list)?;
            Value::Exprs(exprs.into_iter().collect())
        } else {
            list.parse::<proc_macro2::TokenStream>()?;
            Value::List(Vec::new())
        }
    } else if input.parse::<Option<Token![=]>>()?.is_none() {
        Value::None
    } else if input.is_empty() || input.peek(Token![,]) {
        Value::Missing
    } else if keywords::WITH_A_TYPE.iter().any(|word| name == word) && !input.peek(Lit) {
        match input.fork().parse::<TypePath>() {
            Ok(_) => Value::Type(input.parse()?),
            Err(_) => {
                skip_to_comma(input)?;
                Value::Missing
            }
        }
    } else {
        Value::Expr(input.parse()?)
    };
    Ok(Keyword { name, value })
}

/// Reads columns that were written without their fields: reports one error for all of them, and
/// returns keywords in their place.
fn bare_columns(list: ParseStream<'_>, ctxt: &mut Ctxt) -> syn::Result<Vec<Keyword>> {
    let columns = Punctuated::<LitStr, Token![,]>::parse_terminated(list)?;
    let fields = columns.iter().map(|column| {
        let field = name::snake_case(&column.value());
        if name::is_identifier(&field) { field } else { format!("{field}_") }
    });
    let fields: Vec<String> = fields.collect();
    let cure: Vec<_> = fields
        .iter()
        .zip(&columns)
        .map(|(field, column)| format!("{field} = \"{}\"", column.value()))
        .collect();
    let message = format!(
        "a column is written after the name of its field; write `{}({})`",
        keywords::COLUMNS,
        cure.join(", ")
    );
    if let Some(first) = columns.first() {
        ctxt.at(first, message);
    }
    let word = |(field, column): (&String, LitStr)| Keyword {
        name: Ident::new_raw(field, column.span()),
        value: Value::Expr(Expr::Lit(syn::ExprLit { attrs: Vec::new(), lit: Lit::Str(column) })),
    };
    Ok(fields.iter().zip(columns.clone()).map(word).collect())
}

fn skip_to_comma(input: ParseStream<'_>) -> syn::Result<()> {
    while !input.is_empty() && !input.peek(Token![,]) {
        input.parse::<TokenTree>()?;
    }
    Ok(())
}
