//! What a connection has been told of the keys of tables.

use super::Connection;
use super::known_keys::{KeyFacts, TableKey};

impl Connection {
    /// Returns what is known already of the keys of a table.
    pub(crate) fn key_facts_of(&self, table: TableKey) -> Option<&KeyFacts> {
        self.key_orders.0.get(&table)
    }

    /// Keeps what the database has said of the keys of a table.
    pub(crate) fn keep_key_facts(&mut self, table: TableKey, facts: KeyFacts) {
        self.key_orders.0.insert(table, facts);
    }

    /// Forgets it: the schema may be another one now.
    pub(crate) fn forget_key_facts(&mut self) {
        self.key_orders.0.clear();
    }
}
