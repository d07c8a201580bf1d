//! The module beside the struct: Diesel's table and columns.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

use crate::docs;
use crate::model::column::Column;
use crate::model::embed::EmbeddedColumn;
use crate::model::{self, Entity};
use crate::syntax::name::FieldName;
use crate::syntax::types::SqlType;

/// Returns the module of an entity:
///
/// ```text
/// pub mod user {
///     mod __orm_table {
///         ::diesel::table! { user (id) { id -> BigInt, name -> Text } }
///     }
///     pub use self::__orm_table::user::*;
/// }
/// ```
///
/// `table!` makes its module public whatever the struct is, so it is inside a module with the
/// visibility of the struct.
pub(crate) fn expand(entity: &Entity<'_>) -> TokenStream {
    module(entity, &columns(entity))
}

/// Returns the module of an entity that has errors, with the columns that Diesel accepts. Returns
/// `None` if it would accept none, or would complain about their number.
pub(crate) fn expand_usable(entity: &Entity<'_>) -> Option<TokenStream> {
    let mut usable = columns(entity);
    usable.retain(|column| model::named::is_free_for_diesel(FieldName(column.ident)));
    let mut names = std::collections::HashSet::new();
    let distinct = usable.iter().all(|column| names.insert(column.ident.to_string()));
    let collides = *entity.ident == entity.module;
    ((1..=32).contains(&usable.len()) && !collides && distinct).then(|| module(entity, &usable))
}

/// A column as `table!` sees it: one of a field, or one inside a value object.
struct TableColumn<'a> {
    position: usize,
    ident: &'a Ident,
    name: &'a str,
    sql: &'a SqlType,
    nullable: bool,
    length: Option<u32>,
    is_key: bool,
    doc: String,
}

fn columns<'a>(entity: &'a Entity<'a>) -> Vec<TableColumn<'a>> {
    let own = entity.columns.iter().map(|column| {
        let Column { position, ident, name, ty, attrs, .. } = column;
        TableColumn {
            position: *position,
            ident,
            name,
            sql: &ty.sql,
            nullable: ty.nullable,
            length: attrs.length.as_ref().map(|length| length.value),
            is_key: entity.is_key(column),
            doc: docs::column(entity.ident, column.field, name, ty.deferred),
        }
    });
    let inside = entity.embeds.iter().flat_map(|embed| {
        (embed.first..).zip(&embed.embedded_columns).map(|(position, embedded_column)| {
            TableColumn {
                position,
                ident: &embedded_column.ident,
                name: &embedded_column.column,
                sql: &embedded_column.sql,
                nullable: embedded_column.nullable,
                length: None,
                is_key: false,
                doc: docs::column(
                    entity.ident,
                    &embedded_column.field,
                    &embedded_column.column,
                    false,
                ),
            }
        })
    });
    own.chain(inside).chain(shared_key(entity)).collect()
}

/// Returns the columns of the key that a subtype shares with its base.
fn shared_key<'a>(entity: &'a Entity<'a>) -> Vec<TableColumn<'a>> {
    let Some(base) = entity.base() else { return Vec::new() };
    let first = entity.column_count();
    let columns = (first..).zip(&base.inherited.key).zip(&base.key_names);
    let column =
        |((position, embedded_column), name): ((usize, &'a EmbeddedColumn), &'a String)| {
            TableColumn {
                position,
                ident: &embedded_column.ident,
                name,
                sql: &embedded_column.sql,
                nullable: false,
                length: None,
                is_key: true,
                doc: docs::shared_key(entity.ident, name, &docs::type_name(base.ty)),
            }
        };
    columns.map(column).collect()
}

fn module(entity: &Entity<'_>, columns: &[TableColumn<'_>]) -> TokenStream {
    let Entity { vis, module, diesel_table, .. } = entity;
    let module_doc = docs::module(entity);
    let table_doc = docs::table(entity);
    let sql_name = sql_name(diesel_table, &entity.table);
    let schema = schema(entity);
    let key = key(columns);
    let given = given_types(columns);
    let imports = given.is_some().then(|| {
        quote!(
            use super::super::__orm_sql_types;
        )
    });
    let columns = columns.iter().map(column_def);
    let scopes = super::scopes::module(entity);
    let relationships = super::relations::structs(entity);

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
            #relationships
        }
    }
}

