//! The types and constants of an entity, by the trait that contains them.

use proc_macro2::TokenStream;
use quote::quote;

/// The types and constants of an entity, and how its objects are viewed, by the trait that contains
/// them.
pub(crate) struct Items {
    pub(crate) mapped: TokenStream,
    pub(crate) in_hierarchy: TokenStream,
    pub(crate) entity: TokenStream,
}

/// Returns the items of an entity with its own arena.
pub(crate) fn itself() -> TokenStream {
    quote! {
        type Root = Self;

        #[inline(always)]
        fn view(__orm_object: &Self) -> ::core::option::Option<&Self> {
            ::core::option::Option::Some(__orm_object)
        }

        #[inline(always)]
        fn view_mut(__orm_object: &mut Self) -> ::core::option::Option<&mut Self> {
            ::core::option::Option::Some(__orm_object)
        }

        #[inline(always)]
        fn from_root(__orm_object: Self) -> ::core::result::Result<Self, Self> {
            ::core::result::Result::Ok(__orm_object)
        }

        fn entity_index() -> usize {
            static INDEX: _orm::EntityIndex = _orm::EntityIndex::new();
            INDEX.get()
        }
    }
}
