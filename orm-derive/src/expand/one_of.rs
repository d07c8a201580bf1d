//! Enums of references: the expansion of `#[derive(OneOf)]`, and how an entity accesses the
//! references in a field of such a type.

use proc_macro2::{Literal, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::{DeriveInput, Type};

use super::references;
use crate::docs;
use crate::model::embed::{self, ValueObjectReply};
use crate::model::one_of::{OneOf, OneOfField, Variant};
use crate::model::{Entity, relation};
use crate::syntax::ctxt::Ctxt;
use crate::syntax::relation_type::RelationType;
use crate::syntax::types;

/// Returns the whole expansion, or the errors and a fallback.
pub(crate) fn derive(input: &DeriveInput) -> TokenStream {
    let mut ctxt = Ctxt::new();
    let model = OneOf::read(input, &mut ctxt);
    let responder =
        embed::responder(model.ident, &ValueObjectReply::Variants(model.variants.clone()));
    match ctxt.finish() {
        Ok(()) => {
            let implementation = implementation(&model);
            quote!(#responder #implementation)
        }
        // Beside an error the variants are still provided, so that no other errors follow.
        Err(errors) => {
            let errors = errors.into_compile_error();
            let fallback = input.generics.params.is_empty().then(|| fallback(&model));
            quote!(#errors #responder #fallback)
        }
    }
}

fn implementation(model: &OneOf<'_>) -> TokenStream {
    let ident = model.ident;
    let span = types::span_of(ident);
    let one_of = quote_spanned!(span=> impl _orm::OneOf for #ident);
    let places = (0..).map(Literal::usize_unsuffixed);
    let names: Vec<_> = model.variants.iter().map(|variant| &variant.ident).collect();
    let variant_arms = names.iter().zip(places).map(|(name, n)| quote!(Self::#name(_) => #n));
    let leads = model.variants.iter().enumerate().map(|(n, variant)| {
        let Variant { ident: name, ty, .. } = variant;
        let pattern = if n + 1 == names.len() {
            quote!(_)
        } else {
            let n = Literal::usize_unsuffixed(n);
            quote!(#n)
        };
        quote_spanned! {types::span(ty)=>
            #pattern => {
                let mut __orm_reference = <#ty as ::core::default::Default>::default();
                _orm::ForeignKeyField::set_reference(&mut __orm_reference, __orm_to);
                Self::#name(__orm_reference)
            }
        }
    });
    // The span is that of the variant's type, so that the compiler reports there that it does not
    // reference an entity.
    let gets = model.variants.iter().map(|Variant { ident: name, ty, .. }| {
        quote_spanned!(types::span(ty)=> Self::#name(it) => _orm::ForeignKeyField::reference(it))
    });
    let variants = model.variants.iter().enumerate().map(|(n, it)| variant(model, n, it));
    let conversions = model.variants.iter().map(|variant| conversions(model, variant));
    quote! {
        #[doc(hidden)]
        const _: () = {
            use ::orm_runtime::__private as _orm;

            #[automatically_derived]
            #one_of {
                fn variant(&self) -> usize {
                    match self {
                        #(#variant_arms,)*
                    }
                }

                fn reference(&self) -> _orm::Reference<'_> {
                    match self {
                        #(#gets,)*
                    }
                }

                fn lead(__orm_variant: usize, __orm_to: _orm::Reference<'_>) -> Self {
                    match __orm_variant {
                        #(#leads)*
                    }
                }
            }

            #(#variants)*
            #(#conversions)*
        };
    }
}

fn variant(model: &OneOf<'_>, n: usize, variant: &Variant) -> TokenStream {
    let ident = model.ident;
    let Variant { ident: name, ty, .. } = variant;
    let n = Literal::usize_unsuffixed(n);
    // An enum of one variant has no others.
    let other = (model.variants.len() > 1).then(|| quote!(_ => ::core::option::Option::None,));
    let foreign_key = quote_spanned!(types::span(ty)=> type ForeignKey = #ty;);
    quote! {
        #[automatically_derived]
        impl _orm::Variant<#n> for #ident {
            #foreign_key

            #[inline]
            fn get(&self) -> ::core::option::Option<&#ty> {
                match self {
                    Self::#name(it) => ::core::option::Option::Some(it),
                    #other
                }
            }

            fn of(__orm_reference: #ty) -> Self {
                Self::#name(__orm_reference)
            }
        }
    }
}

/// Returns the conversions from a handle and from a reference, if their type determines the
/// variant.
fn conversions(model: &OneOf<'_>, variant: &Variant) -> Option<TokenStream> {
    let ident = model.ident;
    let Variant { ident: name, ty, .. } = variant;
    let target = RelationType::read(ty)?.target;
    let leads_here = |other: &&Variant| {
        RelationType::read(&other.ty).is_some_and(|ty| relation::alike(ty.target, target))
    };
    if model.variants.iter().filter(leads_here).count() > 1 {
        return None;
    }
    let (of_handle, of_reference) = docs::variant(name, &docs::type_name(target));
    Some(quote! {
        #[automatically_derived]
        impl ::core::convert::From<#target> for #ident
        where
            for<'__a> #target: _orm::ConcreteBounds<'__a>,
        {
            fn from(__orm_object: #target) -> Self {
                Self::#name(<#ty>::to_new(__orm_object))
            }
        }

        #[automatically_derived]
        impl ::core::convert::From<_orm::Handle<#target>> for #ident {
            #[doc = #of_handle]
            fn from(handle: _orm::Handle<#target>) -> Self {
                Self::#name(<#ty>::to(handle))
            }
        }

        #[automatically_derived]
        impl ::core::convert::From<#ty> for #ident {
            #[doc = #of_reference]
            fn from(reference: #ty) -> Self {
                Self::#name(reference)
            }
        }
    })
}

/// Returns what an entity requires, so that an error of the enum is not also an error of the
/// entity.
fn fallback(model: &OneOf<'_>) -> TokenStream {
    let ident = model.ident;
    let variants = model.variants.iter().enumerate().map(|(n, Variant { ty, .. })| {
        let n = Literal::usize_unsuffixed(n);
        quote! {
            #[automatically_derived]
            impl _orm::Variant<#n> for #ident {
                type ForeignKey = #ty;
                fn get(&self) -> ::core::option::Option<&#ty> {
                    ::core::unreachable!()
                }
                fn of(_: #ty) -> Self {
                    ::core::unreachable!()
                }
            }
        }
    });
    quote! {
        #[doc(hidden)]
        const _: () = {
            use ::orm_runtime::__private as _orm;

            #[automatically_derived]
            impl _orm::OneOf for #ident {
                fn variant(&self) -> usize {
                    ::core::unreachable!()
                }
                fn reference(&self) -> _orm::Reference<'_> {
                    ::core::unreachable!()
                }
                fn lead(_: usize, _: _orm::Reference<'_>) -> Self {
                    ::core::unreachable!()
                }
            }

            #(#variants)*
        };
    }
}

