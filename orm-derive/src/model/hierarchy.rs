//! The enum of all subtypes: what its variants and their attributes mean.

use std::collections::HashMap;

use proc_macro2::Ident;
use quote::ToTokens;
use syn::{DataEnum, DeriveInput, ExprPath, Fields, Type, Visibility};

use crate::attr::{self, AttrValue, Position};
use crate::syntax::ctxt::Ctxt;
use crate::syntax::name::FieldName;
use crate::syntax::{keywords, parse, value};

const VARIANT: Position = Position {
    name: "a variant",
    words: keywords::ON_VARIANT,
    other_name: "a struct",
    other_words: keywords::ON_STRUCT,
};
const ENUM: Position = Position {
    name: "the enum of the hierarchy",
    words: &[],
    other_name: "the base, or of a subtype",
    other_words: keywords::ON_STRUCT,
};

/// The enum of all subtypes.
pub(crate) struct Hierarchy<'a> {
    pub(crate) ident: &'a Ident,
    pub(crate) vis: &'a Visibility,
    pub(crate) variants: Vec<Variant<'a>>,
}

/// A subtype.
pub(crate) struct Variant<'a> {
    pub(crate) ident: &'a Ident,
    /// The struct.
    pub(crate) ty: &'a Type,
    /// The discriminator's value: `EmployeeKind::Boss`. `None` if there was an error.
    pub(crate) code: Option<ExprPath>,
}

impl<'a> Hierarchy<'a> {
    /// Returns `true` if the enum or one of its variants has errors.
    pub(crate) fn is_broken(&self) -> bool {
        self.variants.iter().any(|variant| variant.code.is_none())
    }

    pub(crate) fn read(
        input: &'a DeriveInput,
        data: &'a DataEnum,
        ctxt: &mut Ctxt,
    ) -> Option<Self> {
        for word in parse::words(&input.attrs, keywords::ENTITY, ctxt) {
            attr::unknown(&word, ENUM, ctxt);
        }
        if !input.generics.params.is_empty() {
            ctxt.at(
                &input.generics,
                "the enum of a hierarchy cannot be generic; write one enum for each hierarchy",
            );
            return None;
        }
        if data.variants.is_empty() {
            ctxt.at(
                &input.ident,
                "an enum without variants has no subtypes; write a variant for each subtype, as in `Boss(Boss)`",
            );
            return None;
        }
        if data.variants.iter().all(|variant| matches!(variant.fields, Fields::Unit)) {
            ctxt.at(
                data.enum_token,
                "an enum of names is not an entity; derive `DbEnum` on it for a column of codes, or `Entity` on a struct with named fields; the enum of a hierarchy has a struct in each variant, as in `Boss(Boss)`",
            );
            return None;
        }
        let mut hierarchy =
            Hierarchy { ident: &input.ident, vis: &input.vis, variants: Vec::new() };
        let mut codes = HashMap::new();
        let mut types = HashMap::new();
        for variant in &data.variants {
            let ty = struct_of(variant, ctxt);
            let code = code_of(variant, ctxt);
            let Some(ty) = ty else { continue };
            let name = FieldName(&variant.ident).to_string();
            if let Some(other) = types.insert(text(ty), name.clone()) {
                ctxt.at(
                    ty,
                    format!(
                        "`{}` already is the subtype `{other}`; write another struct, or remove one variant",
                        text(ty)
                    ),
                );
                continue;
            }
            if let Some(code) = &code
                && let Some(other) = codes.insert(text(code), name)
            {
                ctxt.at(
                    code,
                    format!(
                        "`{}` already is the value of the subtype `{other}`; give each subtype a different value",
                        text(code)
                    ),
                );
            }
            hierarchy.variants.push(Variant { ident: &variant.ident, ty, code });
        }
        Some(hierarchy)
    }
}

/// Returns the struct of a variant.
fn struct_of<'a>(variant: &'a syn::Variant, ctxt: &mut Ctxt) -> Option<&'a Type> {
    let name = FieldName(&variant.ident).to_string();
    match &variant.fields {
        Fields::Unnamed(fields) if fields.unnamed.len() == 1 => Some(&fields.unnamed[0].ty),
        _ => {
            ctxt.at(
                variant,
                format!(
                    "a subtype is a separate struct; write `{name}({name})`, and derive `Entity` on `{name}`"
                ),
            );
            None
        }
    }
}

/// Returns the discriminator's value for a variant.
fn code_of(variant: &syn::Variant, ctxt: &mut Ctxt) -> Option<ExprPath> {
    let mut code: Option<AttrValue<ExprPath>> = None;
    let mut wrong = false;
    for word in parse::words(&variant.attrs, keywords::ENTITY, ctxt) {
        if word.is(keywords::DISCRIMINATOR) {
            wrong = true;
            attr::set(&mut code, &word, value::discriminator, ctxt);
        } else {
            attr::unknown(&word, VARIANT, ctxt);
        }
    }
    if code.is_none() && !wrong {
        ctxt.at(
            &variant.ident,
            format!(
                "the subtype `{}` has no discriminator value; write `#[entity(discriminator = Kind::{})]` with a variant of the discriminator's enum",
                variant.ident, variant.ident
            ),
        );
    }
    code.map(|code| code.value)
}

fn text(tokens: &impl ToTokens) -> String {
    tokens.to_token_stream().to_string().replace(' ', "")
}
