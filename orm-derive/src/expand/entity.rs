//! The `Entity` impl: the metadata and the key; the other methods are in `rows` and `changes`.

use proc_macro2::{Literal, TokenStream};
use quote::{quote, quote_spanned};

use super::{changes, hooks, rows};
use crate::model::{Column, Entity};

/// `use ::orm_runtime::__private as _orm` makes every path absolute, whatever the user has in scope.
pub(crate) fn expand(entity: &Entity<'_>) -> TokenStream {
    let Entity { ident, module, .. } = entity;
    let key_type = key_type(entity);
    let meta = meta(entity);
    let key = key(entity);
    let set_auto_key = set_auto_key(entity);
    let rows = rows::methods(entity);
    let changes = changes::methods(entity);
    let hooks_word = hooks::word(entity);
    let hooks = hooks::methods(entity);
    let deferred = entity.deferred().map(|column| {
        let Column { field, .. } = column;
        let position = Literal::usize_unsuffixed(column.position);
        quote! {
            #[automatically_derived]
            impl _orm::DeferredColumn<#ident> for #module::#field {
                const POSITION: usize = #position;
            }
        }
    });

    quote! {
        #[doc(hidden)]
        const _: () = {
            use ::orm_runtime::__private as _orm;

            #[automatically_derived]
            impl _orm::Entity for #ident {
                type Key = #key_type;
                type Table = #module::table;
                const META: &'static _orm::EntityMeta = &#meta;

                fn entity_index() -> usize {
                    static INDEX: _orm::EntityIndex = _orm::EntityIndex::new();
                    INDEX.get()
                }

                #key
                #set_auto_key
                #rows
                #changes
                #hooks
            }

            #hooks_word

            #(#deferred)*
        };
    }
}

/// The SQL type of a column, as a value of its field has it.
pub(super) fn sql_type(column: &Column<'_>) -> TokenStream {
    let path = column.ty.sql.path(&quote!(_orm::diesel), &quote!(::orm_runtime));
    if column.ty.nullable { quote!(_orm::diesel::sql_types::Nullable<#path>) } else { path }
}

fn key_type(entity: &Entity<'_>) -> TokenStream {
    let mut types = entity.key_columns().map(|column| column.ty.value);
    if types.len() == 1 {
        let ty = types.next();
        quote!(#ty)
    } else {
        quote!((#(#types),*))
    }
}

fn meta(entity: &Entity<'_>) -> TokenStream {
    let Entity { ident, table, .. } = entity;
    let name = crate::name::FieldName(ident).to_string();
    let module = entity.module.to_string();
    let schema = option(entity.attrs.schema.as_ref().map(|schema| &schema.value));
    let columns = entity.columns.iter().map(column_meta);
    let key = entity.key.iter().map(|&position| Literal::usize_unsuffixed(position));
    let auto_key = entity.auto_key().is_some();
    let version = option(entity.version.map(Literal::usize_unsuffixed));
    quote! {
        _orm::EntityMeta {
            schema: #schema,
            columns: &[#(#columns),*],
            key: &[#(#key),*],
            auto_key: #auto_key,
            version: #version,
            .._orm::EntityMeta::new(#name, #module, #table)
        }
    }
}

/// `ColumnMeta { unique: true, ..ColumnMeta::new("name", "name", KIND) }`: what is said and no more.
fn column_meta(column: &Column<'_>) -> TokenStream {
    let Column { attrs, ty, name, .. } = column;
    let field = column.field.to_string();
    let column_trait = rows::column_trait(column, ty.whole);
    let kind = quote_spanned!(ty.span()=> #column_trait::KIND);
    let new = quote!(_orm::ColumnMeta::new(#field, #name, #kind));

    let mut said = Vec::new();
    let mut say = |holds: bool, field: TokenStream| said.extend(holds.then_some(field));
    say(ty.nullable, quote!(nullable: true));
    if let Some(length) = &attrs.length {
        let length = option(Some(Literal::u32_unsuffixed(length.value)));
        say(true, quote!(length: #length));
    }
    say(attrs.unique.is_some(), quote!(unique: true));
    say(attrs.index.is_some(), quote!(index: true));
    say(ty.deferred, quote!(deferred: true));
    if let Some(group) = &attrs.group {
        let group = option(Some(&group.value));
        say(true, quote!(group: #group));
    }
    say(attrs.default.is_some(), quote!(default: true));
    if said.is_empty() { new } else { quote!(_orm::ColumnMeta { #(#said,)* ..#new }) }
}

fn key(entity: &Entity<'_>) -> TokenStream {
    let key = if let Some(Column { field, .. }) = entity.auto_key() {
        quote!(self.#field.get())
    } else {
        let mut parts = entity.key_columns().map(|Column { field, ty, .. }| {
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
    let Column { field, ty, .. } = entity.auto_key()?;
    let narrowed = (!ty.is("i64")).then(|| {
        quote! {
            let __orm_key = __orm_key.and_then(|__orm_key| {
                <i32 as ::core::convert::TryFrom<i64>>::try_from(__orm_key).ok()
            });
        }
    });
    Some(quote! {
        fn set_auto_key(&mut self, __orm_key: ::core::option::Option<i64>) {
            #narrowed
            self.#field = match __orm_key {
                ::core::option::Option::Some(__orm_key) => ::core::convert::From::from(__orm_key),
                ::core::option::Option::None => ::core::default::Default::default(),
            };
        }
    })
}

fn option(value: Option<impl quote::ToTokens>) -> TokenStream {
    match value {
        Some(value) => quote!(::core::option::Option::Some(#value)),
        None => quote!(::core::option::Option::None),
    }
}
