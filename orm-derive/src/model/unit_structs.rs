//! The unit structs of relationships, beside the columns of an entity.

use super::Entity;
use super::named::is_free_for_diesel;
use crate::syntax::keywords;
use crate::syntax::name::FieldName;

/// Returns why a relationship cannot have a unit struct of its name.
pub(crate) fn trouble(entity: &Entity<'_>, field: FieldName<'_>) -> Option<String> {
    let name = field.to_string();
    let at = format!("`{}::{name}`", entity.module);
    let embedded_columns = entity
        .embeds
        .iter()
        .flat_map(|embed| &embed.embedded_columns)
        .map(|embedded_column| &embedded_column.ident);
    let mut columns = entity.columns.iter().map(|column| &column.ident).chain(embedded_columns);
    if !is_free_for_diesel(field) {
        Some(format!("Diesel uses the name {at}; rename the field"))
    } else if columns.any(|column| FieldName(column).to_string() == name) {
        Some(format!("{at} already is a column; rename the field, or the field of that column"))
    } else if name == keywords::SCOPES && entity.scopes().next().is_some() {
        Some(format!("{at} is the module of the entity's default scopes; rename the field"))
    } else {
        None
    }
}
