//! `#[derive(DbType)]`: types that are stored as another type.

use proc_macro2::Ident;
use syn::{Data, DeriveInput, Fields, Type};

use crate::attr::{AttrValue, Position, unknown};
use crate::model::db_enum;
use crate::syntax::ctxt::Ctxt;
use crate::syntax::types::{FieldType, GivenType};
use crate::syntax::{parse, value};

/// The attribute of the type.
const DB_TYPE: &str = "db_type";

const TRY_FROM: &str = "try_from";
const DECORATOR: &str = "decorator";

const TYPE: Position =
    Position { name: "a type", words: &[TRY_FROM, DECORATOR], other_name: "", other_words: &[] };

pub(crate) struct DbType<'a> {
    pub(crate) ident: &'a Ident,
    pub(crate) form: Form<'a>,
}

/// Where the conversions come from.
pub(crate) enum Form<'a> {
    /// The type is one value in a wrapper.
    Newtype { inner: &'a Type, ty: Box<FieldType<'a>>, checked: bool },
    /// The type has an implementation of `TypeDecorator` for itself.
    Own,
    /// The type implements `TypeDecorator` for another type.
    Decorator,
}

impl<'a> DbType<'a> {
    pub(crate) fn read(input: &'a DeriveInput, ctxt: &mut Ctxt) -> Option<Self> {
        let (mut try_from, mut decorator) = (None, None);
        for word in parse::words(&input.attrs, DB_TYPE, ctxt) {
            if word.is(TRY_FROM) {
                crate::attr::set(&mut try_from, &word, value::flag, ctxt);
            } else if word.is(DECORATOR) {
                crate::attr::set(&mut decorator, &word, value::flag, ctxt);
            } else {
                unknown(&word, TYPE, ctxt);
            }
        }
        if !input.generics.params.is_empty() {
            ctxt.at(&input.generics, "a column type cannot be generic; remove the parameters");
            return None;
        }
        db_enum::public(input, ctxt);
        let form = form(input, decorator.is_some(), try_from.is_some(), ctxt)?;
        misplaced(&form, try_from.as_ref(), decorator.as_ref(), ctxt);
        Some(DbType { ident: &input.ident, form })
    }
}

fn form<'a>(
    input: &'a DeriveInput,
    decorator: bool,
    checked: bool,
    ctxt: &mut Ctxt,
) -> Option<Form<'a>> {
    match &input.data {
        Data::Union(data) => {
            ctxt.at(data.union_token, "a union cannot be stored; derive `DbType` on a struct");
            None
        }
        Data::Struct(data) => match &data.fields {
            Fields::Unit => Some(Form::Decorator),
            Fields::Unnamed(fields) if fields.unnamed.len() == 1 && !decorator => {
                let inner = &fields.unnamed.first()?.ty;
                let ty = FieldType::read(inner, GivenType::None, ctxt);
                if !ty.broken && ty.is_wrapped() {
                    ctxt.at(
                        inner,
                        "the wrapper belongs in the entity, around the whole type; write the inner type alone",
                    );
                }
                Some(Form::Newtype { inner, ty: Box::new(ty), checked })
            }
            _ => Some(Form::Own),
        },
        Data::Enum(_) => Some(Form::Own),
    }
}

fn misplaced(
    form: &Form<'_>,
    try_from: Option<&AttrValue<()>>,
    decorator: Option<&AttrValue<()>>,
    ctxt: &mut Ctxt,
) {
    match (form, try_from, decorator) {
        (Form::Own | Form::Decorator, Some(word), _) => ctxt.at_span(
            word.word,
            "`try_from` is for a struct of one value; here `TypeDecorator::from_stored` can return an error, remove `try_from`",
        ),
        (Form::Decorator, _, Some(word)) => ctxt.at_span(
            word.word,
            "a struct without fields is a decorator anyway; remove `decorator`",
        ),
        _ => {}
    }
}
