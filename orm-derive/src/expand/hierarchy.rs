//! The expansion of `#[derive(Entity)]` for the enum of a hierarchy: the entity in whose arena its
//! objects lie, and a handle that knows the subtype.

use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{DataEnum, DeriveInput, Type};

use crate::docs;
use crate::model::hierarchy::{Hierarchy, Variant};
use crate::syntax::ctxt::Ctxt;
use crate::syntax::name::FieldName;
use crate::syntax::types;

mod entity;

/// Returns the whole expansion, or the errors.
pub(crate) fn derive(input: &DeriveInput, data: &DataEnum) -> TokenStream {
    let mut ctxt = Ctxt::new();
    let hierarchy = Hierarchy::read(input, data, &mut ctxt);
    match (ctxt.finish(), hierarchy) {
        (Ok(()), Some(hierarchy)) => expand(&hierarchy),
        // Beside an error the subtypes still have their enum, so that no other errors follow.
        (Err(errors), Some(mut hierarchy)) if !hierarchy.variants.is_empty() => {
            hierarchy.variants.iter_mut().for_each(|variant| variant.code = None);
            let (errors, rest) = (errors.into_compile_error(), expand(&hierarchy));
            quote!(#errors #rest)
        }
        (Err(errors), _) => errors.into_compile_error(),
        (Ok(()), None) => TokenStream::new(),
    }
}

fn expand(hierarchy: &Hierarchy<'_>) -> TokenStream {
    let Hierarchy { ident, variants, .. } = hierarchy;
    let rest = rest(hierarchy);
    let handles = handles(hierarchy);
    let entity = entity::expand(hierarchy);
    let metadata = metadata(hierarchy);
    let conversions = variants.iter().map(|variant| conversions(hierarchy, variant));
    let base = arms(hierarchy, "base");
    let base_mut = arms(hierarchy, "base_mut");
    let first = variants.first().map(|variant| variant.ty);
    quote! {
        #handles

        #[doc(hidden)]
        const _: () = {
            use ::orm_runtime::__private as _orm;

            type __OrmFirst = #first;
            type __OrmBase = <__OrmFirst as _orm::Subtype>::Base;

            #entity
            #metadata
            #(#conversions)*

            #[automatically_derived]
            impl ::core::ops::Deref for #ident {
                type Target = __OrmBase;

                #[inline]
                fn deref(&self) -> &__OrmBase {
                    match self {
                        #base
                        #rest
                    }
                }
            }

            #[automatically_derived]
            impl ::core::ops::DerefMut for #ident {
                #[inline]
                fn deref_mut(&mut self) -> &mut __OrmBase {
                    match self {
                        #base_mut
                        #rest
                    }
                }
            }
        };
    }
}

/// Returns the enum of handles.
fn handles(hierarchy: &Hierarchy<'_>) -> TokenStream {
    let Hierarchy { ident, vis, variants } = hierarchy;
    let name = handles_name(hierarchy);
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
            ) -> ::orm_runtime::Handle<<#ident as ::orm_runtime::inheritance::Hierarchy>::Base> {
                match self {
                    #(#name::#arms(__orm_handle) => __orm_handle.same_object(),)*
                }
            }
        }
    }
}

/// Returns an arm for each subtype, which calls a method of `Level`. It names the type of the
/// variant, so that a type that is not a subtype is one error, at the variant.
fn arms(hierarchy: &Hierarchy<'_>, method: &str) -> TokenStream {
    let root = hierarchy.ident;
    let arms = hierarchy.variants.iter().map(|Variant { ident, ty, .. }| {
        let object = name_at("__orm_value", ty);
        let method = name_at(method, ty);
        let call = quote_spanned!(ty.span()=> <#ty as _orm::Subtype>::#method(#object));
        quote!(#root::#ident(#object) => #call,)
    });
    arms.collect()
}

/// Returns a name with the span of a variant's type, because a type that is not a subtype is
/// reported where a value is passed on.
fn name_at(name: &str, ty: &Type) -> syn::Ident {
    syn::Ident::new(name, ty.span())
}

/// Returns the code that sets the discriminator of an object.
fn set_discriminator<'v>(
    variant: &'v Variant<'_>,
) -> Option<impl Fn(TokenStream) -> TokenStream + use<'v>> {
    let code = code(variant)?;
    let ty = variant.ty;
    let value = name_at("__orm_code", ty);
    Some(move |object: TokenStream| {
        quote! {{
            let #value = #code;
            <#ty as _orm::Subtype>::set_discriminator(#object, #value);
        }}
    })
}

