//! Decides how the rows of a step are inserted, and how their generated keys are read. The decision
//! is made once: a plan is printed with it, and a flush sends it.

use super::{Action, Step};
use crate::backend::{Dialect, KeyDefault, KeyFacts, KeyOrder, NewKeys};
use crate::error::{Error, Result};
use crate::mapping::{ColumnSet, EntityMeta};
use crate::sql::{self, InsertForm, KeyClause};

/// How the keys of new rows come back. The rows of a statement have their keys in an order that is
/// known, or they go one by one.
#[derive(Debug, Clone, PartialEq, Eq)]
enum KeySource {
    /// The program gives them.
    Given,
    /// `RETURNING`, in the order of the rows.
    Returned,
    /// `RETURNING`, in no order. The statement itself asks the catalogue whether the keys
    /// ascend, and inserts nothing if they do not.
    Proving,
    /// `RETURNING`, in no order, of keys that ascend or descend.
    Sorted { descending: bool },
    /// The keys of a statement are in a row, and the database tells one of them.
    Counted,
    /// A statement before the INSERT takes as many values of the default as there are rows.
    Beforehand(KeyDefault),
    /// One statement for each row.
    Alone,
}

/// What must be read from the catalogue before rows can be inserted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Question {
    /// Whether the keys can be counted, for as long as the transaction is open.
    Counts,
    /// In which order the keys are generated, and also by which default where that is `whole`.
    Keys { whole: bool },
}

/// How the keys of the rows of a statement are read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ReadKeys {
    /// Not at all.
    No,
    /// The statement returns them.
    Returned,
    /// This statement reads the first key, and by how much each is greater than the one before.
    First { sql: String },
    /// This statement reads the last key.
    Last { sql: &'static str },
}

/// The INSERTs of rows that give the same columns of a table.
#[derive(Debug, Clone)]
pub(crate) struct InsertOf<'m> {
    meta: &'m EntityMeta,
    /// What the rows give.
    columns: ColumnSet,
    /// The column that the database fills, if it does.
    generated: Option<usize>,
    source: KeySource,
}

impl Step {
    /// Returns the INSERT of a step, if the step is one. The source of its keys is not decided yet.
    pub(crate) fn insert(&self) -> Option<InsertOf<'static>> {
        match self.action {
            Action::Insert { columns, generated } => {
                Some(InsertOf::new(self.meta, columns, generated))
            }
            _ => None,
        }
    }
}

/// Which source the keys have.
impl<'m> InsertOf<'m> {
    /// Creates the INSERT of rows that give these columns, and whose keys the database generates if
    /// `generated` is set.
    pub(crate) fn new(meta: &'m EntityMeta, columns: ColumnSet, generated: bool) -> Self {
        let generated = meta.auto_column().filter(|_| generated);
        InsertOf { meta, columns, generated, source: KeySource::Given }
    }

    /// Decides how the keys of this many rows come back, from what is known of the table. Returns
    /// what must be read first, if the decision needs it.
    ///
    /// # Errors
    /// Those of [`decide_by`](Self::decide_by).
    pub(crate) fn decide(
        &mut self,
        dialect: Dialect,
        rows: usize,
        known: Option<&KeyFacts>,
    ) -> Result<Option<Question>> {
        if self.generated.is_none() {
            return Ok(None);
        }
        let question = self.question(dialect);
        self.source = match dialect.capabilities().new_keys {
            NewKeys::ReturnedInOrder { worth_counting, .. }
                if rows < worth_counting || self.meta.schema.is_some() =>
            {
                KeySource::Returned
            }
            // For a single row, the statement that reads the key also asks whether it can be
            // trusted.
            NewKeys::Counted { .. } if rows == 1 && known.is_none() => KeySource::Counted,
            NewKeys::Returned { .. } if !self.meta.no_returning && known.is_none() => {
                KeySource::Proving
            }
            _ => match known.filter(|known| question.is_answered_by(known)) {
                Some(known) => {
                    self.decide_by(dialect, known)?;
                    return Ok(None);
                }
                None => return Ok(Some(question)),
            },
        };
        Ok(None)
    }

    /// Returns the query to the catalogue about the keys.
    pub(crate) fn question(&self, dialect: Dialect) -> Question {
        match dialect.capabilities().new_keys {
            NewKeys::ReturnedInOrder { .. } => Question::Counts,
            NewKeys::Returned { .. } => Question::Keys { whole: self.meta.no_returning },
            NewKeys::Counted { .. } => Question::Keys { whole: false },
        }
    }

