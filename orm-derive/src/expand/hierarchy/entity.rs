//! The enum of all subtypes as an entity. Each of its methods calls that of the subtype.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;

use super::{code, name_at, rest, set_discriminator};
use crate::expand::items::itself;
use crate::expand::rows;
use crate::model::hierarchy::{Hierarchy, Variant};

/// Returns the implementations. The subtype does what concerns one subtype, and the base what
/// concerns the base.
pub(super) fn expand(hierarchy: &Hierarchy<'_>) -> TokenStream {
    let rest = rest(hierarchy);
    let itself = itself();
    let keys = rows::base_keys(&quote!(__OrmBase));
    let Hierarchy { ident, variants, .. } = hierarchy;
    let arms: Vec<_> = variants.iter().map(|variant| variant.ident).collect();
    let types: Vec<_> = variants.iter().map(entity_of).collect();
    let unreachable = || quote!(::core::unreachable!());
    let binds = variants.iter().map(|variant| {
        let bind = match code(variant) {
            Some(code) => quote! {
                <__OrmBase as _orm::Subtype>::bind_discriminator(
                    const { &_orm::Discriminator::of(#code) },
                    __orm_pass,
                )
            },
            None => unreachable(),
        };
        let variant = variant.ident;
        quote!(#ident::#variant(_) => #bind)
    });
    let tells = variants.iter().map(|variant| {
        let object = name_at("__orm_value", variant.ty);
        let tell = match set_discriminator(variant) {
            Some(set) => set(quote!(#object)),
            None => unreachable(),
        };
        let variant = variant.ident;
        quote!(#ident::#variant(#object) => #tell)
    });
    let decodes = variants.iter().map(|variant| {
        let code = code(variant)?;
        let key = name_at("__orm_key", variant.ty);
        let (ty, variant) = (entity_of(variant), variant.ident);
        Some(quote! {
            #code => {
                let #key = __orm_key;
                <#ty as _orm::Mapped>::decode(__orm_row, #key).map(#ident::#variant)
            }
        })
    });
    let decode = match decodes.collect::<Option<Vec<_>>>() {
        Some(decodes) => quote! {
            match <__OrmBase as _orm::Subtype>::read_discriminator(__orm_row)? {
                #(#decodes,)*
                // There is no other value, as checked above.
                #[allow(unreachable_patterns)]
                _ => ::core::result::Result::Err(_orm::diesel::result::Error::NotFound),
            }
        },
        None => unreachable(),
    };
    let each = |called: &str, call: TokenStream| {
        let called = quote::format_ident!("{called}");
        quote! {
            match self {
                #(#ident::#arms(__orm_value) => <#types as _orm::#called>::#call,)*
                #rest
            }
        }
    };
    let set_auto_key = each("Tracked", quote!(set_auto_key(__orm_value, __orm_key)));
    let bind = each("Mapped", quote!(bind(__orm_value, __orm_column, __orm_pass)));
    let unmake = each("Tracked", quote!(unmake(__orm_value, __orm_columns)));
    let payload = each("Tracked", quote!(payload(__orm_value)));
    let bump_version = each("Tracked", quote!(bump_version(__orm_value)));
    let has_last_version = each("Tracked", quote!(has_last_version(__orm_value)));
    let reference = each("Referencing", quote!(reference(__orm_value, __orm_foreign_key)));
    let set_reference =
        each("Referencing", quote!(set_reference(__orm_value, __orm_foreign_key, __orm_to)));
    let visit = each("Referencing", quote!(visit_collections(__orm_value, __orm_visitor)));
    let prepare_insert = each("Lifecycle", quote!(prepare_insert(__orm_value)));
    let stamp_updated = each("Lifecycle", quote!(stamp_updated(__orm_value)));
    let prepare_delete = each("Lifecycle", quote!(prepare_delete(__orm_value)));
    let complete = each("Lifecycle", quote!(complete(__orm_value)));
    let show = each("Tracked", quote!(show(__orm_value, __orm_column)));
    let any = |of: TokenStream, word: TokenStream| quote!(#(<#types as _orm::#of>::#word)||*);
    let (has_collections, prepares, completes) = (
        any(quote!(Referencing), quote!(HAS_COLLECTIONS)),
        any(quote!(Lifecycle), quote!(PREPARES)),
        any(quote!(Lifecycle), quote!(COMPLETES)),
    );
    quote! {
        #[automatically_derived]
        impl _orm::Writable for #ident {}

        #[automatically_derived]
        #[allow(unreachable_code)]
        impl _orm::Mapped for #ident {
            type Key = <__OrmBase as _orm::Mapped>::Key;
            const COLUMNS: &'static [_orm::ColumnMeta] =
                &_orm::layout::columns::<__ORM_COLUMNS>(<Self as _orm::Hierarchy>::SHAPES);

            fn bind<'__orm>(
                &'__orm self,
                __orm_column: usize,
                __orm_pass: &mut _orm::SqlWriter<'_, '__orm>,
            ) -> _orm::QueryResult<()> {
                if __orm_column == <__OrmFirst as _orm::Subtype>::DISCRIMINATOR {
                    return match self {
                        #(#binds,)*
                        #rest
                    };
                }
                #bind
            }

            #keys

            #[inline]
            fn decode(
                __orm_row: &mut _orm::Row<'_, '_>,
                __orm_key: &Self::Key,
            ) -> _orm::QueryResult<Self> {
                #decode
            }

            fn decode_column(
                &mut self,
                __orm_column: usize,
                __orm_row: &mut _orm::Row<'_, '_>,
            ) -> _orm::QueryResult<()> {
                match self {
                    #(
                        #ident::#arms(__orm_value) => {
                            if !<#types as _orm::InHierarchy>::HAS.contains(__orm_column) {
                                __orm_row.skip(1);
                                return ::core::result::Result::Ok(());
                            }
                            <#types as _orm::Mapped>::decode_column(__orm_value, __orm_column, __orm_row)
                        }
                    )*
                    #rest
                }
            }
        }

        #[automatically_derived]
        #[allow(unreachable_code)]
        impl _orm::Tracked for #ident {
            fn set_auto_key(&mut self, __orm_key: ::core::option::Option<i64>) {
                #set_auto_key
            }

            fn snapshot(&self) -> Self {
                match self {
                    #(
                        #ident::#arms(__orm_value) => {
                            #ident::#arms(<#types as _orm::Tracked>::snapshot(__orm_value))
                        }
                    )*
                    #rest
                }
            }

            fn diff(&self, __orm_before: &Self) -> _orm::ColumnSet {
                match (self, __orm_before) {
                    #(
                        (#ident::#arms(__orm_value), #ident::#arms(__orm_before)) => {
                            <#types as _orm::Tracked>::diff(__orm_value, __orm_before)
                        }
                    )*
                    // The object was replaced by one of another subtype.
                    #[allow(unreachable_patterns)]
                    _ => _orm::ColumnSet::EMPTY
                        .with(<__OrmFirst as _orm::Subtype>::DISCRIMINATOR, true),
                }
            }

            fn is_set(&self, __orm_column: usize) -> bool {
                match self {
                    #(
                        #ident::#arms(__orm_value) => {
                            !<#types as _orm::InHierarchy>::HAS.contains(__orm_column)
                                || <#types as _orm::Tracked>::is_set(__orm_value, __orm_column)
                        }
                    )*
                    #rest
                }
            }

            fn left_out(&self, __orm_column: usize) -> _orm::LeftOut {
                match self {
                    #(
                        #ident::#arms(__orm_value) => {
                            match <#types as _orm::InHierarchy>::HAS.contains(__orm_column) {
                                true => <#types as _orm::Tracked>::left_out(__orm_value, __orm_column),
                                false => ::core::option::Option::None,
                            }
                        }
                    )*
                    #rest
                }
            }

            fn unmake(&mut self, __orm_columns: _orm::ColumnSet) {
                #unmake
            }

            fn payload(&self) -> usize {
                #payload
            }

            fn keep_skipped(&mut self, __orm_before: &mut Self) {
                match (self, __orm_before) {
                    #(
                        (#ident::#arms(__orm_value), #ident::#arms(__orm_before)) => {
                            <#types as _orm::Tracked>::keep_skipped(__orm_value, __orm_before);
                        }
                    )*
                    #[allow(unreachable_patterns)]
                    _ => {}
                }
            }

            fn merge_from(&mut self, __orm_from: Self) {
                match (self, __orm_from) {
                    #(
                        (#ident::#arms(__orm_value), #ident::#arms(__orm_from)) => {
                            <#types as _orm::Tracked>::merge_from(__orm_value, __orm_from);
                        }
                    )*
                    #[allow(unreachable_patterns)]
                    (__orm_this, __orm_from) => *__orm_this = __orm_from,
                }
            }

            fn take_fields(&mut self, __orm_columns: _orm::ColumnSet, __orm_from: &mut Self) {
                match (self, __orm_from) {
                    #(
                        (#ident::#arms(__orm_value), #ident::#arms(__orm_from)) => {
                            <#types as _orm::Tracked>::take_fields(__orm_value, __orm_columns, __orm_from);
                        }
                    )*
                    #[allow(unreachable_patterns)]
                    _ => {}
                }
            }

            fn bump_version(&mut self) {
                #bump_version
            }

            fn has_last_version(&self) -> bool {
                #has_last_version
            }

            fn copy_version(&mut self, __orm_from: &Self) {
                match (self, __orm_from) {
                    #(
                        (#ident::#arms(__orm_value), #ident::#arms(__orm_from)) => {
                            <#types as _orm::Tracked>::copy_version(__orm_value, __orm_from);
                        }
                    )*
                    #[allow(unreachable_patterns)]
                    _ => {}
                }
            }

            fn show(&self, __orm_column: usize) -> ::std::string::String {
                #show
            }
        }

        #[automatically_derived]
        #[allow(unreachable_code)]
        impl _orm::Referencing for #ident {
            const HAS_COLLECTIONS: bool = #has_collections;

            fn reference(&self, __orm_foreign_key: usize) -> _orm::Reference<'_> {
                #reference
            }

            fn set_reference(
                &mut self,
                __orm_foreign_key: usize,
                __orm_to: _orm::Reference<'_>,
            ) {
                #set_reference
            }

            fn visit_collections<__V: _orm::CollectionVisitor>(
                &mut self,
                __orm_visitor: &mut __V,
            ) {
                #visit
            }
        }

        #[automatically_derived]
        #[allow(unreachable_code)]
        impl _orm::Lifecycle for #ident {
            const PREPARES: bool = #prepares;
            const COMPLETES: bool = #completes;
            const SCOPES: usize = <__OrmBase as _orm::Lifecycle>::SCOPES;

            fn prepare_insert(&mut self) -> ::core::result::Result<(), _orm::ValidationError> {
                #prepare_insert
            }

            fn prepare_update(
                &mut self,
                __orm_before: ::core::option::Option<&Self>,
            ) -> ::core::result::Result<(), _orm::ValidationError> {
                match (self, __orm_before) {
                    #(
                        (
                            #ident::#arms(__orm_value),
                            ::core::option::Option::Some(#ident::#arms(__orm_before)),
                        ) => <#types as _orm::Lifecycle>::prepare_update(
                            __orm_value,
                            ::core::option::Option::Some(__orm_before),
                        ),
                        (#ident::#arms(__orm_value), ::core::option::Option::None) => {
                            <#types as _orm::Lifecycle>::prepare_update(
                                __orm_value,
                                ::core::option::Option::None,
                            )
                        }
                    )*
                    #[allow(unreachable_patterns)]
                    _ => ::core::result::Result::Ok(()),
                }
            }

            fn stamp_updated(&mut self) {
                #stamp_updated
            }

            fn prepare_delete(&mut self) {
                #prepare_delete
            }

            fn complete(&mut self) {
                #complete
            }

            fn scope(
                __orm_scope: usize,
            ) -> ::core::option::Option<::std::boxed::Box<dyn _orm::SqlFragment>> {
                <__OrmBase as _orm::Lifecycle>::scope(__orm_scope)
            }

            fn deletion() -> ::core::option::Option<::std::boxed::Box<dyn _orm::SqlFragment>> {
                <__OrmBase as _orm::Lifecycle>::deletion()
            }
        }

        #[automatically_derived]
        #[allow(unreachable_code)]
        impl _orm::InHierarchy for #ident {
            type From = _orm::RootFrom<Self>;

            #itself

            fn tell_subtype(&mut self) {
                match self {
                    #(#tells,)*
                    #rest
                }
            }

            fn subtype(&self) -> usize {
                match self {
                    #(#ident::#arms(_) => <#types as _orm::Entity>::META.subtype,)*
                    #rest
                }
            }
        }

        #[automatically_derived]
        #[allow(unreachable_code)]
        impl _orm::Entity for #ident {
            type Table = <__OrmBase as _orm::Entity>::Table;
            const META: &'static _orm::EntityMeta = &_orm::EntityMeta {
                hierarchy: ::core::option::Option::Some(__ORM_HIERARCHY),
                ..__ORM_META
            };

            #[inline]
            fn key(&self) -> ::core::option::Option<Self::Key> {
                <__OrmBase as _orm::Entity>::key(self)
            }
        }
    }
}

/// Returns the type of a variant through `Level`, so that a type that is not a subtype is one
/// error, and not a second one because it is not an entity.
fn entity_of(variant: &Variant<'_>) -> TokenStream {
    let ty = variant.ty;
    let itself = name_at("Itself", ty);
    quote_spanned!(ty.span()=> <#ty as _orm::Subtype>::#itself)
}
