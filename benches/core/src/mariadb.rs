//! Many rows on MariaDB: M1.

use std::fmt::Write;
use std::sync::atomic::{AtomicU32, Ordering};

use diesel::connection::SimpleConnection;
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool};
use orm_runtime::prelude::{Dialect, Session};

use crate::eager;
use crate::harness::{Bench, Comparison, Line, Result, grouped};
use crate::model::{self, BIO, EPOCH, plain};
use crate::server::new_user;

/// The number of rows that share a statement by hand.
const ROWS: usize = 1_000;

/// A database of this process, dropped at the end.
struct Database {
    url: String,
    name: String,
    server: String,
}

impl Database {
    fn new() -> Result<Self> {
        static MADE: AtomicU32 = AtomicU32::new(0);
        let server =
            std::env::var("ORM_TEST_MYSQL").map_err(|_| "ORM_TEST_MYSQL does not name a server")?;
        let made = MADE.fetch_add(1, Ordering::Relaxed);
        let name = format!("orm_test_bench_{}_{made}", std::process::id());
        let url = match server.rfind('/') {
            Some(end) => format!("{}/{name}", &server[..end]),
            None => return Err("ORM_TEST_MYSQL names no database".into()),
        };
        MysqlConnection::establish(&server)?
            .batch_execute(&format!("CREATE DATABASE {name} CHARACTER SET utf8mb4"))?;
        Ok(Database { url, name, server })
    }

    fn connection(&self) -> Result<MysqlConnection> {
        Ok(MysqlConnection::establish(&self.url)?)
    }

    /// Creates all tables, and fills the given ones.
    fn fill(&self, tables: &[(&str, usize)]) -> Result {
        let mut connection = self.connection()?;
        for statement in model::schema().create_sql(Dialect::Mysql) {
            connection.batch_execute(&statement)?;
        }
        for (table, rows) in tables {
            let values = match *table {
                "users" => format!(
                    "seq, CONCAT('user ', seq), IF(seq % 3 = 0, NULL, CONCAT('user', seq, \
                     '@example.org')), 18 + seq % 60, seq * 0.5, seq % 2 = 1, \
                     '1970-01-01' + INTERVAL ({EPOCH} + seq) SECOND, CONCAT('{BIO} ', seq)"
                ),
                _ => format!("seq, (seq + 9) DIV 10, CONCAT('post ', seq), CONCAT('{BIO} ', seq)"),
            };
            connection.batch_execute(&format!(
                "INSERT INTO {table} SELECT {values} FROM seq_1_to_{rows}"
            ))?;
        }
        Ok(())
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if let Ok(mut connection) = MysqlConnection::establish(&self.server) {
            // If the database cannot be dropped, it disappears with the server.
            let _ = connection.batch_execute(&format!("DROP DATABASE {}", self.name));
        }
    }
}

/// Measures M1: new users with generated keys, and users together with their posts.
pub fn insert_and_eager(bench: &Bench) -> Result {
    insert(bench)?;
    eager(bench)
}

fn insert(bench: &Bench) -> Result {
    let rows = bench.size(100_000);
    let database = Database::new()?;
    database.fill(&[])?;
    let mut session = Session::open(&database.url)?;
    let mut connection = database.connection()?;
    let mut reader = database.connection()?;
    let mut reader_of_peer = database.connection()?;
    let mut connection_of_diesel = database.connection()?;
    let mut reader_of_diesel = database.connection()?;
    let arms = Comparison::session(|watch| {
        let before = session.statements();
        watch.time(|| {
            (0..rows).for_each(|n| {
                session.add(new_user(n));
            });
            session.commit()
        })?;
        watch.statements = session.statements() - before;
        session.clear();
        empty(&mut reader)
    })
    .peer("multi-row by hand", |watch| {
        watch.time(|| insert_by_hand(&mut connection, rows))?;
        empty(&mut reader_of_peer)
    })
    .peer("multi-row by Diesel", |watch| {
        watch.time(|| insert_by_diesel(&mut connection_of_diesel, rows))?;
        empty(&mut reader_of_diesel)
    })
    .run(bench)?;
    Line::new("M1", format!("MariaDB: flush {} new users", grouped(rows)))
        .ratio(&arms, 1.15)
        .counts(&arms[0], rows)
        .print(bench);
    Ok(())
}

