//! A proof that the table of an entity differs from those of other entities, so that a query can
//! use several.

use proc_macro2::TokenStream;
use quote::{ToTokens, format_ident, quote};

use crate::model::Entity;

/// The number of digits in a table's number, of four bits each.
const DIGITS: u32 = 12;

/// Returns the number of the table, and a proof that it differs from every table with another
/// number.
pub(crate) fn expand(entity: &Entity<'_>) -> TokenStream {
    let module = &entity.module;
    let number = number(entity);
    let digits = (0..DIGITS).fold(quote!(_orm::same_query::End), |rest, place| {
        let digit = format_ident!("D{:X}", (number >> (4 * place)) & 15);
        quote!(_orm::same_query::#digit<#rest>)
    });
    quote! {
        #[automatically_derived]
        impl _orm::Reads<#module::table> for #module::table {}

        #[automatically_derived]
        impl<__Seen> _orm::same_query::Numbered<__Seen> for #module::table {
            type Number = #digits;
        }

        #[automatically_derived]
        impl<__T> _orm::diesel::query_source::TableNotEqual<__T> for #module::table
        where
            __T: _orm::diesel::Table + _orm::same_query::Numbered<Self>,
            <Self as _orm::same_query::Numbered<Self>>::Number: _orm::same_query::Differs<
                <__T as _orm::same_query::Numbered<Self>>::Number,
                Self,
            >,
        {
        }
    }
}

/// Returns the hash of what distinguishes the entity from others. A derive does not know its
/// module, so the fields are included.
fn number(entity: &Entity<'_>) -> u64 {
    let crate_name = std::env::var("CARGO_CRATE_NAME").unwrap_or_default();
    let mut hash = super::relations::fnv(&crate_name);
    let mut add = |text: &str| hash = hash.rotate_left(5) ^ super::relations::fnv(text);
    add(&entity.ident.to_string());
    add(&entity.table);
    add(&entity.schema().unwrap_or_default());
    for column in &entity.columns {
        add(&column.ident.to_string());
        add(&column.name);
        add(&column.ty.whole.to_token_stream().to_string());
    }
    for collection in &entity.collections {
        add(&collection.field.to_string());
    }
    hash ^ (hash >> (4 * DIGITS))
}
