//! The type of a field: its wrappers, and the SQL type by the name of the inner type.
//!
//! A macro sees names, not types. It assumes that an unknown name is a type that the program
//! defines, and leaves it to the compiler whether that type can be a column.

use std::borrow::Cow;

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote};
use syn::spanned::Spanned;
use syn::{GenericArgument, PathArguments, PathSegment, Type, TypePath};

use super::relation_type;
use crate::syntax::ctxt::Ctxt;

/// The type of a column: `Auto<value>`, `value`, `Option<value>`, or one of these in `Deferred`,
/// `Generated` or `Computed`.
pub(crate) struct FieldType<'a> {
    pub(crate) whole: &'a Type,
    pub(crate) auto: bool,
    /// The database generates the value: the type is `Generated` or `Computed`.
    pub(crate) made: Option<Made>,
    pub(crate) deferred: bool,
    /// It is the discriminator of the entity: the type is `Discriminator`.
    pub(crate) discriminator: bool,
    pub(crate) nullable: bool,
    pub(crate) value: Cow<'a, Type>,
    pub(crate) sql: SqlType,
    /// Whether the type has been reported as wrong. Rules about types then ignore it.
    pub(crate) broken: bool,
}

/// How the database generates the value of a column.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Made {
    /// If the program does not give one.
    Generated,
    /// Always.
    Computed,
}

