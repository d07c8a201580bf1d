//! What PostgreSQL has and the others have not: arrays and ranges as columns. They compile where it is
//! the only enabled database, so these tests are a program of their own, which `scripts/test` runs.
#![cfg(all(feature = "postgres", not(feature = "sqlite"), not(feature = "mysql")))]
#![allow(clippy::unwrap_used, reason = "a test that meets an error it does not expect has failed")]

use std::ops::Bound::{self, Excluded, Included, Unbounded};

use diesel::connection::SimpleConnection;
use diesel::sql_types::{Array, BigInt, Int4, Nullable, Range, Text};
use diesel::{Connection, PgConnection};
use orm_runtime::prelude::*;

#[derive(Entity, Debug, Clone, PartialEq)]
#[entity(table = "posts")]
struct Post {
    id: Auto<i64>,
    title: String,
    #[entity(sql_type = Array<Text>)]
    tags: Vec<String>,
    #[entity(sql_type = Array<Nullable<BigInt>>)]
    votes: Option<Vec<Option<i64>>>,
    #[entity(sql_type = Array<Int4>)]
    history: Deferred<Vec<i32>>,
    #[entity(sql_type = Range<Int4>)]
    pages: (Bound<i32>, Bound<i32>),
}

/// A schema of its own for every test.
struct Database {
    url: String,
    name: String,
}

impl Database {
    fn new(test: &str) -> Self {
        let url =
            std::env::var("ORM_TEST_POSTGRES").expect("ORM_TEST_POSTGRES, a server to test on");
        let name = format!("orm_postgres_only_{}_{test}", std::process::id());
        let database = Database { url, name };
        database.run(&format!("CREATE SCHEMA {}", database.name));
        database
    }

    fn session(&self) -> Session {
        let more = if self.url.contains('?') { '&' } else { '?' };
        let url = format!("{}{more}options=-c%20search_path%3D{}", self.url, self.name);
        let mut session = Session::open(&url).unwrap();
        schema![Post].create_all(&mut session).unwrap();
        session
    }

    fn run(&self, sql: &str) {
        PgConnection::establish(&self.url).unwrap().batch_execute(sql).unwrap();
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if let Ok(mut connection) = PgConnection::establish(&self.url) {
            let _ = connection.batch_execute(&format!("DROP SCHEMA {} CASCADE", self.name));
        }
    }
}

/// Arrays of all lengths, so that one that flows into the next is noticed.
fn post(n: i32) -> Post {
    let tags = (0..n % 4).map(|tag| format!("{{\"tag\", {tag}}} of {n}")).collect();
    let votes = (n % 3 != 0).then(|| (0..n % 5).map(|v| (v != 1).then_some(v.into())).collect());
    let pages = match n % 3 {
        0 => (Included(n), Excluded(n + 5)),
        1 => (Unbounded, Excluded(n)),
        _ => (Included(n), Unbounded),
    };
    let history = Deferred::new(vec![n; (n % 2) as usize]);
    Post { id: Auto::default(), title: n.to_string(), tags, votes, history, pages }
}

/// What is stored, in the order of the titles' numbers, and without the keys.
fn stored(session: &mut Session) -> Vec<Post> {
    let query = session.query::<Post>().undefer(post::history).order_by(post::id.asc());
    let mut rows = query.rows().unwrap();
    for row in &mut rows {
        row.id = Auto::default();
    }
    rows.sort_by_key(|row| row.title.parse::<i32>().unwrap());
    rows
}

#[test]
fn many_rows_keep_their_arrays() {
    let database = Database::new("many");
    let mut session = database.session();
    let posts: Vec<Post> = (0..1_201).map(post).collect();
    let handles = session.add_all(posts.iter().cloned());
    session.commit().unwrap();
    assert_eq!(stored(&mut database.session()), posts);
    for (n, handle) in (1..).zip(&handles) {
        assert_eq!(session[*handle].id, n, "keys come back in order");
    }

    for (n, handle) in (1..).zip(&handles) {
        let Post { tags, votes, pages, .. } = post(n);
        let object = &mut session[*handle];
        (object.tags, object.votes, object.pages) = (tags, votes, pages);
    }
    session.commit().unwrap();
    let rows = stored(&mut database.session());
    assert!((1..).zip(&rows).all(|(n, row)| (&row.tags, &row.votes, row.pages)
        == (&post(n).tags, &post(n).votes, post(n).pages)));
}

#[test]
fn bulk_rows_keep_their_arrays() {
    let database = Database::new("bulk");
    let mut session = database.session();
    let posts: Vec<Post> = (0..700).map(post).collect();
    session.bulk_insert(posts.iter().cloned()).unwrap();
    assert_eq!(stored(&mut session), posts);
    let newer =
        (1..=700).map(|n| Post { id: Auto::from(n), title: n.to_string(), ..post(n as i32) });
    session.bulk_upsert(newer).run().unwrap();
    session.commit().unwrap();
    let expected: Vec<Post> = (1..=700).map(post).collect();
    assert_eq!(stored(&mut session), expected);
}

#[test]
fn a_changed_element_is_written() {
    let database = Database::new("changed");
    let mut session = database.session();
    let handle = session.add(post(3));
    session.add(post(1));
    session.commit().unwrap();
    session[handle].tags = post(3).tags;
    assert!(!session.is_dirty(handle));
    session[handle].tags[1] = "other".to_owned();
    session[handle].votes = Some(vec![]);
    session.commit().unwrap();
    let rows = stored(&mut session);
    assert_eq!(rows[1].tags[1], "other");
    assert_eq!(rows[1].votes, Some(vec![]));

    let found = session.query::<Post>().filter(post::tags.contains(vec!["other".to_owned()]));
    assert_eq!(found.one().unwrap(), handle);
    let found = session.query::<Post>().filter(post::pages.contains(7));
    assert_eq!(found.one().unwrap(), handle);
    assert_eq!(session.query::<Post>().update(post::tags.eq(Vec::<String>::new())).unwrap(), 2);
    assert!(stored(&mut session).iter().all(|row| row.tags.is_empty()));
}
