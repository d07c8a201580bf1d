//! Schema statements that only MySQL and MariaDB have.

use crate::backend::Dialect;
use crate::backend::definition_forms::{Missing, TableOptions};
use crate::backend::table_name::TableName;

/// Rows are found by comparing bytes on all databases, trailing spaces included. The collation that
/// does this has another name on each server, and each server reads the comments intended for it:
/// MySQL uses the last collation that it knows, and MariaDB ignores the comments of MySQL 5.7 and
/// later.
pub(super) const TABLE_OPTIONS: TableOptions = TableOptions {
    characters: " CHARACTER SET utf8mb4 ",
    collation: "/*!50700 COLLATE utf8mb4_bin */ /*!80017 COLLATE utf8mb4_0900_bin */ \
                /*M!100202 COLLATE utf8mb4_nopad_bin */",
    older_collation: "utf8mb4_bin",
};

/// Changes a statement so that it runs only if what it creates does not exist.
pub(super) fn if_missing(statement: &str, missing: Missing<'_>) -> Vec<String> {
    let schema = |name: TableName<'_>| {
        let schema = name.schema;
        schema.map_or("DATABASE()".to_owned(), |name| Dialect::Mysql.text_literal(name))
    };
    match missing {
        Missing::Type => vec![statement.to_owned()],
        Missing::Reference(reference) => {
            let there = format!(
                "SELECT COUNT(*) FROM information_schema.referential_constraints WHERE \
                 constraint_schema = {} AND constraint_name = {}",
                schema(reference),
                Dialect::Mysql.text_literal(reference.name)
            );
            unless_counted("orm_reference", &there, statement)
        }
        Missing::View(view) => {
            let there = format!(
                "SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = {} AND \
                 table_name = {}",
                schema(view),
                Dialect::Mysql.text_literal(view.name)
            );
            unless_counted("orm_view", &there, statement)
        }
    }
}

/// Returns statements that run another one if a count is 0.
fn unless_counted(name: &str, count: &str, statement: &str) -> Vec<String> {
    let statement = Dialect::Mysql.text_literal(statement);
    vec![
        format!("SET @{name} = IF(({count}) = 0, {statement}, 'DO 0')"),
        format!("PREPARE {name} FROM @{name}"),
        format!("EXECUTE {name}"),
        format!("DEALLOCATE PREPARE {name}"),
    ]
}

/// Returns the default that is the next value of a sequence.
pub(super) fn next_value(sequence: &str) -> String {
    format!("(NEXT VALUE FOR {sequence})")
}
