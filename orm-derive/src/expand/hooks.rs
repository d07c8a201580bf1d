//! What happens to an object before it is written and after it is read.

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};

use crate::model::Entity;
use crate::model::column::Column;
use crate::model::embed::EmbedField;

/// Returns the methods, if there is something to do. The default methods of the trait do nothing,
/// and are never called.
///
/// The actions of the attributes come first, so that hooks see their results. Values are converted
/// to the precision of their columns after the hooks, which may change them, and in an UPDATE only
/// if they have changed.
pub(super) fn methods(entity: &Entity<'_>) -> TokenStream {
    let inserted = stamps(entity, |column| {
        let stamps = column.attrs.created_at.is_some() || column.attrs.updated_at.is_some();
        stamps.then(|| quote!(stamp_if_unset))
    });
    let updated = stamps(entity, |column| column.attrs.updated_at.is_some().then(|| quote!(stamp)));
    let fits = entity.columns.iter().filter_map(|column| {
        let same = super::changes::same(column);
        Some((fit(column)?, quote!(#same)))
    });
    let embedded_fits = entity.embeds.iter().filter_map(|embed| {
        let field = embed.field;
        let diff = quote!(_orm::EmbeddedField::diff(&self.#field, &__orm_before.#field));
        Some((embedded_fit(embed)?, quote!(#diff.is_empty())))
    });
    let (fitted, fitted_if_changed): (Vec<_>, Vec<_>) = fits
        .chain(embedded_fits)
        .map(|(fit, same)| {
            (
                fit.clone(),
                quote! {
                    if __orm_before.is_none_or(|__orm_before| !(#same)) { #fit }
                },
            )
        })
        .unzip();
    let hooks = entity.attrs.hooks.as_ref().map(|word| {
        // The span is that of the attribute, so that a missing implementation is reported there.
        let span = Span::call_site().located_at(word.word);
        quote_spanned!(span=> <Self as _orm::Hooks>)
    });
    let call = |hook: TokenStream| hooks.as_ref().map(|hooks| quote!(#hooks::#hook(self);));
    let (before_insert, before_update) = (call(quote!(before_insert)), call(quote!(before_update)));
    let validate = match &hooks {
        Some(hooks) => quote!(#hooks::validate(self)),
        None => quote!(::core::result::Result::Ok(())),
    };
    let own = hooks.is_some() || !(inserted.is_empty() && fitted.is_empty());
    let base = entity.base();
    let prepares = own || base.is_some();
    let of_base = |word: TokenStream, own: bool| match base {
        Some(base) if !own => {
            let ty = base.ty;
            quote!(<#ty as _orm::Lifecycle>::#word)
        }
        _ => quote!(true),
    };
    let (has_prepare, has_complete) =
        (of_base(quote!(PREPARES), own), of_base(quote!(COMPLETES), hooks.is_some()));
    let insert_base = base.map(|base| quote!(_orm::Lifecycle::prepare_insert(&mut self.#base)?;));
    let update_base = base.map(|base| {
        let before = quote!(__orm_before.map(|__orm_before| &__orm_before.#base));
        quote!(_orm::Lifecycle::prepare_update(&mut self.#base, #before)?;)
    });
    let [delete_base, complete_base] = [quote!(prepare_delete), quote!(complete)]
        .map(|hook| base.map(|base| quote!(_orm::Lifecycle::#hook(&mut self.#base);)));
    let prepare = prepares.then(|| {
        quote! {
            const PREPARES: bool = #has_prepare;

            fn prepare_insert(&mut self) -> ::core::result::Result<(), _orm::ValidationError> {
                #insert_base
                #(#inserted)*
                #before_insert
                #(#fitted)*
                #validate
            }

            #[allow(unused_variables)]
            fn prepare_update(
                &mut self,
                __orm_before: ::core::option::Option<&Self>,
            ) -> ::core::result::Result<(), _orm::ValidationError> {
                #update_base
                #(#updated)*
                #before_update
                #(#fitted_if_changed)*
                #validate
            }
        }
    });
    let stamp = (base.is_some() || !updated.is_empty()).then(|| {
        let base = base.map(|base| quote!(_orm::Lifecycle::stamp_updated(&mut self.#base);));
        quote! {
            fn stamp_updated(&mut self) {
                #base
                #(#updated)*
            }
        }
    });
    let (before_delete, after_load) = (call(quote!(before_delete)), call(quote!(after_load)));
    let user = (hooks.is_some() || base.is_some()).then(|| {
        quote! {
            fn prepare_delete(&mut self) {
                #delete_base
                #before_delete
            }

            const COMPLETES: bool = #has_complete;

            fn complete(&mut self) {
                #complete_base
                #after_load
            }
        }
    });
    quote!(#prepare #stamp #user)
}

fn stamps(
    entity: &Entity<'_>,
    stamp: impl Fn(&Column<'_>) -> Option<TokenStream>,
) -> Vec<TokenStream> {
    let columns = entity.columns.iter();
    columns
        .filter_map(|column| {
            let stamp = stamp(column)?;
            let field = column.field;
            let span = column.ty.span();
            Some(quote_spanned!(span=> _orm::Stamp::#stamp(&mut self.#field);))
        })
        .collect()
}

/// Returns the code that converts a field to the precision of its column, or refuses it.
pub(super) fn fit(column: &Column<'_>) -> Option<TokenStream> {
    let field = column.field;
    let name = field.to_string();
    let span = column.ty.span();
    if let Some((precision, scale)) = column.digits() {
        let fit = quote!(_orm::fit(&mut self.#field, #name, (#precision, #scale))?;);
        return Some(quote_spanned!(span=> #fit));
    }
    if let Some(most) = column.most_characters() {
        return Some(quote_spanned!(span=> _orm::fit_length(&self.#field, #name, #most)?;));
    }
    column.is_clock().then(|| quote_spanned!(span=> _orm::CutMicros::cut_micros(&mut self.#field);))
}

pub(super) fn embedded_fit(embed: &EmbedField<'_>) -> Option<TokenStream> {
    embed.embedded_columns.iter().any(|embedded_column| embedded_column.fits).then(|| {
        let field = embed.field;
        let name = field.to_string();
        quote! {
            _orm::EmbeddedField::fit(&mut self.#field).map_err(|invalid| invalid.inside(#name))?;
        }
    })
}

/// Returns the code that forbids an implementation of the trait without the attribute, which would
/// have no effect.
pub(super) fn word(entity: &Entity<'_>) -> Option<TokenStream> {
    entity.attrs.hooks.as_ref()?;
    let ident = entity.ident;
    Some(quote! {
        #[automatically_derived]
        impl _orm::HooksWord for #ident {}
    })
}
