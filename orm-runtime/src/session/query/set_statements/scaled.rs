//! The scale of decimals that a set-based statement assigns on SQLite, which by itself keeps all
//! digits.

use crate::backend::Dialect;
use crate::mapping::EntityMeta;
use crate::sql::list_items;

/// Returns the SET clause with its decimals rounded to the scale of their columns, or `None` if it
/// assigns no decimals. The other databases round by themselves.
pub(in crate::session) fn brought_to_scale(
    dialect: Dialect,
    set: &str,
    table: &EntityMeta,
) -> Option<String> {
    if dialect.capabilities().scales_decimals
        || table.columns.iter().all(|column| column.digits.is_none())
    {
        return None;
    }
    let mut found = false;
    let assignments = list_items(set).into_iter().map(|assignment| {
        let digits = || {
            let (name, expression) = assignment.split_once(" = ")?;
            let name = name.trim().trim_matches(['`', '"']);
            let column = table.columns.iter().find(|column| column.name == name)?;
            let (precision, scale) = column.digits?;
            Some(format!("`{name}` = decimal_fit({expression}, {precision}, {scale})"))
        };
        match digits() {
            Some(fitted) => {
                found = true;
                fitted
            }
            None => assignment.to_owned(),
        }
    });
    let text = assignments.collect::<Vec<_>>().join(", ");
    found.then_some(text)
}
