//! `#[derive(DbEnum)]`: what an enum and its attributes mean.

use std::collections::HashMap;

use proc_macro2::{Ident, Span};
use syn::{Data, DeriveInput, Expr, ExprLit, ExprUnary, Fields, Lit, LitStr, UnOp, Visibility};

use crate::attr::{AttrValue, Position, unknown};
use crate::syntax::ctxt::Ctxt;
use crate::syntax::name::{self, FieldName};
use crate::syntax::parse::{self, Keyword, Value};
use crate::syntax::value;

/// The attribute of an enum and its variants.
const DB_ENUM: &str = "db_enum";

// On the enum.
const TYPE_NAME: &str = "type_name";
const CHECK: &str = "check";

// On a variant.
const CODE: &str = "code";
const LABEL: &str = "label";
const ALIAS: &str = "alias";

const ENUM: Position = Position {
    name: "an enum",
    words: &[TYPE_NAME, CHECK],
    other_name: "a variant",
    other_words: &[CODE, LABEL, ALIAS],
};
const VARIANT: Position = Position {
    name: "a variant",
    words: &[CODE, LABEL, ALIAS],
    other_name: "the enum",
    other_words: &[TYPE_NAME, CHECK],
};

/// The longest name of a type on PostgreSQL.
const LONGEST_NAME: usize = 63;

/// An enum whose variants are stored as codes.
pub(crate) struct DbEnum<'a> {
    pub(crate) ident: &'a Ident,
    pub(crate) vis: &'a Visibility,
    pub(crate) type_name: String,
    pub(crate) kind: Kind,
    /// Text with a CHECK, even if the database has enumerations.
    pub(crate) check: bool,
    pub(crate) variants: Vec<Variant<'a>>,
}

/// The kind of codes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Text,
    Char,
    Integer,
}

pub(crate) struct Variant<'a> {
    pub(crate) ident: &'a Ident,
    pub(crate) code: CodeAttr,
    pub(crate) label: String,
    pub(crate) aliases: Vec<CodeAttr>,
}

/// A code and its position.
#[derive(Clone)]
pub(crate) struct CodeAttr {
    pub(crate) span: Span,
    pub(crate) value: CodeValue,
}

#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) enum CodeValue {
    Text(String),
    Char(char),
    Integer(i32),
}

impl CodeValue {
    fn kind(&self) -> Kind {
        match self {
            CodeValue::Text(_) => Kind::Text,
            CodeValue::Char(_) => Kind::Char,
            CodeValue::Integer(_) => Kind::Integer,
        }
    }

    pub(crate) fn text(&self) -> String {
        match self {
            CodeValue::Text(code) => code.clone(),
            CodeValue::Char(code) => code.to_string(),
            CodeValue::Integer(code) => code.to_string(),
        }
    }
}

impl<'a> DbEnum<'a> {
    /// Returns the model of an enum, or `None` if it has no variants.
    pub(crate) fn read(input: &'a DeriveInput, ctxt: &mut Ctxt) -> Option<Self> {
        const CURE: &str = "derive `DbEnum` on an enum of plain variants";
        let data = match &input.data {
            Data::Enum(data) => data,
            Data::Struct(data) => {
                ctxt.at(data.struct_token, format!("a struct has no variants; {CURE}"));
                return None;
            }
            Data::Union(data) => {
                ctxt.at(data.union_token, format!("a union has no variants; {CURE}"));
                return None;
            }
        };
        if !input.generics.params.is_empty() {
            ctxt.at(&input.generics, "a `DbEnum` cannot be generic; remove the parameters");
            return None;
        }
        if data.variants.is_empty() {
            ctxt.at(&input.ident, "an enum without variants has no value to store; add one");
            return None;
        }
        public(input, ctxt);
        let (type_name, check) = enum_words(input, ctxt);
        let variants: Vec<_> =
            data.variants.iter().filter_map(|variant| Variant::read(variant, ctxt)).collect();
        let kind = kind_of(&variants, ctxt);
        distinct(&variants, ctxt);
        let read = DbEnum {
            ident: &input.ident,
            vis: &input.vis,
            type_name: type_name.as_ref().map_or_else(
                || name::snake_case(&FieldName(&input.ident).to_string()),
                |given| given.value.value(),
            ),
            kind,
            check: check.is_some(),
            variants,
        };
        read.check_words(type_name.as_ref(), check.as_ref(), ctxt);
        Some(read)
    }

