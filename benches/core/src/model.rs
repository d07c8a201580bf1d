//! The tables, as entities and as hand-written structs for Diesel.

use std::path::{Path, PathBuf};

use chrono::NaiveDateTime;
use diesel::connection::SimpleConnection;
use diesel::prelude::{Connection, Queryable, Selectable, SqliteConnection};
use orm_runtime::Schema;
use orm_runtime::prelude::*;

use crate::harness::{Digest, Result};

#[derive(Entity)]
#[entity(table = "items")]
pub struct Item {
    pub id: Auto<i64>,
    pub name: String,
}

#[derive(Entity)]
#[entity(table = "users")]
pub struct User {
    pub id: Auto<i64>,
    pub name: String,
    pub email: Option<String>,
    pub age: i32,
    pub score: f64,
    pub active: bool,
    pub created: NaiveDateTime,
    pub bio: String,
}

/// The users with their posts, for the workloads with relationships. A collection takes 24 bytes in
/// its owner. `User` has none, so that W02 and W21 compare structs with the same fields.
#[derive(Entity)]
#[entity(table = "users")]
pub struct Author {
    pub id: Auto<i64>,
    pub name: String,
    pub email: Option<String>,
    pub age: i32,
    pub score: f64,
    pub active: bool,
    pub created: NaiveDateTime,
    pub bio: String,
    #[entity(inverse = user)]
    pub posts: HasMany<Post>,
}

#[derive(Entity)]
#[entity(table = "posts")]
pub struct Post {
    pub id: Auto<i64>,
    #[entity(index)]
    pub user: ForeignKey<Author>,
    pub title: String,
    pub body: String,
    #[entity(inverse = post)]
    pub comments: HasMany<Comment>,
}

#[derive(Entity)]
#[entity(table = "comments")]
pub struct Comment {
    pub id: Auto<i64>,
    #[entity(index)]
    pub post: ForeignKey<Post>,
    pub body: String,
}

#[derive(Entity)]
#[entity(table = "customer")]
pub struct Customer {
    pub id: Auto<i64>,
    pub name: String,
}

/// Returns all tables. The table of `User` is the table of `Author`.
pub fn schema() -> Schema {
    schema![Item, Author, Post, Comment, Customer]
}

/// The same tables by hand.
pub mod plain {
    use super::*;

    #[derive(Debug, Queryable, Selectable)]
    #[diesel(table_name = items)]
    pub struct Item {
        pub id: i64,
        pub name: String,
    }

    #[derive(Debug, Queryable, Selectable)]
    #[diesel(table_name = users)]
    pub struct User {
        pub id: i64,
        pub name: String,
        pub email: Option<String>,
        pub age: i32,
        pub score: f64,
        pub active: bool,
        pub created: NaiveDateTime,
        pub bio: String,
    }

    #[derive(Debug, Queryable)]
    pub struct Post {
        pub id: i64,
        pub user_id: i64,
        pub title: String,
        pub body: String,
    }

    #[derive(Debug, Queryable)]
    pub struct Comment {
        pub id: i64,
        pub post_id: i64,
        pub body: String,
    }

    diesel::table! {
        items {
            id -> BigInt,
            name -> Text,
        }
    }

    diesel::table! {
        posts {
            id -> BigInt,
            user_id -> BigInt,
            title -> Text,
            body -> Text,
        }
    }

    diesel::table! {
        users {
            id -> BigInt,
            name -> Text,
            email -> Nullable<Text>,
            age -> Integer,
            score -> Double,
            active -> Bool,
            created -> Timestamp,
            bio -> Text,
        }
    }
}

/// A row that can be reduced to a checksum, with the same result on both sides.
pub trait Digested {
    fn digest(&self, digest: &mut Digest);
}

macro_rules! digested {
    ($($($ty:ty),+ => |$row:ident, $digest:ident| $body:block)+) => {$($(
        impl Digested for $ty {
            fn digest(&self, $digest: &mut Digest) {
                let $row = self;
                $body
            }
        }
    )+)+};
}

