//! Fixtures for the tests of queries: four people and their five addresses.

use diesel::RunQueryDsl;
use orm_runtime::prelude::*;
use orm_runtime::query::SqlText;
use orm_tests::TestDb;

#[derive(Entity, Debug, Clone)]
#[entity(table = "users")]
pub(crate) struct User {
    pub(crate) id: Auto<i64>,
    #[entity(unique, length = 40)]
    pub(crate) name: String,
    pub(crate) fullname: Option<String>,
    pub(crate) age: i32,
    pub(crate) portrait: Deferred<Option<Vec<u8>>>,
}

#[derive(Entity, Debug, Clone)]
#[entity(table = "addresses")]
pub(crate) struct Address {
    pub(crate) id: Auto<i64>,
    pub(crate) user_id: i64,
    #[entity(length = 60)]
    pub(crate) email: String,
}

pub(crate) fn person(name: impl Into<String>, age: i32) -> User {
    User::builder().name(name).age(age).build()
}

/// Creates the tables without rows.
pub(crate) fn empty(db: &TestDb) -> Session {
    db.session_for(schema![User, Address])
}

/// Creates the tables with their rows, and returns a session that has none of them in memory and
/// whose log is empty.
pub(crate) fn people(db: &TestDb) -> Session {
    let mut session = empty(db);
    for (id, name, fullname, age) in [
        (7, "jack", Some("Jack Bean"), 47),
        (8, "ed", Some("Ed Wood"), 25),
        (9, "fred", None, 29),
        (10, "chuck", None, 37),
    ] {
        let mut user = person(name, age);
        user.id = id.into();
        user.fullname = fullname.map(str::to_owned);
        user.portrait.set((id == 7).then(|| vec![1, 2, 3]));
        session.add(user);
    }
    for (id, user_id, email) in [
        (1, 7, "jack@bean.com"),
        (2, 8, "ed@wood.com"),
        (3, 8, "ed@bettyboop.com"),
        (4, 8, "ed@lala.com"),
        (5, 9, "fred@fred.com"),
    ] {
        session.add(Address { id: id.into(), user_id, email: email.to_owned() });
    }
    session.commit().unwrap();
    if db.dialect() == Dialect::Postgres {
        // Keys given by hand do not advance the sequence; the other databases continue after them.
        for table in ["users", "addresses"] {
            db.execute(&format!("ALTER TABLE {table} ALTER COLUMN id RESTART WITH 11"));
        }
    }
    session.clear();
    session.take_log();
    session
}

/// Returns all people in the order of their keys. Sends one SELECT, and empties the log.
pub(crate) fn all(session: &mut Session) -> [Handle<User>; 4] {
    let users = session.query::<User>().order_by(user::id).all().unwrap();
    session.take_log();
    users.try_into().unwrap()
}

pub(crate) fn names<'m>(map: &'m IdentityMap, users: &[Handle<User>]) -> Vec<&'m str> {
    users.iter().map(|&user| map[user].name.as_str()).collect()
}

/// Returns SQL text with `?` replaced by the placeholders of the database.
pub(crate) fn text(dialect: Dialect, sql: &str) -> SqlText {
    if dialect != Dialect::Postgres {
        return SqlText::audited(sql);
    }
    let mut pieces = sql.split('?');
    let mut numbered = pieces.next().unwrap_or_default().to_owned();
    for (n, piece) in pieces.enumerate() {
        numbered += &format!("${}{piece}", n + 1);
    }
    SqlText::audited(numbered)
}

/// Sends SQL in the session's transaction.
pub(crate) fn execute(session: &mut Session, sql: &str) -> usize {
    session.execute(diesel::sql_query(sql)).unwrap()
}

#[derive(diesel::QueryableByName)]
struct Number {
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    value: i64,
}

/// Returns the integer in the column `value` of a statement's result. The session does not see the
/// statement.
pub(crate) fn number(session: &mut Session, sql: &str) -> i64 {
    let query = diesel::sql_query(sql);
    let answer: diesel::QueryResult<Number> = match session.dialect() {
        Dialect::Sqlite => {
            query.get_result(session.connection::<diesel::SqliteConnection>().unwrap())
        }
        #[cfg(feature = "servers")]
        Dialect::Postgres => {
            query.get_result(session.connection::<diesel::PgConnection>().unwrap())
        }
        #[cfg(feature = "servers")]
        Dialect::Mysql => {
            query.get_result(session.connection::<diesel::MysqlConnection>().unwrap())
        }
        #[cfg(not(feature = "servers"))]
        other => panic!("{other:?} needs the feature `servers`"),
        _ => unreachable!("a database without tests"),
    };
    answer.unwrap().value
}
