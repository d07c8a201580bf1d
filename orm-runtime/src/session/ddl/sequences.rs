//! Advancing sequences after rows were written with explicit keys.

use crate::backend::{Cause, Sequences, Statement, TableName};
use crate::error::{Error, Result};
use crate::map::Written;
use crate::mapping::{Entity, EntityMeta, GeneratedBy};
use crate::session::Session;

impl Session {
    /// Advances the sequences of an entity past the rows in its table. Call it after rows were
    /// copied with their keys; without it, the next generated key would be one that a copied row
    /// has. It also advances the sequences of columns with `sequence`. It never sets a sequence
    /// back.
    ///
    /// On PostgreSQL it sends two statements for a key, or one if the session already knows the
    /// key's sequence. On SQLite and MySQL it sends nothing for a key, because they generate keys
    /// after the greatest one by themselves. For a column with `sequence` it sends one statement,
    /// on MariaDB two. A rollback does not undo the change of a sequence. Pending changes are not
    /// flushed first. [`Schema::advance_sequences`](crate::Schema::advance_sequences) advances the
    /// sequences of many entities.
    ///
    /// ```
    /// # use orm_runtime::prelude::*;
    /// # #[derive(Entity)] struct Customer { id: Auto<i64>, name: String }
    /// # fn main() -> Result<()> {
    /// # let mut session = Session::open("sqlite://:memory:")?;
    /// # schema![Customer].create_all(&mut session)?;
    /// let copied = Customer::builder().id(7).name("from elsewhere").build();
    /// session.bulk_insert([copied])?;
    /// session.advance_sequences::<Customer>()?;
    /// let new = session.add(Customer::builder().name("new").build());
    /// session.commit()?;
    /// assert_eq!(session.key(new), Some(8));
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::Configuration`] on PostgreSQL for a key whose default is not the next number of a
    /// sequence; any error of the database.
    #[track_caller]
    pub fn advance_sequences<T: Entity>(&mut self) -> Result<()> {
        let _call = self.call(Cause::Schema, T::META.name);
        self.advance_sequences_of(T::META)
    }

    pub(crate) fn advance_sequences_of(&mut self, meta: &'static EntityMeta) -> Result<()> {
        for table in meta.all_tables() {
            if let Some(key) = table.auto_column()
                && let Some(advance) = self.dialect().capabilities().advance_key
            {
                self.begin_read()?;
                let facts = self.sender().key_facts(table, key, true);
                let Some(sequence) = facts.map_err(|fault| self.fault(fault))?.sequence else {
                    return Err(Error::Configuration(format!(
                        "the default of the key {}.{} is not the next number of a sequence, so no \
                         sequence can be advanced",
                        table.name, table.columns[key].field
                    )));
                };
                let column = table.columns[key].name;
                self.read_texts(&advance(table.table_name(), column, &sequence))?;
            }
        }
        let columns = meta.columns.iter().enumerate();
        for (column, of) in columns.filter(|(_, column)| column.generated.is_some()) {
            if let Some(GeneratedBy::Sequence(sequence)) = of.generated {
                self.advance_sequence(meta.table_with(column), column, sequence)?;
            }
        }
        Ok(())
    }

    /// Advances a sequence that is known by name.
    fn advance_sequence(&mut self, table: &EntityMeta, column: usize, name: &str) -> Result<()> {
        let sequence = TableName { schema: table.schema, name };
        let (table, column) = (table.table_name(), table.columns[column].name);
        match self.dialect().capabilities().sequences {
            Sequences::Select(advance) => {
                self.read_texts(&advance(table, column, sequence))?;
            }
            Sequences::SetTo { greatest, set } => {
                let greatest = self.read_texts(&greatest(table, column))?;
                let greatest = greatest.into_iter().flatten().flatten().next();
                if let Some(greatest) = greatest.and_then(|text| text.parse::<i64>().ok()) {
                    self.read_texts(&set(sequence, greatest))?;
                }
            }
            Sequences::Counters(advance) => {
                self.begin_write()?;
                let sql = advance(table, column, name);
                let statement = Statement { sql: &sql, values: &(), cached: false };
                let sent = self.sender().execute(&statement);
                sent.map_err(|error| self.statement_failed(error))?;
                self.note_written(Written::PastMap);
            }
        }
        Ok(())
    }
}