/// Returns the code that reads the field from a row: the variant whose columns are not NULL.
pub(super) fn decode(entity: &Entity<'_>, one_of: &OneOfField<'_>) -> TokenStream {
    let field_type = field_type(one_of);
    let takes = entity.references[one_of.references.clone()].iter().enumerate();
    let takes = takes.map(|(n, reference)| {
        let n = Literal::usize_unsuffixed(n);
        let (reads, key) = references::key_of_row(entity, reference);
        quote! {
            #reads
            #field_type::take::<#n>(&mut __orm_found, #key)?;
        }
    });
    quote! {
        {
            let mut __orm_found = ::core::option::Option::None;
            #(#takes)*
            #field_type::read(__orm_found)?
        }
    }
}

/// Returns a field without a reference.
pub(super) fn unset(value: &Type, nullable: bool) -> TokenStream {
    let ty = if nullable { quote!(::core::option::Option<#value>) } else { quote!(#value) };
    quote_spanned!(types::span(value)=> <#ty as _orm::OneOfField>::unset())
}

/// Returns a method of a field that is an enum of references, for one of its variants.
pub(super) fn of_variant(method: &str, variant: usize) -> TokenStream {
    let method = format_ident!("{method}");
    let variant = Literal::usize_unsuffixed(variant);
    quote!(_orm::OneOfField::#method::<#variant>)
}

fn field_type(one_of: &OneOfField<'_>) -> TokenStream {
    let ty = one_of.ty;
    let span: Span = types::span(one_of.value);
    quote_spanned!(span=> <#ty as _orm::OneOfField>)
}
