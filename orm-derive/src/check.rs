//! The rules that involve more than one attribute of one field.

use std::collections::HashMap;

use proc_macro2::Span;

use crate::model::builder_input::inputs;
use crate::model::column::{Column, Skipped};
use crate::model::{self, Entity};
use crate::syntax::ctxt::Ctxt;
use crate::syntax::keywords;
use crate::syntax::name::{self, FieldName};

mod embed;
mod generated;
mod one_of;
pub(crate) mod relations;
mod scopes;
mod subtypes;
mod table;
mod view;

pub(crate) use embed::value_object;

const MOST_COLUMNS: usize = 128;
const MOST_KEY_COLUMNS: usize = 4;

/// Checks all rules about a struct of the right shape.
pub(crate) fn check(entity: &Entity<'_>, ctxt: &mut Ctxt) {
    module_name(entity, ctxt);
    table_name(entity, ctxt);
    schema_name(entity, ctxt);
    field_names(entity, ctxt);
    builder_names(entity, ctxt);
    column_names(entity, ctxt);
    column_count(entity, ctxt);
    key(entity, ctxt);
    versions(entity, ctxt);
    skips(&entity.skipped, ctxt);
    embed::check(entity, ctxt);
    one_of::check(entity, ctxt);
    table::check(entity, ctxt);
    scopes::check(entity, ctxt);
    subtypes::check(entity, ctxt);
    relations::check(entity, ctxt);
    view::check(entity, ctxt);
    for column in &entity.columns {
        length(column, ctxt);
        unique(entity, column, ctxt);
        group(column, ctxt);
        default(entity, column, ctxt);
        sql_type(column, ctxt);
        zero_date(column, ctxt);
        secret(entity, column, ctxt);
        table::reference(entity, column, ctxt);
        generated::check(entity, column, ctxt);
    }
}

/// Checks the module's name, because structs and modules share a namespace.
fn module_name(entity: &Entity<'_>, ctxt: &mut Ctxt) {
    if *entity.ident == entity.module {
        let name = name::camel_case(&FieldName(entity.ident).to_string());
        ctxt.at(
            entity.ident,
            format!(
                "the struct and the module of its columns would both be named `{}`; write the struct's name in CamelCase, as in `{name}`",
                entity.module
            ),
        );
    }
}

/// Checks the table's name for a dot, which would be quoted and become part of the name.
fn table_name(entity: &Entity<'_>, ctxt: &mut Ctxt) {
    let Some(table) = &entity.attrs.table else { return };
    if let Some((schema, name)) = table.value.value().split_once('.') {
        ctxt.at(
            &table.value,
            format!("a table name cannot contain a dot; write `schema = \"{schema}\", table = \"{name}\"`"),
        );
    }
}

/// Checks the schema's name: Diesel's `table!` takes only an identifier, and nothing else may have
/// the same name.
fn schema_name(entity: &Entity<'_>, ctxt: &mut Ctxt) {
    let Some(schema) = &entity.attrs.schema else { return };
    let name = schema.value.value();
    if !name::is_identifier(&name) {
        ctxt.at(
            &schema.value,
            format!(
                "Diesel cannot name a schema `{name}`; use a schema whose name is a Rust identifier and not a keyword, or remove `schema` and set the connection's search path"
            ),
        );
    }
}

/// Checks that the columns' unit structs do not clash with what Diesel creates for the table.
fn field_names(entity: &Entity<'_>, ctxt: &mut Ctxt) {
    for column in entity
        .columns
        .iter()
        .filter(|column| !model::named::is_free_for_diesel(FieldName(&column.ident)))
    {
        let field = column.field;
        ctxt.at(
            field,
            format!(
                "Diesel uses the name `{}::{}`; rename the field and keep the column's name with `#[entity({} = \"{}\")]`",
                entity.module,
                column.ident_name(),
                keywords::COLUMN,
                column.name
            ),
        );
    }
}

/// Checks the names of a builder's methods: one for each field, two for an `Option`, and `build`.
fn builder_names(entity: &Entity<'_>, ctxt: &mut Ctxt) {
    let mut owners = HashMap::from([("build".to_owned(), "the last call".to_owned())]);
    for input in inputs(entity) {
        for method in input.methods() {
            let owner = format!("the field `{}`", input.field);
            if let Some(other) = owners.insert(method.clone(), owner) {
                ctxt.at(
                    input.field,
                    format!(
                        "the builder's method `{method}` cannot be both for the field `{}` and for {other}; rename the field, and keep the column's name with `#[entity({} = \"{}\")]`",
                        input.field,
                        keywords::COLUMN,
                        input.field,
                    ),
                );
            }
        }
    }
}

