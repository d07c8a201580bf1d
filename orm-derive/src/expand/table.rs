//! The module beside the struct: Diesel's table and columns.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

use crate::docs;
use crate::model::{self, Column, Entity};
use crate::types::SqlType;

/// ```text
/// pub mod user {
///     mod __orm_table {
///         ::diesel::table! { user (id) { id -> BigInt, name -> Text } }
///     }
///     pub use self::__orm_table::user::*;
/// }
/// ```
///
/// `table!` makes its module public whatever the struct is, so it stands in one that has the
/// visibility of the struct.
pub(crate) fn expand(entity: &Entity<'_>) -> TokenStream {
    let columns: Vec<_> = entity.columns.iter().collect();
    module(entity, &columns)
}

/// The module of an entity that has errors, with the columns that Diesel would take; nothing if it
/// would take none, or complain about their number.
pub(crate) fn expand_usable(entity: &Entity<'_>) -> Option<TokenStream> {
    let usable: Vec<_> =
        entity.columns.iter().filter(|column| model::is_free_for_diesel(column.field)).collect();
    let collides = *entity.ident == entity.module;
    ((1..=32).contains(&usable.len()) && !collides).then(|| module(entity, &usable))
}

fn module(entity: &Entity<'_>, columns: &[&Column<'_>]) -> TokenStream {
    let Entity { vis, module, diesel_table, .. } = entity;
    let module_doc = docs::module(entity);
    let table_doc = docs::table(entity);
    let sql_name = sql_name(diesel_table, &entity.table);
    let schema = schema(entity);
    let key = key(entity, columns);
    let given = given_types(columns);
    let imports = given.is_some().then(|| {
        quote!(
            use super::super::__orm_sql_types;
        )
    });
    let columns = columns.iter().map(|column| column_def(entity, column));
    let scopes = super::scopes::module(entity);

    quote! {
        #[doc = #module_doc]
        #[allow(unreachable_pub)]
        #vis mod #module {
            #given

            mod __orm_table {
                ::diesel::table! {
                    #imports

                    #[doc = #table_doc]
                    #sql_name
                    #schema #diesel_table (#(#key),*) {
                        #(#columns)*
                    }
                }
            }

            pub use self::__orm_table::#diesel_table::*;

            #scopes
        }
    }
}

fn schema(entity: &Entity<'_>) -> Option<TokenStream> {
    let schema = &entity.attrs.schema.as_ref()?.value;
    let schema = syn::parse_str::<Ident>(&schema.value()).ok()?;
    Some(quote!(#schema .))
}

/// The columns of the key; where an error has left none, the first one, since Diesel needs one.
fn key<'a>(entity: &Entity<'a>, columns: &[&'a Column<'a>]) -> Vec<&'a Ident> {
    let mut key: Vec<_> = columns
        .iter()
        .filter(|column| entity.is_key(column))
        .map(|column| column.field.0)
        .collect();
    if key.is_empty() {
        key.extend(columns.first().map(|column| column.field.0));
    }
    key
}

fn column_def(entity: &Entity<'_>, column: &Column<'_>) -> TokenStream {
    let Column { field, name, ty, .. } = column;
    let doc = docs::column(entity.ident, field, name, ty.deferred);
    let sql_name = sql_name(field.0, name);
    let max_length = column.attrs.length.as_ref().map(|length| {
        let length = proc_macro2::Literal::u32_unsuffixed(length.value);
        quote!(#[max_length = #length])
    });
    let sql_type = match &ty.sql {
        SqlType::Given(path) => {
            let module = given_module(column);
            let name = path.path.segments.last().map(|segment| &segment.ident);
            quote!(__orm_sql_types::#module::#name)
        }
        SqlType::Custom(_) => {
            let alias = given_alias(column);
            quote!(::orm_runtime::sql_types::Custom<__orm_sql_types::#alias>)
        }
        known => known.path(&quote!(::diesel), &quote!(::orm_runtime)),
    };
    let sql_type =
        if ty.nullable { quote!(::diesel::sql_types::Nullable<#sql_type>) } else { sql_type };
    quote! {
        #[doc = #doc]
        #sql_name
        #max_length
        #field -> #sql_type,
    }
}

/// The name in the database, where it is another than that in the code.
fn sql_name(ident: &Ident, name: &str) -> Option<TokenStream> {
    (*ident != name).then(|| quote!(#[sql_name = #name]))
}

/// The SQL types and the own types that the user named, under their own names but where `table!` can see them.
///
/// A path that was written beside the struct means something else inside the module, so an alias is
/// made where everything of the outer module can be seen. `table!` gives a column arithmetic by the
/// last name of its SQL type, so each alias is re-exported under that.
fn given_types(columns: &[&Column<'_>]) -> Option<TokenStream> {
    let mut aliases = Vec::new();
    for column in columns {
        let (SqlType::Given(path) | SqlType::Custom(path)) = &column.ty.sql else { continue };
        let alias = given_alias(column);
        let from_inside = from_inside(path);
        aliases.push(quote! {
            #[allow(non_camel_case_types)]
            pub type #alias = #from_inside;
        });
        if let SqlType::Given(path) = &column.ty.sql {
            let module = given_module(column);
            let name = path.path.segments.last().map(|segment| &segment.ident);
            aliases.push(quote! {
                pub mod #module {
                    pub use super::#alias as #name;
                }
            });
        }
    }
    (!aliases.is_empty()).then(|| {
        quote! {
            mod __orm_sql_types {
                #[allow(unused_imports)]
                use super::super::*;
                #(#aliases)*
            }
        }
    })
}

fn given_alias(column: &Column<'_>) -> Ident {
    format_ident!("__orm_type_{}", column.position)
}

fn given_module(column: &Column<'_>) -> Ident {
    format_ident!("__orm_column_{}", column.position)
}

/// A path that starts at `self` or `super`, from two modules further inside.
fn from_inside(path: &syn::TypePath) -> TokenStream {
    let segments = &path.path.segments;
    let rest = segments.iter().skip(1);
    match segments.first() {
        Some(first) if first.ident == "self" => quote!(super::super::#(#rest)::*),
        Some(first) if first.ident == "super" => quote!(super::super::#path),
        _ => quote!(#path),
    }
}
