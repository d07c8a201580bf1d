//! The derive macros of `orm-runtime`, which re-exports them.
//!
//! A derive goes one way: the words of the attributes are parsed (`parse`, `attr`), the struct
//! becomes a model with every default decided (`model`, `types`), rules about the whole of it are
//! checked (`check`), and only a model without errors is expanded (`expand`). Errors are collected on
//! the way (`ctxt`) and reported together, beside an implementation that stands in (`fallback`).

use proc_macro::TokenStream;
use syn::{DeriveInput, parse_macro_input};

mod association;
mod attr;
mod check;
mod ctxt;
mod db_enum;
mod db_type;
mod docs;
mod embed;
mod expand;
mod fallback;
mod kinds;
mod level;
mod model;
mod name;
mod one_of;
mod parse;
mod relation;
mod types;
mod value;
mod words;

#[cfg_attr(not(doctest), doc = include_str!("entity.md"))]
#[proc_macro_derive(Entity, attributes(entity))]
pub fn derive_entity(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    expand::entity(&input, Vec::new()).into()
}

#[cfg_attr(not(doctest), doc = include_str!("db_enum.md"))]
#[proc_macro_derive(DbEnum, attributes(db_enum))]
pub fn derive_db_enum(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    expand::db_enum::derive(&input).into()
}

#[cfg_attr(not(doctest), doc = include_str!("db_type.md"))]
#[proc_macro_derive(DbType, attributes(db_type))]
pub fn derive_db_type(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    expand::db_type::derive(&input).into()
}

#[cfg_attr(not(doctest), doc = include_str!("embed.md"))]
#[proc_macro_derive(Embed, attributes(entity))]
pub fn derive_embed(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    expand::embed::derive(&input, &[]).into()
}

#[cfg_attr(not(doctest), doc = include_str!("one_of.md"))]
#[proc_macro_derive(OneOf, attributes(entity))]
pub fn derive_one_of(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    expand::one_of::derive(&input).into()
}

/// Goes on with a derive when the columns of its value objects are known.
#[doc(hidden)]
#[proc_macro]
pub fn __resume(tokens: TokenStream) -> TokenStream {
    embed::resume(tokens.into()).into()
}

/// Goes on with the derive of a kind when it is known where its base is stored.
#[doc(hidden)]
#[proc_macro]
pub fn __resume_kind(tokens: TokenStream) -> TokenStream {
    level::resume(tokens.into()).into()
}
