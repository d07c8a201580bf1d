//! The traits of an entity, each written by one file: the values in `rows`, change tracking in
//! `changes`, references and collections in `references` and `relations`, the lifecycle in `hooks`
//! and `scopes`.

use super::heirs;
use super::items::{Items, itself};
use super::one_column::key_type;
use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};

use super::{changes, hooks, meta, references, relations, rows, same_query, scopes, subtype};
use crate::model::Entity;
use crate::model::column::Column;

/// Returns the traits of an entity. `use ::orm_runtime::__private as _orm` makes every path
/// absolute, whatever the user has in scope.
pub(crate) fn expand(entity: &Entity<'_>) -> TokenStream {
    let Entity { ident, module, .. } = entity;
    let key = key(entity);
    let set_auto_key = set_auto_key(entity);
    let items = if entity.is_subtype() { subtype::items(entity) } else { items(entity) };
    let Items { mapped, in_hierarchy, entity: items } = items;
    let level = entity.is_subtype().then(|| subtype::expand(entity));
    let rows = rows::methods(entity);
    let changes = changes::methods(entity);
    let hooks_word = hooks::word(entity);
    let hooks = hooks::methods(entity);
    let scopes = scopes::methods(entity);
    let scope_markers = scopes::markers(entity);
    let same_query = same_query::expand(entity);
    let newcomers = references::newcomers(entity);
    let references = references::methods(entity);
    let collections = relations::methods(entity);
    let relation_markers = relations::markers(entity);
    let deferred = entity.deferred().map(|column| {
        let Column { field, .. } = column;
        let position = entity.column_place(column.position);
        let (generics, owner) = heirs::anyone(entity);
        quote! {
            #[automatically_derived]
            impl #generics _orm::DeferredColumn<#owner> for #module::#field {
                const POSITION: usize = #position;
            }

            #[automatically_derived]
            impl #generics _orm::Loadable<#owner> for #module::#field {
                fn load_into(
                    self,
                    __orm_session: &mut _orm::Session,
                    __orm_handles: &[_orm::Handle<#owner>],
                    _: bool,
                ) -> _orm::Result<()> {
                    _orm::load_deferred(self, __orm_session, __orm_handles)
                }

                fn expire_in(
                    self,
                    __orm_session: &mut _orm::Session,
                    __orm_handles: &[_orm::Handle<#owner>],
                ) -> _orm::Result<()> {
                    _orm::expire_deferred(self, __orm_session, __orm_handles)
                }
            }
        }
    });

    // The rows of a view are read-only.
    let writable = entity.attrs.view.is_none().then(|| {
        quote! {
            #[automatically_derived]
            impl _orm::Writable for #ident {}
        }
    });

    quote! {
        #[doc(hidden)]
        const _: () = {
            use ::orm_runtime::__private as _orm;

            #[automatically_derived]
            impl _orm::Mapped for #ident {
                #mapped
                #rows
            }

            #[automatically_derived]
            impl _orm::Tracked for #ident {
                #set_auto_key
                #changes
            }

            #[automatically_derived]
            impl _orm::Referencing for #ident {
                #references
                #collections
            }

            #[automatically_derived]
            impl _orm::Lifecycle for #ident {
                #hooks
                #scopes
            }

            #[automatically_derived]
            impl _orm::InHierarchy for #ident {
                #in_hierarchy
            }

            #[automatically_derived]
            impl _orm::Entity for #ident {
                #items
                #key
            }

            #[automatically_derived]
            impl _orm::TableOf for #module::table {
                fn meta() -> &'static _orm::EntityMeta {
                    <#ident as _orm::Entity>::META
                }
            }

            #same_query
            #newcomers

            #writable
            #level
            #hooks_word
            #scope_markers
            #relation_markers

            #(#deferred)*
        };
    }
}

/// Returns the items of an entity that is in no hierarchy.
fn items(entity: &Entity<'_>) -> Items {
    let module = &entity.module;
    let key_type = key_type(entity);
    let columns = meta::columns(entity);
    let meta = meta::entity(entity);
    let itself = itself();
    Items {
        mapped: quote! {
            type Key = #key_type;
            const COLUMNS: &'static [_orm::ColumnMeta] = #columns;
        },
        in_hierarchy: quote! {
            type From = #module::table;

            #itself
        },
        entity: quote! {
            type Table = #module::table;
            const META: &'static _orm::EntityMeta = &#meta;
        },
    }
}

fn key(entity: &Entity<'_>) -> TokenStream {
    if let Some(base) = entity.base() {
        return quote! {
            fn key(&self) -> ::core::option::Option<Self::Key> {
                _orm::Entity::key(&self.#base)
            }
        };
    }
    let key = if let Some(Column { field, .. }) = entity.auto_key() {
        quote!(self.#field.get())
    } else {
        let mut parts = entity.key_columns().map(|Column { field, ty, reference, .. }| {
            if let Some(part) = reference {
                return references::key_part(*field, ty.span(), *part);
            }
            quote_spanned!(ty.span()=> ::core::clone::Clone::clone(&self.#field))
        });
        let key = match parts.len() {
            1 => parts.next().unwrap_or_default(),
            _ => quote!((#(#parts),*)),
        };
        quote!(::core::option::Option::Some(#key))
    };
    quote! {
        fn key(&self) -> ::core::option::Option<Self::Key> {
            #key
        }
    }
}

fn set_auto_key(entity: &Entity<'_>) -> Option<TokenStream> {
    if let Some(base) = entity.base() {
        return Some(quote! {
            fn set_auto_key(&mut self, __orm_key: ::core::option::Option<i64>) {
                _orm::Tracked::set_auto_key(&mut self.#base, __orm_key);
            }
        });
    }
    let Column { field, ty, .. } = entity.auto_key()?;
    let value = &ty.value;
    let from_number = quote_spanned!(ty.span()=> <#value as _orm::AutoKey>::from_number);
    Some(quote! {
        fn set_auto_key(&mut self, __orm_key: ::core::option::Option<i64>) {
            self.#field = match __orm_key.and_then(#from_number) {
                ::core::option::Option::Some(__orm_key) => ::core::convert::From::from(__orm_key),
                ::core::option::Option::None => ::core::default::Default::default(),
            };
        }
    })
}
