//! The methods of change tracking: copies, comparison, set fields, versions.

use super::heirs;
use super::one_column;
use proc_macro2::{Literal, TokenStream};
use quote::{quote, quote_spanned};

use super::rows::{self, skipped_defaults};
use super::{one_of, references};
use crate::model::Entity;
use crate::model::column::{Column, Skipped};
use crate::model::embed::EmbedField;
use crate::model::relation::Collection;
use crate::syntax::types::{Made, SqlType};

pub(super) fn methods(entity: &Entity<'_>) -> TokenStream {
    let snapshot = snapshot(entity);
    let diff = diff(entity);
    let is_set = is_set(entity);
    let left_out = left_out(entity);
    let unmake = unmake(entity);
    let payload = payload(entity);
    let keep_skipped = keep_skipped(entity);
    let field_mut = field_mut(entity);
    let version = version(entity);
    let show = show(entity);
    quote! {
        #snapshot
        #diff
        #is_set
        #left_out
        #unmake
        #payload
        #keep_skipped
        #field_mut
        #version
        #show
    }
}

fn snapshot(entity: &Entity<'_>) -> TokenStream {
    let columns = entity.column_fields().map(|Column { field, ty, .. }| {
        let clone = quote_spanned!(ty.span()=> ::core::clone::Clone::clone(&self.#field));
        quote!(#field: #clone)
    });
    let embedded = entity.embeds.iter().map(|EmbedField { field, ty, .. }| {
        let span = crate::syntax::types::span(ty);
        let clone = quote_spanned!(span=> ::core::clone::Clone::clone(&self.#field));
        quote!(#field: #clone)
    });
    let skipped = skipped_defaults(entity);
    let base = entity.base().map(|base| quote!(#base: _orm::Tracked::snapshot(&self.#base),));
    quote! {
        fn snapshot(&self) -> Self {
            Self { #base #(#columns,)* #(#embedded,)* #(#skipped,)* }
        }
    }
}

fn diff(entity: &Entity<'_>) -> TokenStream {
    // The program does not change what the database computes.
    let written = entity.columns.iter().filter(|column| column.ty.made != Some(Made::Computed));
    let columns = written.map(|column| {
        let (position, same) = (Literal::usize_unsuffixed(column.position), same(column));
        quote!(.with(#position, !#same))
    });
    let embedded = entity.embeds.iter().map(embedded_diff);
    let own = quote!(_orm::ColumnSet::EMPTY #(#columns)* #(#embedded)*);
    let all = match entity.base() {
        Some(base) => quote! {
            _orm::Tracked::diff(&self.#base, &__orm_before.#base).or((#own).behind(__ORM_AT.column))
        },
        None => own,
    };
    quote! {
        fn diff(&self, __orm_before: &Self) -> _orm::ColumnSet {
            #all
        }
    }
}

/// Returns an expression that compares a field of two objects.
pub(super) fn same(column: &Column<'_>) -> TokenStream {
    let Column { field, ty, attrs, .. } = column;
    if let Some(part) = column.reference {
        let same = references::same(*field, part);
        return quote_spanned!(ty.span()=> #same);
    }
    // The only known fact about another crate's type is that it can be compared.
    if attrs.with.is_some() {
        return quote_spanned!(ty.span()=> (self.#field == __orm_before.#field));
    }
    let value = value_trait(column);
    quote_spanned!(ty.span()=> #value::same(&self.#field, &__orm_before.#field))
}

pub(super) fn embedded_diff(embed: &EmbedField<'_>) -> TokenStream {
    let (field, first) = (embed.field, Literal::usize_unsuffixed(embed.first));
    quote! {
        .or(_orm::EmbeddedField::diff(&self.#field, &__orm_before.#field).behind(#first))
    }
}

/// Returns the method `is_set`, if a column can be without a value. Otherwise the trait's default
/// is right.
fn is_set(entity: &Entity<'_>) -> Option<TokenStream> {
    let set = |column: &Column<'_>| {
        let field = column.field;
        match column.ty.made {
            // It is never given, and always read again.
            Some(Made::Computed) => Some(quote!(false)),
            Some(Made::Generated) => Some(quote!(self.#field.is_set())),
            None if column.ty.auto => Some(quote!(self.#field.is_set())),
            None if column.ty.deferred => Some(quote!(self.#field.is_loaded())),
            None => None,
        }
    };
    asked_by_column(entity, (quote!(is_set), quote!(bool)), set, &quote!(true))
}

/// Returns the method `left_out`, if a column can be left out.
fn left_out(entity: &Entity<'_>) -> Option<TokenStream> {
    let left_out = |column: &Column<'_>| {
        let field = column.field;
        column.ty.deferred.then(|| quote!(self.#field.left_out()))
    };
    let signature = (quote!(left_out), quote!(_orm::LeftOut));
    asked_by_column(entity, signature, left_out, &quote!(::core::option::Option::None))
}

/// Returns a method with an arm for each of some columns, and a common arm for all others.
fn asked_by_column(
    entity: &Entity<'_>,
    (method, answers): (TokenStream, TokenStream),
    answer: impl Fn(&Column<'_>) -> Option<TokenStream>,
    others: &TokenStream,
) -> Option<TokenStream> {
    let arms = entity.columns.iter().filter_map(|column| {
        let position = Literal::usize_unsuffixed(column.position);
        answer(column).map(|answer| quote!(#position => #answer))
    });
    let arms: Vec<_> = arms.collect();
    let base = entity.base().map(|base| {
        // The struct's other columns are not columns of the base.
        quote!(_ => _orm::Tracked::#method(&self.#base, __orm_base_column),)
    });
    let own = Literal::usize_unsuffixed(entity.column_count());
    let own =
        base.is_some().then(|| quote!(0..#own => #others,)).filter(|_| entity.column_count() > 0);
    let rest = base.unwrap_or_else(|| quote!(_ => #others,));
    let own_column = heirs::own_column(entity);
    (!arms.is_empty() || entity.base().is_some()).then(|| {
        quote! {
            fn #method(&self, __orm_column: usize) -> #answers {
                #own_column
                match __orm_column {
                    #(#arms,)*
                    #own
                    #rest
                }
            }
        }
    })
}

/// Returns the method `unmake`, if the database generates a value or a column is deferred.
fn unmake(entity: &Entity<'_>) -> Option<TokenStream> {
    let resets = entity.columns.iter().filter_map(|column| {
        let (position, field) = (entity.column_place(column.position), column.field);
        let nothing = match column.ty.made {
            Some(_) => quote!(::core::default::Default::default()),
            None if column.ty.deferred => rows::unloaded(entity, column),
            None => return None,
        };
        Some(quote! {
            if __orm_columns.contains(#position) {
                self.#field = #nothing;
            }
        })
    });
    let resets: Vec<_> = resets.collect();
    let base =
        entity.base().map(|base| quote!(_orm::Tracked::unmake(&mut self.#base, __orm_columns);));
    (!resets.is_empty() || base.is_some()).then(|| {
        quote! {
            fn unmake(&mut self, __orm_columns: _orm::ColumnSet) {
                #base
                #(#resets)*
            }
        }
    })
}

fn payload(entity: &Entity<'_>) -> TokenStream {
    let columns = entity.columns.iter().filter_map(column_payload);
    let embedded = entity.embeds.iter().map(embedded_payload);
    let base = entity.base().map(|base| quote!(+ _orm::Tracked::payload(&self.#base)));
    quote! {
        fn payload(&self) -> usize {
            0 #(+ #columns)* #(+ #embedded)* #base
        }
    }
}

pub(super) fn column_payload(column: &Column<'_>) -> Option<TokenStream> {
    let Column { field, ty, attrs, .. } = column;
    let sized = ty.has_payload() && attrs.with.is_none();
    if let Some(part) = column.reference {
        return sized.then(|| references::payload(column, part));
    }
    let value = value_trait(column);
    sized.then(|| quote_spanned!(ty.span()=> #value::payload(&self.#field)))
}

/// Returns the trait that change tracking calls. For a type that the program defines, it is the
/// trait that its column has already.
fn value_trait(column: &Column<'_>) -> TokenStream {
    match column.ty.sql {
        SqlType::Custom(_) => one_column::column_trait(column, column.ty.whole),
        _ => quote!(_orm::ColumnValue),
    }
}

pub(super) fn embedded_payload(embed: &EmbedField<'_>) -> TokenStream {
    let field = embed.field;
    quote!(_orm::EmbeddedField::payload(&self.#field))
}

fn keep_skipped(entity: &Entity<'_>) -> Option<TokenStream> {
    let swaps = entity.skipped.iter().map(|Skipped { field, .. }| {
        quote!(::core::mem::swap(&mut self.#field, &mut __orm_before.#field);)
    });
    let collections = entity.collections.iter().map(|Collection { field, .. }| {
        quote!(::core::mem::swap(&mut self.#field, &mut __orm_before.#field);)
    });
    let base = entity
        .base()
        .map(|base| quote!(_orm::Tracked::keep_skipped(&mut self.#base, &mut __orm_before.#base);));
    let swaps: Vec<_> = swaps.chain(collections).chain(base).collect();
    (!swaps.is_empty()).then(|| {
        quote! {
            fn keep_skipped(&mut self, __orm_before: &mut Self) {
                #(#swaps)*
            }
        }
    })
}

/// Returns the method `field_mut`, which gives the field of each column.
fn field_mut(entity: &Entity<'_>) -> TokenStream {
    let columns = entity.column_fields().map(|Column { field, .. }| {
        let same = entity.columns.iter().filter(|column| column.field.0 == field.0);
        let places = same.map(|column| Literal::usize_unsuffixed(column.position));
        quote!(#(#places)|* => &mut self.#field)
    });
    let embedded = entity.embeds.iter().map(|embed| {
        let (range, field) = (rows::range(embed), embed.field);
        quote!(#range => &mut self.#field)
    });
    let fields: Vec<_> = columns.chain(embedded).collect();
    let rest = match entity.base() {
        Some(base) => quote!(_orm::Tracked::field_mut(&mut self.#base, __orm_column)),
        None => quote!(::core::option::Option::None),
    };
    let place = entity.base().map(|_| quote!(.wrapping_sub(__ORM_AT.column)));
    let field = match fields.as_slice() {
        [] => rest,
        fields => quote! {
            ::core::option::Option::Some(match __orm_column #place {
                #(#fields,)*
                _ => return #rest,
            })
        },
    };
    quote! {
        fn field_mut(
            &mut self,
            __orm_column: usize,
        ) -> ::core::option::Option<&mut dyn _orm::Field> {
            #field
        }
    }
}

fn version(entity: &Entity<'_>) -> Option<TokenStream> {
    if let Some(base) = entity.base() {
        return Some(quote! {
            fn bump_version(&mut self) {
                _orm::Tracked::bump_version(&mut self.#base);
            }

            fn has_last_version(&self) -> bool {
                _orm::Tracked::has_last_version(&self.#base)
            }

            fn copy_version(&mut self, __orm_from: &Self) {
                _orm::Tracked::copy_version(&mut self.#base, &__orm_from.#base);
            }
        });
    }
    let Column { field, .. } = entity.version_column()?;
    Some(quote! {
        fn bump_version(&mut self) {
            self.#field = self.#field.wrapping_add(1);
        }

        fn has_last_version(&self) -> bool {
            self.#field.checked_add(1).is_none()
        }

        fn copy_version(&mut self, __orm_from: &Self) {
            self.#field = __orm_from.#field;
        }
    })
}

fn show(entity: &Entity<'_>) -> TokenStream {
    let columns = entity.columns.iter().map(show_arm);
    let embedded = entity.embeds.iter().map(embedded_show_arm);
    let own_column = heirs::own_column(entity);
    let rest = match entity.base() {
        Some(base) => quote!(_orm::Tracked::show(&self.#base, __orm_base_column)),
        None => quote!(::std::string::String::new()),
    };
    quote! {
        fn show(&self, __orm_column: usize) -> ::std::string::String {
            #own_column
            match __orm_column {
                #(#columns,)*
                #(#embedded,)*
                _ => #rest,
            }
        }
    }
}

pub(super) fn show_arm(column: &Column<'_>) -> TokenStream {
    let Column { position, field, ty, .. } = column;
    let position = Literal::usize_unsuffixed(*position);
    if column.attrs.secret.is_some() {
        return quote!(#position => _orm::hidden());
    }
    let show = match column.reference.and_then(|part| part.variant) {
        None => quote_spanned!(ty.span()=> _orm::show(&self.#field)),
        Some(variant) => {
            let show = one_of::of_variant("show", variant);
            quote!(#show(&self.#field))
        }
    };
    quote!(#position => #show)
}

pub(super) fn embedded_show_arm(embed: &EmbedField<'_>) -> TokenStream {
    let (range, first) = (rows::range(embed), Literal::usize_unsuffixed(embed.first));
    let field = embed.field;
    quote!(#range => _orm::EmbeddedField::show(&self.#field, __orm_column - #first))
}
