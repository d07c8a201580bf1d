//! What a struct of a hierarchy leaves to its base, and what is of all that build on it.

use proc_macro2::TokenStream;
use quote::quote;
use syn::Type;

use crate::model::Entity;
use crate::model::subtype::Base;

/// The methods about the key, which is the base's.
pub(super) fn keys(base: &Base<'_>) -> TokenStream {
    let ty: &Type = base.ty;
    quote! {
        fn bind_key<'__orm>(
            __orm_key: &'__orm Self::Key,
            __orm_part: usize,
            __orm_pass: &mut _orm::SqlWriter<'_, '__orm>,
        ) -> _orm::diesel::QueryResult<()> {
            <#ty as _orm::Mapped>::bind_key(__orm_key, __orm_part, __orm_pass)
        }

        #[inline]
        fn decode_key(
            __orm_row: &mut _orm::Row<'_, '_>,
        ) -> _orm::diesel::QueryResult<Self::Key> {
            <#ty as _orm::Mapped>::decode_key(__orm_row)
        }

        fn decode_leading_key(
            __orm_row: &mut _orm::Row<'_, '_>,
        ) -> _orm::diesel::QueryResult<Self::Key> {
            <#ty as _orm::Mapped>::decode_leading_key(__orm_row)
        }
    }
}

/// The time of a deletion, which the base keeps.
pub(super) fn deletion(base: &Base<'_>) -> TokenStream {
    let ty = base.ty;
    quote! {
        fn deletion() -> ::core::option::Option<::std::boxed::Box<dyn _orm::SqlFragment>> {
            <#ty as _orm::Lifecycle>::deletion()
        }
    }
}

/// At the head of a method: the position of a column among the struct's own.
pub(super) fn own_column(entity: &Entity<'_>) -> Option<TokenStream> {
    entity.base().map(|_| {
        quote! {
            let __orm_base_column = __orm_column;
            let __orm_column = __orm_column.wrapping_sub(__ORM_AT.column);
        }
    })
}

/// Whose handles something of an entity can be asked for: its own, and in a hierarchy those of all subtypes.
pub(super) fn anyone(entity: &Entity<'_>) -> (Option<TokenStream>, TokenStream) {
    let ident = entity.ident;
    if !entity.is_subtype() {
        return (None, quote!(#ident));
    }
    let generics = quote!(<__T: _orm::Entity<Root = <#ident as _orm::InHierarchy>::Root>>);
    (Some(generics), quote!(__T))
}

/// The same for what only the subtypes have that build on the struct.
pub(super) fn heirs(entity: &Entity<'_>) -> (Option<TokenStream>, TokenStream) {
    let ident = entity.ident;
    match entity.is_subtype() {
        true => (Some(quote!(<__T: _orm::SubtypeOf<#ident>>)), quote!(__T)),
        false => (None, quote!(#ident)),
    }
}
