//! The methods that move values into statements and out of rows.

use super::heirs;
use proc_macro2::{Literal, TokenStream};
use quote::{ToTokens, quote, quote_spanned};

use super::one_column::{column_trait, get, known_key_part};
use super::references;
use crate::model::Entity;
use crate::model::column::{Column, Skipped};
use crate::model::embed::EmbedField;
use crate::model::relation::Collection;

pub(super) fn methods(entity: &Entity<'_>) -> TokenStream {
    let binds = entity.columns.iter().map(bind_arm);
    let binds = binds.chain(entity.embeds.iter().map(embedded_bind_arm));
    let decode = decode(entity);
    let keys = match entity.base() {
        Some(base) => base_keys(base.ty),
        None => keys(entity),
    };
    let decode_column = decode_column(entity);
    let own_column = heirs::own_column(entity);
    let bind_rest = match entity.base() {
        Some(base) => quote!(_orm::Mapped::bind(&self.#base, __orm_base_column, __orm_pass)),
        None => not_found(),
    };

    quote! {
        #[inline]
        fn bind<'__orm>(
            &'__orm self,
            __orm_column: usize,
            __orm_pass: &mut _orm::SqlWriter<'_, '__orm>,
        ) -> _orm::QueryResult<()> {
            #own_column
            match __orm_column {
                #(#binds,)*
                _ => #bind_rest,
            }
        }

        #keys

        #[inline]
        fn decode(
            __orm_row: &mut _orm::Row<'_, '_>,
            __orm_key: &Self::Key,
        ) -> _orm::QueryResult<Self> {
            #decode
        }

        #decode_column
    }
}

fn not_found() -> TokenStream {
    quote!(::core::result::Result::Err(_orm::diesel::result::Error::NotFound))
}

/// Returns the method `decode_column` if a column may be without a value; no other column is read
/// by itself.
fn decode_column(entity: &Entity<'_>) -> Option<TokenStream> {
    let alone =
        entity.plain_columns().filter(|column| column.ty.deferred || column.ty.made.is_some());
    let reads = alone.map(|column| {
        let position = Literal::usize_unsuffixed(column.position);
        let field = column.field;
        let read = get(column, column.ty.whole);
        quote!(#position => self.#field = #read)
    });
    let reads: Vec<_> = reads.collect();
    let rest = match entity.base() {
        Some(base) => quote!(_orm::Mapped::decode_column(&mut self.#base, __orm_column, __orm_row)),
        None if reads.is_empty() => return None,
        None => not_found(),
    };
    let body = if reads.is_empty() {
        rest
    } else {
        let place = entity.base().map(|_| quote!(.wrapping_sub(__ORM_AT.column)));
        quote! {
            match __orm_column #place {
                #(#reads,)*
                _ => return #rest,
            }
            ::core::result::Result::Ok(())
        }
    };
    Some(quote! {
        fn decode_column(
            &mut self,
            __orm_column: usize,
            __orm_row: &mut _orm::Row<'_, '_>,
        ) -> _orm::QueryResult<()> {
            #body
        }
    })
}

/// Returns the methods that concern only the key.
fn keys(entity: &Entity<'_>) -> TokenStream {
    let (key_binds, not_found) = (key_binds(entity), not_found());
    let bind_key = quote! {
        match __orm_part {
            #(#key_binds,)*
            _ => #not_found,
        }
    };
    // A key that begins the row is read from there in either case.
    let mut selected = entity.selected().map(|column| column.position);
    let leads = entity.key_columns().all(|key| selected.next() == Some(key.position));
    let decode_leading_key = (!leads).then(|| key_value(entity, |_| None));
    key_methods(&bind_key, &decode_key(entity), decode_leading_key.as_ref())
}

/// Returns the methods for a key that another struct of the hierarchy has.
pub(super) fn base_keys(base: &impl ToTokens) -> TokenStream {
    let base = quote!(<#base as _orm::Mapped>);
    key_methods(
        &quote!(#base::bind_key(__orm_key, __orm_part, __orm_pass)),
        &quote!(#base::decode_key(__orm_row)),
        Some(&quote!(#base::decode_leading_key(__orm_row))),
    )
}

/// Returns the methods for the key, with these bodies.
fn key_methods(
    bind_key: &TokenStream,
    decode_key: &TokenStream,
    decode_leading_key: Option<&TokenStream>,
) -> TokenStream {
    let decode_leading_key = decode_leading_key.map(|decode_leading_key| {
        quote! {
            fn decode_leading_key(
                __orm_row: &mut _orm::Row<'_, '_>,
            ) -> _orm::QueryResult<Self::Key> {
                #decode_leading_key
            }
        }
    });
    quote! {
        fn bind_key<'__orm>(
            __orm_key: &'__orm Self::Key,
            __orm_part: usize,
            __orm_pass: &mut _orm::SqlWriter<'_, '__orm>,
        ) -> _orm::QueryResult<()> {
            #bind_key
        }

        #[inline]
        fn decode_key(
            __orm_row: &mut _orm::Row<'_, '_>,
        ) -> _orm::QueryResult<Self::Key> {
            #decode_key
        }

        #decode_leading_key
    }
}

/// Returns the arm `3 => bind the field`.
pub(super) fn bind_arm(column: &Column<'_>) -> TokenStream {
    let position = Literal::usize_unsuffixed(column.position);
    let field = column.field;
    let bind = match column.reference {
        Some(part) => references::bind(column, part),
        None => bind(column, column.ty.whole, quote!(&self.#field)),
    };
    if column.attrs.secret.is_some() {
        return quote!(#position => if __orm_pass.hides() { __orm_pass.hide() } else { #bind });
    }
    quote!(#position => #bind)
}

/// Returns the arm `3..=5 => bind the column of the value object`.
pub(super) fn embedded_bind_arm(embed: &EmbedField<'_>) -> TokenStream {
    let (range, first) = (range(embed), Literal::usize_unsuffixed(embed.first));
    let field = embed.field;
    quote! {
        #range => _orm::EmbeddedField::bind(&self.#field, __orm_column - #first, __orm_pass)
    }
}

/// Returns the positions of the columns of a value object.
pub(super) fn range(embed: &EmbedField<'_>) -> TokenStream {
    let first = Literal::usize_unsuffixed(embed.first);
    let last = Literal::usize_unsuffixed(embed.first + embed.embedded_columns.len().max(1) - 1);
    quote!(#first..=#last)
}

/// Returns the code that reads a field that contains a value object.
pub(super) fn embedded_decode(embed: &EmbedField<'_>) -> TokenStream {
    let EmbedField { field, ty, value, .. } = embed;
    let span = crate::syntax::types::span(value);
    let decode = quote_spanned!(span=> <#ty as _orm::EmbeddedField>::decode(__orm_row)?);
    quote!(#field: #decode)
}

fn bind(column: &Column<'_>, ty: impl ToTokens, value: TokenStream) -> TokenStream {
    let column_trait = column_trait(column, ty);
    quote_spanned!(column.ty.span()=> #column_trait::bind(#value, __orm_pass))
}

fn key_binds(entity: &Entity<'_>) -> Vec<TokenStream> {
    let mut parts = entity.key_columns();
    if parts.len() == 1 {
        return parts
            .map(|column| bind(column, &column.ty.value, quote!(__orm_key)))
            .map(|b| quote!(0 => #b))
            .collect();
    }
    let mut binds = Vec::new();
    for (part, column) in parts.by_ref().enumerate() {
        let part = Literal::usize_unsuffixed(part);
        let bind = bind(column, &column.ty.value, quote!(&__orm_key.#part));
        binds.push(quote!(#part => #bind));
    }
    binds
}

/// Returns a deferred column that is not in a row, and that can say how it is loaded.
pub(super) fn unloaded(entity: &Entity<'_>, column: &Column<'_>) -> TokenStream {
    let entity_name = crate::syntax::name::FieldName(entity.ident).to_string();
    let (module, field) = (entity.module.to_string(), column.field.to_string());
    quote!(_orm::Deferred::of(&[#entity_name, #module, #field]))
}

/// Returns the method `decode`. The fields of a literal are evaluated in their written order, so
/// the columns come first and in order. The key has been read before, and its columns are skipped.
fn decode(entity: &Entity<'_>) -> TokenStream {
    let fields = entity.column_fields().filter(|column| !column.ty.deferred);
    let selected = fields.map(|column| {
        let field = column.field;
        if let Some(part) = column.reference {
            let value = references::decode(entity, &entity.references[part.reference]);
            return quote!(#field: #value);
        }
        let value = match entity.key_columns().position(|part| part.position == column.position) {
            None => get(column, column.ty.whole),
            Some(part) => known_key_part(entity, part),
        };
        quote!(#field: #value)
    });
    let embedded = entity.embeds.iter().map(embedded_decode);
    let deferred = entity.deferred().map(|column| {
        let (field, unloaded) = (column.field, unloaded(entity, column));
        quote!(#field: #unloaded)
    });
    let skipped = skipped_defaults(entity);
    let (read_base, base) = match entity.base() {
        Some(base) => {
            let ty = base.ty;
            let read = quote! {
                let __orm_base = <#ty as _orm::Mapped>::decode(__orm_row, __orm_key)?;
                __orm_row.enter_subtype(__ORM_AT.subtype);
            };
            (Some(read), Some(quote!(#base: __orm_base,)))
        }
        None => (None, None),
    };
    quote! {
        #read_base
        ::core::result::Result::Ok(Self {
            #base
            #(#selected,)*
            #(#embedded,)*
            #(#deferred,)*
            #(#skipped,)*
        })
    }
}

/// Returns the fields that are not columns, as a row or a copy of the columns has them.
pub(super) fn skipped_defaults(entity: &Entity<'_>) -> Vec<TokenStream> {
    let defaults = entity.skipped.iter().map(|Skipped { field, ty, .. }| {
        let span = crate::syntax::types::span(ty);
        let default = quote_spanned!(span=> ::core::default::Default::default());
        quote!(#field: #default)
    });
    let collections = entity
        .collections
        .iter()
        .map(|Collection { field, .. }| quote!(#field: ::core::default::Default::default()));
    defaults.chain(collections).collect()
}

/// Returns the code that reads the key from a whole row, and skips the columns before and between
/// its parts.
fn decode_key(entity: &Entity<'_>) -> TokenStream {
    let selected: Vec<_> = entity.selected().map(|column| column.position).collect();
    let mut next = 0;
    key_value(entity, |column| {
        let at = selected.iter().position(|&position| position == column.position)?;
        let between = at - next;
        next = at + 1;
        let between = (between > 0).then(|| Literal::usize_unsuffixed(between))?;
        Some(quote!(__orm_row.skip(#between);))
    })
}

/// Reads the key part by part, each after the code that `before` returns for it.
fn key_value(
    entity: &Entity<'_>,
    mut before: impl FnMut(&Column<'_>) -> Option<TokenStream>,
) -> TokenStream {
    let mut reads = TokenStream::new();
    let mut parts = Vec::new();
    for (part, column) in entity.key_columns().enumerate() {
        let part = quote::format_ident!("__orm_key_{part}");
        let before = before(column);
        let get = get(column, &column.ty.value);
        reads.extend(quote!(#before let #part = #get;));
        parts.push(part);
    }
    match parts.as_slice() {
        [one] => quote!(#reads ::core::result::Result::Ok(#one)),
        _ => quote!(#reads ::core::result::Result::Ok((#(#parts),*))),
    }
}
