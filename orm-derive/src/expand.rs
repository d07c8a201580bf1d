//! From the model to code. Nothing here can fail: all that can be wrong has been reported.

use proc_macro2::TokenStream;
use quote::quote;
use syn::DeriveInput;

use crate::check;
use crate::ctxt::Ctxt;
use crate::embed::{self as embedding, Told, Waiting};
use crate::fallback;
use crate::level as levels;
use crate::model::Entity;

mod associated;
pub(crate) mod builder;
mod changes;
mod conversions;
pub(crate) mod db_enum;
pub(crate) mod db_type;
pub(crate) mod embed;
pub(crate) mod entity;
mod hooks;
pub(crate) mod kinds;
pub(crate) mod level;
pub(crate) mod lineage;
mod meta;
pub(crate) mod one_of;
pub(crate) mod references;
pub(crate) mod relations;
mod rows;
pub(crate) mod same_query;
pub(crate) mod scopes;
pub(crate) mod table;

/// The whole expansion, or the errors and what stands in for it, or the question for the columns of a
/// value object.
pub(crate) fn entity(input: &DeriveInput, mut known: Vec<Told>) -> TokenStream {
    if let syn::Data::Enum(data) = &input.data {
        return kinds::derive(input, data);
    }
    if let Some(question) = levels::ask(input) {
        return question;
    }
    if let Some(question) = embedding::ask(Waiting::Entity, input, &known) {
        return question;
    }
    name_variants(input, &mut known);
    let mut ctxt = Ctxt::new();
    let entity = Entity::read(input, &known, &mut ctxt);
    if let Some(entity) = &entity {
        check::check(entity, &mut ctxt);
    }
    let expansion = match (ctxt.finish(), entity) {
        (Ok(()), Some(entity)) if entity.is_told() => expand(&entity),
        // What is wrong has been reported at the enum.
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

/// The references of enums are called by the fields that have these.
fn name_variants(input: &DeriveInput, known: &mut [Told]) {
    for ((field, _), told) in embedding::asked(input).into_iter().zip(known) {
        if let Told::Variants(variants) = told {
            variants.iter_mut().for_each(|variant| variant.name_in(field));
        }
    }
}

fn expand(entity: &Entity<'_>) -> TokenStream {
    let table = table::expand(entity);
    let implementation = entity::expand(entity);
    let builder = builder::expand(entity);
    let associations = relations::associations(entity);
    let teller = entity.is_level().then(|| levels::teller(entity));
    quote! {
        #teller
        #table
        #builder
        #implementation
        #associations
    }
}

/// `ORM_DEBUG_DERIVE=User cargo check` prints what was made of `User`.
fn print_if_asked(input: &DeriveInput, expansion: &TokenStream) {
    if std::env::var("ORM_DEBUG_DERIVE").is_ok_and(|name| input.ident == name) {
        eprintln!("{expansion}");
    }
}
