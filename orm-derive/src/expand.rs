//! From the model to code. Nothing here can fail: all that can be wrong has been reported.

use proc_macro2::TokenStream;
use quote::quote;
use syn::DeriveInput;

use crate::check;
use crate::ctxt::Ctxt;
use crate::fallback;
use crate::model::Entity;

pub(crate) mod builder;
mod changes;
pub(crate) mod db_enum;
pub(crate) mod db_type;
mod entity;
mod hooks;
mod meta;
mod rows;
pub(crate) mod scopes;
pub(crate) mod table;

/// The whole expansion, or the errors and what stands in for it.
pub(crate) fn derive(input: &DeriveInput) -> TokenStream {
    let mut ctxt = Ctxt::new();
    let entity = Entity::read(input, &mut ctxt);
    if let Some(entity) = &entity {
        check::check(entity, &mut ctxt);
    }
    let expansion = match (ctxt.finish(), entity) {
        (Ok(()), Some(entity)) => expand(&entity),
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

fn expand(entity: &Entity<'_>) -> TokenStream {
    let table = table::expand(entity);
    let implementation = entity::expand(entity);
    let builder = builder::expand(entity);
    quote! {
        #table
        #builder
        #implementation
    }
}

/// `ORM_DEBUG_DERIVE=User cargo check` prints what was made of `User`.
fn print_if_asked(input: &DeriveInput, expansion: &TokenStream) {
    if std::env::var("ORM_DEBUG_DERIVE").is_ok_and(|name| input.ident == name) {
        eprintln!("{expansion}");
    }
}
