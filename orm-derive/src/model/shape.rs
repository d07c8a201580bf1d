//! Checks on the shape of the struct that a derive is used on.

use syn::{Data, DeriveInput, Field, Fields, GenericParam, Type};

use crate::syntax::ctxt::Ctxt;
use crate::syntax::types::{FieldType, GivenType};

/// The struct that a derive expects.
pub(crate) struct Wanted {
    /// What an item of another shape cannot be.
    role: &'static str,
    cure: &'static str,
    /// The item itself, in a sentence.
    name: &'static str,
}

pub(crate) const ENTITY: Wanted = Wanted {
    role: "the rows of a table",
    cure: "derive `Entity` on a struct with named fields, one for each column",
    name: "an entity",
};
pub(crate) const VALUE_OBJECT: Wanted = Wanted {
    role: "columns of an entity",
    cure: "derive `Embed` on a struct with named fields, one for each column",
    name: "a value object",
};

/// Returns the fields of a plain struct. No other item can be the columns of one table.
pub(crate) fn shape<'a>(
    input: &'a DeriveInput,
    wanted: &Wanted,
    ctxt: &mut Ctxt,
) -> Option<Vec<&'a Field>> {
    let wrong = |what: &str| format!("{what} cannot be {}; {}", wanted.role, wanted.cure);
    match &input.data {
        Data::Enum(data) => ctxt.at(data.enum_token, wrong("an enum")),
        Data::Union(data) => ctxt.at(data.union_token, wrong("a union")),
        Data::Struct(data) => match &data.fields {
            Fields::Unnamed(fields) => ctxt.at(fields, wrong("a struct without field names")),
            Fields::Unit => ctxt.at(&input.ident, wrong("a struct without fields")),
            Fields::Named(fields) if fields.named.is_empty() => {
                ctxt.at(&input.ident, wrong("a struct without fields"));
            }
            Fields::Named(_) => {}
        },
    }
    let fields: Vec<_> = super::named::named_fields(input)?.collect();
    if fields.is_empty() || !generics(input, &fields, wanted, ctxt) {
        return None;
    }
    Some(fields)
}

/// Checks for parameters: a table has one set of columns, so an entity is one type. If the struct
/// has a lifetime because of a reference, the error at the reference is enough.
fn generics(input: &DeriveInput, fields: &[&Field], wanted: &Wanted, ctxt: &mut Ctxt) -> bool {
    let Some(first) = input.generics.params.first() else { return true };
    let (what, cure) = match first {
        GenericParam::Lifetime(_) => {
            if fields.iter().any(|field| matches!(field.ty, Type::Reference(_))) {
                for field in fields.iter().filter(|field| matches!(field.ty, Type::Reference(_))) {
                    FieldType::read(&field.ty, GivenType::None, ctxt);
                }
                return false;
            }
            ("lifetimes", "own the values")
        }
        GenericParam::Type(_) | GenericParam::Const(_) => {
            ("generic parameters", "write one struct for each set of columns")
        }
    };
    ctxt.at(&input.generics, format!("{} cannot have {what}; {cure}", wanted.name));
    false
}
