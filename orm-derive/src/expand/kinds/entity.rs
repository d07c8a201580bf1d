//! The enum of all kinds as an entity: each method is that of the kind.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;

use super::{code, name_at, rest, set_discriminator};
use crate::expand::entity::itself;
use crate::model::kinds::{Kinds, Variant};

/// What is of one kind is done there; what is of the base, by the base.
pub(super) fn expand(kinds: &Kinds<'_>) -> TokenStream {
    let rest = rest(kinds);
    let itself = itself();
    let Kinds { ident, variants, .. } = kinds;
    let arms: Vec<_> = variants.iter().map(|variant| variant.ident).collect();
    let types: Vec<_> = variants.iter().map(entity_of).collect();
    let unreachable = || quote!(::core::unreachable!());
    let binds = variants.iter().map(|variant| {
        let bind = match code(variant) {
            Some(code) => quote! {
                <__OrmRoot as _orm::Level>::bind_discriminator(
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
        let object = name_at("__orm_kind", variant.ty);
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
                <#ty as _orm::Entity>::decode(__orm_row, #key).map(#ident::#variant)
            }
        })
    });
    let decode = match decodes.collect::<Option<Vec<_>>>() {
        Some(decodes) => quote! {
            match <__OrmRoot as _orm::Level>::read_discriminator(__orm_row)? {
                #(#decodes,)*
                // There is none, as said above.
                #[allow(unreachable_patterns)]
                _ => ::core::result::Result::Err(_orm::diesel::result::Error::NotFound),
            }
        },
        None => unreachable(),
    };
    let each = |call: TokenStream| {
        quote! {
            match self {
                #(#ident::#arms(__orm_kind) => <#types as _orm::Entity>::#call,)*
                #rest
            }
        }
    };
    let set_auto_key = each(quote!(set_auto_key(__orm_kind, __orm_key)));
    let bind = each(quote!(bind(__orm_kind, __orm_column, __orm_pass)));
    let unmake = each(quote!(unmake(__orm_kind, __orm_columns)));
    let payload = each(quote!(payload(__orm_kind)));
    let bump_version = each(quote!(bump_version(__orm_kind)));
    let has_last_version = each(quote!(has_last_version(__orm_kind)));
    let reference = each(quote!(reference(__orm_kind, __orm_foreign_key)));
    let set_reference = each(quote!(set_reference(__orm_kind, __orm_foreign_key, __orm_to)));
    let visit = each(quote!(visit_collections(__orm_kind, __orm_visitor)));
    let prepare_insert = each(quote!(prepare_insert(__orm_kind)));
    let stamp_updated = each(quote!(stamp_updated(__orm_kind)));
    let prepare_delete = each(quote!(prepare_delete(__orm_kind)));
    let complete = each(quote!(complete(__orm_kind)));
    let show = each(quote!(show(__orm_kind, __orm_column)));
    let any = |word: TokenStream| quote!(#(<#types as _orm::Entity>::#word)||*);
    let (has_collections, prepares, completes) =
        (any(quote!(HAS_COLLECTIONS)), any(quote!(PREPARES)), any(quote!(COMPLETES)));
    quote! {
        #[automatically_derived]
        impl _orm::Writable for #ident {}

        #[automatically_derived]
        #[allow(unreachable_code)]
        impl _orm::Entity for #ident {
            type Key = <__OrmRoot as _orm::Entity>::Key;
            type Table = <__OrmRoot as _orm::Entity>::Table;
            type From = _orm::FamilyFrom<Self>;
            const COLUMNS: &'static [_orm::ColumnMeta] =
                &_orm::layout::columns::<__ORM_COLUMNS>(<Self as _orm::Kinds>::SHAPES);
            const META: &'static _orm::EntityMeta = &_orm::EntityMeta {
                hierarchy: ::core::option::Option::Some(__ORM_HIERARCHY),
                ..__ORM_META
            };
            const HAS_COLLECTIONS: bool = #has_collections;
            const PREPARES: bool = #prepares;
            const COMPLETES: bool = #completes;
            const SCOPES: usize = <__OrmRoot as _orm::Entity>::SCOPES;

            #itself

            fn tell_kind(&mut self) {
                match self {
                    #(#tells,)*
                    #rest
                }
            }

            fn level(&self) -> usize {
                match self {
                    #(#ident::#arms(_) => <#types as _orm::Entity>::META.level,)*
                    #rest
                }
            }

            #[inline]
            fn key(&self) -> ::core::option::Option<Self::Key> {
                <__OrmRoot as _orm::Entity>::key(self)
            }

            fn set_auto_key(&mut self, __orm_key: ::core::option::Option<i64>) {
                #set_auto_key
            }

            fn bind<'__orm>(
                &'__orm self,
                __orm_column: usize,
                __orm_pass: &mut _orm::SqlWriter<'_, '__orm>,
            ) -> _orm::diesel::QueryResult<()> {
                if __orm_column == <__OrmFirst as _orm::Level>::DISCRIMINATOR {
                    return match self {
                        #(#binds,)*
                        #rest
                    };
                }
                #bind
            }

            fn bind_key<'__orm>(
                __orm_key: &'__orm Self::Key,
                __orm_part: usize,
                __orm_pass: &mut _orm::SqlWriter<'_, '__orm>,
            ) -> _orm::diesel::QueryResult<()> {
                <__OrmRoot as _orm::Entity>::bind_key(__orm_key, __orm_part, __orm_pass)
            }

            #[inline]
            fn decode(
                __orm_row: &mut _orm::Row<'_, '_>,
                __orm_key: &Self::Key,
            ) -> _orm::diesel::QueryResult<Self> {
                #decode
            }

            #[inline]
            fn decode_key(
                __orm_row: &mut _orm::Row<'_, '_>,
            ) -> _orm::diesel::QueryResult<Self::Key> {
                <__OrmRoot as _orm::Entity>::decode_key(__orm_row)
            }

            fn decode_leading_key(
                __orm_row: &mut _orm::Row<'_, '_>,
            ) -> _orm::diesel::QueryResult<Self::Key> {
                <__OrmRoot as _orm::Entity>::decode_leading_key(__orm_row)
            }

            fn decode_column(
                &mut self,
                __orm_column: usize,
                __orm_row: &mut _orm::Row<'_, '_>,
            ) -> _orm::diesel::QueryResult<()> {
                match self {
                    #(
                        #ident::#arms(__orm_kind) => {
                            if !<#types as _orm::Entity>::HAS.contains(__orm_column) {
                                __orm_row.skip(1);
                                return ::core::result::Result::Ok(());
                            }
                            <#types as _orm::Entity>::decode_column(__orm_kind, __orm_column, __orm_row)
                        }
                    )*
                    #rest
                }
            }

            fn snapshot(&self) -> Self {
                match self {
                    #(
                        #ident::#arms(__orm_kind) => {
                            #ident::#arms(<#types as _orm::Entity>::snapshot(__orm_kind))
                        }
                    )*
                    #rest
                }
            }

            fn diff(&self, __orm_before: &Self) -> _orm::ColumnSet {
                match (self, __orm_before) {
                    #(
                        (#ident::#arms(__orm_kind), #ident::#arms(__orm_before)) => {
                            <#types as _orm::Entity>::diff(__orm_kind, __orm_before)
                        }
                    )*
                    // Another kind was put in the place of the object.
                    #[allow(unreachable_patterns)]
                    _ => _orm::ColumnSet::EMPTY
                        .with(<__OrmFirst as _orm::Level>::DISCRIMINATOR, true),
                }
            }

            fn is_set(&self, __orm_column: usize) -> bool {
                match self {
                    #(
                        #ident::#arms(__orm_kind) => {
                            !<#types as _orm::Entity>::HAS.contains(__orm_column)
                                || <#types as _orm::Entity>::is_set(__orm_kind, __orm_column)
                        }
                    )*
                    #rest
                }
            }

            fn left_out(&self, __orm_column: usize) -> _orm::LeftOut {
                match self {
                    #(
                        #ident::#arms(__orm_kind) => {
                            match <#types as _orm::Entity>::HAS.contains(__orm_column) {
                                true => <#types as _orm::Entity>::left_out(__orm_kind, __orm_column),
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
                        (#ident::#arms(__orm_kind), #ident::#arms(__orm_before)) => {
                            <#types as _orm::Entity>::keep_skipped(__orm_kind, __orm_before);
                        }
                    )*
                    #[allow(unreachable_patterns)]
                    _ => {}
                }
            }

            fn merge_from(&mut self, __orm_from: Self) {
                match (self, __orm_from) {
                    #(
                        (#ident::#arms(__orm_kind), #ident::#arms(__orm_from)) => {
                            <#types as _orm::Entity>::merge_from(__orm_kind, __orm_from);
                        }
                    )*
                    #[allow(unreachable_patterns)]
                    (__orm_this, __orm_from) => *__orm_this = __orm_from,
                }
            }

            fn take_fields(&mut self, __orm_columns: _orm::ColumnSet, __orm_from: &mut Self) {
                match (self, __orm_from) {
                    #(
                        (#ident::#arms(__orm_kind), #ident::#arms(__orm_from)) => {
                            <#types as _orm::Entity>::take_fields(__orm_kind, __orm_columns, __orm_from);
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
                        (#ident::#arms(__orm_kind), #ident::#arms(__orm_from)) => {
                            <#types as _orm::Entity>::copy_version(__orm_kind, __orm_from);
                        }
                    )*
                    #[allow(unreachable_patterns)]
                    _ => {}
                }
            }

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

            fn prepare_insert(&mut self) -> ::core::result::Result<(), _orm::Invalid> {
                #prepare_insert
            }

            fn prepare_update(
                &mut self,
                __orm_before: &Self,
            ) -> ::core::result::Result<(), _orm::Invalid> {
                match (self, __orm_before) {
                    #(
                        (#ident::#arms(__orm_kind), #ident::#arms(__orm_before)) => {
                            <#types as _orm::Entity>::prepare_update(__orm_kind, __orm_before)
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
                <__OrmRoot as _orm::Entity>::scope(__orm_scope)
            }

            fn deletion() -> ::core::option::Option<::std::boxed::Box<dyn _orm::SqlFragment>> {
                <__OrmRoot as _orm::Entity>::deletion()
            }

            fn show(&self, __orm_column: usize) -> ::std::string::String {
                #show
            }
        }
    }
}

/// The type of a variant, by way of `Level`: a type that is not a kind is one error, and not a second one
/// because it is not an entity.
fn entity_of(variant: &Variant<'_>) -> TokenStream {
    let ty = variant.ty;
    let itself = name_at("Itself", ty);
    quote_spanned!(ty.span()=> <#ty as _orm::Level>::#itself)
}
