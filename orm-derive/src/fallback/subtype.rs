//! The fallback for a struct of a hierarchy that has errors, so that they do not cause errors in
//! the other subtypes and in the enum of the subtypes.

use proc_macro2::TokenStream;
use quote::quote;

use crate::expand::items::Items;
use crate::expand::{lineage, subtype};
use crate::model::Entity;
use crate::model::subtype::Role;
use crate::syntax::name::FieldName;

/// Returns the types and constants of the `Entity` implementation, and the code that views an
/// object as its base or subtype.
pub(super) fn items(entity: &Entity<'_>, key: &TokenStream) -> Items {
    let (key, has) = match entity.base() {
        Some(base) => {
            let ty = base.ty;
            (quote!(<#ty as _orm::Mapped>::Key), quote!(<#ty as _orm::InHierarchy>::HAS))
        }
        None => (key.clone(), quote!(_orm::ColumnSet::first(128))),
    };
    let unreachable = quote!(::core::unreachable!());
    let in_hierarchy = quote! {
        type Root = __OrmRoot;
        const HAS: _orm::ColumnSet = #has;

        fn view(_: &__OrmRoot) -> ::core::option::Option<&Self> {
            #unreachable
        }
        fn view_mut(_: &mut __OrmRoot) -> ::core::option::Option<&mut Self> {
            #unreachable
        }
        fn from_root(_: __OrmRoot) -> ::core::result::Result<Self, __OrmRoot> {
            #unreachable
        }
        fn entity_index() -> usize {
            #unreachable
        }
    };
    Items { mapped: quote!(type Key = #key;), in_hierarchy, entity: TokenStream::new() }
}

/// Returns a subtype without columns.
pub(super) fn expand(entity: &Entity<'_>, with_module: bool) -> TokenStream {
    let ident = entity.ident;
    let name = FieldName(ident).to_string();
    let root = subtype::root(entity);
    let (lineage_type, lineage) = match with_module {
        true => (quote!(__OrmLineage), Some(lineage::lineage(entity))),
        false => (quote!(()), None),
    };
    let deref = entity.base().map(|base| lineage::deref(entity, base));
    let (base_type, discriminator, shapes, pieces) = match (&entity.role, entity.discriminator()) {
        (Role::Subtype(base), _) => {
            let ty = base.ty;
            let base = quote!(<#ty as _orm::Subtype>);
            (
                quote!(#base::Base),
                quote!(#base::Discriminator),
                quote!(&_orm::layout::behind::<_, { #base::SHAPES.len() + 1 }>(
                    #base::SHAPES,
                    __ORM_SHAPE,
                )),
                quote!(&_orm::layout::behind::<_, { #base::SHAPES.len() + 1 }>(
                    #base::PIECES,
                    __ORM_PIECE,
                )),
            )
        }
        (_, Some(column)) => {
            let subtype = &column.ty.value;
            (quote!(Self), quote!(#subtype), quote!(&[__ORM_SHAPE]), quote!(&[__ORM_PIECE]))
        }
        (_, None) => {
            let subtype = quote!(<__OrmRoot as _orm::HasDiscriminatorType>::Discriminator);
            (quote!(Self), subtype, quote!(&[__ORM_SHAPE]), quote!(&[__ORM_PIECE]))
        }
    };
    quote! {
        type __OrmRoot = #root;
        #[allow(dead_code)]
        const __ORM_AT: _orm::At =
            _orm::At { subtype: 0, column: 0, foreign_key: 0, relationship: 0 };
        const __ORM_SHAPE: _orm::SubtypeShape = _orm::SubtypeShape {
            path: ::core::concat!(::core::module_path!(), "::", #name),
            table: true,
            columns: &[],
            foreign_keys: 0,
            relationships: 0,
        };
        const __ORM_PIECE: _orm::SubtypePiece = _orm::SubtypePiece {
            shape: __ORM_SHAPE,
            name: #name,
            table: ::core::option::Option::Some((::core::option::Option::None, #name)),
            key: &[],
            indexes: &[],
            checks: &[],
            foreign_keys: &[],
            relationships: &[],
            comment: ::core::option::Option::None,
        };

        #lineage
        #deref

        #[automatically_derived]
        impl _orm::Subtype for #ident {
            type Itself = Self;
            type Base = #base_type;
            type Discriminator = #discriminator;
            type Lineage = #lineage_type;
            const SHAPES: &'static [_orm::SubtypeShape] = #shapes;
            const PIECES: &'static [_orm::SubtypePiece] = #pieces;
            const BASE: &'static _orm::EntityMeta = &_orm::entity_meta::<Self>("", "", "");
            const DISCRIMINATOR: usize = 0;

            fn set_discriminator(&mut self, _: Self::Discriminator) {
                ::core::unreachable!()
            }
            fn read_discriminator(
                _: &mut _orm::Row<'_, '_>,
            ) -> _orm::QueryResult<Self::Discriminator> {
                ::core::unreachable!()
            }
            fn bind_discriminator<'__orm>(
                _: &'__orm _orm::Discriminator<Self::Discriminator>,
                _: &mut _orm::SqlWriter<'_, '__orm>,
            ) -> _orm::QueryResult<()> {
                ::core::unreachable!()
            }
            fn base(&self) -> &Self::Base {
                ::core::unreachable!()
            }
            fn base_mut(&mut self) -> &mut Self::Base {
                ::core::unreachable!()
            }
            fn as_subtype<__L: _orm::Subtype>(&self) -> ::core::option::Option<&__L> {
                ::core::unreachable!()
            }
            fn as_subtype_mut<__L: _orm::Subtype>(&mut self) -> ::core::option::Option<&mut __L> {
                ::core::unreachable!()
            }
        }
    }
}
