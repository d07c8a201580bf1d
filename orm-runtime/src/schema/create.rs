//! The statements that create and drop everything.

use super::table_order::Order;
use super::tokens::pieces;
use crate::backend::{ColumnChanges, Dialect};
use crate::ddl;
use crate::ddl::script::Script;
use crate::ddl::table::{Catalog, Table};

/// Returns the statements that create what is missing.
pub(super) fn create(dialect: Dialect, wanted: &Catalog) -> Vec<String> {
    let mut statements = kinds(dialect, wanted);
    let order = Order::of(dialect, &wanted.tables);
    for &at in &order.tables {
        statements.extend(table(dialect, wanted, &order, at));
    }
    statements.extend(late(dialect, wanted, &order));
    let views = views(dialect, &wanted.tables);
    statements.extend(views.iter().filter_map(|view| ddl::create_view(dialect, view)).flatten());
    statements
}

/// Returns the views, each after those that it selects from.
pub(super) fn views(dialect: Dialect, tables: &[Table]) -> Vec<&Table> {
    let mut left: Vec<&Table> = tables.iter().filter(|table| table.view.is_some()).collect();
    let mut views: Vec<&Table> = Vec::new();
    let names = |view: &Table, other: &Table| {
        let query = view.view.as_ref().and_then(|view| view.query).unwrap_or_default();
        let pieces = pieces(dialect, query);
        pieces.iter().filter_map(|piece| piece.name()).any(|name| {
            let name = name.rsplit('.').next().unwrap_or_default();
            name.eq_ignore_ascii_case(&other.name)
        })
    };
    while !left.is_empty() {
        let free = |view: &&Table| {
            left.iter().all(|other| std::ptr::eq(*view, *other) || !names(view, other))
        };
        let next = left.iter().position(free).unwrap_or(0);
        views.push(left.remove(next));
    }
    views
}

/// Returns the statements for types and sequences, which precede the tables.
pub(super) fn kinds(dialect: Dialect, wanted: &Catalog) -> Vec<String> {
    let types = wanted.types.iter().flat_map(|ty| ddl::create_type(dialect, ty));
    let sequences = wanted.sequences.iter();
    types.chain(sequences.flat_map(|name| ddl::create_sequence(dialect, name))).collect()
}

/// Returns the statements for a table and the objects that belong to it.
pub(super) fn table(dialect: Dialect, wanted: &Catalog, order: &Order, at: usize) -> Vec<String> {
    let table = &wanted.tables[at];
    if table.view.is_some() {
        return Vec::new();
    }
    let adds_late = dialect.definitions().column_changes != ColumnChanges::NewTable;
    let late = order.late.iter().filter(|(from, _)| *from == at && adds_late);
    let without: Vec<usize> = late.map(|(_, place)| *place).collect();
    let mut statements = vec![ddl::create_table(dialect, table, &without)];
    statements.extend(ddl::create_indexes(dialect, table));
    statements.extend(ddl::create_triggers(dialect, table));
    statements.extend(ddl::comments(dialect, table));
    statements
}

/// Returns the statements for references that could not be created with their tables.
fn late(dialect: Dialect, wanted: &Catalog, order: &Order) -> Vec<String> {
    let late = order.late.iter().map(|&(from, place)| {
        let table = &wanted.tables[from];
        ddl::add_late_reference(dialect, table, &table.foreign_keys[place])
    });
    late.flatten().collect()
}

/// Returns the statements that drop everything.
pub(super) fn drop(dialect: Dialect, wanted: &Catalog) -> Script {
    let order = Order::of(dialect, &wanted.tables);
    let tables = order.tables.iter().rev().map(|&at| &wanted.tables[at]);
    let tables: Vec<&Table> = tables.filter(|table| table.view.is_none()).collect();
    // A view that the ORM does not create is not dropped.
    let views = views(dialect, &wanted.tables);
    let views =
        views.iter().rev().filter(|view| view.view.as_ref().is_some_and(|it| it.query.is_some()));
    let circle = !order.late.is_empty();
    let mut statements: Vec<String> = views.map(|view| ddl::drop_view(dialect, view)).collect();
    let together = dialect.definitions().drops_together.is_some();
    let drop: Vec<String> = match circle && together {
        // In one statement the tables may reference each other in a circle.
        true => vec![ddl::drop_tables(dialect, &tables)],
        false => tables.iter().map(|table| ddl::drop_tables(dialect, &[table])).collect(),
    };
    statements.extend(drop);
    statements.extend(wanted.types.iter().map(|ty| ddl::drop_type(dialect, &ty.name)));
    let sequences = wanted.sequences.iter();
    statements.extend(sequences.flat_map(|name| ddl::drop_sequence(dialect, name)));
    Script { statements, unchecked: circle && !together }
}
