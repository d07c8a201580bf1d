//! What `#[derive(Entity)]` makes of the enum of all kinds: the entity in whose arena the objects of a
//! hierarchy lie, and a handle that knows the kind.

use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::{DataEnum, DeriveInput};

use crate::ctxt::Ctxt;
use crate::docs;
use crate::kinds::{Kinds, Variant};
use crate::name::FieldName;
use crate::types;

/// The whole expansion, or the errors.
pub(crate) fn derive(input: &DeriveInput, data: &DataEnum) -> TokenStream {
    let mut ctxt = Ctxt::new();
    let kinds = Kinds::read(input, data, &mut ctxt);
    match (ctxt.finish(), kinds) {
        (Ok(()), Some(kinds)) => expand(&kinds),
        (Err(errors), _) => errors.into_compile_error(),
        (Ok(()), None) => TokenStream::new(),
    }
}

fn expand(kinds: &Kinds<'_>) -> TokenStream {
    let Kinds { ident, vis, variants } = kinds;
    let handles = handles(kinds);
    let entity = entity(kinds);
    let hierarchy = hierarchy(kinds);
    let conversions = variants.iter().map(|variant| conversions(kinds, variant));
    let first = variants.first().map(|variant| variant.ty);
    let arms: Vec<_> = variants.iter().map(|it| it.ident).collect();
    let _ = vis;
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
            impl _orm::Concrete for #ident {
                fn into_family(self) -> Self {
                    match self {
                        #(#ident::#arms(__orm_kind) => _orm::Concrete::into_family(__orm_kind),)*
                    }
                }
            }

            #[automatically_derived]
            impl ::core::ops::Deref for #ident {
                type Target = __OrmRoot;

                #[inline]
                fn deref(&self) -> &__OrmRoot {
                    match self {
                        #(#ident::#arms(__orm_kind) => __orm_kind,)*
                    }
                }
            }

            #[automatically_derived]
            impl ::core::ops::DerefMut for #ident {
                #[inline]
                fn deref_mut(&mut self) -> &mut __OrmRoot {
                    match self {
                        #(#ident::#arms(__orm_kind) => __orm_kind,)*
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

fn handles_name(kinds: &Kinds<'_>) -> syn::Ident {
    format_ident!("{}Handle", FieldName(kinds.ident).to_string(), span = kinds.ident.span())
}

/// What is said of all kinds together.
fn hierarchy(kinds: &Kinds<'_>) -> TokenStream {
    let Kinds { ident, variants, .. } = kinds;
    let handles = handles_name(kinds);
    let arms: Vec<_> = variants.iter().map(|variant| variant.ident).collect();
    let types: Vec<_> = variants.iter().map(|variant| variant.ty).collect();
    let family = ident;
    let metas = variants.iter().map(|Variant { ident, ty, code }| {
        let name = FieldName(ident).to_string();
        let span = types::span_of(code);
        let value = code.path.segments.last().map(|segment| FieldName(&segment.ident).to_string());
        let message = format!(
            "`kind` names a variant of the discriminator's enum, and `{}` is none",
            quote!(#code).to_string().replace(' ', "")
        );
        let code = quote_spanned! {span=>
            _orm::layout::code(<__OrmDiscriminator as _orm::DbEnum>::META, #value, #message)
        };
        quote! {
            _orm::KindMeta {
                name: #name,
                level: _orm::layout::level_of(
                    <#family as _orm::Kinds>::SHAPES,
                    <#ty as _orm::Level>::SHAPES,
                ),
                code: #code,
            }
        }
    });
    let codes = variants.iter().map(|variant| &variant.code);
    let name = FieldName(ident).to_string();
    quote! {
        type __OrmDiscriminator = <__OrmRoot as _orm::Level>::Discriminator;

        const __ORM_LINEAGES: &[&[_orm::LevelShape]] =
            &[#(<#types as _orm::Level>::SHAPES),*];
        const __ORM_LEVELS: usize = _orm::layout::count_levels(__ORM_LINEAGES);
        const __ORM_COLUMNS: usize =
            _orm::layout::count_columns(<#ident as _orm::Kinds>::SHAPES);
        const __ORM_PIECE_LINEAGES: &[&[_orm::LevelPiece]] =
            &[#(<#types as _orm::Level>::PIECES),*];
        const __ORM_PIECES: &[_orm::LevelPiece; __ORM_LEVELS] =
            &_orm::layout::pieces::<__ORM_LEVELS>(__ORM_PIECE_LINEAGES);
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
            entity: _orm::EntityMeta::new::<#ident>("", "", "").entity,
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

        // Every value has its kind, or else a row could be of none.
        #[allow(dead_code)]
        fn __orm_every_kind(__orm_kind: __OrmDiscriminator) {
            match __orm_kind {
                #(#codes => {})*
            }
        }

        #[automatically_derived]
        impl _orm::Kinds for #ident {
            type Handles = #handles;
            type Base = __OrmRoot;
            const SHAPES: &'static [_orm::LevelShape] =
                &_orm::layout::shapes::<__ORM_LEVELS>(__ORM_LINEAGES);

            fn handle_of(&self, __orm_handle: _orm::Handle<Self>) -> #handles {
                match self {
                    #(#ident::#arms(_) => #handles::#arms(__orm_handle.same_object()),)*
                }
            }

            #[inline]
            fn as_level<__L: _orm::Level>(&self) -> ::core::option::Option<&__L> {
                match self {
                    #(#ident::#arms(__orm_kind) => _orm::Level::as_level(__orm_kind),)*
                }
            }

            #[inline]
            fn as_level_mut<__L: _orm::Level>(&mut self) -> ::core::option::Option<&mut __L> {
                match self {
                    #(#ident::#arms(__orm_kind) => _orm::Level::as_level_mut(__orm_kind),)*
                }
            }

            fn into_level<__L: _orm::Level>(self) -> ::core::result::Result<__L, Self> {
                match self {
                    #(
                        #ident::#arms(__orm_kind) => {
                            _orm::same_type(__orm_kind).map_err(#ident::#arms)
                        }
                    )*
                }
            }
        }
    }
}

/// The entity. What is of one kind is done there; what is of the base, by the base.
fn entity(kinds: &Kinds<'_>) -> TokenStream {
    let Kinds { ident, variants, .. } = kinds;
    let arms: Vec<_> = variants.iter().map(|variant| variant.ident).collect();
    let types: Vec<_> = variants.iter().map(|variant| variant.ty).collect();
    let binds = variants.iter().map(|Variant { ident: variant, code, .. }| {
        quote! {
            #ident::#variant(_) => __OrmRoot::bind_discriminator(
                const { &_orm::Discriminator::of(#code) },
                __orm_pass,
            )
        }
    });
    let decodes = variants.iter().map(|Variant { ident: variant, ty, code }| {
        quote! {
            #code => <#ty as _orm::Entity>::decode(__orm_row, __orm_key).map(#ident::#variant)
        }
    });
    let each = |call: TokenStream| {
        quote! {
            match self {
                #(#ident::#arms(__orm_kind) => _orm::Entity::#call,)*
            }
        }
    };
    let key = each(quote!(key(__orm_kind)));
    let set_auto_key = each(quote!(set_auto_key(__orm_kind, __orm_key)));
    let bind = each(quote!(bind(__orm_kind, __orm_column, __orm_pass)));
    let unmake = each(quote!(unmake(__orm_kind, __orm_columns)));
    let payload = each(quote!(payload(__orm_kind)));
    let bump_version = each(quote!(bump_version(__orm_kind)));
    let reference = each(quote!(reference(__orm_kind, __orm_foreign_key)));
    let set_reference = each(quote!(set_reference(__orm_kind, __orm_foreign_key, __orm_to)));
    let place = each(quote!(place(__orm_kind, __orm_owner)));
    let prepare_insert = each(quote!(prepare_insert(__orm_kind)));
    let prepare_update = each(quote!(prepare_update(__orm_kind)));
    let prepare_delete = each(quote!(prepare_delete(__orm_kind)));
    let complete = each(quote!(complete(__orm_kind)));
    let show = each(quote!(show(__orm_kind, __orm_column)));
    let any = |word: TokenStream| quote!(#(<#types as _orm::Entity>::#word)||*);
    let (has_collections, prepares, completes) =
        (any(quote!(HAS_COLLECTIONS)), any(quote!(PREPARES)), any(quote!(COMPLETES)));
    quote! {
        #[automatically_derived]
        impl _orm::Entity for #ident {
            type Key = <__OrmRoot as _orm::Entity>::Key;
            type Table = <__OrmRoot as _orm::Entity>::Table;
            type From = _orm::FamilyFrom<Self>;
            type Family = Self;
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

            #[inline(always)]
            fn view(__orm_object: &Self) -> ::core::option::Option<&Self> {
                ::core::option::Option::Some(__orm_object)
            }

            #[inline(always)]
            fn view_mut(__orm_object: &mut Self) -> ::core::option::Option<&mut Self> {
                ::core::option::Option::Some(__orm_object)
            }

            #[inline(always)]
            fn from_family(__orm_object: Self) -> ::core::result::Result<Self, Self> {
                ::core::result::Result::Ok(__orm_object)
            }

            fn level(&self) -> usize {
                match self {
                    #(#ident::#arms(_) => <#types as _orm::Entity>::META.level,)*
                }
            }

            fn entity_index() -> usize {
                static INDEX: _orm::EntityIndex = _orm::EntityIndex::new();
                INDEX.get()
            }

            #[inline]
            fn key(&self) -> ::core::option::Option<Self::Key> {
                #key
            }

            fn set_auto_key(&mut self, __orm_key: ::core::option::Option<i64>) {
                #set_auto_key
            }

            fn bind<'__orm>(
                &'__orm self,
                __orm_column: usize,
                __orm_pass: &mut _orm::Pass<'_, '__orm>,
            ) -> _orm::diesel::QueryResult<()> {
                use _orm::Level as _;
                if __orm_column == <__OrmFirst as _orm::Level>::DISCRIMINATOR {
                    return match self {
                        #(#binds,)*
                    };
                }
                #bind
            }

            fn bind_key<'__orm>(
                __orm_key: &'__orm Self::Key,
                __orm_part: usize,
                __orm_pass: &mut _orm::Pass<'_, '__orm>,
            ) -> _orm::diesel::QueryResult<()> {
                <__OrmRoot as _orm::Entity>::bind_key(__orm_key, __orm_part, __orm_pass)
            }

            #[inline]
            fn decode(
                __orm_row: &mut _orm::Row<'_, '_>,
                __orm_key: &Self::Key,
            ) -> _orm::diesel::QueryResult<Self> {
                match <__OrmRoot as _orm::Level>::read_discriminator(__orm_row)? {
                    #(#decodes,)*
                }
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
                            _orm::Entity::decode_column(__orm_kind, __orm_column, __orm_row)
                        }
                    )*
                }
            }

            fn snapshot(&self) -> Self {
                match self {
                    #(
                        #ident::#arms(__orm_kind) => {
                            #ident::#arms(_orm::Entity::snapshot(__orm_kind))
                        }
                    )*
                }
            }

            fn diff(&self, __orm_before: &Self) -> _orm::ColumnSet {
                match (self, __orm_before) {
                    #(
                        (#ident::#arms(__orm_kind), #ident::#arms(__orm_before)) => {
                            _orm::Entity::diff(__orm_kind, __orm_before)
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
                                || _orm::Entity::is_set(__orm_kind, __orm_column)
                        }
                    )*
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
                            _orm::Entity::keep_skipped(__orm_kind, __orm_before);
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
                            _orm::Entity::merge_from(__orm_kind, __orm_from);
                        }
                    )*
                    #[allow(unreachable_patterns)]
                    (__orm_this, __orm_from) => *__orm_this = __orm_from,
                }
            }

            fn bump_version(&mut self) {
                #bump_version
            }

            fn copy_version(&mut self, __orm_from: &Self) {
                match (self, __orm_from) {
                    #(
                        (#ident::#arms(__orm_kind), #ident::#arms(__orm_from)) => {
                            _orm::Entity::copy_version(__orm_kind, __orm_from);
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

            fn place(&mut self, __orm_owner: &mut _orm::Placing<'_>) {
                #place
            }

            fn prepare_insert(&mut self) -> ::core::result::Result<(), _orm::Invalid> {
                #prepare_insert
            }

            fn prepare_update(&mut self) -> ::core::result::Result<(), _orm::Invalid> {
                #prepare_update
            }

            fn prepare_delete(&mut self) {
                #prepare_delete
            }

            fn complete(&mut self) {
                #complete
            }

            fn scope(
                __orm_scope: usize,
            ) -> ::core::option::Option<::std::boxed::Box<dyn _orm::Fragment>> {
                <__OrmRoot as _orm::Entity>::scope(__orm_scope)
            }

            fn deletion() -> ::core::option::Option<::std::boxed::Box<dyn _orm::Fragment>> {
                <__OrmRoot as _orm::Entity>::deletion()
            }

            fn show(&self, __orm_column: usize) -> ::std::string::String {
                #show
            }
        }
    }
}

/// A kind as an object of the enum.
fn conversions(kinds: &Kinds<'_>, variant: &Variant<'_>) -> TokenStream {
    let family = kinds.ident;
    let Variant { ident, ty, code } = variant;
    let span = types::span(ty);
    let concrete = quote_spanned! {span=>
        impl _orm::Concrete for #ty
    };
    quote! {
        #[automatically_derived]
        #concrete {
            fn into_family(mut self) -> #family {
                _orm::Level::set_discriminator(&mut self, #code);
                #family::#ident(self)
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