/// Returns an arm for variants with errors.
fn rest(hierarchy: &Hierarchy<'_>) -> Option<TokenStream> {
    hierarchy
        .is_broken()
        .then(|| quote!(#[allow(unreachable_patterns)] _ => ::core::unreachable!(),))
}

/// Returns the name of the constant with a subtype's discriminator.
fn code(variant: &Variant<'_>) -> Option<syn::Ident> {
    variant.code.as_ref()?;
    Some(format_ident!("__ORM_SUBTYPE_{}", FieldName(variant.ident).to_string().to_uppercase()))
}

fn handles_name(hierarchy: &Hierarchy<'_>) -> syn::Ident {
    format_ident!("{}Handle", FieldName(hierarchy.ident).to_string(), span = hierarchy.ident.span())
}

/// Returns the metadata of the whole hierarchy.
fn metadata(hierarchy: &Hierarchy<'_>) -> TokenStream {
    let rest = rest(hierarchy);
    let Hierarchy { ident, variants, .. } = hierarchy;
    let handles = handles_name(hierarchy);
    let arms: Vec<_> = variants.iter().map(|variant| variant.ident).collect();
    let types: Vec<_> = variants.iter().map(|variant| variant.ty).collect();
    let root = ident;
    let values = variants.iter().filter_map(|variant| {
        let (name, code) = (code(variant)?, variant.code.as_ref()?);
        // A value of a different type is one error, at this place.
        Some(quote_spanned!(types::span_of(code)=> const #name: __OrmDiscriminator = #code;))
    });
    let metas = variants.iter().filter_map(|Variant { ident, ty, code }| {
        let name = FieldName(ident).to_string();
        let code = code.as_ref()?;
        let span = types::span_of(code);
        let value = code.path.segments.last().map(|segment| FieldName(&segment.ident).to_string());
        let message = format!(
            "`discriminator` names a variant of the discriminator's enum, and `{}` is none",
            quote!(#code).to_string().replace(' ', "")
        );
        let code = quote_spanned! {span=>
            _orm::layout::code(<__OrmDiscriminator as _orm::DbEnum>::META, #value, #message)
        };
        Some(quote! {
            _orm::ConcreteMeta {
                name: #name,
                subtype: _orm::layout::subtype_of_shape(
                    <#root as _orm::Hierarchy>::SHAPES,
                    <#ty as _orm::Subtype>::SHAPES,
                ),
                code: #code,
            }
        })
    });
    let codes: Vec<_> = variants.iter().filter_map(code).collect();
    let every_subtype = (!hierarchy.is_broken()).then(|| {
        quote! {
            // Every value must have a subtype, because otherwise a row could have none.
            #[allow(dead_code)]
            fn __orm_every_kind(__orm_value: __OrmDiscriminator) {
                match __orm_value {
                    #(#codes => {})*
                }
            }
        }
    });
    let discriminator_type = discriminator_type(hierarchy);
    let as_subtype = self::arms(hierarchy, "as_subtype");
    let as_subtype_mut = self::arms(hierarchy, "as_subtype_mut");
    let any = hierarchy.is_broken().then(|| quote!(, &[_orm::layout::ANY]));
    let name = FieldName(ident).to_string();
    quote! {
        type __OrmDiscriminator = <__OrmBase as _orm::Subtype>::Discriminator;

        #(#values)*

        const __ORM_LINEAGES: &[&[_orm::SubtypeShape]] =
            &[#(<#types as _orm::Subtype>::SHAPES),* #any];
        const __ORM_SUBTYPES: usize = _orm::layout::count_subtypes(__ORM_LINEAGES);
        const __ORM_COLUMNS: usize =
            _orm::layout::count_columns(<#ident as _orm::Hierarchy>::SHAPES);
        const __ORM_PIECE_LINEAGES: &[&[_orm::SubtypePiece]] =
            &[#(<#types as _orm::Subtype>::PIECES),*];
        const __ORM_PIECES: &[_orm::SubtypePiece; __ORM_SUBTYPES] =
            &_orm::layout::pieces::<__ORM_SUBTYPES>(
                __ORM_PIECE_LINEAGES,
                <#ident as _orm::Hierarchy>::SHAPES,
            );
        const __ORM_SIZES: _orm::layout::Sizes = _orm::layout::sizes(__ORM_PIECES);
        const __ORM_META: _orm::EntityMeta = _orm::EntityMeta {
            name: #name,
            columns: <#ident as _orm::Mapped>::COLUMNS,
            foreign_keys:
                &_orm::layout::foreign_keys::<{ __ORM_SIZES.foreign_keys }>(__ORM_PIECES),
            relationships:
                &_orm::layout::relationships::<{ __ORM_SIZES.relationships }>(__ORM_PIECES),
            indexes: &_orm::layout::indexes::<{ __ORM_SIZES.indexes }>(__ORM_PIECES),
            checks: &_orm::layout::checks::<{ __ORM_SIZES.checks }>(__ORM_PIECES),
            entity: _orm::entity_meta::<#ident>("", "", "").entity,
            ..*<__OrmFirst as _orm::Subtype>::BASE
        };
        const __ORM_TABLE_COLUMNS: &[[_orm::ColumnMeta; __ORM_COLUMNS]; __ORM_SIZES.tables] =
            &_orm::layout::columns_by_table(
                __ORM_PIECES,
                _orm::layout::columns(<#ident as _orm::Hierarchy>::SHAPES),
                __ORM_META.key,
            );
        const __ORM_HIERARCHY: &_orm::HierarchyMeta = &_orm::HierarchyMeta {
            discriminator: <__OrmFirst as _orm::Subtype>::DISCRIMINATOR,
            subtypes: &_orm::layout::subtypes::<__ORM_SUBTYPES>(
                __ORM_PIECE_LINEAGES,
                __ORM_PIECES,
                &_orm::layout::layouts::<__ORM_SUBTYPES>(__ORM_PIECE_LINEAGES, __ORM_PIECES),
            ),
            concrete: &[#(#metas),*],
            tables: &_orm::layout::tables::<{ __ORM_SIZES.tables }, __ORM_COLUMNS>(
                __ORM_PIECES,
                __ORM_TABLE_COLUMNS,
                __ORM_META,
            ),
        }
        .checked();

        #every_subtype
        #discriminator_type

        #[automatically_derived]
        impl _orm::Hierarchy for #ident {
            type Handles = #handles;
            type Base = __OrmBase;
            const SHAPES: &'static [_orm::SubtypeShape] =
                &_orm::layout::shapes::<__ORM_SUBTYPES>(__ORM_LINEAGES);

            fn handle_of(&self, __orm_handle: _orm::Handle<Self>) -> #handles {
                match self {
                    #(#ident::#arms(_) => #handles::#arms(__orm_handle.same_object()),)*
                    #rest
                }
            }

            #[inline]
            fn as_subtype<__L: _orm::Subtype>(&self) -> ::core::option::Option<&__L> {
                match self {
                    #as_subtype
                    #rest
                }
            }

            #[inline]
            fn as_subtype_mut<__L: _orm::Subtype>(&mut self) -> ::core::option::Option<&mut __L> {
                match self {
                    #as_subtype_mut
                    #rest
                }
            }

            fn into_subtype<__L: _orm::Subtype>(self) -> ::core::result::Result<__L, Self> {
                match self {
                    #(
                        #ident::#arms(__orm_value) => {
                            _orm::same_type(__orm_value).map_err(#ident::#arms)
                        }
                    )*
                    #rest
                }
            }
        }
    }
}

/// Returns the type of the discriminator. If the base does not have one, that is an error at the
/// base, and not here.
fn discriminator_type(hierarchy: &Hierarchy<'_>) -> Option<TokenStream> {
    let mut path = hierarchy.variants.iter().find_map(|variant| variant.code.clone())?.path;
    path.segments.pop();
    path.segments.pop_punct();
    let ident = hierarchy.ident;
    (!path.segments.is_empty()).then(|| {
        quote! {
            #[automatically_derived]
            impl _orm::HasDiscriminatorType for #ident {
                type Discriminator = #path;
            }
        }
    })
}

/// Returns the conversions of a subtype into the enum.
fn conversions(hierarchy: &Hierarchy<'_>, variant: &Variant<'_>) -> TokenStream {
    let root = hierarchy.ident;
    let Variant { ident, ty, .. } = variant;
    let object = name_at("__orm_value", ty);
    let set = set_discriminator(variant).map(|set| set(quote_spanned!(ty.span()=> &mut #object)));
    quote! {
        #[automatically_derived]
        #[allow(unused_mut)]
        impl _orm::Wraps<#ty> for #root {
            fn wrap(mut #object: #ty) -> #root {
                #set
                #root::#ident(#object)
            }
        }

        #[automatically_derived]
        impl ::core::convert::From<#ty> for #root {
            fn from(__orm_value: #ty) -> Self {
                #root::#ident(__orm_value)
            }
        }
    }
}
