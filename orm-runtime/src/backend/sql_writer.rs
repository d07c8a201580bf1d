//! Writing values into a statement.

use diesel::QueryResult;
use diesel::expression::expression_types::Untyped;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};

#[cfg(feature = "postgres")]
use super::PgArray;

/// One of Diesel's passes over a statement, for the session's database.
#[doc(hidden)]
#[allow(missing_debug_implementations, reason = "Diesel's passes have no Debug")]
pub enum SqlWriter<'a, 'b> {
    #[cfg(feature = "sqlite")]
    Sqlite(AstPass<'a, 'b, diesel::sqlite::Sqlite>),
    #[cfg(feature = "postgres")]
    Pg(AstPass<'a, 'b, diesel::pg::Pg>),
    /// The values of one column of many rows, or of many columns for COPY, as bytes.
    #[cfg(feature = "postgres")]
    PgArray { array: &'a mut PgArray, lookup: &'a mut (dyn diesel::pg::PgMetadataLookup + 'static) },
    #[cfg(feature = "mysql")]
    Mysql(AstPass<'a, 'b, diesel::mysql::Mysql>),
}

/// Runs the same code on the pass of each database.
macro_rules! each_pass {
    ($pass:expr, $p:ident => $body:expr, array => $array:expr) => {
        match $pass {
            #[cfg(feature = "sqlite")]
            SqlWriter::Sqlite($p) => $body,
            #[cfg(feature = "postgres")]
            SqlWriter::Pg($p) => $body,
            #[cfg(feature = "postgres")]
            SqlWriter::PgArray { .. } => $array,
            #[cfg(feature = "mysql")]
            SqlWriter::Mysql($p) => $body,
        }
    };
}

impl<'b> SqlWriter<'_, 'b> {
    /// Appends SQL text.
    pub fn push_sql(&mut self, sql: &str) {
        each_pass!(self, p => p.push_sql(sql), array => ());
    }

    /// Binds a value as a column of the SQL type `ST`.
    #[inline]
    pub fn bind<ST, U: Bind<ST> + ?Sized>(&mut self, value: &'b U) -> QueryResult<()> {
        value.bind(self)
    }

    /// Returns the database that the statement is for.
    pub(crate) fn dialect(&self) -> super::Dialect {
        match self {
            #[cfg(feature = "sqlite")]
            SqlWriter::Sqlite(_) => super::Dialect::Sqlite,
            #[cfg(feature = "postgres")]
            SqlWriter::Pg(_) | SqlWriter::PgArray { .. } => super::Dialect::Postgres,
            #[cfg(feature = "mysql")]
            SqlWriter::Mysql(_) => super::Dialect::Mysql,
        }
    }

    /// Binds values as one array. Each value goes through a call of `element`, or its placeholder
    /// is written. Only a database that accepts [arrays](super::SqlForms::arrays) has them.
    pub(crate) fn bind_array(
        &mut self,
        each: impl FnOnce(&mut SqlWriter<'_, 'b>) -> QueryResult<()>,
    ) -> QueryResult<()> {
        match self {
            #[cfg(feature = "postgres")]
            SqlWriter::Pg(pass) => super::postgres::bind_array(pass, |array, lookup| {
                each(&mut SqlWriter::PgArray { array, lookup })
            }),
            #[allow(unreachable_patterns, reason = "reached where PostgreSQL is not alone")]
            _ => {
                drop(each);
                Ok(())
            }
        }
    }

    /// Returns `true` if this pass collects values, so that text can be omitted.
    pub(crate) fn collects(&mut self) -> bool {
        #[allow(unused_imports, reason = "unused when the only pass is an array")]
        use diesel::internal::derives::multiconnection::AstPassHelper;
        each_pass!(self, p => p.bind_collector().is_some(), array => true)
    }

    /// Keeps the statement out of the connection's cache of prepared statements.
    pub(crate) fn do_not_cache(&mut self) {
        each_pass!(self, p => p.unsafe_to_cache_prepared(), array => ());
    }
}

/// A value that every enabled database can store in a column of the SQL type `ST`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be stored in a column of the SQL type `{ST}`",
    label = "the SQL type does not fit this field",
    note = "name a suitable type with `#[entity(sql_type = …)]`; every enabled database must support it"
)]
#[doc(hidden)]
pub trait Bind<ST> {
    fn bind<'b>(&'b self, pass: &mut SqlWriter<'_, 'b>) -> QueryResult<()>;
}