fn schema(entity: &Entity<'_>) -> Option<TokenStream> {
    let schema = entity.schema()?;
    let schema = syn::parse_str::<Ident>(&schema).ok()?;
    Some(quote!(#schema .))
}

/// Returns the columns of the key. If an error has left none it is the first column, because Diesel
/// requires one.
fn key<'a>(columns: &[TableColumn<'a>]) -> Vec<&'a Ident> {
    let mut key: Vec<_> =
        columns.iter().filter(|column| column.is_key).map(|column| column.ident).collect();
    if key.is_empty() {
        key.extend(columns.first().map(|column| column.ident));
    }
    key
}

fn column_def(column: &TableColumn<'_>) -> TokenStream {
    let TableColumn { ident, name, sql, nullable, length, doc, .. } = column;
    let sql_name = sql_name(ident, name);
    let max_length = length.map(|length| {
        let length = proc_macro2::Literal::u32_unsuffixed(length);
        quote!(#[max_length = #length])
    });
    let sql_type = match sql {
        SqlType::Given(path) => {
            let module = given_module(column);
            let name = path.path.segments.last().map(|segment| &segment.ident);
            quote!(__orm_sql_types::#module::#name)
        }
        SqlType::Custom(_) => {
            let alias = given_alias(column);
            quote!(::orm_runtime::column::sql_types::Custom<__orm_sql_types::#alias>)
        }
        known => known.path(&quote!(::diesel), &quote!(::orm_runtime)),
    };
    let sql_type =
        if *nullable { quote!(::diesel::sql_types::Nullable<#sql_type>) } else { sql_type };
    quote! {
        #[doc = #doc]
        #sql_name
        #max_length
        #ident -> #sql_type,
    }
}

/// Returns the name in the database, if it differs from that in the code.
fn sql_name(ident: &Ident, name: &str) -> Option<TokenStream> {
    (*ident != name).then(|| quote!(#[sql_name = #name]))
}

/// Returns aliases for the SQL types and custom types that the user named, in a place where
/// `table!` can see them.
///
/// A path that was written beside the struct has a different meaning inside the module, so an alias
/// is created where everything in the outer module is visible. `table!` gives a column arithmetic
/// by the last name of its SQL type, so each alias is re-exported under that name.
fn given_types(columns: &[TableColumn<'_>]) -> Option<TokenStream> {
    let mut aliases = Vec::new();
    for column in columns {
        let (SqlType::Given(path) | SqlType::Custom(path)) = column.sql else { continue };
        let alias = given_alias(column);
        let from_inside = from_inside(path);
        aliases.push(quote! {
            #[allow(non_camel_case_types)]
            pub type #alias = #from_inside;
        });
        if let SqlType::Given(path) = column.sql {
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

fn given_alias(column: &TableColumn<'_>) -> Ident {
    format_ident!("__orm_type_{}", column.position)
}

fn given_module(column: &TableColumn<'_>) -> Ident {
    format_ident!("__orm_column_{}", column.position)
}

/// Returns a path that starts at `self` or `super`, as seen from two modules further inside.
fn from_inside(path: &syn::TypePath) -> TokenStream {
    let segments = &path.path.segments;
    let rest = segments.iter().skip(1);
    match segments.first() {
        Some(first) if first.ident == "self" => quote!(super::super::#(#rest)::*),
        Some(first) if first.ident == "super" => quote!(super::super::#path),
        _ => quote!(#path),
    }
}
