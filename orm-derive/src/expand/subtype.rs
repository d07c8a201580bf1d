//! The expansion of a struct in a hierarchy: the base of all subtypes, or a struct that extends
//! another.
//!
//! Its columns, references and relationships are numbered among those of all subtypes. They begin
//! at `__ORM_AT`, which the compiler adds up. Positions of other columns are passed to the base.

use super::one_column;
use proc_macro2::{Literal, TokenStream};
use quote::{quote, quote_spanned};

use super::items::Items;
use super::lineage::{deref, lineage};
use super::{meta, relations};
use crate::model::Entity;
use crate::model::subtype::{Base, Role};
use crate::syntax::name::FieldName;
use crate::syntax::types;

/// Returns the types and constants of the `Entity` implementation, and the code that views an
/// object as its base or subtype.
pub(super) fn items(entity: &Entity<'_>) -> Items {
    let module = &entity.module;
    let columns = Literal::usize_unsuffixed(entity.column_count());
    let name = FieldName(entity.ident).to_string();
    let module_name = module.to_string();
    let (key, has) = match entity.base() {
        Some(Base { ty, .. }) => (
            quote!(<#ty as _orm::Mapped>::Key),
            quote! {
                <#ty as _orm::InHierarchy>::HAS
                    .or(_orm::ColumnSet::first(#columns).behind(__ORM_AT.column))
            },
        ),
        None => (one_column::key_type(entity), quote!(_orm::ColumnSet::first(#columns))),
    };
    let from = match entity.base() {
        Some(_) => quote!(__OrmLineage),
        None => quote!(_orm::RootFrom<__OrmRoot>),
    };
    let table = &entity.table;
    let schema = option(entity.schema());
    let comment = option(entity.attrs.comment.as_ref().map(|comment| comment.value.value()));
    let mapped = quote! {
        type Key = #key;
        const COLUMNS: &'static [_orm::ColumnMeta] = <__OrmRoot as _orm::Mapped>::COLUMNS;
    };
    let items = quote! {
        type Table = #module::table;
        const META: &'static _orm::EntityMeta = &_orm::EntityMeta {
            name: #name,
            module: #module_name,
            table: #table,
            schema: #schema,
            comment: #comment,
            subtype: __ORM_AT.subtype,
            entity: _orm::entity_meta::<Self>("", "", "").entity,
            ..*<__OrmRoot as _orm::Entity>::META
        };
    };
    let in_hierarchy = quote! {
        type From = #from;
        type Root = __OrmRoot;
        const HAS: _orm::ColumnSet = #has;

        fn subtype(&self) -> usize {
            __ORM_AT.subtype
        }

        #[inline]
        fn view(__orm_object: &__OrmRoot) -> ::core::option::Option<&Self> {
            _orm::Hierarchy::as_subtype(__orm_object)
        }

        #[inline]
        fn view_mut(__orm_object: &mut __OrmRoot) -> ::core::option::Option<&mut Self> {
            _orm::Hierarchy::as_subtype_mut(__orm_object)
        }

        fn from_root(
            __orm_object: __OrmRoot,
        ) -> ::core::result::Result<Self, __OrmRoot> {
            _orm::Hierarchy::into_subtype(__orm_object)
        }

        #[inline]
        fn entity_index() -> usize {
            <__OrmRoot as _orm::InHierarchy>::entity_index()
        }
    };
    Items { mapped, in_hierarchy, entity: items }
}

fn option(text: Option<String>) -> TokenStream {
    match text {
        Some(text) => quote!(::core::option::Option::Some(#text)),
        None => quote!(::core::option::Option::None),
    }
}

/// Returns everything else that makes it a subtype.
pub(super) fn expand(entity: &Entity<'_>) -> TokenStream {
    let ident = entity.ident;
    let name = FieldName(ident).to_string();
    let root = root(entity);
    let message = format!(
        "`{name}` is not among the subtypes of its base: add a variant `{name}({name})` to the enum that the base names with `hierarchy`"
    );
    // The span is that of the struct's name, so that the compiler reports there that it is not
    // among the subtypes.
    let at = quote_spanned! {types::span_of(ident)=>
        #[allow(dead_code)]
        const __ORM_AT: _orm::At = _orm::layout::at(
            <__OrmRoot as _orm::Hierarchy>::SHAPES,
            __ORM_PATH,
            #message,
        );
    };
    let subtype = subtype(entity);
    let lineage = lineage(entity);
    let deref = entity.base().map(|base| deref(entity, base));
    quote! {
        type __OrmRoot = #root;
        const __ORM_PATH: &str = ::core::concat!(::core::module_path!(), "::", #name);
        #at

        #subtype
        #lineage
        #deref
    }
}

pub(crate) fn root(entity: &Entity<'_>) -> TokenStream {
    match &entity.role {
        Role::Root(hierarchy) => {
            let span = types::span_of(hierarchy);
            quote_spanned!(span=> #hierarchy)
        }
        Role::Subtype(base) => {
            let ty = base.ty;
            quote_spanned!(types::span(ty)=> <#ty as _orm::InHierarchy>::Root)
        }
        Role::Plain => TokenStream::new(),
    }
}

fn subtype(entity: &Entity<'_>) -> TokenStream {
    let ident = entity.ident;
    let name = FieldName(ident).to_string();
    let own_table = entity.base().is_none() || entity.attrs.table.is_some();
    let columns = meta::columns(entity);
    let foreign_keys = meta::foreign_keys(entity);
    let relationships = relations::metas(entity);
    let (foreign_key_count, relationship_count) = (foreign_keys.len(), relationships.len());
    let (indexes, checks) = (meta::indexes(entity), meta::checks(entity));
    let table = own_table.then(|| {
        let (schema, table) = (option(entity.schema()), &entity.table);
        quote!((#schema, #table))
    });
    let table = match table {
        Some(table) => quote!(::core::option::Option::Some(#table)),
        None => quote!(::core::option::Option::None),
    };
    let key = entity.base().filter(|_| own_table).map(|base| &base.key_names[..]);
    let key = key.unwrap_or_default();
    let comment = option(entity.attrs.comment.as_ref().map(|comment| comment.value.value()));
    let shape = quote! {
        _orm::SubtypeShape {
            path: __ORM_PATH,
            table: #own_table,
            columns: <Self as __OrmOwn>::COLUMNS,
            foreign_keys: #foreign_key_count,
            relationships: #relationship_count,
        }
    };
    let piece = quote! {
        _orm::SubtypePiece {
            shape: <Self as __OrmOwn>::SHAPE,
            name: #name,
            table: #table,
            key: &[#(#key),*],
            indexes: &[#(#indexes),*],
            checks: &[#(#checks),*],
            foreign_keys: &[#(#foreign_keys),*],
            relationships: &[#(#relationships),*],
            comment: #comment,
        }
    };
    let rest = match entity.base() {
        Some(base) => of_kind(base),
        None => of_root(entity),
    };
    quote! {
        // The items that it adds, without those that others must know first.
        trait __OrmOwn {
            const COLUMNS: &'static [_orm::ColumnMeta];
            const SHAPE: _orm::SubtypeShape;
            const PIECE: _orm::SubtypePiece;
        }

        impl __OrmOwn for #ident {
            const COLUMNS: &'static [_orm::ColumnMeta] = #columns;
            const SHAPE: _orm::SubtypeShape = #shape;
            const PIECE: _orm::SubtypePiece = #piece;
        }

        #[automatically_derived]
        impl _orm::Subtype for #ident {
            type Lineage = __OrmLineage;

            #rest
        }
    }
}

/// Returns the items of a struct that extends another.
fn of_kind(base: &Base<'_>) -> TokenStream {
    let ty = base.ty;
    let subtype = quote!(<#ty as _orm::Subtype>);
    quote! {
        type Itself = Self;
        type Base = #subtype::Base;
        type Discriminator = #subtype::Discriminator;
        const SHAPES: &'static [_orm::SubtypeShape] =
            &_orm::layout::behind::<_, { #subtype::SHAPES.len() + 1 }>(
                #subtype::SHAPES,
                <Self as __OrmOwn>::SHAPE,
            );
        const PIECES: &'static [_orm::SubtypePiece] =
            &_orm::layout::behind::<_, { #subtype::SHAPES.len() + 1 }>(
                #subtype::PIECES,
                <Self as __OrmOwn>::PIECE,
            );
        const BASE: &'static _orm::EntityMeta = #subtype::BASE;
        const DISCRIMINATOR: usize = #subtype::DISCRIMINATOR;

        fn set_discriminator(&mut self, __orm_value: Self::Discriminator) {
            _orm::Subtype::set_discriminator(&mut self.#base, __orm_value);
        }

        #[inline]
        fn read_discriminator(
            __orm_row: &mut _orm::Row<'_, '_>,
        ) -> _orm::QueryResult<Self::Discriminator> {
            #subtype::read_discriminator(__orm_row)
        }

        fn bind_discriminator<'__orm>(
            __orm_value: &'__orm _orm::Discriminator<Self::Discriminator>,
            __orm_pass: &mut _orm::SqlWriter<'_, '__orm>,
        ) -> _orm::QueryResult<()> {
            #subtype::bind_discriminator(__orm_value, __orm_pass)
        }

        #[inline]
        fn base(&self) -> &Self::Base {
            _orm::Subtype::base(&self.#base)
        }

        #[inline]
        fn base_mut(&mut self) -> &mut Self::Base {
            _orm::Subtype::base_mut(&mut self.#base)
        }

        #[inline]
        fn as_subtype<__L: _orm::Subtype>(&self) -> ::core::option::Option<&__L> {
            match (self as &dyn ::core::any::Any).downcast_ref() {
                ::core::option::Option::Some(__orm_level) => {
                    ::core::option::Option::Some(__orm_level)
                }
                ::core::option::Option::None => _orm::Subtype::as_subtype(&self.#base),
            }
        }

        #[inline]
        fn as_subtype_mut<__L: _orm::Subtype>(&mut self) -> ::core::option::Option<&mut __L> {
            if (self as &dyn ::core::any::Any).is::<__L>() {
                return (self as &mut dyn ::core::any::Any).downcast_mut();
            }
            _orm::Subtype::as_subtype_mut(&mut self.#base)
        }
    }
}

/// Returns the items of the base of all subtypes.
fn of_root(entity: &Entity<'_>) -> TokenStream {
    let base = meta::entity(entity);
    let Some(column) = entity.discriminator() else { return TokenStream::new() };
    let (field, subtype) = (column.field, &column.ty.value);
    let position = Literal::usize_unsuffixed(column.position);
    let before = entity.selected().take_while(|other| other.position != column.position).count();
    let before = Literal::usize_unsuffixed(before);
    let column_trait = one_column::column_trait(column, column.ty.whole);
    let span = column.ty.span();
    let get = quote_spanned!(span=> #column_trait::get(__orm_row)?);
    let bind = quote_spanned!(span=> #column_trait::bind(__orm_value, __orm_pass));
    quote! {
        type Itself = Self;
        type Base = Self;
        type Discriminator = #subtype;
        const SHAPES: &'static [_orm::SubtypeShape] = &[<Self as __OrmOwn>::SHAPE];
        const PIECES: &'static [_orm::SubtypePiece] = &[<Self as __OrmOwn>::PIECE];
        const BASE: &'static _orm::EntityMeta = &#base;
        const DISCRIMINATOR: usize = #position;

        fn set_discriminator(&mut self, __orm_value: Self::Discriminator) {
            self.#field = _orm::Discriminator::of(__orm_value);
        }

        #[inline]
        fn read_discriminator(
            __orm_row: &mut _orm::Row<'_, '_>,
        ) -> _orm::QueryResult<Self::Discriminator> {
            __orm_row.enter_subtype(0);
            __orm_row.skip(#before);
            let __orm_value = #get;
            __orm_row.enter_subtype(0);
            _orm::present(__orm_value.get(), #before, __orm_row)
        }

        fn bind_discriminator<'__orm>(
            __orm_value: &'__orm _orm::Discriminator<Self::Discriminator>,
            __orm_pass: &mut _orm::SqlWriter<'_, '__orm>,
        ) -> _orm::QueryResult<()> {
            #bind
        }

        #[inline]
        fn base(&self) -> &Self {
            self
        }

        #[inline]
        fn base_mut(&mut self) -> &mut Self {
            self
        }

        #[inline]
        fn as_subtype<__L: _orm::Subtype>(&self) -> ::core::option::Option<&__L> {
            (self as &dyn ::core::any::Any).downcast_ref()
        }

        #[inline]
        fn as_subtype_mut<__L: _orm::Subtype>(&mut self) -> ::core::option::Option<&mut __L> {
            (self as &mut dyn ::core::any::Any).downcast_mut()
        }
    }
}
