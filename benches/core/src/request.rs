//! A request of a web application: W16 on a SQLite file, P3 on PostgreSQL.

use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Mutex};

use diesel::prelude::{Connection, QueryDsl, RunQueryDsl, SqliteConnection};
use orm_runtime::connection::AnyConnection;
use orm_runtime::prelude::*;
use orm_runtime::{PoolOptions, SessionFactory};

use crate::harness::{Bench, Comparison, Digest, Line, Result, Watch};
use crate::model::{self, Digested, Post, User, plain, post};
use crate::server::Database;

/// Users, who have ten posts each.
pub const USERS: usize = 1_000;

const POSTS_OF_USER: &str = "SELECT id, user_id, title, body FROM posts WHERE user_id = ?";

const TABLES: &[(&str, usize)] = &[("users", USERS), ("posts", 10 * USERS)];

/// Fills a file, and returns a factory of sessions on it.
pub fn factory(file: &model::File, more: impl FnOnce(&mut PoolOptions)) -> Result<SessionFactory> {
    file.fill(TABLES)?;
    let sessions = SessionFactory::new(&file.url(), |options| {
        options.size = 1;
        // The cost of a liveness check is not a cost of the session.
        options.check_after = None;
        more(options);
    })?;
    Ok(sessions)
}

/// Measures W16: load a user and its posts, change a column, commit.
pub fn sqlite(bench: &Bench) -> Result {
    let requests = bench.size(2_000);
    let keys = model::shuffled(USERS, requests);
    let (ours, theirs) = (model::File::new("request")?, model::File::new("request-peer")?);
    theirs.fill(TABLES)?;
    let sessions = factory(&ours, |_| ())?;
    let connection = theirs.rusqlite()?;
    let arms = Comparison::session(|watch| in_sessions(&sessions, &keys, watch))
        .peer("rusqlite, 5 cached statements", |watch| {
            let mut digest = Digest::new();
            for key in &keys {
                let (user, posts) = watch.time(|| by_rusqlite(&connection, *key))?;
                digest_request(&mut digest, &user, posts.iter());
            }
            Ok(digest.value())
        })
        .run(bench)?;
    let each = arms[0].statements() as f64 / requests as f64;
    let line = Line::new("W16", "request on a pooled connection")
        .ratio(&arms, 1.25)
        .exactly("statements", each, 5.0)
        .allocations(&arms[0], requests);
    if bench.arm.is_some() {
        line.print(bench);
        return Ok(());
    }
    let mut session = sessions.session()?;
    get(&mut session, keys[0])?;
    session.commit()?;
    let unchanged = session.statements() + session.transaction_statements();
    drop(session);
    line.exactly("if nothing changed", unchanged as f64, 4.0)
        .at_most("ns to open and close", open_and_close(bench)?, 200.0)
        .print(bench);
    Ok(())
}

fn get(session: &mut Session, key: i64) -> orm_runtime::Result<(Handle<User>, Vec<Handle<Post>>)> {
    let user = session.get_one::<User>(key)?;
    let posts = session.query::<Post>().filter(post::user_id.eq(key)).all()?;
    Ok((user, posts))
}

/// Runs one request for each key, each in a session of its own.
pub fn in_sessions(sessions: &SessionFactory, keys: &[i64], watch: &mut Watch) -> Result<u64> {
    let mut digest = Digest::new();
    for &key in keys {
        let (mut session, user, posts) = watch.time(|| {
            let mut session = sessions.session()?;
            let (user, posts) = get(&mut session, key)?;
            Ok::<_, orm_runtime::Error>((session, user, posts))
        })?;
        let rows = posts.iter().map(|&post| &session[post]);
        digest_request(&mut digest, &session[user], rows);
        let statements = watch.time(|| {
            session[user].age = changed(session[user].age);
            session.commit()?;
            Ok::<_, orm_runtime::Error>(session.statements() + session.transaction_statements())
        })?;
        watch.time(|| drop(session));
        watch.statements += statements;
    }
    Ok(digest.value())
}

fn by_rusqlite(
    connection: &rusqlite::Connection,
    key: i64,
) -> rusqlite::Result<(plain::User, Vec<plain::Post>)> {
    connection.prepare_cached("BEGIN")?.execute([])?;
    let user = connection
        .prepare_cached(model::USER_BY_ID)?
        .query_row([key], plain::User::from_rusqlite)?;
    let posts = connection
        .prepare_cached(POSTS_OF_USER)?
        .query_map([key], plain::Post::from_rusqlite)?
        .collect::<rusqlite::Result<Vec<_>>>()?;
    connection
        .prepare_cached("UPDATE users SET age = ? WHERE id = ?")?
        .execute((changed(user.age), key))?;
    connection.prepare_cached("COMMIT")?.execute([])?;
    Ok((user, posts))
}

/// Returns a different age. Two calls return the original age.
fn changed(age: i32) -> i32 {
    age ^ 1
}

