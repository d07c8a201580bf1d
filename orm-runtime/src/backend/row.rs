//! Reading values from a row.

use std::time::{Duration, Instant};

use diesel::QueryResult;
use diesel::connection::LoadConnection;
use diesel::result::Error::DeserializationError;
use diesel::row::{Field, Row as _};
use diesel::sql_types::{Nullable, Text};

use super::HasColumnType;
use super::holds::{self, Holds, SelectedTypes, Unread};
use super::watched_statement::DecodingTime;

#[cfg(feature = "mysql")]
pub(super) type MysqlRow<'c> = <diesel::MysqlConnection as LoadConnection>::Row<'c, 'c>;
#[cfg(feature = "postgres")]
pub(super) type PgRow<'c> = <diesel::PgConnection as LoadConnection>::Row<'c, 'c>;
#[cfg(feature = "sqlite")]
pub(super) type SqliteRow<'c> = <diesel::SqliteConnection as LoadConnection>::Row<'c, 'c>;

/// A row of the session's database, read column by column from the left.
#[doc(hidden)]
#[allow(missing_debug_implementations, reason = "Diesel's rows have no Debug")]
pub struct Row<'r, 'c: 'r> {
    pub(crate) raw: RawRow<'r, 'c>,
    next: usize,
    /// The positions of the columns, if they are not consecutive: for a statement that names them
    /// in another order.
    order: Option<&'r [usize]>,
    /// The column at which the current object begins, and the offsets of the columns of each
    /// subtype of its hierarchy.
    start: usize,
    layout: &'static [u16],
    /// The subtype whose columns are read.
    subtype: usize,
    decoding: DecodingTime,
}

#[derive(Clone, Copy)]
pub(crate) enum RawRow<'r, 'c: 'r> {
    #[cfg(feature = "sqlite")]
    Sqlite(&'r SqliteRow<'c>),
    #[cfg(feature = "postgres")]
    Pg(&'r PgRow<'c>),
    #[cfg(feature = "mysql")]
    Mysql(&'r MysqlRow<'c>),
}

impl<'r, 'c> Row<'r, 'c> {
    pub(crate) fn new(raw: RawRow<'r, 'c>) -> Self {
        Row {
            raw,
            next: 0,
            order: None,
            start: 0,
            layout: &[],
            subtype: 0,
            decoding: DecodingTime::default(),
        }
    }