impl<ST, U> Bind<ST> for U
where
    U: BindSqlite<ST> + BindPg<ST> + BindMysql<ST> + ?Sized,
{
    #[inline]
    fn bind<'b>(&'b self, pass: &mut SqlWriter<'_, 'b>) -> QueryResult<()> {
        match pass {
            #[cfg(feature = "sqlite")]
            SqlWriter::Sqlite(pass) => self.bind_sqlite(pass.reborrow()),
            #[cfg(feature = "postgres")]
            SqlWriter::Pg(pass) => self.bind_pg(pass.reborrow()),
            #[cfg(feature = "postgres")]
            SqlWriter::PgArray { array, lookup } => self.bind_array(array, *lookup),
            #[cfg(feature = "mysql")]
            SqlWriter::Mysql(pass) => self.bind_mysql(pass.reborrow()),
        }
    }
}

/// A statement or a part of one, whose text and values are written by walking it.
#[doc(hidden)]
pub trait SqlFragment: Send + Sync {
    fn walk<'b>(&'b self, pass: &mut SqlWriter<'_, 'b>) -> QueryResult<()>;

    /// Returns the name of the query, if the program gave it one.
    fn name(&self) -> Option<&super::QueryName> {
        None
    }
}

impl<F> SqlFragment for F
where
    F: WalkSqlite + WalkPg + WalkMysql + Send + Sync,
{
    fn walk<'b>(&'b self, pass: &mut SqlWriter<'_, 'b>) -> QueryResult<()> {
        match pass {
            #[cfg(feature = "sqlite")]
            SqlWriter::Sqlite(pass) => self.walk_sqlite(pass.reborrow()),
            #[cfg(feature = "postgres")]
            SqlWriter::Pg(pass) => self.walk_pg(pass.reborrow()),
            #[cfg(feature = "postgres")]
            SqlWriter::PgArray { .. } => Ok(()),
            #[cfg(feature = "mysql")]
            SqlWriter::Mysql(pass) => self.walk_mysql(pass.reborrow()),
        }
    }
}

// For each database, two traits that require its support when its feature is enabled, and nothing
// when it is disabled.

macro_rules! per_database {
    (
        $feature:literal, $db:path, $bind:ident { $($bind_fn:item)* }, $walk:ident::$walk_fn:ident,
        $finish:path
    ) => {
        #[doc(hidden)]
        pub trait $bind<ST> {
            $(
                #[cfg(feature = $feature)]
                $bind_fn
            )*
        }

        #[cfg(not(feature = $feature))]
        impl<ST, U: ?Sized> $bind<ST> for U {}

        #[doc(hidden)]
        pub trait $walk {
            #[cfg(feature = $feature)]
            fn $walk_fn<'b>(&'b self, pass: AstPass<'_, 'b, $db>) -> QueryResult<()>;
        }

        #[cfg(feature = $feature)]
        impl<F: QueryFragment<$db>> $walk for F {
            fn $walk_fn<'b>(&'b self, pass: AstPass<'_, 'b, $db>) -> QueryResult<()> {
                self.walk_ast(pass)
            }
        }

        #[cfg(not(feature = $feature))]
        impl<F> $walk for F {}

        #[cfg(feature = $feature)]
        impl QueryFragment<$db> for Sendable<'_> {
            fn walk_ast<'b>(&'b self, mut pass: AstPass<'_, 'b, $db>) -> QueryResult<()> {
                self.fragment().walk(&mut pass.reborrow().into())?;
                $finish(pass)
            }
        }

        #[cfg(feature = $feature)]
        impl<F: SqlFragment> QueryFragment<$db> for Typed<'_, F> {
            fn walk_ast<'b>(&'b self, mut pass: AstPass<'_, 'b, $db>) -> QueryResult<()> {
                self.0.walk(&mut pass.reborrow().into())?;
                $finish(pass)
            }

            // Its text is always the same, which is known without writing it.
            fn is_safe_to_cache_prepared(&self, _: &$db) -> QueryResult<bool> {
                Ok(true)
            }
        }
    };
}

