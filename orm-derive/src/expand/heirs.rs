//! What a struct of a hierarchy delegates to its base, and what it shares with its subtypes.

use proc_macro2::TokenStream;
use quote::quote;

use crate::model::Entity;
use crate::model::subtype::Base;

/// Returns the time of a deletion, which the base has.
pub(super) fn deletion(base: &Base<'_>) -> TokenStream {
    let ty = base.ty;
    quote! {
        fn deletion() -> ::core::option::Option<::std::boxed::Box<dyn _orm::SqlFragment>> {
            <#ty as _orm::Lifecycle>::deletion()
        }
    }
}

/// Returns the first lines of a method: the position of a column among the struct's own columns.
pub(super) fn own_column(entity: &Entity<'_>) -> Option<TokenStream> {
    entity.base().map(|_| {
        quote! {
            let __orm_base_column = __orm_column;
            let __orm_column = __orm_column.wrapping_sub(__ORM_AT.column);
        }
    })
}

/// Returns the generics and the type for handles of an entity: of the entity itself, and in a
/// hierarchy of any subtype.
pub(super) fn anyone(entity: &Entity<'_>) -> (Option<TokenStream>, TokenStream) {
    let ident = entity.ident;
    if !entity.is_subtype() {
        return (None, quote!(#ident));
    }
    let generics = quote!(<__T: _orm::Entity<Root = <#ident as _orm::InHierarchy>::Root>>);
    (Some(generics), quote!(__T))
}

/// Returns the same for handles of the struct and of the subtypes that extend it.
pub(super) fn heirs(entity: &Entity<'_>) -> (Option<TokenStream>, TokenStream) {
    let ident = entity.ident;
    match entity.is_subtype() {
        true => (Some(quote!(<__T: _orm::SubtypeOf<#ident>>)), quote!(__T)),
        false => (None, quote!(#ident)),
    }
}