    /// Returns the same row, with its columns in another order.
    pub(crate) fn in_order<'o>(&self, order: &'o [usize]) -> Row<'o, 'c>
    where
        'r: 'o,
    {
        Row { order: Some(order), next: 0, start: 0, ..*self }
    }

    /// Measures from now on how long columns are converted.
    pub(super) fn time_decoding(&mut self) {
        self.decoding = DecodingTime::measured();
    }

    /// Returns how long columns were converted, if that is measured.
    pub(super) fn decoding_time(&self) -> Option<Duration> {
        self.decoding.get()
    }

    /// Adds the time that the same row, in another order, took.
    pub(crate) fn take_decoding_of(&mut self, other: &Row<'_, '_>) {
        self.decoding = other.decoding;
    }

    /// Reads the clock before columns are converted, if the time is measured.
    #[inline]
    pub(crate) fn start_decoding(&self) -> Option<Instant> {
        self.decoding.get().map(|_| Instant::now())
    }

    /// Adds the time since then. What was decoded is not passed through, because it would be moved.
    #[inline]
    pub(crate) fn end_decoding(&mut self, started: Option<Instant>) {
        if let Some(started) = started {
            self.decoding.add(started.elapsed());
        }
    }

    /// Reads the next column.
    #[inline(always)]
    pub fn get<ST: HasColumnType, U: Fetch<ST>>(&mut self) -> QueryResult<U> {
        self.get_held::<ST, U>(ST::HOLDS)
    }

    /// Reads the next column of a catalogue as text, even if SQLite stores a number.
    pub(crate) fn get_text(&mut self) -> QueryResult<Option<String>> {
        self.get_held::<Nullable<Text>, Option<String>>(Holds::Any)
    }

    #[inline(always)]
    fn get_held<ST, U: Fetch<ST>>(&mut self, holds: Holds) -> QueryResult<U> {
        let at = self.next;
        self.next = at + 1;
        let at = match self.order {
            None => at,
            Some(order) => *order.get(at).ok_or_else(|| missing(at))?,
        };
        U::fetch(self, at, holds)
    }

    /// Skips the next column if it holds the date `0000-00-00`, which MySQL stores for a missing
    /// date. On SQLite the date is text, in tables that come from MySQL.
    pub fn skip_zero_date(&mut self) -> bool {
        let at = match self.order {
            None => Some(self.next),
            Some(order) => order.get(self.next).copied(),
        };
        #[allow(unused_variables, reason = "PostgreSQL has no such date")]
        let zero = at.is_some_and(|at| match self.raw {
            #[cfg(feature = "sqlite")]
            RawRow::Sqlite(row) => {
                let field = row.get(at);
                let mut value = field.as_ref().and_then(|field| field.value());
                value.as_mut().is_some_and(super::sqlite::sqlite_holds::is_zero_date)
            }
            #[cfg(feature = "postgres")]
            RawRow::Pg(_) => false,
            #[cfg(feature = "mysql")]
            RawRow::Mysql(row) => {
                let field = row.get(at);
                field.is_some_and(|field| {
                    field
                        .value()
                        .is_some_and(|value| super::mysql::mysql_holds::is_zero_date(&value))
                })
            }
        });
        self.next += usize::from(zero);
        zero
    }

    /// Skips columns.
    #[inline]
    pub fn skip(&mut self, columns: usize) {
        self.next += columns;
    }

    /// Returns the position of the row: the column after the one that was read last.
    pub(crate) fn position(&self) -> usize {
        self.next
    }

    /// Moves back to a column.
    #[inline]
    pub(crate) fn rewind(&mut self, column: usize) {
        self.next = column;
    }

    /// Moves to the position after a column was read, for an error about it.
    pub fn stand_behind(&mut self, column: usize) {
        self.next = column + 1;
    }

    /// Marks the next column as the first of an object of a hierarchy.
    pub(crate) fn begin_object(&mut self, start: usize, layout: &'static [u16]) {
        (self.next, self.start, self.layout, self.subtype) = (start, start, layout, 0);
    }

    /// Moves to the columns of a subtype.
    pub fn enter_subtype(&mut self, subtype: usize) {
        if let Some(&column) = self.layout.get(subtype) {
            self.next = self.start + usize::from(column);
            self.subtype = subtype;
        }
    }

    /// Returns the subtype that was entered last, if the query does not read its columns.
    pub(crate) fn lacks_level(&self) -> Option<usize> {
        (self.layout.get(self.subtype) == Some(&u16::MAX)).then_some(self.subtype)
    }

    /// Returns the position of the row, for [`stand_behind`](Self::stand_behind).
    pub fn stands_at(&self) -> usize {
        self.next
    }

    /// Returns `true` if a column is NULL or missing.
    pub(crate) fn is_null(&self, column: usize) -> bool {
        match self.raw {
            #[cfg(feature = "sqlite")]
            RawRow::Sqlite(row) => row.get(column).is_none_or(|field| field.is_null()),
            #[cfg(feature = "postgres")]
            RawRow::Pg(row) => row.get(column).is_none_or(|field| field.is_null()),
            #[cfg(feature = "mysql")]
            RawRow::Mysql(row) => row.get(column).is_none_or(|field| field.is_null()),
        }
    }

    /// Returns the number of columns.
    pub(crate) fn len(&self) -> usize {
        match self.raw {
            #[cfg(feature = "sqlite")]
            RawRow::Sqlite(row) => row.field_count(),
            #[cfg(feature = "postgres")]
            RawRow::Pg(row) => row.field_count(),
            #[cfg(feature = "mysql")]
            RawRow::Mysql(row) => row.field_count(),
        }
    }

    /// Returns the name that the database gave a column.
    pub(crate) fn name(&self, column: usize) -> Option<String> {
        let column = match self.order {
            None => column,
            Some(order) => *order.get(column)?,
        };
        match self.raw {
            #[cfg(feature = "sqlite")]
            RawRow::Sqlite(row) => row.get(column)?.field_name().map(str::to_owned),
            #[cfg(feature = "postgres")]
            RawRow::Pg(row) => row.get(column)?.field_name().map(str::to_owned),
            #[cfg(feature = "mysql")]
            RawRow::Mysql(row) => row.get(column)?.field_name().map(str::to_owned),
        }
    }
}

