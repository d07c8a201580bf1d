//! Diesel's conversions for a type that the program defines.

use proc_macro2::TokenStream;
use quote::quote;

/// Returns `ToSql` and `FromSql` of `value` for the SQL type `column`. A value is written by the
/// expression `store` wherever `store_bound` holds, and is created from `stored` by `load`.
pub(super) fn conversions(
    column: &TokenStream,
    value: &TokenStream,
    store_bound: &TokenStream,
    store: &TokenStream,
    (stored, sql): (&TokenStream, &TokenStream),
    load: &TokenStream,
) -> TokenStream {
    let to_sql = to_sql(column, value, store_bound, store);
    quote! {
        #to_sql

        #[automatically_derived]
        impl<__DB> _orm::diesel::deserialize::FromSql<#column, __DB> for #value
        where
            __DB: _orm::diesel::backend::Backend,
            #stored: _orm::diesel::deserialize::FromSql<#sql, __DB>,
        {
            fn from_sql(
                bytes: <__DB as _orm::diesel::backend::Backend>::RawValue<'_>,
            ) -> _orm::diesel::deserialize::Result<Self> {
                let stored =
                    <#stored as _orm::diesel::deserialize::FromSql<#sql, __DB>>::from_sql(bytes)?;
                #load
            }
        }
    }
}

/// Returns `ToSql` of `value` for the SQL type `column`.
pub(super) fn to_sql(
    column: &TokenStream,
    value: &TokenStream,
    store_bound: &TokenStream,
    store: &TokenStream,
) -> TokenStream {
    quote! {
        #[automatically_derived]
        impl<__DB> _orm::diesel::serialize::ToSql<#column, __DB> for #value
        where
            __DB: _orm::diesel::backend::Backend,
            #store_bound,
        {
            fn to_sql<'__b>(
                &'__b self,
                out: &mut _orm::diesel::serialize::Output<'__b, '_, __DB>,
            ) -> _orm::diesel::serialize::Result {
                #store
            }
        }
    }
}