/// Checks that column names differ in more than case, which SQLite and MySQL ignore.
fn column_names(entity: &Entity<'_>, ctxt: &mut Ctxt) {
    let mut owners = HashMap::new();
    for column in &entity.columns {
        let field = entity.field_of(column);
        let Some(owner) = owners.insert(column.name.to_lowercase(), field) else {
            continue;
        };
        // A clash between a column and the column of a reference has been reported already.
        if relations::clash(entity, column).is_some() {
            continue;
        }
        let message = format!(
            "the fields `{owner}` and `{field}` are both the column `{}`; name one of them differently with `#[entity({} = \"...\")]`",
            column.name,
            keywords::COLUMN
        );
        match &column.attrs.column {
            Some(given) => ctxt.at(&given.value, message),
            None => ctxt.at(column.field, message),
        }
    }
}

fn column_count(entity: &Entity<'_>, ctxt: &mut Ctxt) {
    if entity.column_count() > MOST_COLUMNS {
        let field = entity.columns.get(MOST_COLUMNS).map(|column| column.field.0);
        ctxt.at(
            field.unwrap_or(entity.ident),
            format!(
                "an entity has at most {MOST_COLUMNS} columns, as a table of Diesel; move some fields to another entity"
            ),
        );
    }
}

fn key(entity: &Entity<'_>, ctxt: &mut Ctxt) {
    if entity.base().is_some() {
        // The base has the key.
        return autos(entity, ctxt);
    }
    if entity.columns.is_empty() {
        ctxt.at(
            entity.ident,
            "every field is skipped, and a table needs a column; remove a `skip`",
        );
        return;
    }
    if entity.key.is_empty() {
        ctxt.at(
            entity.ident,
            format!(
                "`{}` has no primary key, by which the identity map finds the object of a row; mark one or more unique columns with `#[entity({})]`, or read a table without a key by a plain Diesel query",
                entity.ident,
                keywords::PRIMARY_KEY
            ),
        );
    }
    if let Some(&position) = entity.key.get(MOST_KEY_COLUMNS) {
        ctxt.at(
            entity.columns[position].field,
            format!(
                "a primary key has at most {MOST_KEY_COLUMNS} columns; use an `Auto<i64>` as the key and make these columns unique"
            ),
        );
    }
    autos(entity, ctxt);
    for column in entity.key_columns().filter(|column| !column.ty.broken) {
        key_type(column, ctxt);
    }
}

/// Checks `Auto`: a database generates one value for each row, and only if it is the whole key.
fn autos(entity: &Entity<'_>, ctxt: &mut Ctxt) {
    for column in entity.columns.iter().filter(|column| column.ty.auto && !column.ty.broken) {
        if !entity.is_key(column) {
            ctxt.at(
                column.ty.whole,
                format!(
                    "`Auto` is only for the primary key, and `{}` is not in it; write the integer alone, or mark the field with `#[entity({})]`",
                    column.field,
                    keywords::PRIMARY_KEY
                ),
            );
        } else if entity.key.len() > 1 {
            ctxt.at(
                column.ty.whole,
                "the database cannot generate a part of a composite key; write the integer alone, or make this the only key column",
            );
        }
    }
}

/// Checks the type of a key, which is compared and hashed, and must be known as long as the object
/// exists.
fn key_type(column: &Column<'_>, ctxt: &mut Ctxt) {
    let field = column.field;
    let ty = &column.ty;
    if ty.nullable {
        let message = format!(
            "`{field}` is in the primary key, which is never NULL; write the type without `Option`"
        );
        ctxt.at(ty.whole, message);
    } else if ty.deferred {
        let message = format!(
            "`{field}` is in the primary key, which is always loaded; write the type without `Deferred`"
        );
        ctxt.at(ty.whole, message);
    } else if ty.is_float() {
        let message = format!(
            "`{field}` is in the primary key, and a float may differ from itself (NaN); use an integer or `String`"
        );
        ctxt.at(ty.whole, message);
    } else if ty.is_bytes() {
        let message = format!(
            "`{field}` is in the primary key, which cannot be bytes; use an integer, `String` or `Uuid`"
        );
        ctxt.at(ty.whole, message);
    }
}