fn digest_request<'p, P: Digested + 'p>(
    digest: &mut Digest,
    user: &impl Digested,
    posts: impl Iterator<Item = &'p P>,
) {
    user.digest(digest);
    posts.for_each(|post| post.digest(digest));
}

/// Measures what a session costs beyond the guard of its connection, in nanoseconds.
fn open_and_close(bench: &Bench) -> Result<f64> {
    const TIMES: u32 = 20_000;
    let place: Place = Arc::new(Mutex::new(Some(model::diesel(&[])?)));
    let arms = Comparison::session(|watch| {
        watch.time(|| {
            for _ in 0..TIMES {
                drop(std::hint::black_box(Session::new(AnyConnection::sqlite(Guard::take(
                    &place,
                )))));
            }
        });
        Ok(0)
    })
    .peer("guard alone", |watch| {
        watch.time(|| {
            for _ in 0..TIMES {
                drop(std::hint::black_box(AnyConnection::sqlite(Guard::take(&place))));
            }
        });
        Ok(0)
    })
    .run(bench)?;
    let more = arms[0].min().saturating_sub(arms[1].min());
    Ok(more.as_secs_f64() * 1e9 / f64::from(TIMES))
}

type Place = Arc<Mutex<Option<SqliteConnection>>>;

/// A connection borrowed from a pool of one.
struct Guard {
    connection: Option<SqliteConnection>,
    place: Place,
}

impl Guard {
    fn take(place: &Place) -> Self {
        let connection = place.lock().ok().and_then(|mut place| place.take());
        Guard { connection, place: Arc::clone(place) }
    }
}

impl Deref for Guard {
    type Target = SqliteConnection;

    fn deref(&self) -> &SqliteConnection {
        self.connection.as_ref().expect("on loan")
    }
}

impl DerefMut for Guard {
    fn deref_mut(&mut self) -> &mut SqliteConnection {
        self.connection.as_mut().expect("on loan")
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        if let Ok(mut place) = self.place.lock() {
            *place = self.connection.take();
        }
    }
}

/// Measures P3: the request on PostgreSQL, where round trips matter.
pub fn postgres(bench: &Bench) -> Result {
    let requests = bench.size(1_000);
    let keys = model::shuffled(USERS, requests);
    let (ours, theirs, diesels) = (Database::new(0)?, Database::new(1)?, Database::new(2)?);
    for database in [&ours, &theirs, &diesels] {
        database.fill(&[("users", USERS), ("posts", 10 * USERS)])?;
    }
    let sessions = SessionFactory::new(&ours.url, |options| {
        options.size = 1;
        options.check_after = None;
    })?;
    let mut client = theirs.client()?;
    let user = client.prepare(&model::USER_BY_ID.replace('?', "$1"))?;
    let posts = client.prepare(&POSTS_OF_USER.replace('?', "$1"))?;
    let update = client.prepare("UPDATE users SET age = $1 WHERE id = $2")?;
    let mut connection = diesel::PgConnection::establish(&diesels.url)?;
    let arms = Comparison::session(|watch| in_sessions(&sessions, &keys, watch))
        .peer("prepared statements", |watch| {
            let mut digest = Digest::new();
            for key in &keys {
                let (user, posts) = watch.time(|| {
                    client.batch_execute("BEGIN")?;
                    let found = plain::User::from_postgres(&client.query_one(&user, &[key])?);
                    let rows = client.query(&posts, &[key])?;
                    let posts: Vec<_> = rows.iter().map(plain::Post::from_postgres).collect();
                    client.execute(&update, &[&changed(found.age), key])?;
                    client.batch_execute("COMMIT")?;
                    Ok::<_, postgres::Error>((found, posts))
                })?;
                digest_request(&mut digest, &user, posts.iter());
            }
            Ok(digest.value())
        })
        .peer("Diesel", |watch| {
            use plain::{posts, users};
            let mut digest = Digest::new();
            for &key in &keys {
                let (user, posts) = watch.time(|| {
                    connection.transaction(|connection| {
                        let user: plain::User = users::table.find(key).get_result(connection)?;
                        let of_user = posts::table.filter(posts::user_id.eq(key));
                        let posts: Vec<plain::Post> = of_user.load(connection)?;
                        let age = users::age.eq(changed(user.age));
                        diesel::update(users::table.find(key)).set(age).execute(connection)?;
                        Ok::<_, diesel::result::Error>((user, posts))
                    })
                })?;
                digest_request(&mut digest, &user, posts.iter());
            }
            Ok(digest.value())
        })
        .run(bench)?;
    let each = arms[0].statements() as f64 / requests as f64;
    Line::new("P3", "PostgreSQL: request on a pooled connection")
        .ratio(&arms, 1.15)
        .exactly("statements", each, 5.0)
        .allocations(&arms[0], requests)
        .print(bench);
    Ok(())
}
