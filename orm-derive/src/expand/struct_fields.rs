//! The fields of a struct literal that have a value; the others come from a default.

use proc_macro2::TokenStream;
use quote::quote;

/// The fields of a struct literal that have a value.
#[derive(Default)]
pub(super) struct Said(pub(super) TokenStream);

impl Said {
    pub(super) fn say(&mut self, field: &str, value: TokenStream) {
        let field = quote::format_ident!("{field}");
        self.0.extend(quote!(#field: #value,));
    }

    pub(super) fn flag(&mut self, field: &str, holds: bool) {
        if holds {
            self.say(field, quote!(true));
        }
    }

    pub(super) fn option(&mut self, field: &str, value: Option<TokenStream>) {
        if let Some(value) = value {
            self.say(field, quote!(::core::option::Option::Some(#value)));
        }
    }

    pub(super) fn list(&mut self, field: &str, items: Vec<TokenStream>) {
        if !items.is_empty() {
            self.say(field, quote!(&[#(#items),*]));
        }
    }
}
