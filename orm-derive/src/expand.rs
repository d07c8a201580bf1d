//! From the model to code. Nothing here can fail, because every mistake has been reported.

use proc_macro2::TokenStream;
use quote::quote;

use crate::model::Entity;
use crate::model::subtype as subtypes;

mod associated;
pub(crate) mod builder;
mod changes;
mod conversions;
pub(crate) mod db_enum;
pub(crate) mod db_type;
pub(crate) mod embed;
pub(crate) mod entity;
mod heirs;
pub(crate) mod hierarchy;
mod hooks;
pub(crate) mod items;
pub(crate) mod lineage;
mod meta;
pub(crate) mod one_column;
pub(crate) mod one_of;
pub(crate) mod references;
pub(crate) mod relations;
mod rows;
pub(crate) mod same_query;
pub(crate) mod scopes;
mod struct_fields;
pub(crate) mod subtype;
pub(crate) mod table;

/// Returns the expansion of an entity without errors.
pub(crate) fn expand(entity: &Entity<'_>) -> TokenStream {
    let table = table::expand(entity);
    let implementation = entity::expand(entity);
    let builder = builder::expand(entity);
    let associations = relations::associations(entity);
    let responder = entity.is_subtype().then(|| subtypes::responder(entity));
    quote! {
        #responder
        #table
        #builder
        #implementation
        #associations
    }
}
