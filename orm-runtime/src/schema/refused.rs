//! Parts of the mapping that a server does not support: sequences on MySQL, and names that it
//! cannot store.

use super::catalog;
use crate::backend::Dialect;
use crate::ddl::table::{Catalog, Column, Generated};
use crate::error::{Error, Result};
use crate::session::Session;

/// Refuses what the server does not support, before anything is created. Sends one statement on
/// MySQL and MariaDB if the mapping has a sequence; otherwise no SQL.
pub(super) fn refuse(session: &mut Session, wanted: &Catalog) -> Result<()> {
    let dialect = session.dialect();
    let some = dialect.definitions().sequences_on_some_servers;
    let asks = some && !wanted.sequences.is_empty();
    let is_mariadb = asks && catalog::is_mariadb(session)?;
    refuse_on(dialect, is_mariadb, wanted)
}

/// Does the same for a known server.
pub(super) fn refuse_on(dialect: Dialect, is_mariadb: bool, wanted: &Catalog) -> Result<()> {
    let forms = dialect.definitions();
    if forms.narrow_names {
        refuse_names(wanted)?;
    }
    if !forms.sequences_on_some_servers || wanted.sequences.is_empty() || is_mariadb {
        return Ok(());
    }
    let counted = |column: &&Column| matches!(column.generated, Some(Generated::Sequence(_)));
    let columns = wanted.tables.iter().flat_map(|table| &table.columns).filter(counted);
    let names: Vec<String> = columns
        .map(|column| format!("{}.{}", column.entity, column.field.unwrap_or(&column.name)))
        .collect();
    Err(Error::Configuration(format!(
        "{}: MySQL has no sequences, unlike MariaDB and PostgreSQL; make the key an Auto, or assign \
         the numbers in the program",
        names.join(", ")
    )))
}

/// Refuses names with such a character: MySQL stores a question mark for it, and MariaDB refuses
/// it.
fn refuse_names(wanted: &Catalog) -> Result<()> {
    let beyond = |name: &str| name.chars().any(|c| c > '\u{ffff}');
    for table in &wanted.tables {
        let columns = table.columns.iter().map(|column| &column.name);
        if let Some(name) = std::iter::once(&table.name).chain(columns).find(|name| beyond(name)) {
            return Err(Error::Configuration(format!(
                "{}: the name {name:?} has a character beyond U+FFFF, which names on MySQL and \
                 MariaDB cannot have; choose another name",
                table.entity
            )));
        }
    }
    Ok(())
}