#[cold]
fn missing(column: usize) -> diesel::result::Error {
    DeserializationError(format!("the row has no column number {}", column + 1).into())
}

/// A value that can be read from a column of the SQL type `ST` of every enabled database.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be read from a column of the SQL type `{ST}`",
    label = "the SQL type does not fit this field",
    note = "name a suitable type with `#[entity(sql_type = …)]`; every enabled database must support it"
)]
#[doc(hidden)]
pub trait Fetch<ST>: Sized {
    fn fetch(row: &Row<'_, '_>, column: usize, holds: Holds) -> QueryResult<Self>;
}

impl<ST, U> Fetch<ST> for U
where
    U: FetchSqlite<ST> + FetchPg<ST> + FetchMysql<ST>,
{
    #[inline(always)]
    fn fetch(row: &Row<'_, '_>, column: usize, holds: Holds) -> QueryResult<Self> {
        match row.raw {
            #[cfg(feature = "sqlite")]
            RawRow::Sqlite(row) => U::fetch_sqlite(row, column, holds),
            #[cfg(feature = "postgres")]
            RawRow::Pg(row) => U::fetch_pg(row, column, holds),
            #[cfg(feature = "mysql")]
            RawRow::Mysql(row) => U::fetch_mysql(row, column, holds),
        }
    }
}

macro_rules! fetch_from {
    (
        $feature:literal, $db:path, $row:ident, $fetch:ident::$fetch_fn:ident,
        ($read:ident, $value:ident, $holds:ident) => $checked:expr
    ) => {
        #[doc(hidden)]
        #[allow(private_interfaces, reason = "the row is Diesel's, under a private alias")]
        pub trait $fetch<ST>: Sized {
            #[cfg(feature = $feature)]
            fn $fetch_fn(row: &$row<'_>, column: usize, holds: Holds) -> QueryResult<Self>;
        }

        #[cfg(feature = $feature)]
        impl<ST, $read> $fetch<ST> for $read
        where
            $read: diesel::deserialize::FromSql<ST, $db> + 'static,
        {
            // Always inlined, because what the column holds is a constant at the call.
            #[inline(always)]
            fn $fetch_fn(row: &$row<'_>, column: usize, $holds: Holds) -> QueryResult<Self> {
                let field = row.get(column).ok_or_else(|| missing(column))?;
                let read = match field.value() {
                    None => $read::from_nullable_sql(None),
                    #[allow(unused_mut, reason = "reading is a mutation on one database")]
                    Some(mut $value) => $checked,
                };
                read.map_err(DeserializationError)
            }
        }

        #[cfg(not(feature = $feature))]
        impl<ST, U> $fetch<ST> for U {}
    };
}

/// A value, a tuple or a Diesel struct that can be built from a row of every enabled database.
#[diagnostic::on_unimplemented(
    message = "the selected columns cannot be read as `{Self}`",
    note = "the types must match the columns, in order: `(String, i64)` for `.select((user::name, count_star()))`",
    note = "a value that may be NULL is an `Option`: an `Option` column, `max`, `min`, `sum` and `avg`, and a column of the other side of a reference"
)]
#[doc(hidden)]
pub trait FromRow<ST>: Sized {
    fn from_row(row: &Row<'_, '_>) -> Result<Self, Unread>;
}

