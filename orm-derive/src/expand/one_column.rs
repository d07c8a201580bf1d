//! The code for one column: its SQL type, and how its values are read.

use proc_macro2::{Literal, TokenStream};
use quote::{ToTokens, quote, quote_spanned};

use crate::attr::OnDelete;
use crate::model::Entity;
use crate::model::column::Column;
use crate::syntax::types::SqlType;

/// Returns the SQL type of a column, for a value of its field.
pub(crate) fn sql_type(column: &Column<'_>) -> TokenStream {
    let path = value_sql_type(column);
    if column.ty.nullable { quote!(_orm::sql_types::Nullable<#path>) } else { path }
}

/// Returns the SQL type of a column without `Nullable`.
pub(crate) fn value_sql_type(column: &Column<'_>) -> TokenStream {
    column.ty.sql.path(&quote!(_orm), &quote!(::orm_runtime))
}

/// Returns the type of the key, which is a tuple if there are several columns.
pub(crate) fn key_type(entity: &Entity<'_>) -> TokenStream {
    let mut types = entity.key_columns().map(|column| &column.ty.value);
    if types.len() == 1 {
        let ty = types.next();
        quote!(#ty)
    } else {
        quote!((#(#types),*))
    }
}

/// Returns the trait that metadata, binding and decoding require, at the span of the field's type.
/// If the SQL type does not fit, the compiler reports it there once.
pub(crate) fn column_trait(column: &Column<'_>, ty: impl ToTokens) -> TokenStream {
    column_trait_of(column, ty, &sql_type(column))
}

/// Returns the same trait for the value without NULL.
pub(crate) fn value_trait(column: &Column<'_>) -> TokenStream {
    column_trait_of(column, &column.ty.value, &value_sql_type(column))
}

pub(crate) fn column_trait_of(
    column: &Column<'_>,
    ty: impl ToTokens,
    sql_type: &TokenStream,
) -> TokenStream {
    let column_trait = match column.ty.sql {
        SqlType::Custom(_) => quote!(OwnColumn),
        _ => quote!(Column),
    };
    quote_spanned!(column.ty.span()=> <#ty as _orm::#column_trait<#sql_type>>)
}

pub(crate) fn get(column: &Column<'_>, ty: impl ToTokens) -> TokenStream {
    let column_trait = column_trait(column, ty);
    let read = quote_spanned!(column.ty.span()=> #column_trait::get(__orm_row)?);
    unless_zero_date(column, &read)
}

/// Returns a part of the key that has been read, in place of its column.
pub(crate) fn known_key_part(entity: &Entity<'_>, part: usize) -> TokenStream {
    let part = Literal::usize_unsuffixed(part);
    let value = match (entity.auto_key(), entity.key_columns().len()) {
        (Some(_), _) => quote!(::core::convert::From::from(*__orm_key)),
        (None, 1) => quote!(::core::clone::Clone::clone(__orm_key)),
        (None, _) => quote!(::core::clone::Clone::clone(&__orm_key.#part)),
    };
    quote!({
        __orm_row.skip(1);
        #value
    })
}

pub(crate) fn on_delete_tokens(on_delete: Option<OnDelete>) -> TokenStream {
    match on_delete {
        None | Some(OnDelete::Restrict) => quote!(Restrict),
        Some(OnDelete::Cascade) => quote!(Cascade),
        Some(OnDelete::Nullify) => quote!(Nullify),
        Some(OnDelete::Database) => quote!(Database),
    }
}

/// Returns code that reads MySQL's zero date as `None`, if the attribute says so.
pub(crate) fn unless_zero_date(column: &Column<'_>, read: &TokenStream) -> TokenStream {
    if column.attrs.zero_date_as_none.is_none() {
        return read.clone();
    }
    quote! {
        if __orm_row.skip_zero_date() {
            ::core::convert::From::from(::core::option::Option::None)
        } else {
            #read
        }
    }
}
