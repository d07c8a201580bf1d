//! The derives, from the struct to the code: read, check, expand. What a derive needs to know about
//! another type it requests from the macro beside that type, which calls the derive again with the
//! reply.

use proc_macro2::TokenStream;
use quote::quote;
use syn::DeriveInput;

use crate::model::embed::{self, ValueObjectReply, Waiting};
use crate::model::{Entity, ValueObject, subtype};
use crate::syntax::crate_path::Named;
use crate::syntax::ctxt::Ctxt;
use crate::syntax::keywords;
use crate::{check, expand, fallback};

/// Returns the whole expansion, or the errors with a fallback implementation, or a request for the
/// columns of a value object.
pub(crate) fn entity(input: &DeriveInput, known: Vec<ValueObjectReply>) -> TokenStream {
    let named = Named::of(input, keywords::ENTITY);
    let questions =
        || subtype::request(input).or_else(|| embed::request(Waiting::Entity, input, &known));
    let expansion = match &named.input.data {
        syn::Data::Enum(data) => expand::hierarchy::derive(&named.input, data),
        _ => match questions() {
            Some(question) => question,
            None => whole_entity(&named.input, known),
        },
    };
    named.rename(expansion)
}

fn whole_entity(input: &DeriveInput, mut known: Vec<ValueObjectReply>) -> TokenStream {
    name_variants(input, &mut known);
    let mut ctxt = Ctxt::new();
    let entity = Entity::read(input, &known, &mut ctxt);
    if let Some(entity) = &entity {
        check::check(entity, &mut ctxt);
    }
    let expansion = match (ctxt.finish(), entity) {
        (Ok(()), Some(entity)) if entity.is_told() => expand::expand(&entity),
        // The mistake has been reported at the enum.
        (Ok(()), Some(entity)) => fallback::expand(input, Some(&entity)),
        (Err(errors), entity) => {
            let errors = errors.into_compile_error();
            let fallback = fallback::expand(input, entity.as_ref());
            quote!(#errors #fallback)
        }
        (Ok(()), None) => unreachable!("a struct without a model has been reported"),
    };
    print_if_asked(input, &expansion);
    expansion
}

/// Gives the references of enums the names of the fields that contain the enums.
fn name_variants(input: &DeriveInput, known: &mut [ValueObjectReply]) {
    for ((field, _), told) in embed::asked(input).into_iter().zip(known) {
        if let ValueObjectReply::Variants(variants) = told {
            variants.iter_mut().for_each(|variant| variant.name_in(field));
        }
    }
}

/// Prints the expansion of `User` for `ORM_DEBUG_DERIVE=User cargo check`.
fn print_if_asked(input: &DeriveInput, expansion: &TokenStream) {
    if std::env::var("ORM_DEBUG_DERIVE").is_ok_and(|name| input.ident == name) {
        eprintln!("{expansion}");
    }
}

/// Returns the whole expansion, or a request for the columns of a nested value object, or the
/// errors.
pub(crate) fn embed(input: &DeriveInput, known: &[ValueObjectReply]) -> TokenStream {
    let named = Named::of(input, keywords::ENTITY);
    let question = embed::request(Waiting::Embed, input, known);
    named.rename(question.unwrap_or_else(|| whole_value_object(&named.input, known)))
}

fn whole_value_object(input: &DeriveInput, known: &[ValueObjectReply]) -> TokenStream {
    let mut ctxt = Ctxt::new();
    let model = ValueObject::read(input, known, &mut ctxt);
    if let Some(model) = &model {
        check::value_object(model, &mut ctxt);
    }
    let errors = ctxt.finish().err().map(syn::Error::into_compile_error);
    match model {
        Some(model) => {
            let responder = embed::responder(
                model.ident,
                &ValueObjectReply::Columns(expand::embed::embedded_columns(&model)),
            );
            // Beside an error the columns are still provided, so that no other errors follow.
            let implementation = errors.is_none().then(|| expand::embed::implementation(&model));
            quote!(#errors #responder #implementation)
        }
        None => quote!(#errors),
    }
}

/// Returns the expansion of an enum of codes.
pub(crate) fn db_enum(input: &DeriveInput) -> TokenStream {
    let named = Named::of(input, "db_enum");
    named.rename(expand::db_enum::derive(&named.input))
}

/// Returns the expansion of a type that the program defines.
pub(crate) fn db_type(input: &DeriveInput) -> TokenStream {
    let named = Named::of(input, "db_type");
    named.rename(expand::db_type::derive(&named.input))
}

/// Returns the expansion of an enum of references.
pub(crate) fn one_of(input: &DeriveInput) -> TokenStream {
    let named = Named::of(input, keywords::ENTITY);
    named.rename(expand::one_of::derive(&named.input))
}

/// Continues a derive that has waited for columns.
pub(crate) fn resume(tokens: TokenStream) -> TokenStream {
    match syn::parse2::<embed::Resumed>(tokens) {
        Ok(embed::Resumed { waiting: Waiting::Entity, input, known }) => entity(&input, known),
        Ok(embed::Resumed { waiting: Waiting::Embed, input, known }) => self::embed(&input, &known),
        Err(error) => error.into_compile_error(),
    }
}

/// Continues the derive of a subtype that has waited for its base.
pub(crate) fn resume_subtype(tokens: TokenStream) -> TokenStream {
    match syn::parse2::<subtype::Resumed>(tokens) {
        Ok(resumed) => entity(&resumed.subtype(), Vec::new()),
        Err(error) => error.into_compile_error(),
    }
}