per_database!(
    "sqlite",
    diesel::sqlite::Sqlite,
    BindSqlite {
        fn bind_sqlite<'b>(
            &'b self,
            pass: AstPass<'_, 'b, diesel::sqlite::Sqlite>,
        ) -> QueryResult<()>;
    },
    WalkSqlite::walk_sqlite,
    as_it_is
);
per_database!(
    "postgres",
    diesel::pg::Pg,
    BindPg {
        fn bind_pg<'b>(&'b self, pass: AstPass<'_, 'b, diesel::pg::Pg>) -> QueryResult<()>;
        fn bind_array(
            &self,
            array: &mut PgArray,
            lookup: &mut (dyn diesel::pg::PgMetadataLookup + 'static),
        ) -> QueryResult<()>;
    },
    WalkPg::walk_pg,
    as_it_is
);
per_database!(
    "mysql",
    diesel::mysql::Mysql,
    BindMysql {
        fn bind_mysql<'b>(&'b self, pass: AstPass<'_, 'b, diesel::mysql::Mysql>) -> QueryResult<()>;
    },
    WalkMysql::walk_mysql,
    widen_timestamps
);

/// Does nothing: the values of a statement need no change.
#[cfg(any(feature = "sqlite", feature = "postgres"))]
fn as_it_is<DB: diesel::backend::Backend>(_pass: AstPass<'_, '_, DB>) -> QueryResult<()> {
    Ok(())
}

/// Changes the bound type of timestamps. Diesel binds a date with a time as MySQL's TIMESTAMP,
/// which covers the years 1970 to 2038, and the server treats other values as NULL. DATETIME has
/// room for all.
#[cfg(feature = "mysql")]
fn widen_timestamps(mut pass: AstPass<'_, '_, diesel::mysql::Mysql>) -> QueryResult<()> {
    use diesel::internal::derives::multiconnection::AstPassHelper;
    use diesel::mysql::MysqlType;
    if let Some((collector, _)) = pass.bind_collector() {
        for ty in &mut collector.metadata {
            if matches!(ty, MysqlType::Timestamp) {
                *ty = MysqlType::DateTime;
            }
        }
    }
    Ok(())
}

#[cfg(feature = "sqlite")]
impl<ST, U> BindSqlite<ST> for U
where
    diesel::sqlite::Sqlite: diesel::sql_types::HasSqlType<ST>,
    U: diesel::serialize::ToSql<ST, diesel::sqlite::Sqlite> + ?Sized,
{
    #[inline]
    fn bind_sqlite<'b>(
        &'b self,
        mut pass: AstPass<'_, 'b, diesel::sqlite::Sqlite>,
    ) -> QueryResult<()> {
        pass.push_bind_param(self)
    }
}

#[cfg(feature = "postgres")]
impl<ST, U> BindPg<ST> for U
where
    diesel::pg::Pg: diesel::sql_types::HasSqlType<ST>,
    U: diesel::serialize::ToSql<ST, diesel::pg::Pg> + ?Sized,
{
    #[inline]
    fn bind_pg<'b>(&'b self, mut pass: AstPass<'_, 'b, diesel::pg::Pg>) -> QueryResult<()> {
        pass.push_bind_param(self)
    }

    #[inline]
    fn bind_array(
        &self,
        array: &mut PgArray,
        lookup: &mut (dyn diesel::pg::PgMetadataLookup + 'static),
    ) -> QueryResult<()> {
        array.push(self, lookup)
    }
}

#[cfg(feature = "mysql")]
impl<ST, U> BindMysql<ST> for U
where
    diesel::mysql::Mysql: diesel::sql_types::HasSqlType<ST>,
    U: diesel::serialize::ToSql<ST, diesel::mysql::Mysql> + ?Sized,
{
    #[inline]
    fn bind_mysql<'b>(
        &'b self,
        mut pass: AstPass<'_, 'b, diesel::mysql::Mysql>,
    ) -> QueryResult<()> {
        pass.push_bind_param(self)
    }
}

#[cfg(feature = "sqlite")]
impl<'a, 'b> From<AstPass<'a, 'b, diesel::sqlite::Sqlite>> for SqlWriter<'a, 'b> {
    fn from(pass: AstPass<'a, 'b, diesel::sqlite::Sqlite>) -> Self {
        SqlWriter::Sqlite(pass)
    }
}

