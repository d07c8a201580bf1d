//! The expansion of `#[derive(DbType)]`: conversions, and what a column type needs.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::{DeriveInput, Type};

use super::conversions::{conversions, to_sql};
use crate::model::db_type::{DbType, Form};
use crate::syntax::ctxt::Ctxt;
use crate::syntax::types::{FieldType, SqlType};

/// Returns the whole expansion, or the errors.
pub(crate) fn derive(input: &DeriveInput) -> TokenStream {
    let mut ctxt = Ctxt::new();
    let model = DbType::read(input, &mut ctxt);
    let errors = ctxt.finish().err().map(syn::Error::into_compile_error);
    let Some(model) = model else { return quote!(#errors) };
    let ident = model.ident;
    let expansion = match &model.form {
        Form::Newtype { inner, ty, checked } => newtype(ident, inner, ty, *checked),
        Form::Own => own(ident),
        Form::Decorator => decorator(ident),
    };
    quote! {
        #errors

        #[doc(hidden)]
        const _: () = {
            use ::orm_runtime::__private as _orm;

            #expansion
        };
    }
}

/// Names of inner types that can be keys.
const KEYS: &[&str] = &[
    "i8",
    "i16",
    "i32",
    "i64",
    "u8",
    "u16",
    "u32",
    "u64",
    "String",
    "Uuid",
    "bool",
    "NaiveDate",
    "Decimal",
];

/// Names of inner types by which rows can be read in pages.
const INTEGERS: &[&str] = &["i8", "i16", "i32", "i64", "u8", "u16", "u32", "u64"];

fn newtype(ident: &syn::Ident, inner: &Type, ty: &FieldType<'_>, checked: bool) -> TokenStream {
    let sql = ty.sql.path(&quote!(_orm), &quote!(::orm_runtime));
    let custom = quote!(_orm::Custom<#ident>);
    let load = if checked {
        quote!(<Self as _orm::CheckedFrom<#inner>>::checked_from(stored))
    } else {
        quote!(::core::result::Result::Ok(Self(stored)))
    };
    let column = conversions(
        &custom,
        &quote!(#ident),
        &quote!(#inner: _orm::diesel::serialize::ToSql<#sql, __DB>),
        &quote!(_orm::diesel::serialize::ToSql::<#sql, __DB>::to_sql(&self.0, out)),
        (&quote!(#inner), &sql),
        &load,
    );
    let integer = INTEGERS.iter().any(|name| ty.is(name));
    let is_key = KEYS.iter().any(|name| ty.is(name)) && !ty.is_wrapped();
    let index = if integer { quote!(_orm::PagedIndex) } else { quote!(_orm::HashIndex<#ident>) };
    let (parked, json) = if is_key {
        (
            quote!(|n, length| <#inner as _orm::Key>::parked(n, length).map(Self)),
            quote!(|value, json| _orm::Key::push_json(&value.0, json)),
        )
    } else {
        (quote!(|_, _| ::core::option::Option::None), quote!(|_, _| false))
    };
    let number = integer.then(|| number(ident, inner, ty));
    let digits = ty.is("Decimal").then(|| {
        quote! {
            #[automatically_derived]
            impl<__ST> ::orm_runtime::decimal::Operand<__ST> for #ident
            where
                __ST: _orm::sql_types::SqlType
                    + _orm::diesel::expression::TypedExpressionType,
                Self: _orm::diesel::expression::AsExpression<__ST>,
            {
                type Expression = <Self as _orm::diesel::expression::AsExpression<__ST>>::Expression;

                fn operand(self) -> Self::Expression {
                    _orm::diesel::expression::AsExpression::as_expression(self)
                }
            }

            #[automatically_derived]
            impl _orm::FitDigits for #ident {
                fn fit(
                    &mut self,
                    precision: u32,
                    scale: u32,
                ) -> ::core::result::Result<(), ::std::string::String> {
                    _orm::FitDigits::fit(&mut self.0, precision, scale)
                }
            }
        }
    });
    let kind = match &ty.sql {
        // The span is that of the inner type, so that the compiler reports there that it is not a
        // column type.
        SqlType::Custom(_) => {
            let span = ty.span();
            quote_spanned!(span=> <#inner as _orm::CustomType>::KIND)
        }
        _ => quote!(<#sql as _orm::HasColumnType>::KIND),
    };
    quote! {
        #[automatically_derived]
        impl _orm::CustomType for #ident {
            type Sql = #sql;
            const KIND: _orm::ColumnType = #kind;
        }

        #column
        #number
        #digits

        ::orm_runtime::__own_type!(
            #ident, #custom, index = #index, parked = #parked, json = #json
        );
    }
}

/// Returns the traits of a wrapper of an integer, by which rows can be read in pages, and which may
/// be a generated key.
fn number(ident: &syn::Ident, inner: &Type, ty: &FieldType<'_>) -> TokenStream {
    let auto = ["i32", "i64", "u32", "u64"].iter().any(|name| ty.is(name)).then(|| {
        quote! {
            #[automatically_derived]
            impl _orm::AutoKey for #ident
            where
                for<'__a> #ident: _orm::AutoBounds<'__a>,
            {
                const UNSET: Self = Self(<#inner as _orm::AutoKey>::UNSET);

                fn from_number(number: i64) -> ::core::option::Option<Self> {
                    <#inner as _orm::AutoKey>::from_number(number).map(Self)
                }
            }
        }
    });
    quote! {
        #[automatically_derived]
        impl _orm::IntegerKey for #ident {
            fn number(&self) -> i64 {
                _orm::IntegerKey::number(&self.0)
            }
        }

        #auto
    }
}

/// Returns the conversions of a type with its own `TypeDecorator`.
fn own(ident: &syn::Ident) -> TokenStream {
    let stored = quote!(<#ident as _orm::TypeDecorator>::Stored);
    let sql = quote!(<#stored as _orm::Stored>::Sql);
    let custom = quote!(_orm::Custom<#ident>);
    let column = decorated(ident, &custom, &quote!(#ident), &stored, &sql);
    quote! {
        #[automatically_derived]
        impl _orm::CustomType for #ident {
            type Sql = #sql;
            const KIND: _orm::ColumnType = <#sql as _orm::HasColumnType>::KIND;
        }

        #column

        ::orm_runtime::__own_type!(
            #ident,
            #custom,
            index = _orm::HashIndex<#ident>,
            parked = |_, _| ::core::option::Option::None,
            json = |_, _| false
        );
    }
}

/// Returns the conversions of a decorator, which has the SQL type of another type.
fn decorator(ident: &syn::Ident) -> TokenStream {
    let stored = quote!(<#ident as _orm::TypeDecorator>::Stored);
    let sql = quote!(<#stored as _orm::Stored>::Sql);
    let value = quote!(<#ident as _orm::TypeDecorator>::Value);
    let column = to_sql(
        &quote!(#ident),
        &value,
        &quote!(#stored: _orm::Store<__DB>),
        &quote! {{
            let stored = <#ident as _orm::TypeDecorator>::to_stored(self)?;
            _orm::Store::<__DB>::store(stored, out)
        }},
    );
    quote! {
        #[automatically_derived]
        impl _orm::sql_types::SqlType for #ident {
            type IsNull = _orm::sql_types::is_nullable::NotNull;
        }

        #[automatically_derived]
        impl _orm::sql_types::SingleValue for #ident {}

        #[automatically_derived]
        impl _orm::sql_types::SqlOrd for #ident {}

        #[automatically_derived]
        impl _orm::diesel::query_builder::QueryId for #ident {
            type QueryId = Self;
            const HAS_STATIC_QUERY_ID: bool = true;
        }

        #[automatically_derived]
        impl _orm::HasColumnType for #ident {
            const KIND: _orm::ColumnType = <#sql as _orm::HasColumnType>::KIND;
            const HOLDS: _orm::Holds = <#sql as _orm::HasColumnType>::HOLDS;
        }

        ::orm_runtime::__decorator_backends!(#ident, #sql);

        #column
    }
}

/// Returns the conversions of a `TypeDecorator`.
fn decorated(
    ident: &syn::Ident,
    column: &TokenStream,
    value: &TokenStream,
    stored: &TokenStream,
    sql: &TokenStream,
) -> TokenStream {
    conversions(
        column,
        value,
        &quote!(#stored: _orm::Store<__DB>),
        &quote! {{
            let stored = <#ident as _orm::TypeDecorator>::to_stored(self)?;
            _orm::Store::<__DB>::store(stored, out)
        }},
        (stored, sql),
        &quote!(<#ident as _orm::TypeDecorator>::from_stored(stored)),
    )
}
