//! Many rows on PostgreSQL: P1, P2, P4.

use std::sync::atomic::{AtomicU32, Ordering};

use chrono::{DateTime, NaiveDateTime};
use orm_runtime::prelude::*;
use postgres::binary_copy::BinaryCopyInWriter;
use postgres::types::Type;
use postgres::{Client, NoTls};

use crate::eager;
use crate::harness::{Bench, Comparison, Line, Result, Watch, grouped};
use crate::model::{self, BIO, EPOCH, User, plain, user};

/// A database of this process, dropped at the end.
pub struct Database {
    pub url: String,
    name: String,
    server: String,
}

impl Database {
    pub fn new(n: u32) -> Result<Self> {
        static MADE: AtomicU32 = AtomicU32::new(0);
        let server = std::env::var("ORM_TEST_POSTGRES")
            .map_err(|_| "ORM_TEST_POSTGRES does not name a server")?;
        let made = MADE.fetch_add(1, Ordering::Relaxed);
        let name = format!("orm_bench_{}_{n}_{made}", std::process::id());
        Client::connect(&server, NoTls)?.batch_execute(&format!("CREATE DATABASE {name}"))?;
        let url = match server.rfind('/') {
            Some(end) => format!("{}/{name}", &server[..end]),
            None => return Err("ORM_TEST_POSTGRES names no database".into()),
        };
        Ok(Database { url, name, server })
    }

    pub fn client(&self) -> Result<Client> {
        Ok(Client::connect(&self.url, NoTls)?)
    }

    /// Creates all tables, and fills the given ones.
    pub fn fill(&self, tables: &[(&str, usize)]) -> Result {
        let mut client = self.client()?;
        client.batch_execute(&model::schema().create_sql(Dialect::Postgres).join(";"))?;
        for (table, rows) in tables {
            let values = match *table {
                "users" => format!(
                    "i, 'user ' || i, CASE WHEN i % 3 = 0 THEN NULL ELSE 'user' || i || \
                     '@example.org' END, 18 + i % 60, i * 0.5, i % 2 = 1, \
                     to_timestamp({EPOCH} + i) AT TIME ZONE 'UTC', '{BIO} ' || i"
                ),
                _ => format!("i, (i + 9) / 10, 'post ' || i, '{BIO} ' || i"),
            };
            client.batch_execute(&format!(
                "INSERT INTO {table} SELECT {values} FROM generate_series(1, {rows}) AS n(i)"
            ))?;
        }
        client.batch_execute("VACUUM ANALYZE")?;
        Ok(())
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if let Ok(mut client) = Client::connect(&self.server, NoTls) {
            // If the database cannot be dropped, it disappears with the server.
            let _ = client.batch_execute(&format!("DROP DATABASE {} WITH (FORCE)", self.name));
        }
    }
}

impl plain::User {
    /// Reads a row of the columns in order.
    pub fn from_postgres(row: &postgres::Row) -> Self {
        plain::User {
            id: row.get(0),
            name: row.get(1),
            email: row.get(2),
            age: row.get(3),
            score: row.get(4),
            active: row.get(5),
            created: row.get(6),
            bio: row.get(7),
        }
    }
}

impl plain::Post {
    /// Reads a row of the columns in order.
    pub fn from_postgres(row: &postgres::Row) -> Self {
        plain::Post { id: row.get(0), user_id: row.get(1), title: row.get(2), body: row.get(3) }
    }
}

fn created(n: usize) -> NaiveDateTime {
    DateTime::from_timestamp(EPOCH + n as i64, 0).unwrap_or_default().naive_utc()
}

fn email(n: usize) -> Option<String> {
    (!n.is_multiple_of(3)).then(|| format!("user{n}@example.org"))
}

/// Returns the `n`-th new user.
pub fn new_user(n: usize) -> User {
    User {
        id: Auto::default(),
        name: format!("user {n}"),
        email: email(n),
        age: 18 + n as i32 % 60,
        score: n as f64 * 0.5,
        active: n % 2 == 1,
        created: created(n),
        bio: format!("{BIO} {n}"),
    }
}

/// Returns a checksum of the table's rows. It empties the table and restarts its keys at 1.
fn empty(client: &mut Client) -> Result<u64> {
    let row = client.query_one("SELECT count(*), sum(hashtext(u::text)) FROM users AS u", &[])?;
    client.batch_execute("TRUNCATE users RESTART IDENTITY CASCADE")?;
    let (count, sum): (i64, Option<i64>) = (row.get(0), row.get(1));
    Ok((count << 48) as u64 ^ sum.unwrap_or_default() as u64)
}

