//! What a struct of a hierarchy delegates to its base, and what it shares with its subtypes.

use proc_macro2::TokenStream;
use quote::quote;
use syn::Type;

use crate::model::Entity;
use crate::model::subtype::Base;

/// Returns the methods for the key, which the base has.
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
