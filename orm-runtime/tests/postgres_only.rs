//! What PostgreSQL has and the others have not: arrays and ranges as columns, and types of the program's own
//! for `interval` and `tsvector`. They compile where it is the only enabled database, so these tests are a
//! program of their own, which `scripts/test` runs.
#![cfg(all(feature = "postgres", not(feature = "sqlite"), not(feature = "mysql")))]
#![allow(clippy::unwrap_used, reason = "a test that meets an error it does not expect has failed")]

use std::ops::Bound::{self, Excluded, Included, Unbounded};

use diesel::connection::SimpleConnection;
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::dsl::sql;
use diesel::expression::AsExpression;
use diesel::pg::data_types::PgInterval;
use diesel::pg::{Pg, PgValue};
use diesel::query_builder::QueryId;
use diesel::serialize::{self, IsNull, Output, ToSql};
use diesel::sql_types::{Array, BigInt, Bool, Int4, Interval, Nullable, Range, SqlType, Text};
use diesel::{Connection, PgConnection};
use orm_runtime::prelude::*;
use orm_runtime::{
    column::{ColumnValue, HasColumnType},
    metadata::ColumnType,
};

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

/// PostgreSQL's `interval`: a name of its own, because Diesel's has operators.
#[derive(Debug, Clone, Copy, QueryId, SqlType)]
#[diesel(postgres_type(oid = 1186, array_oid = 1187))]
pub struct TimeSpan;

impl HasColumnType for TimeSpan {
    const KIND: ColumnType = ColumnType::BigInt;
}

/// How long somebody waits.
#[derive(Debug, Clone, Copy, PartialEq, AsExpression, FromSqlRow)]
#[diesel(sql_type = TimeSpan)]
pub struct Wait(PgInterval);

impl ColumnValue for Wait {
    fn same(&self, other: &Self) -> bool {
        self == other
    }
}

impl ToSql<TimeSpan, Pg> for Wait {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        ToSql::<Interval, Pg>::to_sql(&self.0, out)
    }
}

impl FromSql<TimeSpan, Pg> for Wait {
    fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
        if value.get_oid().get() != 1186 {
            return Err("found another type, and the field holds an interval".into());
        }
        FromSql::<Interval, Pg>::from_sql(value).map(Wait)
    }
}

/// PostgreSQL's `tsvector`, which is found by its name.
#[derive(Debug, Clone, Copy, QueryId, SqlType)]
#[diesel(postgres_type(name = "tsvector"))]
pub struct TsVector;

impl HasColumnType for TsVector {
    const KIND: ColumnType = ColumnType::Text;
}

/// Words without their positions, in order.
#[derive(Debug, Clone, PartialEq, AsExpression, FromSqlRow)]
#[diesel(sql_type = TsVector)]
pub struct Words(Vec<String>);

impl ColumnValue for Words {
    fn same(&self, other: &Self) -> bool {
        self == other
    }
}

/// How many words; each with a zero behind it, and how many positions.
impl ToSql<TsVector, Pg> for Words {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        use std::io::Write;
        out.write_all(&i32::try_from(self.0.len())?.to_be_bytes())?;
        for word in &self.0 {
            out.write_all(word.as_bytes())?;
            out.write_all(&[0, 0, 0])?;
        }
        Ok(IsNull::No)
    }
}

impl FromSql<TsVector, Pg> for Words {
    fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
        let (count, mut rest) = value.as_bytes().split_first_chunk::<4>().ok_or("too short")?;
        let mut words = Vec::new();
        for _ in 0..u32::from_be_bytes(*count) {
            let end = rest.iter().position(|&byte| byte == 0).ok_or("a word has no end")?;
            words.push(std::str::from_utf8(&rest[..end])?.to_owned());
            let (positions, behind) =
                rest[end + 1..].split_first_chunk::<2>().ok_or("a word has no positions")?;
            let length = usize::from(u16::from_be_bytes(*positions)) * 2;
            rest = behind.get(length..).ok_or("positions are missing")?;
        }
        Ok(Words(words))
    }
}

#[derive(Entity, Debug, Clone, PartialEq)]
#[entity(table = "notice")]
struct Notice {
    id: Auto<i64>,
    #[entity(sql_type = TimeSpan, db_type(postgres = "interval"))]
    wait: Wait,
    #[entity(sql_type = TimeSpan, db_type(postgres = "interval"))]
    longest: Option<Wait>,
    #[entity(sql_type = TsVector, db_type(postgres = "tsvector"))]
    words: Words,
}

#[test]
fn intervals_and_text_vectors_are_columns_of_types_of_the_programs_own() {
    let database = Database::new("own");
    let mut session = database.session();
    let schema = schema![Notice];
    schema.create_all(&mut session).unwrap();
    assert_eq!(schema.verify(&mut session).unwrap(), []);
    let words = |words: &[&str]| Words(words.iter().map(|&word| word.to_owned()).collect());
    let notice = session.add(
        Notice::builder()
            .wait(Wait(PgInterval::new(7_000_001, 2, 13)))
            .words(words(&["cat", "hat"]))
            .build(),
    );
    session.commit().unwrap();
    session[notice].longest = Some(Wait(PgInterval::from_days(400)));
    session.commit().unwrap();
    let mut other = database.session();
    let read = other.query::<Notice>().one().unwrap();
    assert_eq!(other[read].wait, Wait(PgInterval::new(7_000_001, 2, 13)));
    assert_eq!(other[read].longest, Some(Wait(PgInterval::from_days(400))));
    assert_eq!(other[read].words, words(&["cat", "hat"]));
    let wait = other[read].wait;
    let found = other.query::<Notice>().filter(notice::wait.eq(wait));
    assert_eq!(found.one().unwrap(), read);
    let sent = "UPDATE notice SET words = to_tsvector('simple', 'the cat in the hat')";
    other.execute(diesel::sql_query(sent)).unwrap();
    other.refresh(&[read]).unwrap();
    assert_eq!(other[read].words, words(&["cat", "hat", "in", "the"]));
    let found = other.query::<Notice>().filter(sql::<Bool>("words @@ to_tsquery('hat & cat')"));
    assert_eq!(found.one().unwrap(), read);
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