    /// Returns `true` if the enum is stored as a native enumeration in databases that have them.
    pub(crate) fn is_native(&self) -> bool {
        self.kind == Kind::Text && !self.check
    }

    /// Returns `true` if every code fits in 16 bits.
    pub(crate) fn is_small(&self) -> bool {
        self.codes().all(|code| match code.value {
            CodeValue::Integer(code) => i16::try_from(code).is_ok(),
            _ => false,
        })
    }

    pub(crate) fn longest(&self) -> u32 {
        let lengths = self.codes().map(|code| code.value.text().chars().count());
        lengths.max().and_then(|length| u32::try_from(length).ok()).unwrap_or(1)
    }

    fn codes(&self) -> impl Iterator<Item = &CodeAttr> {
        self.variants
            .iter()
            .flat_map(|variant| std::iter::once(&variant.code).chain(&variant.aliases))
    }

    fn check_words(
        &self,
        type_name: Option<&AttrValue<LitStr>>,
        check: Option<&AttrValue<()>>,
        ctxt: &mut Ctxt,
    ) {
        if let Some(check) = check
            && self.kind != Kind::Text
        {
            let message = "only string codes can be an enumeration of the database, and these have a CHECK anyway; remove `check`";
            ctxt.at_span(check.word, message);
        }
        if let Some(given) = type_name {
            if !self.is_native() {
                let message =
                    "only an enumeration of the database has a named type; remove `type_name`";
                ctxt.at_span(given.word, message);
            } else if given.value.value().len() > LONGEST_NAME {
                let message =
                    format!("PostgreSQL truncates names to {LONGEST_NAME} bytes; shorten it");
                ctxt.at(&given.value, message);
            }
        }
    }
}

/// Checks that the type is public: Diesel makes the columns of a table public, and a public item
/// can mention only public types.
pub(crate) fn public(input: &DeriveInput, ctxt: &mut Ctxt) {
    if !matches!(input.vis, Visibility::Public(_)) {
        let ident = &input.ident;
        ctxt.at(
            ident,
            format!(
                "`{ident}` must be `pub`, because Diesel's columns are public and mention their types; write `pub` before it (in a private module it stays private)"
            ),
        );
    }
}

/// Reads `type_name = "…"` and `check`.
fn enum_words(
    input: &DeriveInput,
    ctxt: &mut Ctxt,
) -> (Option<AttrValue<LitStr>>, Option<AttrValue<()>>) {
    let (mut type_name, mut check) = (None, None);
    for word in parse::words(&input.attrs, DB_ENUM, ctxt) {
        if word.is(TYPE_NAME) {
            crate::attr::set(&mut type_name, &word, value::name, ctxt);
        } else if word.is(CHECK) {
            crate::attr::set(&mut check, &word, value::flag, ctxt);
        } else {
            unknown(&word, ENUM, ctxt);
        }
    }
    (type_name, check)
}

impl<'a> Variant<'a> {
    fn read(variant: &'a syn::Variant, ctxt: &mut Ctxt) -> Option<Self> {
        let (mut code, mut label, mut aliases) = (None, None, Vec::new());
        for word in parse::words(&variant.attrs, DB_ENUM, ctxt) {
            if word.is(CODE) {
                crate::attr::set(&mut code, &word, code_value, ctxt);
            } else if word.is(LABEL) {
                crate::attr::set(&mut label, &word, value::text, ctxt);
            } else if word.is(ALIAS) {
                match code_value(&word) {
                    Ok(alias) => aliases.push(alias),
                    Err(error) => ctxt.push(error),
                }
            } else {
                unknown(&word, VARIANT, ctxt);
            }
        }
        if !matches!(variant.fields, Fields::Unit) {
            ctxt.at(
                &variant.fields,
                "a variant with a code has no fields; move the fields to separate columns",
            );
            return None;
        }
        let discriminant = variant.discriminant.as_ref().and_then(|(_, value)| integer(value));
        let name = FieldName(&variant.ident).to_string();
        let code = match (code, discriminant) {
            (Some(code), _) => code.value,
            (None, Some((span, code))) => CodeAttr { span, value: CodeValue::Integer(code) },
            (None, None) => CodeAttr {
                span: variant.ident.span(),
                value: CodeValue::Text(name::snake_case(&name)),
            },
        };
        let label = label.map_or_else(|| name::words(&name), |label| label.value.value());
        Some(Variant { ident: &variant.ident, code, label, aliases })
    }
}