/// The SQL type of a column, without `Nullable`.
#[derive(Clone)]
pub(crate) enum SqlType {
    /// One of Diesel's types.
    Diesel(&'static str),
    /// One of the runtime's types.
    Runtime(&'static str),
    /// The type that the user wrote.
    Given(TypePath),
    /// The SQL type of a type that the program defines.
    Custom(TypePath),
}

/// The SQL type that an attribute gives.
#[derive(Clone, Copy)]
pub(crate) enum GivenType<'a> {
    None,
    /// One of Diesel's types, by `sql_type`.
    Sql(&'a TypePath),
    /// A decorator, by `with`.
    Decorator(&'a TypePath),
}

impl<'a> FieldType<'a> {
    pub(crate) fn read(whole: &'a Type, given: GivenType<'_>, ctxt: &mut Ctxt) -> Self {
        let whole = peel(whole);
        let mut value = whole;
        let mut strip = |wrapper| match argument(value, wrapper) {
            Some(inner) => {
                value = inner;
                true
            }
            None => false,
        };
        let auto = strip("Auto");
        let generated = !auto && strip("Generated");
        let computed = !auto && !generated && strip("Computed");
        let made = match (generated, computed) {
            (true, _) => Some(Made::Generated),
            (_, true) => Some(Made::Computed),
            _ => None,
        };
        let discriminator = !auto && made.is_none() && strip("Discriminator");
        let deferred = !auto && made.is_none() && !discriminator && strip("Deferred");
        let nullable = !auto && strip("Option");

        let nesting = Nesting { whole, value, auto, nullable, made, deferred };
        let known = nesting.check().and_then(|()| match given {
            GivenType::Sql(path) => check_sql_type(path),
            GivenType::Decorator(path) => Ok(SqlType::Given(path.clone())),
            GivenType::None => known(value),
        });
        let broken = known.is_err();
        let sql = known.unwrap_or_else(|error| {
            ctxt.push(error);
            SqlType::Diesel("Text")
        });
        let value = Cow::Borrowed(value);
        FieldType { whole, auto, made, deferred, discriminator, nullable, value, sql, broken }
    }

    /// Returns the type of a column that is the key of another entity, or part of it.
    pub(crate) fn of_key(
        whole: &'a Type,
        nullable: bool,
        value: Cow<'a, Type>,
        ctxt: &mut Ctxt,
    ) -> Self {
        let known = check_key(&value).and_then(|()| known(&value));
        let broken = known.is_err();
        let sql = known.unwrap_or_else(|error| {
            ctxt.push(error);
            SqlType::Diesel("BigInt")
        });
        FieldType {
            whole,
            auto: false,
            made: None,
            deferred: false,
            discriminator: false,
            nullable,
            value,
            sql,
            broken,
        }
    }

    /// Returns `true` if the value is of the type with this name.
    pub(crate) fn is(&self, name: &str) -> bool {
        last_segment(&self.value).is_some_and(|segment| segment.ident == name)
    }

    /// Returns `true` if the program only reads it: the database computes it, or the session sets
    /// it.
    pub(crate) fn is_read_only(&self) -> bool {
        self.made == Some(Made::Computed) || self.discriminator
    }

    /// Returns `true` if the value is in a wrapper.
    pub(crate) fn is_wrapped(&self) -> bool {
        self.auto || self.deferred || self.nullable || self.made.is_some()
    }

    pub(crate) fn is_float(&self) -> bool {
        self.is("f32") || self.is("f64")
    }

    pub(crate) fn is_bytes(&self) -> bool {
        matches!(self.sql, SqlType::Diesel("Binary"))
    }

    /// Returns `true` if, judging by its name, the type takes space beyond its fixed size.
    pub(crate) fn has_payload(&self) -> bool {
        matches!(
            self.sql,
            SqlType::Diesel("Text" | "Binary")
                | SqlType::Runtime("Json")
                | SqlType::Given(_)
                | SqlType::Custom(_)
        )
    }

    /// Returns `true` if a builder's setter can take `impl Into<T>`: the types of literals are
    /// still inferred, or a conversion is usual.
    pub(crate) fn takes_into(&self) -> bool {
        matches!(self.sql, SqlType::Given(_) | SqlType::Custom(_))
            || ["String", "i64", "f64"].iter().any(|name| self.is(name))
            || self.is_bytes()
            || matches!(self.sql, SqlType::Runtime("Json"))
    }

    /// Returns the span at which the compiler reports that the type does not fit.
    pub(crate) fn span(&self) -> Span {
        span(self.whole)
    }
}

/// Returns the span of a type, for code around it. Names in such code must resolve like those of
/// the whole expansion, even if a macro of the user created the struct.
pub(crate) fn span(ty: &Type) -> Span {
    span_of(ty)
}

/// Returns the same span for anything that the user wrote.
pub(crate) fn span_of(written: &impl Spanned) -> Span {
    Span::call_site().located_at(written.span())
}

impl SqlType {
    /// Returns the type's path. `diesel` and `runtime` are the paths of the two crates.
    pub(crate) fn path(&self, diesel: &TokenStream, runtime: &TokenStream) -> TokenStream {
        let ident = |name: &str| Ident::new(name, Span::call_site());
        match self {
            SqlType::Diesel(name) => {
                let name = ident(name);
                quote!(#diesel::sql_types::#name)
            }
            SqlType::Runtime(name) => {
                let name = ident(name);
                quote!(#runtime::column::sql_types::#name)
            }
            SqlType::Given(path) => path.to_token_stream(),
            SqlType::Custom(path) => quote!(#runtime::column::sql_types::Custom<#path>),
        }
    }
}

/// The wrappers of a type.
struct Nesting<'a> {
    whole: &'a Type,
    value: &'a Type,
    auto: bool,
    nullable: bool,
    made: Option<Made>,
    deferred: bool,
}

/// Integers that no generated key has.
const NO_AUTO_KEYS: &[&str] = &[
    "i8", "i16", "i128", "isize", "u8", "u16", "u128", "usize", "f32", "f64", "String", "bool",
    "Uuid",
];

impl Nesting<'_> {
    /// Checks for wrappers in an order that has no meaning.
    fn check(&self) -> Result<(), syn::Error> {
        let error = |message: &str| Err(syn::Error::new_spanned(self.whole, message));
        let inner = last_segment(self.value);
        let inner = inner.map(|segment| segment.ident.to_string()).unwrap_or_default();
        let wrapped = self.deferred || self.nullable || self.made.is_some();
        match inner.as_str() {
            _ if self.auto && NO_AUTO_KEYS.contains(&inner.as_str()) => error(
                "the database generates only keys of 32 and 64 bits; write `Auto<i64>`, `Auto<i32>`, `Auto<u64>` or `Auto<u32>`, or the type without `Auto`",
            ),
            "Auto" => error(
                "an `Auto` key is unset until the row is inserted and has no other wrapper; write `Auto<i64>`",
            ),
            "Generated" | "Computed" if wrapped || self.auto => error(
                "`Generated` and `Computed` are the outermost wrappers; write `Generated<Option<T>>` for a column that may be NULL",
            ),
            "Deferred" if self.made.is_some() => {
                error("a generated value is read back at once; write the type without `Deferred`")
            }
            "Deferred" if self.nullable => error(
                "`Deferred` is the outer wrapper of a column that may be NULL; write `Deferred<Option<T>>`",
            ),
            "Deferred" => error("`Deferred` is written twice; write one `Deferred`"),
            "Option" => error("a column has one NULL, not two; write one `Option`"),
            _ => Ok(()),
        }
    }
}

/// Checks that the key of a reference is written without the wrapper of the target's field.
fn check_key(ty: &Type) -> Result<(), syn::Error> {
    let Some(segment) = last_segment(ty) else { return Ok(()) };
    let wrappers = ["Auto", "Option", "Deferred", "Generated", "Computed"];
    if wrappers.iter().any(|wrapper| segment.ident == wrapper) {
        let message = "the type of a key has no wrapper; write `i64` for the key of an `Auto<i64>`";
        return Err(syn::Error::new_spanned(ty, message));
    }
    Ok(())
}

fn check_sql_type(path: &TypePath) -> Result<SqlType, syn::Error> {
    let last = path.path.segments.last();
    if last.is_some_and(|segment| segment.ident == "Nullable") {
        let message = "`Option` makes a column nullable; write `sql_type` without `Nullable`";
        return Err(syn::Error::new_spanned(path, message));
    }
    Ok(SqlType::Given(path.clone()))
}

/// Returns the SQL type of a Rust type with a known name.
fn known(ty: &Type) -> Result<SqlType, syn::Error> {
    let error = |message: String| Err(syn::Error::new_spanned(ty, message));
    let Some(segment) = last_segment(ty) else { return error(unnamed(ty)) };
    let name = segment.ident.to_string();
    let text = quote!(#ty).to_string().replace(' ', "");
    let plain = segment.arguments.is_empty();
    Ok(match name.as_str() {
        "i16" if plain => SqlType::Diesel("SmallInt"),
        "i32" if plain => SqlType::Diesel("Integer"),
        "i64" if plain => SqlType::Diesel("BigInt"),
        "f32" if plain => SqlType::Diesel("Float"),
        "f64" if plain => SqlType::Diesel("Double"),
        "bool" if plain => SqlType::Diesel("Bool"),
        "String" if plain => SqlType::Diesel("Text"),
        "NaiveDate" if plain => SqlType::Diesel("Date"),
        "NaiveTime" if plain => SqlType::Diesel("Time"),
        "NaiveDateTime" if plain => SqlType::Diesel("Timestamp"),
        "i8" | "u8" if plain => SqlType::Runtime("SmallUnsigned"),
        "u16" if plain => SqlType::Runtime("MediumUnsigned"),
        "u32" if plain => SqlType::Runtime("LargeUnsigned"),
        "u64" if plain => SqlType::Runtime("HugeUnsigned"),
        "Uuid" if plain => SqlType::Runtime("Uuid"),
        // The name is the same for a type of `time` and a type of `jiff`.
        "Date" if plain => SqlType::Runtime("CivilDate"),
        "Time" if plain => SqlType::Runtime("CivilTime"),
        "PrimitiveDateTime" | "DateTime" if plain => SqlType::Runtime("CivilDateTime"),
        "OffsetDateTime" | "Timestamp" if plain => SqlType::Runtime("TimestampUtc"),
        "Json" => SqlType::Runtime("Json"),
        "Decimal" if plain => SqlType::Runtime("ExactDecimal"),
        "usize" | "isize" | "u128" | "i128" if plain => {
            return error(format!("no column type holds every `{name}`; use `i64` or `u64`"));
        }
        "char" if plain => return error("no column type holds a `char`; use `String`".to_owned()),
        "Vec" => match argument(ty, "Vec").and_then(last_segment) {
            Some(element) if element.ident == "u8" => SqlType::Diesel("Binary"),
            _ if argument(ty, "Vec").and_then(relation_type::listed).is_some() => {
                return error(
                    argument(ty, "Vec").and_then(relation_type::listed).unwrap_or_default(),
                );
            }
            _ => {
                return error(format!(
                    "`{text}` is a list, and a column holds one value; use `Vec<u8>` for bytes, `Json<{text}>` for a document, a separate entity for the elements, `#[entity(sql_type = ...)]`, or `#[entity(skip)]`"
                ));
            }
        },
        "DateTime" => match argument(ty, "DateTime").and_then(last_segment) {
            Some(zone) if zone.ident == "Utc" => SqlType::Runtime("TimestampUtc"),
            _ => {
                return error(format!(
                    "`{text}` would lose its time zone in the database; use `DateTime<Utc>`"
                ));
            }
        },
        _ => match (relation_type::misplaced(ty), ty) {
            (Some(misplaced), _) => return Err(misplaced),
            (None, Type::Path(path)) => SqlType::Custom(path.clone()),
            _ => return error(unnamed(ty)),
        },
    })
}

/// Returns the message for a type that has no name.
fn unnamed(ty: &Type) -> String {
    match ty {
        Type::Reference(reference) => match peel(&reference.elem) {
            Type::Slice(_) => "an entity owns its values; use `Vec<u8>`".to_owned(),
            elem if last_segment(elem).is_some_and(|segment| segment.ident == "str") => {
                "an entity owns its values; use `String`".to_owned()
            }
            _ => "an entity owns its values; write the type without `&`".to_owned(),
        },
        _ => {
            let text = quote!(#ty).to_string();
            format!(
                "the SQL type of `{text}` is unknown; name it with `#[entity(sql_type = ...)]`, or keep the field out of the table with `#[entity(skip)]`"
            )
        }
    }
}

/// Returns the type inside `Wrapper<...>`.
pub(crate) fn argument<'a>(ty: &'a Type, wrapper: &str) -> Option<&'a Type> {
    let segment = last_segment(ty)?;
    let PathArguments::AngleBracketed(arguments) = &segment.arguments else { return None };
    match arguments.args.first()? {
        GenericArgument::Type(inner) if segment.ident == wrapper && arguments.args.len() == 1 => {
            Some(peel(inner))
        }
        _ => None,
    }
}

pub(crate) fn last_segment(ty: &Type) -> Option<&PathSegment> {
    match ty {
        Type::Path(TypePath { qself: None, path }) => path.segments.last(),
        _ => None,
    }
}

/// Returns the type without parentheses, and without the invisible group around a `macro_rules!`
/// fragment.
pub(crate) fn peel(ty: &Type) -> &Type {
    match ty {
        Type::Group(group) => peel(&group.elem),
        Type::Paren(paren) => peel(&paren.elem),
        _ => ty,
    }
}
