//! The attributes of a whole table: `unique(…)`, `index(…)`, `check`, `foreign_key(…)`.

use proc_macro2::{Ident, Span};
use syn::{Expr, LitStr, TypePath};

use super::AttrValue;
use crate::syntax::ctxt::Ctxt;
use crate::syntax::nearest::did_you_mean;
use crate::syntax::parse::{Keyword, Value};
use crate::syntax::{keywords, value};

/// `unique(line, seat)`, `index(columns(age), where = "age > 65", name = "old")`.
pub(crate) struct IndexAttr {
    pub(crate) word: Span,
    pub(crate) unique: bool,
    pub(crate) columns: Vec<Ident>,
    pub(crate) name: Option<LitStr>,
    pub(crate) condition: Option<LitStr>,
}

/// `check = "price > 0"`, `check(name = "positive", condition = "price > 0")`.
pub(crate) struct CheckAttr {
    pub(crate) name: Option<LitStr>,
    pub(crate) condition: LitStr,
}

/// `foreign_key(columns(line, seat), references = Seat, on_delete = cascade)`.
pub(crate) struct ForeignKeyAttr {
    pub(crate) word: Span,
    pub(crate) columns: Vec<Ident>,
    pub(crate) target: TypePath,
    pub(crate) on_delete: Option<AttrValue<OnDelete>>,
}

/// What the database does with a row when the row that it references is deleted.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum OnDelete {
    Restrict,
    Cascade,
    Nullify,
    Database,
}

pub(super) fn on_delete(word: &Keyword) -> Result<OnDelete, syn::Error> {
    let expected = "write `on_delete = cascade`, `nullify`, `restrict` or `database`";
    let Value::Expr(value) = &word.value else { return Err(value::wrong_value(word, expected)) };
    let named = match value::bare(value) {
        Expr::Path(path) => path.path.get_ident().map(ToString::to_string),
        _ => None,
    };
    match named.as_deref() {
        Some(keywords::RESTRICT) => Ok(OnDelete::Restrict),
        Some(keywords::CASCADE) => Ok(OnDelete::Cascade),
        Some(keywords::NULLIFY) => Ok(OnDelete::Nullify),
        Some(keywords::DATABASE) => Ok(OnDelete::Database),
        _ => Err(syn::Error::new_spanned(value, expected)),
    }
}

impl IndexAttr {
    pub(super) fn read(word: &Keyword, ctxt: &mut Ctxt) -> Option<Self> {
        let name = &word.name;
        let list = list(word, &format!("write the fields, as in `{name}(line, seat)`"), ctxt)?;
        let mut parts = Parts::default();
        for word in list {
            parts.set(word, &[keywords::COLUMNS, keywords::WHERE, keywords::NAME], true, ctxt);
        }
        if parts.columns.is_empty() {
            ctxt.at(
                name,
                format!("an index needs columns; write the fields, as in `{name}(line)`"),
            );
            return None;
        }
        Some(IndexAttr {
            word: name.span(),
            unique: word.is(keywords::UNIQUE),
            columns: parts.columns,
            name: parts.name,
            condition: parts.condition,
        })
    }
}

impl CheckAttr {
    pub(super) fn read(word: &Keyword, ctxt: &mut Ctxt) -> Option<Self> {
        let Value::List(list) = &word.value else {
            let condition = value::sql(word).map_err(|error| ctxt.push(error)).ok()?;
            return Some(CheckAttr { name: None, condition });
        };
        let mut parts = Parts::default();
        for word in list {
            parts.set(word, &[keywords::NAME, keywords::CONDITION], false, ctxt);
        }
        let Some(condition) = parts.condition else {
            let message =
                "a check needs a condition; write `check(name = \"...\", condition = \"...\")`";
            ctxt.at(&word.name, message);
            return None;
        };
        Some(CheckAttr { name: parts.name, condition })
    }
}

impl ForeignKeyAttr {
    pub(super) fn read(word: &Keyword, ctxt: &mut Ctxt) -> Option<Self> {
        let expected = "write `foreign_key(columns(line, seat), references = Seat)`";
        let mut parts = Parts::default();
        for word in list(word, expected, ctxt)? {
            parts.set(
                word,
                &[keywords::COLUMNS, keywords::REFERENCES, keywords::ON_DELETE],
                true,
                ctxt,
            );
        }
        match parts.target {
            Some(target) if !parts.columns.is_empty() => Some(ForeignKeyAttr {
                word: word.name.span(),
                columns: parts.columns,
                target,
                on_delete: parts.on_delete,
            }),
            _ => {
                ctxt.at(&word.name, format!("a reference needs columns and an entity; {expected}"));
                None
            }
        }
    }
}

/// What can be written in the parentheses of any of these attributes.
#[derive(Default)]
struct Parts {
    columns: Vec<Ident>,
    name: Option<LitStr>,
    condition: Option<LitStr>,
    target: Option<TypePath>,
    on_delete: Option<AttrValue<OnDelete>>,
}

impl Parts {
    /// Stores one item of the list. Where fields are allowed, a bare name is a field, because a
    /// field can be called `name`.
    fn set(&mut self, word: &Keyword, known: &[&str], fields: bool, ctxt: &mut Ctxt) {
        let name = word.name.to_string();
        if fields && matches!(word.value, Value::None) {
            self.columns.push(word.name.clone());
            return;
        }
        if !known.contains(&name.as_str()) {
            let cure = did_you_mean(&name, known);
            ctxt.at(&word.name, format!("unknown attribute `{name}`; {cure}"));
            return;
        }
        let set = match name.as_str() {
            keywords::COLUMNS => fields_of(word).map(|columns| self.columns.extend(columns)),
            keywords::NAME => value::name(word).map(|name| self.name = Some(name)),
            keywords::WHERE | keywords::CONDITION => {
                value::sql(word).map(|condition| self.condition = Some(condition))
            }
            keywords::REFERENCES => value::entity(word).map(|target| self.target = Some(target)),
            _ => on_delete(word).map(|value| {
                self.on_delete = Some(AttrValue { word: word.name.span(), value });
            }),
        };
        if let Err(error) = set {
            ctxt.push(error);
        }
    }
}

pub(super) fn fields_of(word: &Keyword) -> Result<Vec<Ident>, syn::Error> {
    let expected = format!("write the fields, as in `{}(line, seat)`", word.name);
    let Value::List(fields) = &word.value else { return Err(value::wrong_value(word, &expected)) };
    fields
        .iter()
        .map(|field| match field.value {
            Value::None => Ok(field.name.clone()),
            _ => Err(syn::Error::new_spanned(&field.name, &expected)),
        })
        .collect()
}

fn list<'a>(word: &'a Keyword, expected: &str, ctxt: &mut Ctxt) -> Option<&'a [Keyword]> {
    match &word.value {
        Value::List(list) if !list.is_empty() => Some(list),
        _ => {
            ctxt.push(value::wrong_value(word, expected));
            None
        }
    }
}