fn code_value(word: &Keyword) -> Result<CodeAttr, syn::Error> {
    let expected =
        format!("write a string, a character or an integer, as in `{} = \"P\"`", word.name);
    let Value::Expr(expr) = &word.value else { return Err(value::wrong_value(word, &expected)) };
    let wrong = |reason: &str| syn::Error::new_spanned(expr, format!("{reason}; {expected}"));
    if let Some((span, code)) = integer(expr) {
        return Ok(CodeAttr { span, value: CodeValue::Integer(code) });
    }
    let value = match value::literal(word, &expected)? {
        Some(Lit::Str(text)) if text.value().is_empty() => return Err(wrong("the code is empty")),
        Some(Lit::Str(text)) if text.value().contains('\0') => {
            return Err(wrong("a code cannot contain NUL, which no database accepts"));
        }
        Some(Lit::Str(text)) if text.value().ends_with(' ') => {
            return Err(wrong("a code cannot end in a space, which columns of fixed width remove"));
        }
        Some(Lit::Str(text)) => CodeValue::Text(text.value()),
        Some(Lit::Char(code)) if code.value() == '\0' || code.value() == ' ' => {
            return Err(wrong("a code must be a visible character"));
        }
        Some(Lit::Char(code)) => CodeValue::Char(code.value()),
        Some(Lit::Int(_)) => return Err(wrong("a code has at most 32 bits")),
        _ => return Err(wrong("not a code")),
    };
    Ok(CodeAttr { span: syn::spanned::Spanned::span(expr), value })
}

/// Reads a literal integer, with or without a sign.
fn integer(expr: &Expr) -> Option<(Span, i32)> {
    let span = syn::spanned::Spanned::span(expr);
    match value::bare(expr) {
        Expr::Lit(ExprLit { lit: Lit::Int(int), .. }) => {
            Some((span, int.base10_parse::<i32>().ok()?))
        }
        Expr::Unary(ExprUnary { op: UnOp::Neg(_), expr, .. }) => match value::bare(expr) {
            Expr::Lit(ExprLit { lit: Lit::Int(int), .. }) => {
                let code = int.base10_parse::<i64>().ok()?;
                Some((span, i32::try_from(-code).ok()?))
            }
            _ => None,
        },
        _ => None,
    }
}

/// Returns the kind of the codes, which must all be of one kind.
fn kind_of(variants: &[Variant<'_>], ctxt: &mut Ctxt) -> Kind {
    let kind = variants.first().map_or(Kind::Text, |first| first.code.value.kind());
    let of = |kind| match kind {
        Kind::Text => "a string",
        Kind::Char => "a character",
        Kind::Integer => "an integer",
    };
    for code in variants.iter().flat_map(|v| std::iter::once(&v.code).chain(&v.aliases)) {
        let other = code.value.kind();
        if other != kind {
            ctxt.at_span(
                code.span,
                format!(
                    "this code is {}, and the first code is {}; one column holds one kind of code, write `code = ...` for each variant",
                    of(other),
                    of(kind)
                ),
            );
        }
    }
    kind
}

/// Checks that the codes are different. MySQL ignores case when it compares the members of an ENUM
/// in most collations.
fn distinct(variants: &[Variant<'_>], ctxt: &mut Ctxt) {
    let mut owners: HashMap<String, &Ident> = HashMap::new();
    for variant in variants {
        for code in std::iter::once(&variant.code).chain(&variant.aliases) {
            let text = code.value.text();
            if let Some(owner) = owners.insert(text.clone(), variant.ident) {
                ctxt.at_span(
                    code.span,
                    format!(
                        "`{text}` already is a code of `{owner}`; give each variant a different code"
                    ),
                );
            }
        }
    }
}
