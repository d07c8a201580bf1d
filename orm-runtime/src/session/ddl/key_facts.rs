//! What a connection knows about the keys that its database generates. It asks the catalogue once
//! for each table, and forgets the answer when the session changes the schema.

use diesel::sql_types::{BigInt, Nullable, Text};

use crate::backend::{
    Connection, Fault, KeyDefault, KeyFacts, KeyOrder, KeySequence, NewKeys, Statement,
};
use crate::error::Error;
use crate::mapping::EntityMeta;

impl Connection {
    /// Returns what is already known about the keys of a table.
    pub(crate) fn known_key_order(&self, meta: &EntityMeta) -> Option<&KeyFacts> {
        self.key_facts_of((meta.schema, meta.table))
    }

    /// Notes that the keys of a table ascend, as the database has shown.
    pub(crate) fn note_ascending(&mut self, meta: &EntityMeta) {
        let facts = KeyFacts::ordered(KeyOrder::Ascending);
        self.keep_key_facts((meta.schema, meta.table), facts);
    }

    /// Returns what the catalogue says about the keys of a table; with `whole`, more than their
    /// order. Sends one statement the first time for each table.
    pub(crate) fn key_facts(
        &mut self,
        meta: &EntityMeta,
        key: usize,
        whole: bool,
    ) -> Result<KeyFacts, Fault> {
        let known = self.known_key_order(meta);
        if let Some(known) = known.filter(|known| !whole || known.default.is_some()) {
            return Ok(known.clone());
        }
        let (table, column) = (meta.table_name(), meta.columns[key].name);
        let facts = match self.dialect().capabilities().new_keys {
            NewKeys::Returned { facts, .. } => self.read_key_facts(&facts(table, column))?,
            NewKeys::Counted { counts_on, .. } => {
                match self.read_numbers(&counts_on(table, column))? {
                    (1, _) => KeyFacts::ordered(KeyOrder::Ascending),
                    _ => KeyFacts::ordered(KeyOrder::Unknown),
                }
            }
            NewKeys::ReturnedInOrder { .. } => KeyFacts::ordered(KeyOrder::Unknown),
        };
        self.keep_key_facts((meta.schema, meta.table), facts.clone());
        Ok(facts)
    }

    fn read_key_facts(&mut self, sql: &str) -> Result<KeyFacts, Fault> {
        let _asking = self.asking();
        let statement = Statement { sql, values: &(), cached: false };
        let mut facts = KeyFacts::ordered(KeyOrder::Unknown);
        self.load(&statement, &mut |row| {
            let mut next = || row.get::<Nullable<Text>, Option<String>>();
            let (intercepted, identity, default) = (next()?, next()?, next()?);
            let (in_order, descends) = (next()?, next()?);
            let holds = |fact: &Option<String>| fact.as_deref() == Some("true");
            let identity = holds(&identity);
            let descends = holds(&descends);
            let name = default.as_deref().filter(|_| holds(&in_order)).and_then(|default| {
                default.strip_prefix("nextval(")?.strip_suffix(')').map(str::to_owned)
            });
            facts.sequence = name.map(|name| KeySequence { name, descends });
            facts.order = match (&default, &facts.sequence) {
                (None, _) => KeyOrder::Unknown,
                _ if holds(&intercepted) => KeyOrder::Unknown,
                (_, None) => KeyOrder::OfDefault,
                (_, Some(_)) if descends => KeyOrder::Descending,
                (_, Some(_)) => KeyOrder::Ascending,
            };
            facts.default = default.map(|expression| KeyDefault { expression, identity });
            Ok(())
        })?;
        Ok(facts)
    }

    /// Reads a row of one or two integers.
    pub(crate) fn read_numbers(&mut self, sql: &str) -> Result<(i64, i64), Fault> {
        let _asking = self.asking();
        let mut numbers = None;
        let statement = Statement { sql, values: &(), cached: true };
        self.load(&statement, &mut |row| {
            let first = row.get::<BigInt, i64>()?;
            let second = if row.len() > 1 { row.get::<BigInt, i64>()? } else { 0 };
            numbers = Some((first, second));
            Ok(())
        })?;
        numbers.ok_or(Fault::Row(Error::Diesel(diesel::result::Error::NotFound)))
    }
}