digested! {
    Item, plain::Item => |item, digest| {
        digest.int(item.id.number());
        digest.text(&item.name);
    }
    User, Author, plain::User => |user, digest| {
        digest.int(user.id.number());
        digest.text(&user.name);
        digest.text(user.email.as_deref().unwrap_or("-"));
        digest.int(user.age.into());
        digest.int(user.score.to_bits() as i64);
        digest.int(user.active.into());
        digest.int(user.created.and_utc().timestamp());
        digest.text(&user.bio);
    }
    Post => |post, digest| {
        digest_post(digest, (post.id.number(), post.user.number()), &post.title, &post.body);
    }
    plain::Post => |post, digest| {
        digest_post(digest, (post.id, post.user_id), &post.title, &post.body);
    }
    Comment => |comment, digest| {
        digest_comment(digest, (comment.id.number(), comment.post.number()), &comment.body);
    }
    plain::Comment => |comment, digest| {
        digest_comment(digest, (comment.id, comment.post_id), &comment.body);
    }
}

fn digest_post(digest: &mut Digest, (id, user): (i64, i64), title: &str, body: &str) {
    digest.int(id);
    digest.int(user);
    digest.text(title);
    digest.text(body);
}

fn digest_comment(digest: &mut Digest, (id, post): (i64, i64), body: &str) {
    digest.int(id);
    digest.int(post);
    digest.text(body);
}

/// A key on either side.
trait Number {
    fn number(&self) -> i64;
}

impl Number for i64 {
    fn number(&self) -> i64 {
        *self
    }
}

impl Number for Auto<i64> {
    fn number(&self) -> i64 {
        self.get().unwrap_or_default()
    }
}

impl<T> Number for ForeignKey<T> {
    fn number(&self) -> i64 {
        self.key().copied().unwrap_or_default()
    }
}

/// Returns the checksum of rows in their order.
pub fn digest<'r, T: Digested + 'r>(rows: impl IntoIterator<Item = &'r T>) -> u64 {
    let mut digest = Digest::new();
    rows.into_iter().for_each(|row| row.digest(&mut digest));
    digest.value()
}

/// About a hundred bytes that differ from row to row.
pub const BIO: &str = "lives by the sea, writes letters that are too long, and mends old clocks on \
                       winter evenings no";

/// The time of the first row.
pub const EPOCH: i64 = 1_700_000_000;

/// Returns statements that fill a table of SQLite with this number of rows.
pub fn fill(table: &str, rows: usize) -> String {
    let values = match table {
        "items" => "i, 'item ' || i".to_owned(),
        "users" => format!(
            "i, 'user ' || i, CASE WHEN i % 3 = 0 THEN NULL ELSE 'user' || i || '@example.org' END, \
             18 + i % 60, i * 0.5, i % 2, datetime({EPOCH} + i, 'unixepoch'), '{BIO} ' || i"
        ),
        "posts" => format!("i, (i + 9) / 10, 'post ' || i, '{BIO} ' || i"),
        "comments" => "i, (i + 9) / 10, 'comment ' || i".to_owned(),
        _ => "i, 'customer ' || i".to_owned(),
    };
    format!(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {rows}) \
         INSERT INTO {table} SELECT {values} FROM n;"
    )
}

/// Returns the statements that create all tables of SQLite and fill the given ones.
pub fn setup(tables: &[(&str, usize)]) -> String {
    let mut sql = schema().create_sql(Dialect::Sqlite).join(";\n") + ";\n";
    sql.push_str("BEGIN;");
    tables.iter().for_each(|(table, rows)| sql.push_str(&fill(table, *rows)));
    // No ANALYZE: with its samples SQLite prepares a statement again for each value of an indexed
    // column.
    sql + "COMMIT;"
}

/// Opens a session on a database in memory with these tables filled.
pub fn session(tables: &[(&str, usize)]) -> Result<Session> {
    Ok(Session::new(diesel(tables)?))
}

