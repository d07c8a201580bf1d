//! What is done with an object before it is written and after it is read.

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};

use crate::model::Entity;

/// Only where there is something to do; the trait's own methods do nothing, and are never called.
pub(super) fn methods(entity: &Entity<'_>) -> Option<TokenStream> {
    let hooks = entity.attrs.hooks.as_ref()?;
    // At the word, so that a missing implementation is reported there.
    let span = Span::call_site().located_at(hooks.word);
    let hooks = quote_spanned!(span=> <Self as _orm::Hooks>);
    Some(quote! {
        const PREPARES: bool = true;

        fn prepare_insert(&mut self) -> ::core::result::Result<(), _orm::Invalid> {
            #hooks::before_insert(self);
            #hooks::validate(self)
        }

        fn prepare_update(&mut self) -> ::core::result::Result<(), _orm::Invalid> {
            #hooks::before_update(self);
            #hooks::validate(self)
        }

        fn prepare_delete(&mut self) {
            #hooks::before_delete(self);
        }

        const COMPLETES: bool = true;

        fn complete(&mut self) {
            #hooks::after_load(self);
        }
    })
}

/// Without the word an implementation of the trait would be in vain, so it does not compile.
pub(super) fn word(entity: &Entity<'_>) -> Option<TokenStream> {
    entity.attrs.hooks.as_ref()?;
    let ident = entity.ident;
    Some(quote! {
        #[automatically_derived]
        impl _orm::HooksWord for #ident {}
    })
}
