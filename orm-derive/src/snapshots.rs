//! Tests that compare what the derives write with files: `snapshots/plain.rs` is the input, and
//! `snapshots/plain.expanded.rs` is the expansion.
//!
//! `UPDATE_SNAPSHOTS=1 cargo test -p orm-derive` rewrites the expansions. Review their diff like
//! any other.

use std::path::Path;
use std::{env, fs};

use proc_macro2::TokenStream;
use quote::quote;
use syn::{DeriveInput, Item};

use crate::derives;

#[test]
fn a_plain_entity() {
    compare("plain", entity);
}

#[test]
fn an_entity_with_every_attribute() {
    compare("attributes", entity);
}

#[test]
fn an_entity_with_relationships() {
    compare("relationships", entity);
}

#[test]
fn a_hierarchy() {
    compare("hierarchy", entity);
}

#[test]
fn an_enum_of_codes() {
    compare("codes", derives::db_enum);
}

#[test]
fn a_crate_under_another_name_is_named_everywhere() {
    for (file, derive) in [
        ("plain", entity as Derive),
        ("attributes", entity),
        ("relationships", entity),
        ("hierarchy", entity),
        ("codes", derives::db_enum),
    ] {
        let attribute = if file == "codes" { "db_enum" } else { "entity" };
        let attribute = quote::format_ident!("{attribute}");
        for mut input in inputs(file) {
            input.attrs.push(syn::parse_quote!(#[#attribute(crate = renamed::orm)]));
            let expansion = derive(&input).to_string();
            assert!(expansion.contains("renamed :: orm :: "), "{expansion}");
            assert!(!expansion.contains(":: orm_runtime"), "{expansion}");
        }
    }
}

type Derive = fn(&DeriveInput) -> TokenStream;

/// Expands an entity. A subtype is expanded as if its base were `Employee` with the key `id`.
fn entity(input: &DeriveInput) -> TokenStream {
    if input.ident == "Boss" {
        let key = quote!([id "id" "id" given ::diesel::sql_types::BigInt, false false]);
        return derives::resume_subtype(quote!({ #input } "" "employee" #key));
    }
    derives::entity(input, Vec::new())
}

fn compare(name: &str, derive: Derive) {
    let expansion: TokenStream = inputs(name).iter().map(derive).collect();
    let file = syn::parse2(expansion).expect("an expansion is items");
    let expansion = prettyplease::unparse(&file);
    let path = folder().join(format!("{name}.expanded.rs"));
    if env::var_os("UPDATE_SNAPSHOTS").is_some() {
        fs::write(&path, &expansion).expect("the snapshots can be written");
    }
    let expected = fs::read_to_string(&path).unwrap_or_default();
    let differs = expected.lines().zip(expansion.lines()).position(|(one, other)| one != other);
    assert!(
        expected == expansion,
        "{name} is expanded otherwise than in {name}.expanded.rs, from line {} on; if that is meant, \
         UPDATE_SNAPSHOTS=1 writes it",
        differs.unwrap_or_default() + 1
    );
}

fn inputs(name: &str) -> Vec<DeriveInput> {
    let text = fs::read_to_string(folder().join(format!("{name}.rs"))).expect("there is an input");
    let file = syn::parse_file(&text).expect("an input is items");
    let input = |item: Item| syn::parse2(quote!(#item)).expect("an item is a struct or an enum");
    file.items.into_iter().map(input).collect()
}

fn folder() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/snapshots"))
}