/// Checks that the version, which counts the UPDATEs of a row, is one plain integer that nothing
/// else writes.
fn versions(entity: &Entity<'_>, ctxt: &mut Ctxt) {
    let mut first = None;
    for column in &entity.columns {
        let Some(word) = &column.attrs.version else { continue };
        let field = column.field;
        if let Some(first) = first {
            ctxt.at_span(
                word.word,
                format!("`{first}` is the version column already; remove one `version`"),
            );
            continue;
        }
        first = Some(field);
        let ty = &column.ty;
        if entity.is_key(column) {
            ctxt.at_span(
                word.word,
                "the version changes with every UPDATE, and a primary key does not; add a column for the version",
            );
        } else if !ty.broken
            && !ty.auto
            && (ty.nullable || ty.deferred || !(ty.is("i32") || ty.is("i64")))
        {
            ctxt.at(ty.whole, "a version is a counter; use `i32` or `i64`");
        }
        if let Some(default) = &column.attrs.default {
            ctxt.at_span(default.word, "a version always starts at 1; remove `default`");
        }
    }
}

fn skips(skipped: &[Skipped<'_>], ctxt: &mut Ctxt) {
    for skipped in skipped {
        for word in &skipped.attrs.beside_skip {
            ctxt.at(
                word,
                format!(
                    "`{}` is not a column, and `{word}` is an attribute of a column; remove `{word}` or `{}`",
                    skipped.field,
                    keywords::SKIP
                ),
            );
        }
    }
}

fn length(column: &Column<'_>, ctxt: &mut Ctxt) {
    if let Some(length) = &column.attrs.length
        && !column.ty.broken
        && !column.ty.is("String")
    {
        ctxt.at_span(length.word, "only a `String` has a length; remove `length`");
    }
}

/// Checks `unique`: a deferred value cannot be compared, and no database indexes values of
/// unlimited size.
fn unique(entity: &Entity<'_>, column: &Column<'_>, ctxt: &mut Ctxt) {
    let attrs = &column.attrs;
    for (word, flag) in [(keywords::UNIQUE, &attrs.unique), (keywords::INDEX, &attrs.index)] {
        let Some(flag) = flag else { continue };
        if column.ty.deferred {
            ctxt.at_span(
                flag.word,
                format!(
                    "a `Deferred` column is too large for an index; remove `{word}`, or write the type without `Deferred`"
                ),
            );
        } else if entity.key == [column.position] {
            ctxt.at_span(
                flag.word,
                format!("a primary key already is unique and has an index; remove `{word}`"),
            );
        }
    }
}

/// Checks that the SQL type is given only once.
fn sql_type(column: &Column<'_>, ctxt: &mut Ctxt) {
    if let (Some(_), Some(with)) = (&column.attrs.sql_type, &column.attrs.with) {
        ctxt.at_span(with.word, "a decorator has its own SQL type; remove `sql_type`, or `with`");
    }
}

/// Checks that a field for MySQL's zero dates is an `Option`.
fn zero_date(column: &Column<'_>, ctxt: &mut Ctxt) {
    let Some(word) = &column.attrs.zero_date_as_none else { return };
    if column.ty.broken {
        return;
    }
    let name = keywords::ZERO_DATE_AS_NONE;
    if !column.is_date() {
        ctxt.at_span(word.word, format!("only a date can be a zero date; remove `{name}`"));
    } else if !column.ty.nullable {
        let message = format!(
            "only an `Option` can be `None`; write the type as `Option<T>`, or remove `{name}`"
        );
        ctxt.at(column.ty.whole, message);
    }
}

/// Checks `secret`: errors and handles name the key, and the version counts.
fn secret(entity: &Entity<'_>, column: &Column<'_>, ctxt: &mut Ctxt) {
    let Some(word) = &column.attrs.secret else { return };
    let name = keywords::SECRET;
    if entity.is_key(column) {
        ctxt.at_span(
            word.word,
            format!(
                "errors name the rows by their primary key, so it cannot be `{name}`; use an `Auto<i64>` as the key and make this column unique"
            ),
        );
    } else if column.attrs.version.is_some() {
        ctxt.at_span(word.word, format!("a version is a counter; remove `{name}`"));
    }
}

fn group(column: &Column<'_>, ctxt: &mut Ctxt) {
    if let Some(group) = &column.attrs.group
        && !column.ty.broken
        && !column.ty.deferred
    {
        ctxt.at_span(
            group.word,
            "a group consists of deferred columns that are loaded together; write the type as `Deferred<T>`, or remove `group`",
        );
    }
}

fn default(entity: &Entity<'_>, column: &Column<'_>, ctxt: &mut Ctxt) {
    let Some(default) = &column.attrs.default else { return };
    let mut error = |span: Span, message| ctxt.at_span(span, message);
    if column.ty.auto && entity.is_key(column) {
        error(default.word, "the database generates this key; remove `default`");
    } else if column.ty.nullable && default.value.is_none() {
        error(
            default.word,
            "an `Option` is `None` by default; remove `default`, or write `default = ...`",
        );
    }
}