#[diagnostic::do_not_recommend]
impl<ST: SelectedTypes, U> FromRow<ST> for U
where
    U: RowSqlite<ST> + RowPg<ST> + RowMysql<ST>,
{
    fn from_row(row: &Row<'_, '_>) -> Result<Self, Unread> {
        match row.raw {
            #[cfg(feature = "sqlite")]
            RawRow::Sqlite(row) => U::row_sqlite(row),
            #[cfg(feature = "postgres")]
            RawRow::Pg(row) => U::row_pg(row),
            #[cfg(feature = "mysql")]
            RawRow::Mysql(row) => U::row_mysql(row),
        }
    }
}

macro_rules! row_from {
    ($feature:literal, $db:path, $row:ident, $build:ident::$build_fn:ident) => {
        #[doc(hidden)]
        #[allow(private_interfaces, reason = "the row is Diesel's, under a private alias")]
        pub trait $build<ST>: Sized {
            #[cfg(feature = $feature)]
            fn $build_fn(row: &$row<'_>) -> Result<Self, Unread>
            where
                ST: SelectedTypes;
        }

        #[cfg(feature = $feature)]
        impl<ST, U: diesel::deserialize::FromSqlRow<ST, $db>> $build<ST> for U {
            fn $build_fn(row: &$row<'_>) -> Result<Self, Unread>
            where
                ST: SelectedTypes,
            {
                holds::$build_fn::<ST, U, _>(row)
            }
        }

        #[cfg(not(feature = $feature))]
        impl<ST, U> $build<ST> for U {}
    };
}

row_from!("sqlite", diesel::sqlite::Sqlite, SqliteRow, RowSqlite::row_sqlite);
row_from!("postgres", diesel::pg::Pg, PgRow, RowPg::row_pg);
row_from!("mysql", diesel::mysql::Mysql, MysqlRow, RowMysql::row_mysql);
fetch_from!(
    "sqlite", diesel::sqlite::Sqlite, SqliteRow, FetchSqlite::fetch_sqlite,
    (U, value, holds) => {
        #[cfg(any(feature = "chrono", feature = "time"))]
        if let Some(date) = holds::read_date_text(holds, &mut value) {
            return Ok(date);
        }
        match holds.check_sqlite(&mut value) {
            Ok(()) => U::from_nullable_sql(Some(value)),
            Err(unfit) => Err(unfit),
        }
    }
);
fetch_from!(
    "postgres", diesel::pg::Pg, PgRow, FetchPg::fetch_pg,
    (U, value, holds) => {
        holds.read_pg(unpadded(value), |value| U::from_nullable_sql(Some(value)))
    }
);
fetch_from!(
    "mysql", diesel::mysql::Mysql, MysqlRow, FetchMysql::fetch_mysql,
    (U, value, holds) => {
        holds.check_mysql(&value).and_then(|()| U::from_nullable_sql(Some(value)))
    }
);

/// The number of the type CHAR(n).
#[cfg(feature = "postgres")]
static CHARACTER: std::num::NonZeroU32 = match std::num::NonZeroU32::new(1042) {
    Some(number) => number,
    None => unreachable!(),
};

/// Returns a CHAR(n) without its padding. PostgreSQL ignores the padding, but a key that is sent as
/// text with it matches nothing. MySQL omits the padding by itself.
#[cfg(feature = "postgres")]
#[inline]
fn unpadded(value: diesel::pg::PgValue<'_>) -> diesel::pg::PgValue<'_> {
    let bytes = value.as_bytes();
    if bytes.last() != Some(&b' ') || value.get_oid() != CHARACTER {
        return value;
    }
    let length = bytes.iter().rposition(|&byte| byte != b' ').map_or(0, |last| last + 1);
    diesel::pg::PgValue::new(&bytes[..length], &CHARACTER)
}
