//! Many-to-many: the entity that connects the two sides, and the side that names it.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::Type;

use super::relations::named;
use crate::attr::Through;
use crate::model::Entity;
use crate::model::association::GeneratedAssociation;
use crate::model::relation::Collection;
use crate::syntax::name::{self, FieldName};
use crate::syntax::types;

/// Returns the entity that connects the two sides. Beside an error, it is the entity itself.
pub(super) fn associated(entity: &Entity<'_>, collection: &Collection<'_>) -> TokenStream {
    let Entity { ident, module, .. } = entity;
    let field = collection.field;
    let (association, to_source, to_target) = match (
        &collection.attrs.through,
        &collection.attrs.inverse,
    ) {
        (Some(through), _) => match &through.value {
            Through::Table(_) => {
                let made = GeneratedAssociation::of(entity, collection).and_then(Result::ok);
                let made = made.map_or_else(|| (*ident).clone(), |made| made.ident);
                (quote!(#made), quote!(0), quote!(1))
            }
            Through::Entity(path) => {
                let span = types::span_of(path);
                let target = collection.ty.target;
                let sides = match &collection.attrs.foreign_keys {
                        Some(foreign_keys) => [&foreign_keys.value[0], &foreign_keys.value[1]].map(|field| {
                            named(&Type::Path(path.clone()), field)
                        }),
                        None => [quote!(#ident), quote!(#target)].map(|side| {
                            quote_spanned!(span=> <#path as _orm::RefersTo<#side>>::Relationship)
                        }),
                    };
                let [source, goal] = sides;
                (
                    quote!(#path),
                    quote_spanned!(span=> _orm::inverse_of::<#ident, #source>()),
                    quote_spanned!(span=> _orm::inverse_of::<#target, #goal>()),
                )
            }
        },
        (None, Some(inverse)) => {
            let span = types::span_of(&inverse.value);
            let other = named(collection.ty.target, &inverse.value);
            let of = |item: TokenStream| quote_spanned!(span=> <#other as _orm::Connects>::#item);
            (of(quote!(Association)), of(quote!(TO_TARGET)), of(quote!(TO_SOURCE)))
        }
        (None, None) => (quote!(#ident), quote!(0), quote!(0)),
    };
    let said = |association, to_source, to_target| {
        quote! {
            type Association = #association;
            const TO_SOURCE: usize = #to_source;
            const TO_TARGET: usize = #to_target;
        }
    };
    let inverse = collection.attrs.through.is_none() && collection.attrs.inverse.is_some();
    // The inverse of this side sees its attributes, but not what the inverse would say of this side
    // in turn.
    let seen = match inverse {
        true => said(quote!(_orm::Unconnected), quote!(0), quote!(1)),
        false => said(association.clone(), to_source.clone(), to_target.clone()),
    };
    let said = said(association, to_source, to_target);
    let not_both = inverse.then(|| not_both_inverse(entity, collection)).flatten();
    quote! {
        #[automatically_derived]
        impl _orm::Associated for #module::#field {
            #said
        }

        #[automatically_derived]
        impl _orm::Connects for #module::#field {
            const INVERSE: bool = #inverse;
            #seen
        }

        #not_both
    }
}

/// Checks that not both sides have `inverse`. The error is reported only at the side with the
/// lesser name.
fn not_both_inverse(entity: &Entity<'_>, collection: &Collection<'_>) -> Option<TokenStream> {
    let inverse = &collection.attrs.inverse.as_ref()?.value;
    let target = collection.ty.target;
    let other_entity = FieldName(&types::last_segment(target)?.ident).to_string();
    let (own, other) = (
        (FieldName(entity.ident).to_string(), collection.field.to_string()),
        (other_entity, FieldName(inverse).to_string()),
    );
    if own > other {
        return None;
    }
    let message = format!(
        "`{}::{}` says that it is the inverse as well; write at one of the two what connects them, as in `through = \"{}_{}\"`",
        other.0,
        other.1,
        name::snake_case(&own.0),
        name::snake_case(&other.0),
    );
    let marker = named(target, inverse);
    Some(quote_spanned! {types::span_of(inverse)=>
        const _: () = ::core::assert!(!<#marker as _orm::Connects>::INVERSE, #message);
    })
}
