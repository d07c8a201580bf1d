//! The code that is generated beside errors, so that a mistake in the attributes does not cause an
//! error at every use of the entity.

use proc_macro2::TokenStream;
use quote::quote;
use syn::DeriveInput;

use crate::expand::items::{self, Items};
use crate::expand::one_column;
use crate::expand::{builder, references, relations, same_query, scopes, table};
use crate::model::Entity;
use crate::syntax::types::SqlType;

mod subtype;

/// Returns an `Entity` implementation that does nothing, and as much of the table and the builder
/// as the struct allows.
pub(crate) fn expand(input: &DeriveInput, entity: Option<&Entity<'_>>) -> TokenStream {
    let ident = &input.ident;
    let (impl_generics, ty_generics, where_clause) = input.generics.split_for_impl();
    // On a struct without parameters, a bound that does not hold would be one more error.
    let where_clause = (!input.generics.params.is_empty()).then(|| {
        let bounds = where_clause.map(|clause| &clause.predicates);
        quote!(where Self: ::core::marker::Send + ::core::marker::Sync + 'static, #bounds)
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
    let table_of = table.is_some().then(|| {
        quote! {
            #[automatically_derived]
            impl _orm::TableOf for #table_path {
                fn meta() -> &'static _orm::EntityMeta {
                    ::core::unreachable!()
                }
            }
        }
    });
    let builder = entity.and_then(builder::expand_usable);
    // The unit structs of the scopes are in the module of the table.
    let with_module = entity.filter(|_| table.is_some());
    let scopes = with_module.map(scopes::markers);
    let relationships = with_module.map(relations::markers_beside_errors);
    let same_query = with_module.map(same_query::expand);
    let newcomers = with_module.map(references::newcomers);
    let associations = with_module.map(relations::associations);
    let columns = entity.map(columns).unwrap_or_default();
    let key = entity.and_then(key).unwrap_or_else(|| quote!(i64));

    let in_hierarchy = entity.filter(|entity| entity.is_subtype());
    let responder = in_hierarchy.map(crate::model::subtype::responder);
    let (items, rest) = match in_hierarchy {
        Some(entity) => {
            (subtype::items(entity, &key), subtype::expand(entity, with_module.is_some()))
        }
        None => {
            let items = Items {
                mapped: quote!(type Key = #key;),
                in_hierarchy: items::itself(),
                entity: TokenStream::new(),
            };
            (items, TokenStream::new())
        }
    };
    let Items { mapped, in_hierarchy, entity: items } = items;

    quote! {
        #responder
        #table
        #builder
        #associations

        #[doc(hidden)]
        const _: () = {
            use ::orm_runtime::__private as _orm;

            #own_table
            #scopes
            #relationships
            #table_of
            #same_query
            #newcomers
            #rest

            #[automatically_derived]
            impl #impl_generics _orm::HooksWord for #ident #ty_generics {}

            #[automatically_derived]
            impl #impl_generics _orm::Writable for #ident #ty_generics #where_clause {}

            #[automatically_derived]
            impl #impl_generics _orm::Mapped for #ident #ty_generics #where_clause {
                #mapped
                const COLUMNS: &'static [_orm::ColumnMeta] = &[#(#columns),*];
                fn bind<'__orm>(
                    &'__orm self,
                    _: usize,
                    _: &mut _orm::SqlWriter<'_, '__orm>,
                ) -> _orm::QueryResult<()> {
                    ::core::unreachable!()
                }
                fn bind_key<'__orm>(
                    _: &'__orm Self::Key,
                    _: usize,
                    _: &mut _orm::SqlWriter<'_, '__orm>,
                ) -> _orm::QueryResult<()> {
                    ::core::unreachable!()
                }
                fn decode(_: &mut _orm::Row<'_, '_>, _: &Self::Key) -> _orm::QueryResult<Self> {
                    ::core::unreachable!()
                }
                fn decode_key(_: &mut _orm::Row<'_, '_>) -> _orm::QueryResult<Self::Key> {
                    ::core::unreachable!()
                }
            }

            #[automatically_derived]
            impl #impl_generics _orm::Tracked for #ident #ty_generics #where_clause {
                fn snapshot(&self) -> Self {
                    ::core::unreachable!()
                }
                fn diff(&self, _: &Self) -> _orm::ColumnSet {
                    ::core::unreachable!()
                }
                fn payload(&self) -> usize {
                    ::core::unreachable!()
                }
                fn show(&self, _: usize) -> ::std::string::String {
                    ::core::unreachable!()
                }
            }

            #[automatically_derived]
            impl #impl_generics _orm::Referencing for #ident #ty_generics #where_clause {
            }

            #[automatically_derived]
            impl #impl_generics _orm::Lifecycle for #ident #ty_generics #where_clause {
            }

            #[automatically_derived]
            impl #impl_generics _orm::InHierarchy for #ident #ty_generics #where_clause {
                #in_hierarchy
                type From = #table_path;
            }

            #[automatically_derived]
            impl #impl_generics _orm::Entity for #ident #ty_generics #where_clause {
                #items
                type Table = #table_path;
                const META: &'static _orm::EntityMeta =
                    &_orm::entity_meta::<Self>("", "", "");
                fn key(&self) -> ::core::option::Option<Self::Key> {
                    ::core::unreachable!()
                }
            }
        };
    }
}

/// Returns the columns by name, because other entities refer to them.
fn columns(entity: &Entity<'_>) -> Vec<TokenStream> {
    let columns = entity.columns.iter().map(|column| {
        let (field, name) = (column.ident_name(), &column.name);
        quote!(_orm::ColumnMeta::new(#field, #name, _orm::ColumnType::Integer))
    });
    columns.collect()
}

/// Returns the type of the key, which references of other entities are compared with, or `None` if
/// it is not certain that the type can be a key.
fn key(entity: &Entity<'_>) -> Option<TokenStream> {
    let certain = entity.key_columns().all(|column| {
        let ty = &column.ty;
        let known = matches!(
            ty.sql,
            SqlType::Diesel("BigInt" | "Integer" | "SmallInt" | "Text") | SqlType::Runtime("Uuid")
        );
        known && !ty.broken && !ty.nullable && !ty.deferred && ty.made.is_none()
    });
    let several = (1..=4).contains(&entity.key.len());
    (certain && several).then(|| one_column::key_type(entity))
}