/// Measures P1: new users with generated keys.
pub fn insert(bench: &Bench) -> Result {
    let rows = bench.size(100_000);
    let database = Database::new(0)?;
    database.fill(&[])?;
    let mut session = Session::open(&database.url)?;
    let mut client = database.client()?;
    let mut reader = database.client()?;
    let mut reader_of_peer = database.client()?;
    let mut by_copy = |watch: &mut Watch| {
        watch.time(|| copy(&mut client, rows))?;
        empty(&mut reader_of_peer)
    };
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
    .peer("COPY BINARY", &mut by_copy)
    .run(bench)?;
    Line::new("P1", format!("PostgreSQL: flush {} new users", grouped(rows)))
        .ratio(&arms, 1.90)
        .counts(&arms[0], rows)
        .print(bench);

    let arms = Comparison::session(|watch| {
        let before = session.statements();
        watch.time(|| {
            session.bulk_insert((0..rows).map(new_user))?;
            session.commit()
        })?;
        watch.statements = session.statements() - before;
        empty(&mut reader)
    })
    .peer("COPY BINARY", &mut by_copy)
    .run(bench)?;
    Line::new("P1", format!("PostgreSQL: bulk_insert of {}", grouped(rows)))
        .ratio(&arms, 1.15)
        .counts(&arms[0], rows)
        .print(bench);
    Ok(())
}

fn copy(client: &mut Client, rows: usize) -> Result<u64, postgres::Error> {
    let types =
        [Type::TEXT, Type::TEXT, Type::INT4, Type::FLOAT8, Type::BOOL, Type::TIMESTAMP, Type::TEXT];
    let mut transaction = client.transaction()?;
    let copy = transaction
        .copy_in("COPY users (name, email, age, score, active, created, bio) FROM STDIN BINARY")?;
    let mut writer = BinaryCopyInWriter::new(copy, &types);
    for n in 0..rows {
        let user = new_user(n);
        writer.write(&[
            &user.name,
            &user.email,
            &user.age,
            &user.score,
            &user.active,
            &user.created,
            &user.bio,
        ])?;
    }
    let written = writer.finish()?;
    transaction.commit()?;
    Ok(written)
}

/// Measures P2: a few of many objects changed.
pub fn update(bench: &Bench) -> Result {
    let (rows, changed) = (bench.size(100_000), bench.size(1_000));
    let (ours, theirs) = (Database::new(0)?, Database::new(1)?);
    ours.fill(&[("users", rows)])?;
    theirs.fill(&[("users", rows)])?;
    let mut session = Session::open(&ours.url)?;
    let mut handles = session.query::<User>().order_by(user::id).all()?;
    session.commit()?;
    handles = handles.into_iter().step_by(rows / changed).collect();
    let mut client = theirs.client()?;
    let prepared = client.prepare("UPDATE users SET age = $1 WHERE id = $2")?;
    let keys: Vec<i64> = (0..changed).map(|n| (n * (rows / changed)) as i64 + 1).collect();
    let mut ages = 100..;
    let mut ages_of_peer = ages.clone();
    let arms = Comparison::session(|watch| {
        let age = ages.next().unwrap_or_default();
        let before = session.statements();
        watch.time(|| {
            handles.iter().for_each(|&handle| session[handle].age = age);
            session.commit()
        })?;
        watch.statements = session.statements() - before;
        let found = session.query::<User>().filter(user::age.eq(age)).count()?;
        session.commit()?;
        Ok(found as u64)
    })
    .peer("prepared loop", |watch| {
        let age = ages_of_peer.next().unwrap_or_default();
        watch.time(|| {
            let mut transaction = client.transaction()?;
            for key in &keys {
                transaction.execute(&prepared, &[&age, key])?;
            }
            transaction.commit()
        })?;
        let found = client.query_one("SELECT count(*) FROM users WHERE age = $1", &[&age])?;
        Ok(found.get::<_, i64>(0) as u64)
    })
    .run(bench)?;
    Line::new("P2", format!("PostgreSQL: flush {} changed", grouped(changed)))
        .ratio(&arms, 0.65)
        .counts(&arms[0], changed)
        .print(bench);
    Ok(())
}

/// Measures P4: users together with their posts.
pub fn eager(bench: &Bench) -> Result {
    let users = bench.size(10_000);
    let database = Database::new(0)?;
    database.fill(&[("users", users), ("posts", 10 * users)])?;
    let mut session = Session::open(&database.url)?;
    let mut client = database.client()?;
    let of_users = client.prepare(model::USERS)?;
    let of_posts = client.prepare(&format!("{} WHERE user_id = ANY($1)", model::POSTS))?;
    let arms = Comparison::session(|watch| eager::with_posts(&mut session, watch))
        .peer("two queries by hand", |watch| {
            let found: Result<_, postgres::Error> = watch.time(|| {
                let users = client.query(&of_users, &[])?;
                let users: Vec<_> = users.iter().map(plain::User::from_postgres).collect();
                let keys: Vec<i64> = users.iter().map(|user| user.id).collect();
                let posts = client.query(&of_posts, &[&keys])?;
                let posts = posts.iter().map(|row| Ok(plain::Post::from_postgres(row)));
                eager::group(users, |user| user.id, posts, |post| post.user_id)
            });
            Ok(eager::digest_users(&found?))
        })
        .run(bench)?;
    Line::new("P4", format!("PostgreSQL: eager {} x 10", grouped(users)))
        .ratio(&arms, 1.10)
        .exactly("statements", arms[0].statements() as f64, 2.0)
        .allocations(&arms[0], 11 * users)
        .print(bench);
    Ok(())
}
