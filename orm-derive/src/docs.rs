//! Every sentence that is put on a generated item.
//!
//! Plain code spans and no links: a link would have to resolve in the user's documentation.

use std::fmt::Display;

use proc_macro2::Ident;

use crate::model::Entity;

pub(crate) fn module(entity: &Entity<'_>) -> String {
    format!(
        "The table of `{}` and its columns, for Diesel's query DSL and for the session's queries.",
        entity.ident
    )
}

pub(crate) fn table(entity: &Entity<'_>) -> String {
    format!("The table `{}`, which holds `{}`.", entity.table, entity.ident)
}

pub(crate) fn column(entity: &Ident, field: impl Display, column: &str, deferred: bool) -> String {
    let kind = if deferred { "deferred column" } else { "column" };
    format!("The {kind} `{column}`, which is the field `{field}` of `{entity}`.")
}

pub(crate) fn handles(ident: &Ident) -> String {
    format!(
        "A handle to an object of `{ident}` that knows its subtype: what `Query::by_subtype` and `IdentityMap::subtype_of` answer."
    )
}

pub(crate) fn handles_variant(ty: &str) -> String {
    format!("A `{ty}`.")
}

pub(crate) fn handles_base() -> &'static str {
    "The same object as one of the base of all subtypes, whose columns every subtype has."
}

pub(crate) fn shared_key(entity: &Ident, column: &str, base: &str) -> String {
    format!("The column `{column}` of the key, which `{entity}` shares with `{base}`.")
}

pub(crate) fn scopes(entity: &Ident) -> String {
    format!("The default scopes of `{entity}`, which a query lifts with `unscoped`.")
}

pub(crate) fn scope(entity: &Ident, scope: impl Display) -> String {
    format!("The default scope `{scope}` of `{entity}`.")
}

pub(crate) fn builder(entity: &Ident) -> String {
    format!(
        "Makes a `{entity}` field by field, in any order.\n\n`build` is there when every required field has been given."
    )
}

pub(crate) fn builder_fn(entity: &Ident, required: &[String]) -> String {
    let required = match required {
        [] => "No field is required".to_owned(),
        [one] => format!("`{one}` is required"),
        [all @ .., last] => {
            let all: Vec<_> = all.iter().map(|field| format!("`{field}`")).collect();
            format!("{} and `{last}` are required", all.join(", "))
        }
    };
    format!("Starts a `{entity}`, to be ended by `build`.\n\n{required}.")
}

pub(crate) fn build_fn(entity: &Ident) -> String {
    format!("The finished `{entity}`. It compiles only if every required field has been given.")
}

pub(crate) fn must_use(entity: &Ident) -> String {
    format!("a builder does nothing until `build` makes the `{entity}`")
}

pub(crate) fn required_setter(field: impl Display) -> String {
    format!("**Required.** Sets `{field}`.")
}

pub(crate) fn optional_setter(field: impl Display, default: impl Display) -> String {
    format!("Optional; sets `{field}`, which is {default} by default.")
}

pub(crate) fn maybe_setter(field: impl Display) -> String {
    format!("Optional; sets `{field}` to a value or to `None`.")
}

pub(crate) const DEFAULT_NONE: &str = "`None`";
pub(crate) const DEFAULT_AUTO: &str = "made by the database";
pub(crate) const DEFAULT_NOW: &str = "the present";
pub(crate) const DEFAULT_TRAIT: &str = "`Default::default()`";
pub(crate) const DEFAULT_GIVEN: &str = "an expression of the entity's attributes";

pub(crate) fn missing_message(entity: &Ident, field: impl Display) -> String {
    format!("the required field `{field}` of `{entity}` is not given")
}

pub(crate) fn missing_label(field: impl Display) -> String {
    format!("call `.{field}(...)` before `.build()`")
}

pub(crate) fn missing_trait(field: impl Display) -> String {
    format!("Says that `{field}` has been given.")
}

/// The documentation of `code`, `label`, `all`, `choices` and `from_code`.
pub(crate) fn db_enum(ident: &Ident) -> [String; 5] {
    [
        "The code of the value: what is stored in the database.".to_owned(),
        "The text of the value for people.".to_owned(),
        format!("All values of `{ident}`, in the order in which they are written."),
        format!("The code and the text of each `{ident}`, as a list to choose from has them."),
        format!(
            "The `{ident}` with this code, or with this code of earlier times.\n\n# Errors\n\nA code that no value has; the error lists the codes there are."
        ),
    ]
}

/// A type, as a sentence names it.
pub(crate) fn type_name(ty: &syn::Type) -> String {
    quote::quote!(#ty).to_string().replace(' ', "")
}

pub(crate) fn reference(entity: &Ident, field: impl Display, target: &str) -> String {
    format!("The reference `{field}` of `{entity}`, which leads to `{target}`.")
}

pub(crate) fn collection(entity: &Ident, field: impl Display, target: &str) -> String {
    format!("The relationship `{field}` of `{entity}`, which leads to objects of `{target}`.")
}

pub(crate) fn association(entity: &Ident, target: &str, table: &str) -> String {
    format!("A row of the table `{table}`, which connects a `{entity}` and a `{target}`.")
}

pub(crate) fn association_side(target: &str) -> String {
    format!("The `{target}` that is connected.")
}

pub(crate) fn reference_setter(field: impl Display) -> String {
    format!(
        "Optional here; sets the reference `{field}` to an object of the session, flushed or not, to its key, or to a new object, which is added together with this one. Without it the object is to be given to a collection of the other, or the reference to be set before the flush."
    )
}

pub(crate) fn one_of_setter(field: impl Display) -> String {
    format!(
        "Optional here; sets `{field}` to a reference to an object of one of several entities. Without it the object is to be given to a collection of one, or the field to be set before the flush."
    )
}

/// The documentation of the conversions from a handle and from a reference.
pub(crate) fn variant(variant: &Ident, target: &str) -> (String, String) {
    let doc = |what: &str| format!("`{variant}`, of {what} `{target}`.");
    (doc("the handle of a"), doc("a reference to a"))
}

pub(crate) fn collection_setter(field: impl Display) -> String {
    format!(
        "Optional; gives the objects of `{field}`, new ones or handles. They are added together with this one."
    )
}

pub(crate) fn one_setter(field: impl Display) -> String {
    format!(
        "Optional; gives the object of `{field}`, a new one or a handle. It is added together with this one."
    )
}
