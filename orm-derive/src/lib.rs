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

#[doc = include_str!("entity.md")]
#[proc_macro_derive(Entity, attributes(entity))]
pub fn derive_entity(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    expand::entity(&input, Vec::new()).into()
}

/// Makes an enum of plain variants a column type: each variant is stored as a code.
///
/// ```
/// # use orm_runtime::prelude::*;
/// #[derive(DbEnum, Debug, Clone, Copy, PartialEq, Eq)]
/// pub enum EmployeeType {
///     #[db_enum(code = "P", label = "Part Time")]
///     PartTime,
///     #[db_enum(code = "F", label = "Full Time", alias = "FT")]
///     FullTime,
///     #[db_enum(code = "C")]
///     Contractor,
/// }
///
/// assert_eq!(EmployeeType::PartTime.code(), "P");
/// assert_eq!(EmployeeType::from_code("FT").unwrap(), EmployeeType::FullTime);
/// assert_eq!(EmployeeType::Contractor.label(), "Contractor");
/// for (code, label) in EmployeeType::choices() {
///     println!("{code} {label}");
/// }
/// ```
///
/// # What it makes
///
/// - `code`, `label`, `all`, `choices` and `from_code` on the enum, and the implementation of
///   `DbEnum`, which has the same as data;
/// - `Display` and `FromStr` by code, and with the feature `serde` its two traits;
/// - a column type for `#[derive(Entity)]`, alone or in an `Option`, in filters, and as a key if the
///   enum is `Ord` and `Hash`.
///
/// # Attributes
///
/// On the enum:
///
/// | `#[db_enum(...)]` | says |
/// |---|---|
/// | `type_name = "name"` | the name of the type on PostgreSQL; else the enum's name in snake_case |
/// | `check` | text with a CHECK, also where the database has enumerations |
///
/// On a variant:
///
/// | `#[db_enum(...)]` | says |
/// |---|---|
/// | `code = "P"`, `'P'` or `1` | what is stored; else the discriminant, or the name in snake_case |
/// | `label = "text"` | the text for people; else the words of the name |
/// | `alias = "FT"` | a code of earlier times, which is read and never written |
///
/// # How it is stored
///
/// | codes | PostgreSQL | MySQL | SQLite |
/// |---|---|---|---|
/// | texts | a type of its own (`CREATE TYPE … AS ENUM`) | `ENUM(…)` | `TEXT` with a CHECK |
/// | texts, with `check` | `VARCHAR` with a CHECK | the same | the same |
/// | characters | `VARCHAR(1)` with a CHECK | the same | the same |
/// | integers | `SMALLINT` or `INTEGER` with a CHECK | the same | the same |
///
/// A database's own enumeration is ordered as its variants are written, a text by its letters;
/// `job::kind.declared_order()` is the first on every database. The enum has to be `pub`. On
/// PostgreSQL such a type costs one more SELECT the first time a connection uses it, in which Diesel
/// asks for its number.
#[proc_macro_derive(DbEnum, attributes(db_enum))]
pub fn derive_db_enum(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    expand::db_enum::derive(&input).into()
}

/// Makes a type of the program's own a column type, or a decorator of a type of another crate.
///
/// ```
/// # use orm_runtime::prelude::*;
/// /// Stored as a text.
/// #[derive(DbType, Debug, Clone, PartialEq)]
/// #[db_type(try_from)]
/// pub struct Email(String);
///
/// impl TryFrom<String> for Email {
///     type Error = &'static str;
///
///     fn try_from(text: String) -> std::result::Result<Self, Self::Error> {
///         if text.contains('@') { Ok(Email(text)) } else { Err("an address has an @") }
///     }
/// }
///
/// /// Stored as an integer, and a key that the database can make: `Auto<UserId>`.
/// #[derive(DbType, Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
/// pub struct UserId(i64);
/// ```
///
/// | on | the conversions | the field |
/// |---|---|---|
/// | a struct of one unnamed value | that value, which has to be of a type that is a column type | `email: Email` |
/// | any other type, or `#[db_type(decorator)]` | `impl TypeDecorator` with `Value = Self` | `place: Point` |
/// | a struct without fields | `impl TypeDecorator` for another type | `#[entity(with = Millis)] wait: Duration` |
///
/// The first two stand in filters as they are, and are keys if they are `Ord` and `Hash`; values of the
/// third go through `val(…)`. A type has to be `Debug`, `Clone` and `PartialEq`, as every value of a
/// column, and `pub`.
///
/// # Attributes
///
/// | `#[db_type(...)]` | says |
/// |---|---|
/// | `try_from` | what is read goes through `TryFrom`, whose error is the error of the query |
/// | `decorator` | a struct of one value has an implementation of `TypeDecorator` of its own |
#[proc_macro_derive(DbType, attributes(db_type))]
pub fn derive_db_type(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    expand::db_type::derive(&input).into()
}

/// Makes a struct a value object: its fields are columns of the entity that has it in a field with
/// `#[entity(embed)]`.
///
/// ```
/// # use orm_runtime::prelude::*;
/// #[derive(Embed, Debug, Clone, PartialEq)]
/// pub struct PostalAddress {
///     pub street: String,
///     pub city: String,
///     pub zip: Option<String>,
/// }
///
/// #[derive(Entity)]
/// pub struct Customer {
///     pub id: Auto<i64>,
///     #[entity(embed)]                              // home_street, home_city, home_zip
///     pub home: PostalAddress,
///     #[entity(embed, prefix = "ship_", columns(zip = "postcode"))]
///     pub shipping: Option<PostalAddress>,          // None: all its columns are NULL
/// }
///
/// # fn main() -> Result<()> {
/// # let mut session = Session::open("sqlite://:memory:")?;
/// # schema![Customer].create_all(&mut session)?;
/// let query = session.query::<Customer>().filter(customer::home_city.eq("London"));
/// # assert_eq!(query.count()?, 0);
/// # Ok(()) }
/// ```
///
/// A field may be a value object itself. It is one value: an UPDATE writes all of its columns if one of
/// them differs, so that a row never has halves of what two sessions wrote. In the table the columns of
/// value objects stand behind the others.
///
/// # Attributes
///
/// A field knows these words of `#[entity(...)]`: `column`, `length`, `precision`, `scale`, `sql_type`, `db_type`,
/// `with`, `unique`, `index`, `comment`, `zero_date_as_none`, and for a value object inside `embed`, `prefix`, `columns`.
///
/// # Where it can be used
///
/// In its own crate, wherever it is named by a path: beside the struct stands a macro of the same name,
/// by which the entity learns of the columns, so a type alias will not do. Types of its fields that the
/// derive does not know by name have to be in scope where the entity is.
#[proc_macro_derive(Embed, attributes(entity))]
pub fn derive_embed(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    expand::embed::derive(&input, &[]).into()
}

#[doc = include_str!("one_of.md")]
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
