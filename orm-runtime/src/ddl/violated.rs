//! The fields of a violated constraint, found by the name that `create_all` gives it.

use super::wanted::wanted;
use crate::backend::Dialect;
use crate::error::{DatabaseError, DatabaseErrorKind, Error, Violation};
use crate::mapping::EntityMeta;

impl Error {
    /// Creates the error for a violation by an unknown row.
    pub(crate) fn violation_of(meta: &'static EntityMeta, error: DatabaseError) -> Self {
        Error::Constraint(Box::new(Violation::of(meta, error)))
    }
}

impl Violation {
    /// Creates a violation by an unknown row.
    pub(crate) fn of(meta: &'static EntityMeta, error: DatabaseError) -> Self {
        let fields = violated_fields(meta, &error);
        Violation {
            entity: meta.name,
            key: None,
            error,
            fields,
            row: None,
            object: None,
            autoflush: false,
        }
    }
}

/// Returns the fields of the constraint or the column that an error names. Returns none if it names
/// neither, or one that is not in the mapping.
fn violated_fields(meta: &'static EntityMeta, error: &DatabaseError) -> Vec<&'static str> {
    if error.kind == DatabaseErrorKind::Check {
        return Vec::new();
    }
    let fields = |columns: &mut dyn Iterator<Item = &str>| -> Option<Vec<&'static str>> {
        columns.map(|column| field(meta, column)).collect()
    };
    let Some(constraint) = &error.constraint else {
        return fields(&mut error.column.as_deref().into_iter()).unwrap_or_default();
    };
    // SQLite lists the columns: "user.name, user.age". MySQL puts the table before the name.
    let last = |name: &'_ str| name.rfind('.').map_or(0, |dot| dot + 1);
    let mut listed = constraint.split(", ").map(|name| &name[last(name)..]);
    if let Some(fields) = fields(&mut listed) {
        return fields;
    }
    let columns = columns_of(meta, &constraint[last(constraint)..]).unwrap_or_default();
    fields(&mut columns.iter().map(String::as_str)).unwrap_or_default()
}

fn field(meta: &EntityMeta, column: &str) -> Option<&'static str> {
    let found = meta.columns.iter().find(|known| known.name.eq_ignore_ascii_case(column));
    found.map(|column| column.field)
}

/// Returns the columns of a constraint of one of the entity's tables. Names are the same on all
/// databases.
fn columns_of(meta: &'static EntityMeta, name: &str) -> Option<Vec<String>> {
    let tables = wanted(Dialect::PLAIN, &[meta]).tables;
    tables.into_iter().find_map(|table| {
        if name == "PRIMARY" || name == format!("{}_pkey", table.name) {
            return Some(table.key);
        }
        let indexes = table.indexes.into_iter().map(|index| (index.name, index.columns));
        let references = table.foreign_keys.into_iter().map(|it| (it.name, it.columns));
        indexes.chain(references).find(|(other, _)| other == name).map(|(_, columns)| columns)
    })
}
