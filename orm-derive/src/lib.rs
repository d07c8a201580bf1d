//! The derive macros of `orm-runtime`, which re-exports them.
//!
//! A derive (`derives`) has these steps: it parses the attributes (`syntax`, `attr`), turns the
//! struct into a model in which every default is decided (`model`), checks the rules about the
//! whole model (`check`), and expands it if it has no errors (`expand`). Errors are collected on
//! the way (`syntax::ctxt`) and reported together, beside a fallback implementation (`fallback`).
//! The file `ROOMS` lists the order of these modules, and a test checks that they import each other
//! only in that order.

use proc_macro::TokenStream;
use syn::{DeriveInput, parse_macro_input};

mod attr;
mod check;
mod derives;
mod docs;
mod expand;
mod fallback;
mod model;
#[cfg(test)]
mod snapshots;
mod syntax;

#[cfg_attr(not(doctest), doc = include_str!("entity.md"))]
#[proc_macro_derive(Entity, attributes(entity))]
pub fn derive_entity(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    derives::entity(&input, Vec::new()).into()
}

#[cfg_attr(not(doctest), doc = include_str!("db_enum.md"))]
#[proc_macro_derive(DbEnum, attributes(db_enum))]
pub fn derive_db_enum(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    derives::db_enum(&input).into()
}

#[cfg_attr(not(doctest), doc = include_str!("db_type.md"))]
#[proc_macro_derive(DbType, attributes(db_type))]
pub fn derive_db_type(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    derives::db_type(&input).into()
}

#[cfg_attr(not(doctest), doc = include_str!("embed.md"))]
#[proc_macro_derive(Embed, attributes(entity))]
pub fn derive_embed(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    derives::embed(&input, &[]).into()
}

#[cfg_attr(not(doctest), doc = include_str!("one_of.md"))]
#[proc_macro_derive(OneOf, attributes(entity))]
pub fn derive_one_of(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    derives::one_of(&input).into()
}

/// Continues a derive when the columns of its value objects are known.
#[doc(hidden)]
#[proc_macro]
pub fn __resume(tokens: TokenStream) -> TokenStream {
    derives::resume(tokens.into()).into()
}

/// Continues the derive of a subtype when it is known where its base is stored.
#[doc(hidden)]
#[proc_macro]
pub fn __resume_subtype(tokens: TokenStream) -> TokenStream {
    derives::resume_subtype(tokens.into()).into()
}
