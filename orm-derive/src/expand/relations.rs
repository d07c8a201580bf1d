//! Relationships: their metadata, their unit structs, and the code that gives collections their
//! owners.

use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::{Type, Visibility};

use super::associated::associated;
use super::struct_fields::Said;
use crate::docs;
use crate::model::Entity;
use crate::model::association::{GeneratedAssociation, Side};
use crate::model::relation::{self, Collection, Reference};
use crate::model::unit_structs::trouble;
use crate::syntax::name::FieldName;
use crate::syntax::relation_type::Kind;
use crate::syntax::types;

/// Returns `visit_collections`, if there are collections.
pub(super) fn methods(entity: &Entity<'_>) -> Option<TokenStream> {
    let module = &entity.module;
    let visits = entity.collections.iter().map(|collection| {
        let Collection { field, relationship, .. } = collection;
        let position = entity.relationship_place(*relationship);
        match collection.ty.kind {
            Kind::ManyToMany if collection.is_through_entity() => {
                quote!(__orm_visitor.through_entity(&mut self.#field, #position);)
            }
            Kind::ManyToMany => {
                // The span is that of the name of the other side, because the association must be
                // declared there.
                let span = inverse_span(collection);
                let [module, name] = [module, field.0].map(|ident| at(ident, span));
                quote_spanned!(span=> __orm_visitor.many_to_many(&mut self.#field, #module::#name);)
            }
            Kind::HasOne => quote!(__orm_visitor.has_one(&mut self.#field, #position);),
            Kind::HasMany | Kind::ForeignKey => {
                quote!(__orm_visitor.has_many(&mut self.#field, #position);)
            }
        }
    });
    let own = !entity.collections.is_empty();
    let (has, base) = match entity.base() {
        Some(base) if own => (quote!(true), Some(base)),
        Some(base) => {
            let ty = base.ty;
            (quote!(<#ty as _orm::Referencing>::HAS_COLLECTIONS), Some(base))
        }
        None => (quote!(true), None),
    };
    let base = base
        .map(|base| quote!(_orm::Referencing::visit_collections(&mut self.#base, __orm_visitor);));
    (own || base.is_some()).then(|| {
        quote! {
            const HAS_COLLECTIONS: bool = #has;

            fn visit_collections<__V: _orm::CollectionVisitor>(
                &mut self,
                __orm_visitor: &mut __V,
            ) {
                #base
                #(#visits)*
            }
        }
    })
}

/// Returns the metadata from the attributes, in the order of the fields.
pub(super) fn metas(entity: &Entity<'_>) -> Vec<TokenStream> {
    let references = entity.references.iter().enumerate().map(|(place, reference)| {
        let (name, target) = (reference.field.to_string(), reference.ty.target);
        let place = entity.foreign_key_place(place);
        let meta = quote!(_orm::RelationshipMeta::to_one::<Self, #target>(#name, #place));
        (reference.relationship, meta)
    });
    let collections = entity.collections.iter();
    let collections =
        collections.map(|collection| (collection.relationship, meta(entity, collection)));
    let mut metas: Vec<_> = references.chain(collections).collect();
    metas.sort_by_key(|(place, _)| *place);
    metas.into_iter().map(|(_, meta)| meta).collect()
}

fn meta(entity: &Entity<'_>, collection: &Collection<'_>) -> TokenStream {
    let (name, target) = (collection.field.to_string(), collection.ty.target);
    let attrs = &collection.attrs;
    let mut said = Said::default();
    said.list("order", order(collection));
    said.option(
        "filter",
        attrs.filter.as_ref().map(|filter| {
            let filter = &filter.value;
            let span = types::span_of(filter);
            quote_spanned!(span=> || _orm::scope::<#target>(#filter))
        }),
    );
    said.flag("delete_orphan", attrs.delete_orphan.is_some());
    let (kind, foreign_key) = match collection.ty.kind {
        Kind::ManyToMany => {
            let (module, field) = (&entity.module, collection.field);
            let marker = quote!(#module::#field);
            let association = if collection.is_through_entity() {
                quote!(_orm::AssociationMeta::entity::<#marker>())
            } else {
                let span = inverse_span(collection);
                let [module, name] = [module, field.0].map(|ident| at(ident, span));
                quote_spanned!(span=> _orm::made_association::<#module::#name>())
            };
            said.option("association", Some(association));
            (quote!(ManyToMany), quote!(<#marker as _orm::Associated>::TO_SOURCE))
        }
        kind => {
            let inverse = inverse(collection);
            let span = inverse_span(collection);
            let kind = if kind == Kind::HasOne { quote!(OneToOne) } else { quote!(OneToMany) };
            (kind, quote_spanned!(span=> _orm::inverse_of::<Self, #inverse>()))
        }
    };
    let new = quote! {
        _orm::RelationshipMeta::new::<Self, #target>(
            #name,
            _orm::RelationshipKind::#kind,
            #foreign_key,
        )
    };
    let said = said.0;
    if said.is_empty() { new } else { quote!(_orm::RelationshipMeta { #said ..#new }) }
}

/// Returns the positions of the target's columns. A column that the target does not have is a
/// compile error at its name.
fn order(collection: &Collection<'_>) -> Vec<TokenStream> {
    let target = collection.ty.target;
    let text = target.to_token_stream().to_string();
    let order = collection.attrs.order_by.iter().flat_map(|given| &given.value);
    let position = |order: &crate::attr::Order| {
        let name = FieldName(&order.column).to_string();
        let message = format!(
            "`{text}` has no column `{name}` to order by; write one of its columns, a reference as `user_id`"
        );
        let descending = order.descending;
        quote_spanned! {types::span_of(&order.column)=>
            (
                _orm::column_position::<#target>(#name, #message),
                #descending,
            )
        }
    };
    order.map(position).collect()
}

/// Returns the unit struct of the other side.
fn inverse(collection: &Collection<'_>) -> TokenStream {
    let target = collection.ty.target;
    match &collection.attrs.inverse {
        Some(inverse) => named(target, &inverse.value),
        None => {
            quote_spanned!(types::span(target)=> <#target as _orm::RefersTo<Self>>::Relationship)
        }
    }
}

/// Returns the unit struct of a field of another entity.
pub(super) fn named(entity: &Type, field: &Ident) -> TokenStream {
    let hash = hash(&FieldName(field).to_string());
    quote_spanned!(types::span_of(field)=> <#entity as _orm::Named<#hash>>::Relationship)
}

/// Returns a name whose errors are reported at another span.
fn at(ident: &Ident, span: Span) -> Ident {
    let mut ident = ident.clone();
    ident.set_span(ident.span().located_at(span));
    ident
}

fn inverse_span(collection: &Collection<'_>) -> Span {
    match &collection.attrs.inverse {
        Some(inverse) => types::span_of(&inverse.value),
        None => types::span(collection.ty.target),
    }
}

/// Returns the hash of a name, which `name_hash` of the runtime computes in the same way.
fn hash(name: &str) -> Literal {
    Literal::u64_unsuffixed(fnv(name))
}

/// Computes FNV-1a.
pub(super) fn fnv(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// Returns the unit structs, in the module beside the entity.
pub(super) fn structs(entity: &Entity<'_>) -> TokenStream {
    let vis = inside(entity.vis);
    let ident = entity.ident;
    let one = |field: FieldName<'_>, doc: String| {
        quote! {
            #[doc = #doc]
            #[derive(Debug, Clone, Copy)]
            #[allow(non_camel_case_types, dead_code)]
            #vis struct #field;
        }
    };
    let free = |field| trouble(entity, field).is_none();
    let references = entity.references.iter().filter(|it| free(it.field));
    let references = references.map(|Reference { field, ty, .. }| {
        one(*field, docs::reference(ident, field, &docs::type_name(ty.target)))
    });
    let collections = entity.collections.iter().filter(|it| free(it.field));
    let collections = collections.map(|Collection { field, ty, .. }| {
        one(*field, docs::collection(ident, field, &docs::type_name(ty.target)))
    });
    quote!(#(#references)* #(#collections)*)
}

/// Returns the visibility of the struct from inside the module beside it.
fn inside(vis: &Visibility) -> TokenStream {
    match vis {
        Visibility::Public(_) => quote!(pub),
        Visibility::Inherited => quote!(pub(super)),
        Visibility::Restricted(restricted) => {
            let path = &restricted.path;
            match path.segments.first() {
                Some(first) if first.ident == "super" => quote!(pub(in super::#path)),
                Some(first) if first.ident == "self" => quote!(pub(super)),
                _ => vis.to_token_stream(),
            }
        }
    }
}

/// Returns the same beside an error. An association that is not known is replaced by the entity
/// itself, so that the other side is not an error as well.
pub(crate) fn markers_beside_errors(entity: &Entity<'_>) -> TokenStream {
    let ident = entity.ident;
    let markers = markers(entity);
    quote! {
        #markers

        #[automatically_derived]
        impl _orm::Connecting for #ident {
            fn unset() -> Self {
                ::core::unreachable!()
            }
        }
    }
}

/// Returns the code that declares the unit structs as relationships of the entity.
pub(crate) fn markers(entity: &Entity<'_>) -> TokenStream {
    let free = |field| trouble(entity, field).is_none();
    let references = entity.references.iter().enumerate().filter(|(_, it)| free(it.field));
    let references =
        references.map(|(place, reference)| reference_marker(entity, place, reference));
    let collections = entity.collections.iter().filter(|it| free(it.field));
    let collections = collections.map(|it| collection_marker(entity, it));
    quote!(#(#references)* #(#collections)*)
}

/// Returns what every relationship has.
fn marker(
    entity: &Entity<'_>,
    field: FieldName<'_>,
    target: &Type,
    position: usize,
) -> TokenStream {
    let Entity { ident, module, .. } = entity;
    let position = entity.relationship_place(position);
    let hash = hash(&field.to_string());
    // A target that is less visible than the source is reported at its name.
    let target = quote_spanned!(types::span(target)=> type Target = #target;);
    quote! {
        #[automatically_derived]
        impl _orm::Relationship for #module::#field {
            type Source = #ident;
            #target
            const POSITION: usize = #position;
        }

        #[doc(hidden)]
        #[automatically_derived]
        impl _orm::Named<#hash> for #ident {
            type Relationship = #module::#field;
        }
    }
}

fn reference_marker(entity: &Entity<'_>, place: usize, reference: &Reference<'_>) -> TokenStream {
    let Entity { ident, module, .. } = entity;
    let (field, target) = (reference.field, reference.ty.target);
    let marker = marker(entity, field, target, reference.relationship);
    let place = entity.foreign_key_place(place);
    let same = entity.references.iter().filter(|it| relation::alike(it.ty.target, target));
    let refers_to = (same.count() == 1).then(|| {
        quote! {
            #[doc(hidden)]
            #[automatically_derived]
            impl _orm::RefersTo<#target> for #ident {
                type Relationship = #module::#field;
            }
        }
    });
    quote! {
        #marker

        #[automatically_derived]
        impl _orm::ToOne for #module::#field {
            const FOREIGN_KEY: usize = #place;
        }

        #refers_to
    }
}

fn collection_marker(entity: &Entity<'_>, collection: &Collection<'_>) -> TokenStream {
    let module = &entity.module;
    let field = collection.field;
    let marker = marker(entity, field, collection.ty.target, collection.relationship);
    let associated =
        (collection.ty.kind == Kind::ManyToMany).then(|| associated(entity, collection));
    quote! {
        #marker

        #[automatically_derived]
        impl _orm::ToMany for #module::#field {}

        #associated
    }
}

/// Returns the entities that are generated for association tables.
pub(crate) fn associations(entity: &Entity<'_>) -> TokenStream {
    let made =
        entity.collections.iter().filter_map(|it| GeneratedAssociation::of(entity, it)?.ok());
    let made = made.map(|made| association(&made));
    quote!(#(#made)*)
}

fn association(made: &GeneratedAssociation<'_>) -> TokenStream {
    let GeneratedAssociation { entity, table, ident, own, other } = made;
    let vis = entity.vis;
    let schema = entity.attrs.schema.as_ref().map(|schema| quote!(, schema = #schema));
    let doc = docs::association(entity.ident, &docs::type_name(&other.target), &table.value());
    let field = |side: &Side<'_>| {
        let Side { field, column, target, key } = side;
        let doc = docs::association_side(&docs::type_name(target));
        quote! {
            #[doc = #doc]
            #[entity(primary_key, on_delete = cascade, column = #column)]
            #vis #field: ::orm_runtime::ForeignKey<#target, #key>
        }
    };
    let (first, second) = (field(own), field(other));
    let (own, other) = (&own.field, &other.field);
    quote! {
        #[doc = #doc]
        #[derive(::orm_runtime::Entity, ::core::fmt::Debug, ::core::clone::Clone)]
        #[entity(table = #table #schema)]
        #vis struct #ident {
            #first,
            #second,
        }

        #[doc(hidden)]
        const _: () = {
            use ::orm_runtime::__private as _orm;

            #[automatically_derived]
            impl _orm::Connecting for #ident {
                fn unset() -> Self {
                    #ident {
                        #own: ::core::default::Default::default(),
                        #other: ::core::default::Default::default(),
                    }
                }
            }
        };
    }
}
