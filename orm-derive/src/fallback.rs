//! What is made beside the errors, so that a mistake in the attributes is not followed by an error
//! at every use of the entity.

use proc_macro2::TokenStream;
use quote::quote;
use syn::DeriveInput;

use crate::expand::{builder, scopes, table};
use crate::model::Entity;

/// An `Entity` that does nothing, and as much of its table and builder as the struct allows.
pub(crate) fn expand(input: &DeriveInput, entity: Option<&Entity<'_>>) -> TokenStream {
    let ident = &input.ident;
    let (impl_generics, ty_generics, where_clause) = input.generics.split_for_impl();
    // On a struct without parameters a bound that does not hold would be one more error.
    let where_clause = (!input.generics.params.is_empty()).then(|| {
        let bounds = where_clause.map(|clause| &clause.predicates);
        quote!(where Self: ::core::marker::Send + 'static, #bounds)
    });

    let table = entity.and_then(table::expand_usable);
    let (own_table, table_path) = match (entity, &table) {
        (Some(entity), Some(_)) => {
            let module = &entity.module;
            (None, quote!(#module::table))
        }
        _ => (
            Some(quote!(::diesel::table! { __orm_fallback (id) { id -> Integer } })),
            quote!(__orm_fallback::table),
        ),
    };
    let builder = entity.and_then(builder::expand_usable);
    // The unit structs of the scopes are in the module of the table.
    let scopes = entity.filter(|_| table.is_some()).map(scopes::markers);

    quote! {
        #table
        #builder

        #[doc(hidden)]
        const _: () = {
            use ::orm_runtime::__private as _orm;

            #own_table
            #scopes
            #[automatically_derived]
            impl #impl_generics _orm::HooksWord for #ident #ty_generics {}

            #[automatically_derived]
            impl #impl_generics _orm::Entity for #ident #ty_generics #where_clause {
                type Key = i64;
                type Table = #table_path;
                const COLUMNS: &'static [_orm::ColumnMeta] = &[];
                const META: &'static _orm::EntityMeta =
                    &_orm::EntityMeta::new::<Self>("", "", "");
                fn entity_index() -> usize {
                    ::core::unreachable!()
                }
                fn key(&self) -> ::core::option::Option<i64> {
                    ::core::unreachable!()
                }
                fn bind<'__orm>(
                    &'__orm self,
                    _: usize,
                    _: &mut _orm::Pass<'_, '__orm>,
                ) -> _orm::diesel::QueryResult<()> {
                    ::core::unreachable!()
                }
                fn bind_key<'__orm>(
                    _: &'__orm i64,
                    _: usize,
                    _: &mut _orm::Pass<'_, '__orm>,
                ) -> _orm::diesel::QueryResult<()> {
                    ::core::unreachable!()
                }
                fn decode(_: &mut _orm::Row<'_, '_>, _: &Self::Key) -> _orm::diesel::QueryResult<Self> {
                    ::core::unreachable!()
                }
                fn decode_key(_: &mut _orm::Row<'_, '_>) -> _orm::diesel::QueryResult<i64> {
                    ::core::unreachable!()
                }
                fn decode_leading_key(_: &mut _orm::Row<'_, '_>) -> _orm::diesel::QueryResult<i64> {
                    ::core::unreachable!()
                }
                fn decode_column(
                    &mut self,
                    _: usize,
                    _: &mut _orm::Row<'_, '_>,
                ) -> _orm::diesel::QueryResult<()> {
                    ::core::unreachable!()
                }
                fn snapshot(&self) -> Self {
                    ::core::unreachable!()
                }
                fn diff(&self, _: &Self) -> _orm::ColumnSet {
                    ::core::unreachable!()
                }
                fn merge_from(&mut self, _: Self) {
                    ::core::unreachable!()
                }
                fn payload(&self) -> usize {
                    ::core::unreachable!()
                }
                fn show(&self, _: usize) -> ::std::string::String {
                    ::core::unreachable!()
                }
            }
        };
    }
}
