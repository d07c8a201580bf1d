//! Named fields, and names that Diesel reserves.

use syn::{Data, DeriveInput, Fields};

use crate::syntax::keywords;
use crate::syntax::name::FieldName;

/// Returns the named fields of a struct.
pub(crate) fn named_fields(input: &DeriveInput) -> Option<impl Iterator<Item = &syn::Field>> {
    match &input.data {
        Data::Struct(data) => match &data.fields {
            Fields::Named(fields) => Some(fields.named.iter()),
            Fields::Unnamed(_) | Fields::Unit => None,
        },
        Data::Enum(_) | Data::Union(_) => None,
    }
}

/// Returns `true` if Diesel's `table!` accepts a column of this name.
pub(crate) fn is_free_for_diesel(name: FieldName<'_>) -> bool {
    !keywords::TAKEN_BY_DIESEL.contains(&name.to_string().as_str())
}