    /// Decides how the keys come back, from the answer of the catalogue.
    ///
    /// # Errors
    /// [`Error::Configuration`] if a key has no default and no RETURNING.
    pub(crate) fn decide_by(&mut self, dialect: Dialect, facts: &KeyFacts) -> Result<()> {
        let Some(key) = self.generated else { return Ok(()) };
        let order = facts.order;
        self.source = match dialect.capabilities().new_keys {
            NewKeys::ReturnedInOrder { .. } | NewKeys::Counted { .. }
                if order == KeyOrder::Ascending =>
            {
                KeySource::Counted
            }
            NewKeys::ReturnedInOrder { .. } => KeySource::Returned,
            NewKeys::Returned { .. } if self.meta.no_returning => match &facts.default {
                Some(default) => KeySource::Beforehand(default.clone()),
                None => return Err(no_default(self.meta, key)),
            },
            _ => match (order, &facts.default) {
                (KeyOrder::Ascending, _) => KeySource::Sorted { descending: false },
                (KeyOrder::Descending, _) => KeySource::Sorted { descending: true },
                (KeyOrder::OfDefault, Some(default)) => KeySource::Beforehand(default.clone()),
                _ => KeySource::Alone,
            },
        };
        Ok(())
    }

    /// Decides without asking, for printing. Assumes that keys ascend if the answer is not known.
    pub(crate) fn foresee(&mut self, dialect: Dialect, rows: usize, known: Option<&KeyFacts>) {
        let open = !matches!(self.decide(dialect, rows, known), Ok(None));
        let new_keys = dialect.capabilities().new_keys;
        let returns = matches!(new_keys, NewKeys::Returned { .. });
        if open && returns && self.meta.no_returning {
            let default = KeyDefault { expression: String::new(), identity: false };
            self.source = KeySource::Beforehand(default);
        } else if open || self.source == KeySource::Proving {
            self.source = match new_keys {
                NewKeys::ReturnedInOrder { .. } => KeySource::Returned,
                NewKeys::Returned { .. } => KeySource::Sorted { descending: false },
                NewKeys::Counted { .. } => KeySource::Counted,
            };
        }
    }

    /// Notes that a statement has shown that the keys ascend.
    pub(crate) fn note_ascending(&mut self) {
        self.source = KeySource::Sorted { descending: false };
    }
}

/// The statements.
impl InsertOf<'_> {
    /// Returns the next of these rows that share a statement.
    pub(crate) fn batch<'s>(
        &self,
        dialect: Dialect,
        rest: &'s [u32],
        payload: impl Fn(u32) -> usize,
    ) -> &'s [u32] {
        let columns = self.columns();
        if self.source == KeySource::Alone || columns.is_empty() {
            return &rest[..rest.len().min(1)];
        }
        let most = InsertForm::max_rows(dialect, self.meta, columns);
        sql::batches(most, rest, payload).next().unwrap_or_default()
    }

    /// Returns the columns that the statements write.
    pub(crate) fn columns(&self) -> ColumnSet {
        match (&self.source, self.generated) {
            (KeySource::Beforehand(_), Some(key)) => self.columns.with(key, true),
            _ => self.columns,
        }
    }

    /// Returns the form of a statement for some rows.
    pub(crate) fn form(&self, dialect: Dialect, rows: usize) -> InsertForm {
        InsertForm::of(dialect, self.meta, self.columns(), rows)
    }

    /// Returns the text of a statement.
    pub(crate) fn sql(&self, dialect: Dialect, rows: usize) -> String {
        let form = self.form(dialect, rows);
        sql::insert(dialect, self.meta, self.columns(), form, self.clause(dialect, rows))
    }

    /// Returns the statement that reads the keys of some rows before they are inserted, if there is
    /// one.
    pub(crate) fn keys_before(&self, dialect: Dialect, rows: usize) -> Option<String> {
        match (&self.source, dialect.capabilities().new_keys) {
            (KeySource::Beforehand(default), NewKeys::Returned { values_of_default, .. }) => {
                Some(values_of_default(&default.expression, rows))
            }
            _ => None,
        }
    }

    /// Returns `true` if a statement for some rows proves that their keys ascend, and inserts
    /// nothing if they do not.
    pub(crate) fn proves(&self, rows: usize) -> bool {
        self.source == KeySource::Proving && rows > 1
    }

    /// Returns `true` if a statement for some rows should prove that keys ascend and cannot,
    /// because it sends no arrays.
    pub(crate) fn cannot_prove(&self, dialect: Dialect, rows: usize) -> bool {
        self.proves(rows) && self.form(dialect, rows) != InsertForm::Arrays
    }

    /// Returns the statement that resets the key of an earlier INSERT, which the database would
    /// report again if it generates no key for the next one.
    pub(crate) fn forgets_last_key(&self, dialect: Dialect) -> Option<&'static str> {
        match dialect.capabilities().new_keys {
            NewKeys::Counted { reset, .. } if self.source == KeySource::Alone => Some(reset),
            _ => None,
        }
    }

    /// Returns how the keys of some rows are read. Without a proof that keys ascend, the statement
    /// that reads the first one asks for it.
    pub(crate) fn reads_keys(&self, dialect: Dialect, rows: usize, is_proven: bool) -> ReadKeys {
        if self.clause(dialect, rows).returns_rows(dialect) {
            return ReadKeys::Returned;
        }
        let (KeySource::Counted | KeySource::Alone, Some(key)) = (&self.source, self.generated)
        else {
            return ReadKeys::No;
        };
        match dialect.capabilities().new_keys {
            NewKeys::Counted { first, .. } if is_proven => {
                ReadKeys::First { sql: first.to_owned() }
            }
            NewKeys::Counted { first_if_counts, .. } => {
                let column = self.meta.columns[key].name;
                ReadKeys::First { sql: first_if_counts(self.meta.table_name(), column) }
            }
            NewKeys::ReturnedInOrder { last, .. } => ReadKeys::Last { sql: last },
            // These are never counted.
            NewKeys::Returned { .. } => ReadKeys::No,
        }
    }

    /// Puts keys in the order of the rows.
    pub(crate) fn in_order(&self, mut keys: Vec<i64>) -> Vec<i64> {
        match self.source {
            KeySource::Sorted { descending: true } => keys.sort_unstable_by(|a, b| b.cmp(a)),
            KeySource::Sorted { descending: false } => keys.sort_unstable(),
            _ => {}
        }
        keys
    }

    fn clause(&self, dialect: Dialect, rows: usize) -> KeyClause {
        match &self.source {
            KeySource::Proving if self.proves(rows) => KeyClause::ReturnedIfAscending,
            KeySource::Alone if dialect.capabilities().returns_changes => KeyClause::Returned,
            KeySource::Returned | KeySource::Proving | KeySource::Sorted { .. } => {
                KeyClause::Returned
            }
            KeySource::Beforehand(default) if default.identity => KeyClause::Given,
            KeySource::Beforehand(_) | KeySource::Given | KeySource::Counted | KeySource::Alone => {
                KeyClause::None
            }
        }
    }
}

