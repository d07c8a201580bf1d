//! The expansion of `#[derive(Embed)]`: reading and writing a value object, and the macro that
//! provides its columns.

use super::one_column;
use proc_macro2::{Literal, TokenStream};
use quote::{format_ident, quote, quote_spanned};

use super::{meta, rows};
use crate::model::ValueObject;
use crate::model::column::Column;
use crate::model::embed::{EmbedField, EmbeddedColumn};

/// Returns all columns. Those of nested value objects follow the others.
pub(crate) fn embedded_columns(model: &ValueObject<'_>) -> Vec<EmbeddedColumn> {
    let own = model.columns.iter().map(|column| EmbeddedColumn {
        ident: column.field.0.clone(),
        field: column.field.to_string(),
        column: column.name.clone(),
        sql: column.ty.sql.clone(),
        nullable: column.ty.nullable,
        fits: column.fits(),
    });
    own.chain(model.embeds.iter().flat_map(|embed| embed.embedded_columns.iter().cloned()))
        .collect()
}

pub(crate) fn implementation(model: &ValueObject<'_>) -> TokenStream {
    let ident = model.ident;
    let metas = model
        .columns
        .iter()
        .map(|it| meta::column(it, it.attrs.index.is_some()))
        .chain(model.embeds.iter().flat_map(meta::embedded));
    let bind = bind(model);
    let bind_null = bind_null(model);
    let decode = decode(model);
    let decode_optional = decode_optional(model);
    let diffs = model.columns.iter().map(|column| {
        let (position, same) =
            (Literal::usize_unsuffixed(column.position), super::changes::same(column));
        quote!(.with(#position, !#same))
    });
    let diffs_inside = model.embeds.iter().map(super::changes::embedded_diff);
    let payloads = model.columns.iter().filter_map(super::changes::column_payload);
    let payloads_inside = model.embeds.iter().map(super::changes::embedded_payload);
    let shows = model.columns.iter().map(super::changes::show_arm);
    let shows_inside = model.embeds.iter().map(super::changes::embedded_show_arm);
    let nothing = nothing(model);
    let fits = model.columns.iter().filter_map(super::hooks::fit);
    let fits_inside = model.embeds.iter().filter_map(super::hooks::embedded_fit);
    quote! {
        #[doc(hidden)]
        const _: () = {
            use ::orm_runtime::__private as _orm;

            #[automatically_derived]
            impl _orm::Embedded for #ident {
                const META: &'static [_orm::ColumnMeta] = &[#(#metas),*];

                #bind
                #bind_null
                #decode
                #decode_optional

                fn diff(&self, __orm_before: &Self) -> _orm::ColumnSet {
                    _orm::ColumnSet::EMPTY #(#diffs)* #(#diffs_inside)*
                }

                #nothing

                fn payload(&self) -> usize {
                    0 #(+ #payloads)* #(+ #payloads_inside)*
                }

                fn show(&self, __orm_column: usize) -> ::std::string::String {
                    match __orm_column {
                        #(#shows,)*
                        #(#shows_inside,)*
                        _ => ::std::string::String::new(),
                    }
                }

                fn fit(&mut self) -> ::core::result::Result<(), _orm::ValidationError> {
                    #(#fits)*
                    #(#fits_inside)*
                    ::core::result::Result::Ok(())
                }
            }
        };
    }
}

/// Returns the method for an absent value object, if every column may be NULL. Otherwise there is
/// always a value.
fn nothing(model: &ValueObject<'_>) -> Option<TokenStream> {
    let may_be = model.columns.iter().all(|column| column.ty.nullable);
    let own = model.columns.iter().map(|column| {
        let field = column.field;
        quote!(#field: ::core::option::Option::None)
    });
    let inside = model.embeds.iter().map(|embed| {
        let field = embed.field;
        quote!(#field: _orm::EmbeddedField::nothing()?)
    });
    may_be.then(|| {
        quote! {
            fn nothing() -> ::core::option::Option<Self> {
                ::core::option::Option::Some(Self { #(#own,)* #(#inside,)* })
            }
        }
    })
}

/// Returns the method with these arms.
fn by_column(signature: &TokenStream, arms: impl Iterator<Item = TokenStream>) -> TokenStream {
    quote! {
        #signature -> _orm::QueryResult<()> {
            match __orm_column {
                #(#arms,)*
                _ => ::core::result::Result::Err(_orm::diesel::result::Error::NotFound),
            }
        }
    }
}

fn bind(model: &ValueObject<'_>) -> TokenStream {
    let signature = quote! {
        fn bind<'__orm>(
            &'__orm self,
            __orm_column: usize,
            __orm_pass: &mut _orm::SqlWriter<'_, '__orm>,
        )
    };
    let own = model.columns.iter().map(rows::bind_arm);
    by_column(&signature, own.chain(model.embeds.iter().map(rows::embedded_bind_arm)))
}

fn bind_null(model: &ValueObject<'_>) -> TokenStream {
    let signature = quote! {
        fn bind_null<'__orm>(__orm_column: usize, __orm_pass: &mut _orm::SqlWriter<'_, '__orm>)
    };
    let own = model.columns.iter().map(|column| {
        let position = Literal::usize_unsuffixed(column.position);
        let value = &column.ty.value;
        let column_trait = optional(column);
        let span = column.ty.span();
        quote_spanned! {span=>
            #position => #column_trait::bind(
                &::core::option::Option::<#value>::None,
                __orm_pass,
            )
        }
    });
    let inside = model.embeds.iter().map(|embed| {
        let (range, first) = (rows::range(embed), Literal::usize_unsuffixed(embed.first));
        let ty = embed.ty;
        quote! {
            #range => <#ty as _orm::EmbeddedField>::bind_null(__orm_column - #first, __orm_pass)
        }
    });
    by_column(&signature, own.chain(inside))
}

/// Returns a column that may be NULL together with its value object.
fn optional(column: &Column<'_>) -> TokenStream {
    let value = &column.ty.value;
    let sql = column.ty.sql.path(&quote!(_orm), &quote!(::orm_runtime));
    let sql = quote!(_orm::sql_types::Nullable<#sql>);
    quote_spanned! {column.ty.span()=>
        <::core::option::Option<#value> as _orm::Column<#sql>>
    }
}

fn decode(model: &ValueObject<'_>) -> TokenStream {
    let own = model.columns.iter().map(|column| {
        let (field, get) = (column.field, one_column::get(column, column.ty.whole));
        quote!(#field: #get)
    });
    let inside = model.embeds.iter().map(rows::embedded_decode);
    quote! {
        fn decode(__orm_row: &mut _orm::Row<'_, '_>) -> _orm::QueryResult<Self> {
            ::core::result::Result::Ok(Self { #(#own,)* #(#inside,)* })
        }
    }
}

/// Returns the method that decodes an optional value object. It reads all columns first, because
/// only then it is known whether there is a value.
fn decode_optional(model: &ValueObject<'_>) -> TokenStream {
    let kept = |field: &dyn std::fmt::Display| format_ident!("__orm_{}", field.to_string());
    let mut reads = TokenStream::new();
    let mut absent = Vec::new();
    let mut fields = Vec::new();
    for column in &model.columns {
        let (field, kept) = (column.field, kept(&column.field));
        let (at, column_trait) = (format_ident!("{kept}_at"), optional(column));
        let read = one_column::unless_zero_date(column, &quote!(#column_trait::get(__orm_row)?));
        reads.extend(quote! {
            let #at = __orm_row.stands_at();
            let #kept = #read;
        });
        absent.push(quote!(#kept.is_none()));
        fields.push(if column.ty.nullable {
            quote!(#field: #kept)
        } else {
            quote!(#field: _orm::present(#kept, #at, __orm_row)?)
        });
    }
    for EmbedField { field, ty, optional, .. } in &model.embeds {
        let kept = kept(field);
        let at = format_ident!("{kept}_at");
        reads.extend(quote! {
            let #at = __orm_row.stands_at();
            let #kept = <#ty as _orm::EmbeddedField>::decode_inside(__orm_row)?;
        });
        absent.push(quote!(#kept.is_none()));
        fields.push(if *optional {
            quote!(#field: #kept.flatten())
        } else {
            let kept = quote!(#kept.or_else(<#ty as _orm::EmbeddedField>::nothing));
            quote!(#field: _orm::present(#kept, #at, __orm_row)?)
        });
    }
    quote! {
        #[allow(unused_variables)]
        fn decode_optional(
            __orm_row: &mut _orm::Row<'_, '_>,
        ) -> _orm::QueryResult<::core::option::Option<Self>> {
            #reads
            if #(#absent)&&* {
                return ::core::result::Result::Ok(::core::option::Option::None);
            }
            ::core::result::Result::Ok(::core::option::Option::Some(Self { #(#fields,)* }))
        }
    }
}
