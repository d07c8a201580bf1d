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

/// Maps a struct with named fields to a table, or an enum to the tables of its kinds.
///
/// ```ignore
/// use orm_runtime::prelude::*;
///
/// #[derive(Entity, Clone, Debug)]
/// #[entity(table = "user_account")]
/// pub struct User {
///     pub id: Auto<i64>,
///     #[entity(unique, length = 30)]
///     pub name: String,
///     pub fullname: Option<String>,
///     pub portrait: Deferred<Vec<u8>>,
/// }
///
/// let ada = User::builder().name("ada").portrait([1, 2, 3]).build();
/// assert_eq!(ada.name, "ada");
/// assert_eq!(ada.fullname, None);
/// ```
///
/// # What it makes
///
/// - the implementation of `Entity`, which the session works with;
/// - a module beside the struct, named like it in snake_case, with Diesel's table and columns:
///   `user::table`, `user::name`;
/// - a builder, `User::builder()`, that does not compile while a required field is missing. A field
///   is required unless it is an `Option`, an `Auto` key, the version, skipped, or has a `default`.
///
/// # Attributes
///
/// On the struct:
///
/// | `#[entity(...)]` | says |
/// |---|---|
/// | `table = "name"` | the name of the table; else the struct's name in snake_case |
/// | `schema = "name"` | the database schema of the table |
/// | `unique(a, b)`, `index(a, b)` | no two rows have the same values; an index. `index(columns(a, b), where = "a > 0", name = "x")` is only over some rows, and has this name |
/// | `check = "price > 0"` | a condition in SQL that every row fulfils; `check(name = "x", condition = "…")` has this name |
/// | `foreign_key(columns(a, b), references = Seat, on_delete = cascade)` | the columns hold a key of the entity `Seat` |
/// | `comment = "text"` | the table's comment |
/// | `hooks` | the struct implements `Hooks`, which run before it is written and after it is read |
/// | `kinds = Staff` | the entity has several kinds, which are the variants of this enum; see below |
/// | `view`, `view = "SELECT …"` | the rows are those of a view, and only read; see below |
/// | `no_returning` | on PostgreSQL rows are inserted without RETURNING and COPY: for a table or view with rules; see below |
/// | `scope = path` | a function without arguments gives a `Condition` that every query has; several may be given |
///
/// On a field:
///
/// | `#[entity(...)]` | says |
/// |---|---|
/// | `column = "name"` | the name of the column; else the field's name |
/// | `primary_key` | the column is the key, or a part of it; else the field `id` is the key |
/// | `default`, `default = expr` | what the builder gives to a field that is left out |
/// | `unique` | no two rows have the same value |
/// | `index` | the column has an index |
/// | `length = 30` | the most characters of a `String`: a longer one is refused before it is written |
/// | `precision = 12, scale = 2` | the most digits of a `Decimal`, and how many stand behind the point: a value is brought to them, or refused, before it is written |
/// | `references = User` | the column holds a key of the entity `User` |
/// | `on_delete = cascade` | what happens when that row is deleted: `cascade`, `nullify`, `restrict` (the default), `database`; see `OnDelete` |
/// | `db_default = "now()"` | the column's default in SQL; the field is `Generated<T>`, or plain if the program always gives the value |
/// | `computed = "price * count"` | the database computes the value; the field is `Computed<T>` |
/// | `sequence = "invoice_no"` | the database counts; the field is `Generated<i64>` |
/// | `on_update` | the database sets the value in an UPDATE as well, by a trigger or ON UPDATE: it is read after one; the field is `Generated<T>` |
/// | `created_at`, `updated_at` | the session writes the time of the INSERT, which an upsert leaves as it is; of the last UPDATE |
/// | `embed` | the field is a value object, whose fields are columns; see `Embed` |
/// | `prefix = "home_"`, `columns(zip = "postcode")` | the names of its columns; else the field's name and `_` before them |
/// | `one_of` | the field is an enum of references, of which one is set; see `OneOf` |
/// | `comment = "text"` | the column's comment |
/// | `version` | the column counts the UPDATEs of a row, for optimistic locking: an `i32` or `i64`. A version that you assign, such as that of a form which comes back, is compared with that of the row |
/// | `group = "name"` | `Deferred` columns of one group are loaded together |
/// | `soft_delete` | deleted rows are kept, and this `Option` of a time says since when; see below |
/// | `base` | the field is the struct on which this kind builds; see below |
/// | `skip` | the field is not a column; a loaded object has `Default::default()` there |
/// | `sql_type = path` | Diesel's SQL type of the column, without `Nullable` |
/// | `with = Millis` | the decorator of a type of another crate; see `DbType` |
///
#[doc = include_str!("views.md")]
///
/// # Rules of PostgreSQL
///
/// Where a rule rewrites INSERT, PostgreSQL refuses RETURNING, and COPY does not know rules. With `no_returning` keys that
/// the program does not give are asked of the column's default, by one SELECT for each INSERT, and
/// `bulk_insert` sends INSERTs. On other databases the word changes nothing.
///
/// # Relationships
///
/// ```ignore
/// #[derive(Entity)]
/// struct User {
///     id: Auto<i64>,
///     #[entity(order_by = email)]
///     addresses: HasMany<Address>,               // what refers to the user
///     #[entity(through = "user_tag")]
///     tags: ManyToMany<Tag>,                     // the table is made, and an entity `UserTag`
/// }
///
/// #[derive(Entity)]
/// struct Address {
///     id: Auto<i64>,
///     email: String,
///     #[entity(on_delete = cascade)]
///     user: ForeignKey<User>,                    // the column user_id
/// }
///
/// #[derive(Entity)]
/// struct Tag {
///     id: Auto<i64>,
///     #[entity(inverse = tags)]
///     users: ManyToMany<User>,                   // the other side
/// }
///
/// let mail = Address::builder().email("ada@example.org").build();
/// let ada = session.add(User::builder().addresses([mail]).build());
/// ```
///
/// A field of the type `ForeignKey<T>` or `Option<ForeignKey<T>>` is the column of the other's key,
/// called as the field with `_id`: `address::user_id`. `ForeignKey<T, K>` says that the key is a `K`; one
/// of several columns needs their names, as in `#[entity(columns(seat_line, seat_number))]` on a
/// `ForeignKey<Seat, (String, i32)>`. It may be the primary key, or a part of it, and knows the words
/// `column`, `columns`, `primary_key`, `unique`, `index`, `no_index`, `comment`, `on_delete` and
/// `no_constraint`. It is indexed, unless it is unique or another index, such as the primary key, begins with it.
///
/// `HasMany<T>`, `HasOne<T>` and `ManyToMany<T>` are no columns. Beside the columns stands a unit struct
/// for each relationship, `user::addresses`, by which it is loaded and filtered. In a builder all of them
/// may be left out.
///
/// | `#[entity(...)]` | says |
/// |---|---|
/// | `inverse = user` | the field of the other entity that makes the relationship; needed where it has several that lead here |
/// | `order_by = email`, `order_by(email, id.desc())` | the order in which the collection is loaded |
/// | `only = path` | a function without arguments gives a `Condition` of the other entity: the rest is not in the collection |
/// | `delete_orphan` | what leaves the collection is deleted; on a reference: what it leads to, when it is let go |
/// | `no_constraint` | on a reference: the database has no FOREIGN KEY for it, as in many old schemas. `on_delete` is what the session does, and nobody does it for rows that are deleted past the session; the flush writes in the order of references all the same, and the key of a row to which such a reference leads does not change |
/// | `no_index` | on a reference: it has no index of its own. MySQL makes one all the same, for the constraint |
/// | `through = "user_tag"` | the table that connects the two sides, which is made for the program; its columns are called by the two entities, or as `columns(one_id, other_id)` says |
/// | `through = OrderItem` | an entity that connects the two sides, and has columns of its own; written on both sides |
/// | `via(parent, child)` | its fields, where it has several that lead to an entity |
///
/// # Inheritance
///
/// ```ignore
/// #[derive(Entity)]
/// #[entity(kinds = Staff)]
/// pub struct Employee {                          // the base: what all kinds have
///     id: Auto<i64>,
///     name: String,
///     kind: Discriminator<EmployeeKind>,         // an enum with `DbEnum`
/// }
///
/// #[derive(Entity)]
/// #[entity(table = "boss")]                      // a table of its own, with the key of the base
/// pub struct Boss {
///     #[entity(base)]
///     employee: Employee,
///     golf_average: f64,
/// }
///
/// #[derive(Entity)]                              // its columns are in the table of the base
/// pub struct Temp {
///     #[entity(base)]
///     employee: Employee,
///     agency: String,
/// }
///
/// #[derive(Entity)]
/// pub enum Staff {                               // all kinds
///     #[entity(kind = EmployeeKind::Boss)]
///     Boss(Boss),
///     #[entity(kind = EmployeeKind::Temp)]
///     Temp(Temp),
/// }
/// ```
///
/// A kind builds on the base, or on another kind, and dereferences to it. Its columns are in a table of its own
/// if it says `table`; the key's column is called there as in the table it builds on, or as
/// `#[entity(base, column = "employee_id")]` says (`columns(a, b)` for a key of several). Else they are
/// columns of the table it builds on, and NULL in the rows of other kinds. Key, `version`, `soft_delete` and the
/// discriminator are of the base. A base that is not among the variants is abstract: there are no objects
/// that are just this.
///
/// An object is stored in all its tables by one call of `add`, and loaded from them by one SELECT. Queries,
/// `get`, references and collections work with the enum (all kinds, as the enum), with the base (all kinds, as the
/// base) and with a kind. Beside the enum stands `StaffHandle`, whose variants are handles: what
/// `Query::kinds` and `IdentityMap::kind_of` answer. `schema![Staff]` makes all the tables.
///
/// On a variant:
///
/// | `#[entity(...)]` | says |
/// |---|---|
/// | `kind = EmployeeKind::Boss` | the value of the discriminator; each value has one kind |
///
/// The structs and the enum are in one crate. Beside a base stands a macro of its name, by which those that build
/// on it learn where it is stored, so a type alias will not do.
///
/// # Default scopes
///
/// ```ignore
/// #[derive(Entity)]
/// #[entity(scope = visible)]
/// struct Post { id: Auto<i64>, hidden: bool }
///
/// fn visible() -> Condition<'static, Post> {
///     Condition::all().and(post::hidden.eq(false))
/// }
///
/// session.query::<Post>().all()?;                                // WHERE hidden = 0
/// session.query::<Post>().unscoped(post::scopes::visible).all()?;
/// ```
///
/// A scope is a condition of every query for the entity, with the set-based `update` and `delete`, and
/// of `get` and `get_many` for rows that are not in memory; `load_query`, `from_sql` and raw Diesel
/// queries are as they were written. An object that is in memory stays reachable.
///
/// # Deleted rows that are kept
///
/// With `#[entity(soft_delete)] deleted_at: Option<NaiveDateTime>` deleting an object is an UPDATE
/// that writes the time, counts up the version if there is one, and leaves every other column alone;
/// the default scope `soft_delete` hides the row. Restoring it is loading it with
/// `unscoped(post::scopes::soft_delete)` and setting the field to `None`, or merging a struct whose
/// field is `None`; `purge` deletes for good.
/// A unique column keeps the value of a deleted row taken: where it is to be free again, write an index
/// over the rows that are left, `unique(columns(name), where = "deleted_at IS NULL")`.
///
/// # Types
///
/// The SQL type follows from the name of the field's type: `i8` to `i64`, `u8` to `u32`, `f32`,
/// `f64`, `bool`, `String`, `Vec<u8>`; by feature `Decimal`, `Uuid`, `Json<T>`, and the dates and times
/// of chrono, time and jiff. A type of the program's own derives `DbEnum` or `DbType`; one of another
/// crate is named with `with`, or with `sql_type` where Diesel knows it.
///
/// `Option<T>` may be NULL, `Deferred<T>` is loaded only when asked for. `Auto<i64>`, `Auto<i32>` and
/// `Auto` of a newtype of one are keys that the database makes, `Generated<T>` and `Computed<T>` other
/// columns that it makes.
///
/// # Looking at the result
///
/// `ORM_DEBUG_DERIVE=User cargo check` prints what was made of `User`.
#[proc_macro_derive(Entity, attributes(entity))]
pub fn derive_entity(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    expand::entity(&input, Vec::new()).into()
}

/// Makes an enum of plain variants a column type: each variant is stored as a code.
///
/// ```ignore
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
/// ```ignore
/// /// Stored as a text.
/// #[derive(DbType, Debug, Clone, PartialEq)]
/// #[db_type(try_from)]
/// pub struct Email(String);
///
/// impl TryFrom<String> for Email {
///     type Error = &'static str;
///
///     fn try_from(text: String) -> Result<Self, Self::Error> {
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
/// ```ignore
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
/// let query = session.query::<Customer>().filter(customer::home_city.eq("London"));
/// ```
///
/// A field may be a value object itself. It is one value: an UPDATE writes all of its columns if one of
/// them differs, so that a row never has halves of what two sessions wrote. In the table the columns of
/// value objects stand behind the others.
///
/// # Attributes
///
/// A field knows these words of `#[entity(...)]`: `column`, `length`, `precision`, `scale`, `sql_type`,
/// `with`, `unique`, `index`, `comment`, and for a value object inside `embed`, `prefix`, `columns`.
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
