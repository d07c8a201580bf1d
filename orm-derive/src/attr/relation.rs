//! The attributes of a relationship: `inverse`, `order_by`, `through`, `foreign_keys`.

use proc_macro2::Ident;
use syn::{Expr, LitStr, TypePath};

use super::table;
use crate::syntax::parse::{Keyword, Value};
use crate::syntax::value::{self, bare};

/// `created_at`, `id.desc()`
pub(crate) struct Order {
    pub(crate) column: Ident,
    pub(crate) descending: bool,
}

/// What connects the two sides of a many-to-many relationship.
pub(crate) enum Through {
    /// `through = "user_tag"`: a generated association table.
    Table(LitStr),
    /// `through = OrderItem`: an entity that the program defines.
    Entity(TypePath),
}

pub(super) fn inverse(word: &Keyword) -> Result<Ident, syn::Error> {
    let expected = "write the field of the other entity, as in `inverse = user`";
    let Value::Expr(value) = &word.value else { return Err(value::wrong_value(word, expected)) };
    let field = match bare(value) {
        Expr::Path(path) => path.path.get_ident().cloned(),
        _ => None,
    };
    field.ok_or_else(|| syn::Error::new_spanned(value, expected))
}

pub(super) fn order_by(word: &Keyword) -> Result<Vec<Order>, syn::Error> {
    let expected = "write columns of the other entity, as in `order_by = created_at` or `order_by(created_at, id.desc())`";
    match &word.value {
        Value::Expr(value) => Ok(vec![order(value, expected)?]),
        Value::Exprs(values) if !values.is_empty() => {
            values.iter().map(|value| order(value, expected)).collect()
        }
        _ => Err(value::wrong_value(word, expected)),
    }
}

fn order(value: &Expr, expected: &str) -> Result<Order, syn::Error> {
    let wrong = || syn::Error::new_spanned(value, expected);
    match bare(value) {
        Expr::Path(path) => {
            let column = path.path.get_ident().cloned().ok_or_else(wrong)?;
            Ok(Order { column, descending: false })
        }
        Expr::MethodCall(call) if call.args.is_empty() => {
            let descending = match call.method.to_string().as_str() {
                "asc" => false,
                "desc" => true,
                _ => return Err(wrong()),
            };
            Ok(Order { descending, ..order(&call.receiver, expected)? })
        }
        _ => Err(wrong()),
    }
}

pub(super) fn through(word: &Keyword) -> Result<Through, syn::Error> {
    let expected = "write the table to generate, as in `through = \"user_tag\"`, or the association entity, as in `through = OrderItem`";
    match &word.value {
        Value::Type(path) if path.qself.is_none() => Ok(Through::Entity(path.clone())),
        Value::Expr(_) => value::name(word).map(Through::Table),
        _ => Err(value::wrong_value(word, expected)),
    }
}

pub(super) fn foreign_keys(word: &Keyword) -> Result<Vec<Ident>, syn::Error> {
    let fields = table::fields_of(word)?;
    if fields.len() != 2 {
        let message = "write two fields of the association entity, the reference to this entity first and then the reference to the other side, as in `foreign_keys(parent, child)`";
        return Err(syn::Error::new_spanned(&word.name, message));
    }
    Ok(fields)
}