impl Question {
    fn is_answered_by(self, known: &KeyFacts) -> bool {
        match self {
            Question::Keys { whole: true } => known.default.is_some(),
            Question::Counts | Question::Keys { whole: false } => true,
        }
    }
}

fn no_default(meta: &EntityMeta, key: usize) -> Error {
    Error::Configuration(format!(
        "{}.{} has no default in the database, and without RETURNING no key comes back; give the keys \
         in the program",
        meta.name, meta.columns[key].field
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prelude::*;

    #[derive(Entity)]
    struct Lake {
        id: Auto<i64>,
        name: String,
    }

    #[derive(Entity)]
    #[entity(no_returning)]
    struct Pond {
        id: Auto<i64>,
        name: String,
    }

    /// Decides the INSERT of this many lakes, or returns what is asked first.
    fn lakes(
        dialect: Dialect,
        rows: usize,
        known: Option<&KeyFacts>,
    ) -> Result<InsertOf<'static>, Question> {
        decided(Lake::META, dialect, rows, known)
    }

    fn decided(
        meta: &'static EntityMeta,
        dialect: Dialect,
        rows: usize,
        known: Option<&KeyFacts>,
    ) -> Result<InsertOf<'static>, Question> {
        let mut insert = InsertOf::new(meta, ColumnSet::EMPTY.with(1, true), true);
        match insert.decide(dialect, rows, known) {
            Ok(None) => Ok(insert),
            Ok(Some(question)) => Err(question),
            Err(error) => panic!("{error}"),
        }
    }

    fn ends(insert: &InsertOf<'_>, dialect: Dialect, rows: usize, end: &str) -> bool {
        insert.sql(dialect, rows).ends_with(end)
    }

    #[test]
    fn few_rows_of_sqlite_return_their_keys_and_of_many_it_is_asked_whether_keys_can_be_counted() {
        let few = lakes(Dialect::Sqlite, 127, None).expect("nothing is asked");
        assert!(ends(&few, Dialect::Sqlite, 2, "VALUES (?), (?) RETURNING \"id\""));
        assert_eq!(few.reads_keys(Dialect::Sqlite, 2, false), ReadKeys::Returned);

        assert_eq!(lakes(Dialect::Sqlite, 128, None).err(), Some(Question::Counts));
        let counted = KeyFacts::ordered(KeyOrder::Ascending);
        let many = lakes(Dialect::Sqlite, 128, Some(&counted)).expect("it is known");
        assert!(ends(&many, Dialect::Sqlite, 2, "VALUES (?), (?)"));
        let last = ReadKeys::Last { sql: "SELECT last_insert_rowid()" };
        assert_eq!(many.reads_keys(Dialect::Sqlite, 2, false), last);
    }

    #[test]
    fn postgres_proves_the_order_of_keys_with_the_first_statement_of_several_rows() {
        let unknown = lakes(Dialect::Postgres, 3, None).expect("nothing is asked");
        assert!(unknown.proves(3) && !unknown.proves(1));
        assert!(unknown.sql(Dialect::Postgres, 3).contains("pg_get_serial_sequence"));
        assert!(ends(&unknown, Dialect::Postgres, 1, "VALUES ($1) RETURNING \"id\""));

        let descending = KeyFacts::ordered(KeyOrder::Descending);
        let known = lakes(Dialect::Postgres, 3, Some(&descending)).expect("it is known");
        assert!(!known.proves(3));
        assert!(ends(&known, Dialect::Postgres, 3, "ORDER BY orm_v.n RETURNING \"id\""));
        assert_eq!(known.in_order(vec![4, 6, 5]), [6, 5, 4]);
    }

    #[test]
    fn keys_of_another_default_are_read_before_and_given() {
        let default = KeyDefault { expression: "next()".to_owned(), identity: true };
        let facts = KeyFacts { default: Some(default), ..KeyFacts::ordered(KeyOrder::OfDefault) };
        let insert = lakes(Dialect::Postgres, 2, Some(&facts)).expect("it is known");
        let before = "SELECT (next())::bigint FROM generate_series(1, 2)";
        assert_eq!(insert.keys_before(Dialect::Postgres, 2).as_deref(), Some(before));
        assert!(
            insert
                .sql(Dialect::Postgres, 2)
                .starts_with(r#"INSERT INTO "lake" ("id", "name") OVERRIDING SYSTEM VALUE SELECT"#)
        );
        assert_eq!(insert.reads_keys(Dialect::Postgres, 2, true), ReadKeys::No);
    }

    #[test]
    fn mysql_is_asked_about_keys_with_a_single_row_or_before_several() {
        let one = lakes(Dialect::Mysql, 1, None).expect("nothing is asked");
        let asks = |read: ReadKeys| match read {
            ReadKeys::First { sql } => sql.contains("information_schema"),
            _ => panic!("the first key is read"),
        };
        assert!(asks(one.reads_keys(Dialect::Mysql, 1, false)));
        assert!(!asks(one.reads_keys(Dialect::Mysql, 1, true)));

        let question = Question::Keys { whole: false };
        assert_eq!(lakes(Dialect::Mysql, 2, None).err(), Some(question));
        let unknown = KeyFacts::ordered(KeyOrder::Unknown);
        let alone = lakes(Dialect::Mysql, 2, Some(&unknown)).expect("it is known");
        assert_eq!(alone.batch(Dialect::Mysql, &[7, 8], |_| 0), [7]);
        assert!(alone.forgets_last_key(Dialect::Mysql).is_some());
    }

    #[test]
    fn without_returning_the_default_has_to_be_known() {
        let whole = Question::Keys { whole: true };
        assert_eq!(decided(Pond::META, Dialect::Postgres, 1, None).err(), Some(whole));
        let mut insert = InsertOf::new(Pond::META, ColumnSet::EMPTY.with(1, true), true);
        let facts = KeyFacts::ordered(KeyOrder::Ascending);
        let error = insert.decide_by(Dialect::Postgres, &facts).expect_err("it has no default");
        assert!(error.to_string().contains("Pond.id has no default in the database"), "{error}");
        // Printed as if it had one.
        insert.foresee(Dialect::Postgres, 1, None);
        let sql = r#"INSERT INTO "pond" ("id", "name") VALUES ($1, $2)"#;
        assert_eq!(insert.sql(Dialect::Postgres, 1), sql);
    }

    #[test]
    fn what_is_printed_takes_keys_to_ascend() {
        let printed = |dialect| {
            let mut insert = InsertOf::new(Lake::META, ColumnSet::EMPTY.with(1, true), true);
            insert.foresee(dialect, 500, None);
            insert.sql(dialect, 2)
        };
        assert!(printed(Dialect::Sqlite).ends_with(" RETURNING \"id\""));
        assert!(printed(Dialect::Postgres).ends_with("ORDER BY orm_v.n RETURNING \"id\""));
        assert!(printed(Dialect::Mysql).ends_with("VALUES (?), (?)"));
    }
}
