//! References to entities that the schema does not contain and whose tables do not exist.

use super::difference::Difference;
use super::{afresh, catalog};
use crate::backend::Dialect;
use crate::ddl::table::{Catalog, ForeignKey, Table};
use crate::error::{Error, Result};
use crate::session::Session;

/// A reference to a table that neither the mapping nor the database has.
#[derive(Clone, Copy)]
pub(super) struct Unfound<'a> {
    table: &'a Table,
    reference: &'a ForeignKey,
}

/// Refuses tables that reference missing tables, before anything is created: SQLite would create
/// them, and refuse the first row.
pub(super) fn refuse(session: &mut Session, wanted: &Catalog) -> Result<()> {
    let unfound = afresh(session, |session| find(session, wanted))?;
    match unfound.is_empty() {
        true => Ok(()),
        false => Err(error(session.dialect(), &unfound)),
    }
}

pub(super) fn error(dialect: Dialect, unfound: &[Unfound<'_>]) -> Error {
    let lines = unfound.iter().map(|it| it.difference(dialect).to_string());
    Error::Configuration(lines.collect::<Vec<_>>().join("\n"))
}

/// Returns the references to missing tables. Sends no SQL if the mapping has every table; otherwise
/// one statement, or on SQLite and MySQL one for each schema of such a table.
pub(super) fn find<'a>(session: &mut Session, wanted: &'a Catalog) -> Result<Vec<Unfound<'a>>> {
    let dialect = session.dialect();
    let references = wanted.tables.iter().flat_map(|table| {
        let bound = table.foreign_keys.iter().filter(|reference| reference.constraint);
        bound.map(move |reference| Unfound { table, reference })
    });
    let mut left: Vec<Unfound<'a>> =
        references.filter(|it| wanted.table(dialect, &it.target(dialect)).is_none()).collect();
    if left.is_empty() {
        return Ok(left);
    }
    let mut outside = Catalog::default();
    for target in left.iter().map(|it| it.target(dialect)) {
        if outside.table(dialect, &target).is_none() {
            outside.tables.push(target);
        }
    }
    let found = catalog::existing(session, &outside)?;
    left.retain(|it| found.table(dialect, &it.target(dialect)).is_none());
    Ok(left)
}

impl Unfound<'_> {
    /// Returns the difference between database and mapping.
    pub(super) fn difference(&self, dialect: Dialect) -> Difference {
        Difference::unfound(dialect, self.table, self.reference, &self.target(dialect))
    }

    /// Returns the referenced table, by its name.
    fn target(&self, dialect: Dialect) -> Table {
        let within = dialect.definitions().schemas_are_files;
        let schema = if within { &self.table.schema } else { &self.reference.schema };
        Table { schema: schema.clone(), name: self.reference.table.clone(), ..Table::default() }
    }
}
