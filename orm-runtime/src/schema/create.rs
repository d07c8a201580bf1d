//! The statements that make and drop everything.

use super::order::Order;
use super::script::Script;
use super::table::{Catalog, Table};
use crate::backend::Dialect;
use crate::sql::ddl;

/// Makes what is missing.
pub(super) fn create(dialect: Dialect, wanted: &Catalog) -> Vec<String> {
    let mut statements = kinds(dialect, wanted);
    let order = Order::of(dialect, &wanted.tables);
    for &at in &order.tables {
        statements.extend(table(dialect, wanted, &order, at));
    }
    statements.extend(late(dialect, wanted, &order));
    statements
}

/// Types and sequences, which stand before the tables.
pub(super) fn kinds(dialect: Dialect, wanted: &Catalog) -> Vec<String> {
    let types = wanted.types.iter().map(ddl::create_type);
    let sequences = wanted.sequences.iter();
    types.chain(sequences.flat_map(|name| ddl::create_sequence(dialect, name))).collect()
}

/// A table with what stands beside it.
pub(super) fn table(dialect: Dialect, wanted: &Catalog, order: &Order, at: usize) -> Vec<String> {
    let table = &wanted.tables[at];
    let late = order.late.iter().filter(|(from, _)| *from == at && dialect != Dialect::Sqlite);
    let without: Vec<usize> = late.map(|(_, place)| *place).collect();
    let mut statements = vec![ddl::create_table(dialect, table, &without)];
    statements.extend(ddl::create_indexes(dialect, table));
    match dialect {
        Dialect::Sqlite => statements.extend(ddl::create_triggers(table)),
        Dialect::Postgres => statements.extend(ddl::comments(table)),
        Dialect::Mysql => {}
    }
    statements
}

/// The references that could not come with their tables.
fn late(dialect: Dialect, wanted: &Catalog, order: &Order) -> Vec<String> {
    let late = order.late.iter().map(|&(from, place)| {
        let table = &wanted.tables[from];
        ddl::add_late_reference(dialect, table, &table.foreign_keys[place])
    });
    late.flatten().collect()
}

/// Drops everything.
pub(super) fn drop(dialect: Dialect, wanted: &Catalog) -> Script {
    let order = Order::of(dialect, &wanted.tables);
    let tables: Vec<&Table> = order.tables.iter().rev().map(|&at| &wanted.tables[at]).collect();
    let circle = !order.late.is_empty();
    let mut statements: Vec<String> = match dialect {
        // In one statement they may refer to each other in a circle.
        Dialect::Postgres | Dialect::Mysql if circle => vec![ddl::drop_tables(dialect, &tables)],
        _ => tables.iter().map(|table| ddl::drop_tables(dialect, &[table])).collect(),
    };
    statements.extend(wanted.types.iter().map(|ty| ddl::drop_type(&ty.name)));
    let sequences = wanted.sequences.iter();
    statements.extend(sequences.flat_map(|name| ddl::drop_sequence(dialect, name)));
    Script { statements, unchecked: circle && dialect == Dialect::Sqlite }
}