/// Opens the same database for Diesel.
pub fn diesel(tables: &[(&str, usize)]) -> Result<SqliteConnection> {
    let mut connection = SqliteConnection::establish(":memory:")?;
    connection.batch_execute(&setup(tables))?;
    Ok(connection)
}

/// Opens the same database for rusqlite.
pub fn rusqlite(tables: &[(&str, usize)]) -> Result<rusqlite::Connection> {
    let connection = rusqlite::Connection::open_in_memory()?;
    connection.execute_batch(&setup(tables))?;
    Ok(connection)
}

impl plain::User {
    /// Reads a row of rusqlite.
    pub fn from_rusqlite(row: &rusqlite::Row<'_>) -> rusqlite::Result<Self> {
        Ok(plain::User {
            id: row.get(0)?,
            name: row.get(1)?,
            email: row.get(2)?,
            age: row.get(3)?,
            score: row.get(4)?,
            active: row.get(5)?,
            created: row.get(6)?,
            bio: row.get(7)?,
        })
    }
}

impl plain::Post {
    /// Reads a row of rusqlite.
    pub fn from_rusqlite(row: &rusqlite::Row<'_>) -> rusqlite::Result<Self> {
        Ok(plain::Post {
            id: row.get(0)?,
            user_id: row.get(1)?,
            title: row.get(2)?,
            body: row.get(3)?,
        })
    }
}

impl plain::Comment {
    /// Reads a row of rusqlite.
    pub fn from_rusqlite(row: &rusqlite::Row<'_>) -> rusqlite::Result<Self> {
        Ok(plain::Comment { id: row.get(0)?, post_id: row.get(1)?, body: row.get(2)? })
    }
}

/// A database file of this process, removed at the end.
pub struct File(PathBuf);

impl File {
    pub fn new(name: &str) -> Result<Self> {
        let path = std::env::temp_dir().join(format!("orm-bench-{}-{name}.db", std::process::id()));
        remove(&path)?;
        Ok(File(path))
    }

    /// Creates all tables, and fills the given ones.
    pub fn fill(&self, tables: &[(&str, usize)]) -> Result {
        Ok(self.rusqlite()?.execute_batch(&setup(tables))?)
    }

    pub fn url(&self) -> String {
        format!("sqlite://{}", self.0.display())
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Opens a connection with the settings that a session would use.
    pub fn rusqlite(&self) -> Result<rusqlite::Connection> {
        let connection = rusqlite::Connection::open(&self.0)?;
        connection.execute_batch(
            "PRAGMA foreign_keys = ON; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;",
        )?;
        Ok(connection)
    }
}

/// Removes a database file and the files that SQLite keeps beside it.
fn remove(path: &Path) -> Result {
    for end in ["", "-wal", "-shm"] {
        let mut path = path.as_os_str().to_owned();
        path.push(end);
        match std::fs::remove_file(path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
            _ => {}
        }
    }
    Ok(())
}

impl Drop for File {
    fn drop(&mut self) {
        // A file that remains in the temporary folder does no harm.
        let _ = remove(&self.0);
    }
}

/// Selects all users, as it is written by hand.
pub const USERS: &str = "SELECT id, name, email, age, score, active, created, bio FROM users";

/// Selects all posts.
pub const POSTS: &str = "SELECT id, user_id, title, body FROM posts";

/// Selects all comments.
pub const COMMENTS: &str = "SELECT id, post_id, body FROM comments";

/// Selects one user.
pub const USER_BY_ID: &str =
    "SELECT id, name, email, age, score, active, created, bio FROM users WHERE id = ?";

/// Returns keys from 1 to `most` in an order that looks random and is always the same.
pub fn shuffled(most: usize, count: usize) -> Vec<i64> {
    let mut state = 1_u64;
    (0..count)
        .map(|_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            ((state >> 33) % most as u64) as i64 + 1
        })
        .collect()
}
