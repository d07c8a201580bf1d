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

        fn entity_index() -> usize {
            static INDEX: _orm::EntityIndex = _orm::EntityIndex::new();
            INDEX.get(|| <Self as _orm::Entity>::META)
        }
    }
}