/// Inserts rows as literals in the statement's text, so that nothing is prepared.
fn insert_by_hand(connection: &mut MysqlConnection, rows: usize) -> QueryResult<()> {
    connection.batch_execute("BEGIN")?;
    let mut text = String::new();
    for start in (0..rows).step_by(ROWS) {
        text.clear();
        text.push_str("INSERT INTO users (name, email, age, score, active, created, bio) VALUES ");
        for n in start..(start + ROWS).min(rows) {
            let user = new_user(n);
            text.push_str(if n == start { "(" } else { ",(" });
            push_text(&mut text, Some(&user.name));
            text.push(',');
            push_text(&mut text, user.email.as_deref());
            // Writing to a String cannot fail.
            let _ =
                write!(text, ",{},{},{},'{}',", user.age, user.score, user.active, user.created);
            push_text(&mut text, Some(&user.bio));
            text.push(')');
        }
        connection.batch_execute(&text)?;
    }
    connection.batch_execute("COMMIT")
}

fn insert_by_diesel(connection: &mut MysqlConnection, rows: usize) -> QueryResult<()> {
    use plain::users;
    connection.transaction(|connection| {
        for start in (0..rows).step_by(ROWS) {
            let row = |n: usize| {
                let user = new_user(n);
                (
                    users::name.eq(user.name),
                    users::email.eq(user.email),
                    users::age.eq(user.age),
                    users::score.eq(user.score),
                    users::active.eq(user.active),
                    users::created.eq(user.created),
                    users::bio.eq(user.bio),
                )
            };
            let rows: Vec<_> = (start..(start + ROWS).min(rows)).map(row).collect();
            diesel::insert_into(users::table).values(rows).execute(connection)?;
        }
        Ok(())
    })
}

fn push_text(text: &mut String, value: Option<&str>) {
    let Some(value) = value else {
        text.push_str("NULL");
        return;
    };
    text.push('\'');
    for c in value.chars() {
        if matches!(c, '\'' | '\\') {
            text.push('\\');
        }
        text.push(c);
    }
    text.push('\'');
}

/// Returns a checksum of the table's rows. It empties the table and restarts its keys at 1.
fn empty(connection: &mut MysqlConnection) -> Result<u64> {
    let written = sql::<BigInt>(
        "SELECT CAST(COUNT(*) * 1000003 + SUM(CRC32(CONCAT_WS(',', name, email, age, score, active, \
         created, bio))) AS SIGNED) FROM users",
    );
    let written: i64 = written.get_result(connection)?;
    connection.batch_execute("SET foreign_key_checks = 0; TRUNCATE users")?;
    Ok(written as u64)
}

fn eager(bench: &Bench) -> Result {
    let users = bench.size(10_000);
    let database = Database::new()?;
    database.fill(&[("users", users), ("posts", 10 * users)])?;
    let mut session = Session::open(&database.url)?;
    let mut connection = database.connection()?;
    // Without this setting, a list of more than 1,000 values becomes a table, which takes twice as
    // long.
    connection.batch_execute("SET in_predicate_conversion_threshold = 0")?;
    let arms = Comparison::session(|watch| eager::with_posts(&mut session, watch))
        .peer("two queries by hand", |watch| {
            let found: QueryResult<_> = watch.time(|| {
                let users = plain::users::table.load::<plain::User>(&mut connection)?;
                let mut list = String::from("user_id IN (");
                for user in &users {
                    let _ = write!(list, "{},", user.id);
                }
                list.pop();
                list.push(')');
                let posts = plain::posts::table.filter(sql::<Bool>(&list));
                let posts = posts.load_iter::<plain::Post, _>(&mut connection)?;
                eager::group(users, |user| user.id, posts, |post| post.user_id)
            });
            Ok(eager::digest_users(&found?))
        })
        .run(bench)?;
    Line::new("M1", format!("MariaDB: eager {} x 10", grouped(users)))
        .ratio(&arms, 1.15)
        .exactly("statements", arms[0].statements() as f64, 2.0)
        .allocations(&arms[0], 11 * users)
        .print(bench);
    Ok(())
}