#[cfg(feature = "postgres")]
impl<'a, 'b> From<AstPass<'a, 'b, diesel::pg::Pg>> for SqlWriter<'a, 'b> {
    fn from(pass: AstPass<'a, 'b, diesel::pg::Pg>) -> Self {
        SqlWriter::Pg(pass)
    }
}

#[cfg(feature = "mysql")]
impl<'a, 'b> From<AstPass<'a, 'b, diesel::mysql::Mysql>> for SqlWriter<'a, 'b> {
    fn from(pass: AstPass<'a, 'b, diesel::mysql::Mysql>) -> Self {
        SqlWriter::Mysql(pass)
    }
}

/// A whole statement in the form that Diesel's connections accept.
///
/// Every statement of every entity is this one type, so that Diesel's code for running a statement
/// is instantiated once in a program. The prepared statement is found by its text.
pub(crate) enum Sendable<'a> {
    /// For a statement that is finished when the call returns.
    Borrowed(&'a dyn SqlFragment),
    /// For a statement whose rows are read later.
    Owned(Box<dyn SqlFragment + 'a>),
}

impl Sendable<'_> {
    pub(super) fn fragment(&self) -> &dyn SqlFragment {
        match self {
            Sendable::Borrowed(fragment) => *fragment,
            Sendable::Owned(fragment) => &**fragment,
        }
    }
}

impl QueryId for Sendable<'_> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl Query for Sendable<'_> {
    type SqlType = Untyped;
}

/// A statement that the connection of every enabled database accepts.
pub(crate) trait AnySendable:
    SqliteSendable + PgSendable + MysqlSendable + QueryId + Query<SqlType = Untyped>
{
}

impl<S> AnySendable for S where
    S: SqliteSendable + PgSendable + MysqlSendable + QueryId + Query<SqlType = Untyped>
{
}

macro_rules! sendable_to {
    ($feature:literal, $name:ident, $db:path) => {
        #[cfg(feature = $feature)]
        pub(crate) trait $name: QueryFragment<$db> {}
        #[cfg(feature = $feature)]
        impl<S: QueryFragment<$db>> $name for S {}

        #[cfg(not(feature = $feature))]
        pub(crate) trait $name {}
        #[cfg(not(feature = $feature))]
        impl<S> $name for S {}
    };
}

sendable_to!("sqlite", SqliteSendable, diesel::sqlite::Sqlite);
sendable_to!("postgres", PgSendable, diesel::pg::Pg);
sendable_to!("mysql", MysqlSendable, diesel::mysql::Mysql);

/// A statement identified by its type, so that its prepared statement is found by the type.
pub(crate) struct Typed<'a, F>(pub(crate) &'a F);

impl<F: QueryId> QueryId for Typed<'_, F> {
    type QueryId = F::QueryId;
    const HAS_STATIC_QUERY_ID: bool = F::HAS_STATIC_QUERY_ID;
}

impl<F> Query for Typed<'_, F> {
    type SqlType = Untyped;
}

/// A statement whose text is ready, and the source of its values.
pub(crate) struct Statement<'a> {
    pub(crate) sql: &'a str,
    pub(crate) values: &'a dyn Binds,
    /// Whether the connection may keep the prepared statement, because the text is used again.
    pub(crate) cached: bool,
}

impl SqlFragment for Statement<'_> {
    fn walk<'b>(&'b self, pass: &mut SqlWriter<'_, 'b>) -> QueryResult<()> {
        if pass.collects() {
            return self.values.bind_all(pass);
        }
        if !self.cached {
            pass.do_not_cache();
        }
        pass.push_sql(self.sql);
        Ok(())
    }
}

/// Binds the values of a [`Statement`], in the order of its placeholders.
pub(crate) trait Binds: Send + Sync {
    fn bind_all<'b>(&'b self, pass: &mut SqlWriter<'_, 'b>) -> QueryResult<()>;
}

/// No values.
impl Binds for () {
    fn bind_all<'b>(&'b self, _pass: &mut SqlWriter<'_, 'b>) -> QueryResult<()> {
        Ok(())
    }
}
