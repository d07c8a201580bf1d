//! What `#[derive(Entity)]` makes of the enum of all kinds: the entity in whose arena the objects of a
//! hierarchy lie, and a handle that knows the kind.

use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{DataEnum, DeriveInput, Type};

use crate::docs;
use crate::model::kinds::{Kinds, Variant};
use crate::syntax::ctxt::Ctxt;
use crate::syntax::name::FieldName;
use crate::syntax::types;

mod entity;

/// The whole expansion, or the errors.
pub(crate) fn derive(input: &DeriveInput, data: &DataEnum) -> TokenStream {
    let mut ctxt = Ctxt::new();
    let kinds = Kinds::read(input, data, &mut ctxt);
    match (ctxt.finish(), kinds) {
        (Ok(()), Some(kinds)) => expand(&kinds),
        // Beside an error the kinds have their enum, so that it is the only one.
        (Err(errors), Some(mut kinds)) if !kinds.variants.is_empty() => {
            kinds.variants.iter_mut().for_each(|variant| variant.code = None);
            let (errors, rest) = (errors.into_compile_error(), expand(&kinds));
            quote!(#errors #rest)
        }
        (Err(errors), _) => errors.into_compile_error(),
        (Ok(()), None) => TokenStream::new(),
    }
}

fn expand(kinds: &Kinds<'_>) -> TokenStream {
    let Kinds { ident, variants, .. } = kinds;
    let rest = rest(kinds);
    let handles = handles(kinds);
    let entity = entity::expand(kinds);
    let hierarchy = hierarchy(kinds);
    let conversions = variants.iter().map(|variant| conversions(kinds, variant));
    let root = arms(kinds, "root");
    let root_mut = arms(kinds, "root_mut");
    let first = variants.first().map(|variant| variant.ty);
    quote! {
        #handles

        #[doc(hidden)]
        const _: () = {
            use ::orm_runtime::__private as _orm;

            type __OrmFirst = #first;
            type __OrmRoot = <__OrmFirst as _orm::Level>::Root;

            #entity
            #hierarchy
            #(#conversions)*

            #[automatically_derived]
            impl ::core::ops::Deref for #ident {
                type Target = __OrmRoot;

                #[inline]
                fn deref(&self) -> &__OrmRoot {
                    match self {
                        #root
                        #rest
                    }
                }
            }

            #[automatically_derived]
            impl ::core::ops::DerefMut for #ident {
                #[inline]
                fn deref_mut(&mut self) -> &mut __OrmRoot {
                    match self {
                        #root_mut
                        #rest
                    }
                }
            }
        };
    }
}

/// The enum of handles.
fn handles(kinds: &Kinds<'_>) -> TokenStream {
    let Kinds { ident, vis, variants } = kinds;
    let name = handles_name(kinds);
    let doc = docs::handles(ident);
    let base_doc = docs::handles_base();
    let items = variants.iter().map(|Variant { ident, ty, .. }| {
        let doc = docs::handles_variant(&docs::type_name(ty));
        quote!(#[doc = #doc] #ident(::orm_runtime::Handle<#ty>))
    });
    let arms: Vec<_> = variants.iter().map(|variant| variant.ident).collect();
    quote! {
        #[doc = #doc]
        #[derive(::core::fmt::Debug, ::core::clone::Clone, ::core::marker::Copy)]
        #[derive(::core::cmp::PartialEq, ::core::cmp::Eq, ::core::hash::Hash)]
        #vis enum #name {
            #(#items,)*
        }

        #[automatically_derived]
        #[allow(dead_code)]
        impl #name {
            #[doc = #base_doc]
            #vis fn base(
                self,
            ) -> ::orm_runtime::Handle<<#ident as ::orm_runtime::Kinds>::Base> {
                match self {
                    #(#name::#arms(__orm_handle) => __orm_handle.same_object(),)*
                }
            }
        }
    }
}

/// An arm for each kind, which calls a method of `Level`. The type of the variant is named there, so that a
/// type that is not a kind is one error, at the variant.
fn arms(kinds: &Kinds<'_>, method: &str) -> TokenStream {
    let family = kinds.ident;
    let arms = kinds.variants.iter().map(|Variant { ident, ty, .. }| {
        let object = name_at("__orm_kind", ty);
        let method = name_at(method, ty);
        let call = quote_spanned!(ty.span()=> <#ty as _orm::Level>::#method(#object));
        quote!(#family::#ident(#object) => #call,)
    });
    arms.collect()
}

/// A name at the type of a variant: a type that is not a kind is reported where a value is passed on.
fn name_at(name: &str, ty: &Type) -> syn::Ident {
    syn::Ident::new(name, ty.span())
}

/// What tells an object which kind it is.
fn set_discriminator<'v>(
    variant: &'v Variant<'_>,
) -> Option<impl Fn(TokenStream) -> TokenStream + use<'v>> {
    let code = code(variant)?;
    let ty = variant.ty;
    let value = name_at("__orm_code", ty);
    Some(move |object: TokenStream| {
        quote! {{
            let #value = #code;
            <#ty as _orm::Level>::set_discriminator(#object, #value);
        }}
    })
}

/// Variants that are wrong, beside an error.
fn rest(kinds: &Kinds<'_>) -> Option<TokenStream> {
    kinds.is_broken().then(|| quote!(#[allow(unreachable_patterns)] _ => ::core::unreachable!(),))
}

/// The const that holds what the discriminator of a kind is.
fn code(variant: &Variant<'_>) -> Option<syn::Ident> {
    variant.code.as_ref()?;
    Some(format_ident!("__ORM_KIND_{}", FieldName(variant.ident).to_string().to_uppercase()))
}

fn handles_name(kinds: &Kinds<'_>) -> syn::Ident {
    format_ident!("{}Handle", FieldName(kinds.ident).to_string(), span = kinds.ident.span())
}

/// What is said of all kinds together.
fn hierarchy(kinds: &Kinds<'_>) -> TokenStream {
    let rest = rest(kinds);
    let Kinds { ident, variants, .. } = kinds;
    let handles = handles_name(kinds);
    let arms: Vec<_> = variants.iter().map(|variant| variant.ident).collect();
    let types: Vec<_> = variants.iter().map(|variant| variant.ty).collect();
    let family = ident;
    let values = variants.iter().filter_map(|variant| {
        let (name, code) = (code(variant)?, variant.code.as_ref()?);
        // A value of another type is one error, here.
        Some(quote_spanned!(types::span_of(code)=> const #name: __OrmDiscriminator = #code;))
    });
    let metas = variants.iter().filter_map(|Variant { ident, ty, code }| {
        let name = FieldName(ident).to_string();
        let code = code.as_ref()?;
        let span = types::span_of(code);
        let value = code.path.segments.last().map(|segment| FieldName(&segment.ident).to_string());
        let message = format!(
            "`kind` names a variant of the discriminator's enum, and `{}` is none",
            quote!(#code).to_string().replace(' ', "")
        );
        let code = quote_spanned! {span=>
            _orm::layout::code(<__OrmDiscriminator as _orm::DbEnum>::META, #value, #message)
        };
        Some(quote! {
            _orm::KindMeta {
                name: #name,
                level: _orm::layout::level_of(
                    <#family as _orm::Kinds>::SHAPES,
                    <#ty as _orm::Level>::SHAPES,
                ),
                code: #code,
            }
        })
    });
    let codes: Vec<_> = variants.iter().filter_map(code).collect();
    let every_kind = (!kinds.is_broken()).then(|| {
        quote! {
            // Every value has its kind, or else a row could be of none.
            #[allow(dead_code)]
            fn __orm_every_kind(__orm_kind: __OrmDiscriminator) {
                match __orm_kind {
                    #(#codes => {})*
                }
            }
        }
    });
    let says_kind = says_kind(kinds);
    let as_level = self::arms(kinds, "as_level");
    let as_level_mut = self::arms(kinds, "as_level_mut");
    let any = kinds.is_broken().then(|| quote!(, &[_orm::layout::ANY]));
    let name = FieldName(ident).to_string();
    quote! {
        type __OrmDiscriminator = <__OrmRoot as _orm::Level>::Discriminator;

        #(#values)*

        const __ORM_LINEAGES: &[&[_orm::LevelShape]] =
            &[#(<#types as _orm::Level>::SHAPES),* #any];
        const __ORM_LEVELS: usize = _orm::layout::count_levels(__ORM_LINEAGES);
        const __ORM_COLUMNS: usize =
            _orm::layout::count_columns(<#ident as _orm::Kinds>::SHAPES);
        const __ORM_PIECE_LINEAGES: &[&[_orm::LevelPiece]] =
            &[#(<#types as _orm::Level>::PIECES),*];
        const __ORM_PIECES: &[_orm::LevelPiece; __ORM_LEVELS] =
            &_orm::layout::pieces::<__ORM_LEVELS>(
                __ORM_PIECE_LINEAGES,
                <#ident as _orm::Kinds>::SHAPES,
            );
        const __ORM_SIZES: _orm::layout::Sizes = _orm::layout::sizes(__ORM_PIECES);
        const __ORM_META: _orm::EntityMeta = _orm::EntityMeta {
            name: #name,
            columns: <#ident as _orm::Entity>::COLUMNS,
            foreign_keys:
                &_orm::layout::foreign_keys::<{ __ORM_SIZES.foreign_keys }>(__ORM_PIECES),
            relationships:
                &_orm::layout::relationships::<{ __ORM_SIZES.relationships }>(__ORM_PIECES),
            indexes: &_orm::layout::indexes::<{ __ORM_SIZES.indexes }>(__ORM_PIECES),
            checks: &_orm::layout::checks::<{ __ORM_SIZES.checks }>(__ORM_PIECES),
            entity: _orm::entity_meta::<#ident>("", "", "").entity,
            ..*<__OrmFirst as _orm::Level>::BASE
        };
        const __ORM_TABLE_COLUMNS: &[[_orm::ColumnMeta; __ORM_COLUMNS]; __ORM_SIZES.tables] =
            &_orm::layout::columns_by_table(
                __ORM_PIECES,
                _orm::layout::columns(<#ident as _orm::Kinds>::SHAPES),
                __ORM_META.key,
            );
        const __ORM_HIERARCHY: &_orm::HierarchyMeta = &_orm::HierarchyMeta {
            discriminator: <__OrmFirst as _orm::Level>::DISCRIMINATOR,
            levels: &_orm::layout::levels::<__ORM_LEVELS>(
                __ORM_PIECE_LINEAGES,
                __ORM_PIECES,
                &_orm::layout::layouts::<__ORM_LEVELS>(__ORM_PIECE_LINEAGES, __ORM_PIECES),
            ),
            kinds: &[#(#metas),*],
            tables: &_orm::layout::tables::<{ __ORM_SIZES.tables }, __ORM_COLUMNS>(
                __ORM_PIECES,
                __ORM_TABLE_COLUMNS,
                __ORM_META,
            ),
        }
        .checked();

        #every_kind
        #says_kind

        #[automatically_derived]
        impl _orm::Kinds for #ident {
            type Handles = #handles;
            type Base = __OrmRoot;
            const SHAPES: &'static [_orm::LevelShape] =
                &_orm::layout::shapes::<__ORM_LEVELS>(__ORM_LINEAGES);

            fn handle_of(&self, __orm_handle: _orm::Handle<Self>) -> #handles {
                match self {
                    #(#ident::#arms(_) => #handles::#arms(__orm_handle.same_object()),)*
                    #rest
                }
            }

            #[inline]
            fn as_level<__L: _orm::Level>(&self) -> ::core::option::Option<&__L> {
                match self {
                    #as_level
                    #rest
                }
            }

            #[inline]
            fn as_level_mut<__L: _orm::Level>(&mut self) -> ::core::option::Option<&mut __L> {
                match self {
                    #as_level_mut
                    #rest
                }
            }

            fn into_level<__L: _orm::Level>(self) -> ::core::result::Result<__L, Self> {
                match self {
                    #(
                        #ident::#arms(__orm_kind) => {
                            _orm::same_type(__orm_kind).map_err(#ident::#arms)
                        }
                    )*
                    #rest
                }
            }
        }
    }
}

/// The type of the values, for a base that does not say it: that is an error there, and none here.
fn says_kind(kinds: &Kinds<'_>) -> Option<TokenStream> {
    let mut path = kinds.variants.iter().find_map(|variant| variant.code.clone())?.path;
    path.segments.pop();
    path.segments.pop_punct();
    let ident = kinds.ident;
    (!path.segments.is_empty()).then(|| {
        quote! {
            #[automatically_derived]
            impl _orm::SaysKind for #ident {
                type Kind = #path;
            }
        }
    })
}

/// A kind as an object of the enum.
fn conversions(kinds: &Kinds<'_>, variant: &Variant<'_>) -> TokenStream {
    let family = kinds.ident;
    let Variant { ident, ty, .. } = variant;
    let object = name_at("__orm_kind", ty);
    let set = set_discriminator(variant).map(|set| set(quote_spanned!(ty.span()=> &mut #object)));
    quote! {
        #[automatically_derived]
        #[allow(unused_mut)]
        impl _orm::Wraps<#ty> for #family {
            fn wrap(mut #object: #ty) -> #family {
                #set
                #family::#ident(#object)
            }
        }

        #[automatically_derived]
        impl ::core::convert::From<#ty> for #family {
            fn from(__orm_kind: #ty) -> Self {
                #family::#ident(__orm_kind)
            }
        }
    }
}
