//! Default scopes: conditions of every query for an entity, unless the query lifts them.

use std::cell::Cell;

use diesel::dsl::{count_star, max};
use orm_runtime::prelude::*;
use orm_tests::{TestDb, assert_matches, assert_no_sql, assert_sql, on_all_databases};

thread_local! {
    /// The tenant whose posts are visible. Each test has its own thread.
    static TENANT: Cell<i32> = const { Cell::new(1) };
}

#[derive(Entity, Clone, Debug)]
#[entity(table = "posts", scope = visible, scope = Post::of_the_tenant)]
struct Post {
    id: Auto<i64>,
    title: String,
    tenant: i32,
    #[entity(default)]
    hidden: bool,
}

fn visible() -> Condition<'static, Post> {
    Condition::all().and(post::hidden.eq(false))
}

impl Post {
    fn of_the_tenant() -> Condition<'static, Post> {
        Condition::any().or(post::tenant.eq(TENANT.get())).or(post::tenant.eq(0))
    }
}

mod rules {
    use super::*;

    /// A key of two columns, a scope that binds a list, and a scope given by a path.
    #[derive(Entity, Clone, Debug)]
    #[entity(table = "seats", scope = self::conditions::in_use)]
    pub(super) struct Seat {
        #[entity(primary_key)]
        pub line: String,
        #[entity(primary_key)]
        pub number: i32,
        pub state: i32,
    }

    mod conditions {
        use super::*;

        pub(super) fn in_use() -> Condition<'static, Seat> {
            Condition::all().and(seat::state.in_list([1, 2, 3]))
        }
    }
}

use rules::{Seat, seat};

/// The same table without scopes.
#[derive(Entity)]
#[entity(table = "posts")]
struct Plain {
    id: Auto<i64>,
    title: String,
    tenant: i32,
    hidden: bool,
}

fn new(title: &str, tenant: i32, hidden: bool) -> Post {
    Post::builder().title(title).tenant(tenant).hidden(hidden).build()
}

/// Opens a session with the posts a (of everyone), b (hidden), c (of tenant 2) and d, which have
/// the keys 1 to 4 and are not in memory.
fn posts(db: &TestDb) -> Session {
    let mut session = db.session_for(schema![Post]);
    session.add_all([
        new("a", 0, false),
        new("b", 1, true),
        new("c", 2, false),
        new("d", 1, false),
    ]);
    session.commit().unwrap();
    session.clear();
    session.take_log();
    session
}

fn titles(session: &Session, posts: &[Handle<Post>]) -> String {
    posts.iter().map(|&post| &*session[post].title).collect()
}

on_all_databases! {
    fn every_query_has_the_scopes(db: &TestDb) {
        let mut session = posts(db);
        let all = session.query::<Post>().order_by(post::id.asc()).all().unwrap();
        assert_eq!(titles(&session, &all), "ad");
        assert_sql!(session, "S posts");
        let query = |session: &mut Session| session.query::<Post>().count().unwrap();
        assert_eq!(query(&mut session), 2);
        assert_eq!(session.query::<Post>().limit(9).count().unwrap(), 2);
        assert_eq!(session.query::<Post>().distinct().count().unwrap(), 2);
        assert!(!session.query::<Post>().filter(post::title.eq("b")).exists().unwrap());
        assert!(session.query::<Post>().filter(post::title.eq("c")).first().unwrap().is_none());
        assert_eq!(session.query::<Post>().rows().unwrap().len(), 2);
        assert_eq!(session.query::<Post>().stream().unwrap().count(), 2);
        let newest: Option<String> = session.query::<Post>().select(max(post::title)).one().unwrap();
        assert_eq!(newest.as_deref(), Some("d"));
        let by_tenant: Vec<(i32, i64)> = session
            .query::<Post>()
            .group_by(post::tenant)
            .order_by(post::tenant.asc())
            .select((post::tenant, count_star()))
            .load()
            .unwrap();
        assert_eq!(by_tenant, [(0, 1), (1, 1)]);
        let mut seen = String::new();
        session.query::<Post>().batches(1, |session, posts| {
            seen += &titles(session, posts);
            Ok(())
        })
        .unwrap();
        assert_eq!(seen, "ad");
        // The scope's function is called for each query.
        TENANT.set(2);
        assert_eq!(query(&mut session), 2);
        assert!(session.query::<Post>().filter(post::title.eq("c")).exists().unwrap());
    }

    fn scopes_are_lifted_by_name_or_all_at_once(db: &TestDb) {
        let mut session = posts(db);
        let query = |session: &mut Session, lift: fn(Query<'_>) -> Query<'_>| {
            let query = lift(session.query::<Post>()).order_by(post::id.asc());
            let found = query.all().unwrap();
            titles(session, &found)
        };
        assert_eq!(query(&mut session, |query| query), "ad");
        assert_eq!(query(&mut session, |query| query.unscoped(post::scopes::visible)), "abd");
        assert_eq!(query(&mut session, |query| query.unscoped(post::scopes::of_the_tenant)), "acd");
        assert_eq!(query(&mut session, |query| query.unscoped_all()), "abcd");
        assert_eq!(
            query(&mut session, |query| {
                query.unscoped(post::scopes::of_the_tenant).unscoped(post::scopes::visible)
            }),
            "abcd"
        );
        // It applies to one query: the next one has its scopes again.
        assert_eq!(query(&mut session, |query| query), "ad");
    }

    fn set_based_statements_have_the_scopes(db: &TestDb) {
        let mut session = posts(db);
        let [a, d] = [1, 4].map(|id| session.get_one::<Post>(id).unwrap());
        session.take_log();
        let changed = session.query::<Post>().update(post::title.eq("x")).unwrap();
        assert_eq!(changed, 2);
        assert_eq!((&*session[a].title, &*session[d].title), ("x", "x"));
        assert_eq!(session.query::<Post>().filter(post::id.ge(2)).delete().unwrap(), 1);
        assert_eq!(session.query::<Post>().unscoped_all().filter(post::id.eq(3)).delete().unwrap(), 1);
        session.commit().unwrap();
        assert_eq!(db.rows("posts", "id, title"), ["1|x", "2|b"]);
    }

    fn a_row_outside_the_scopes_is_not_loaded_by_key(db: &TestDb) {
        let mut session = posts(db);
        assert_eq!(session.get::<Post>(2).unwrap(), None);
        assert_matches!(session.get_one::<Post>(3), Err(Error::NotFound { .. }));
        assert_eq!(session.get::<Post>(99).unwrap(), None);
        assert_sql!(session, "S posts; S posts; S posts");
        let some = session.get_many::<Post>([4, 2, 1, 99, 3]).unwrap();
        let some: Vec<_> = some.into_iter().map(|post| post.map(|post| session[post].id)).collect();
        assert_eq!(some, [Some(Auto::from(4)), None, Some(Auto::from(1)), None, None]);
        assert_sql!(session, "S posts");
        assert!(session.get::<Post>(1).unwrap().is_some());
        assert_no_sql!(session);
    }

    fn an_object_in_memory_stays_reachable(db: &TestDb) {
        let mut session = posts(db);
        let hidden = session.query::<Post>().unscoped_all().filter(post::id.eq(2)).one().unwrap();
        assert_eq!(session.get::<Post>(2).unwrap(), Some(hidden));
        session.commit().unwrap();
        db.execute("UPDATE posts SET title = 'b2' WHERE id = 2");
        // A stale object is read without scopes, and separately from rows that are not in memory.
        session.take_log();
        let found = session.get_many::<Post>([2, 3, 1]).unwrap();
        assert_eq!(found[..2], [Some(hidden), None]);
        assert_sql!(session, "S posts; S posts");
        assert_eq!(session[hidden].title, "b2");
        session.refresh(&[hidden]).unwrap();
        session.expire(hidden).unwrap();
        assert_eq!(session.get::<Post>(2).unwrap(), Some(hidden));
        // An object that no longer matches the scope because of a change also stays.
        let d = session.get_one::<Post>(4).unwrap();
        session[d].hidden = true;
        session.commit().unwrap();
        assert_eq!(session.get::<Post>(4).unwrap(), Some(d));
        assert!(!session.query::<Post>().filter(post::id.eq(4)).exists().unwrap());
        // A deleted row is not found.
        session.commit().unwrap();
        db.execute("DELETE FROM posts WHERE id = 4");
        assert_eq!(session.get::<Post>(4).unwrap(), None);
    }

    fn a_merge_finds_a_row_outside_the_scopes(db: &TestDb) {
        let mut session = posts(db);
        let mut outside = new("b2", 1, true);
        outside.id = Auto::from(2);
        session.merge(outside).unwrap();
        session.commit().unwrap();
        assert_sql!(session, "S posts; U posts[title] x1");
        assert_eq!(db.count("posts"), 4);
    }

    fn queries_of_ones_own_are_as_they_were_written(db: &TestDb) {
        use diesel::QueryDsl;
        let mut session = posts(db);
        let all = session.load_query::<Post>(post::table.select(post::all_columns)).unwrap();
        assert_eq!(all.len(), 4);
        assert_eq!(session.from_sql::<Post>("SELECT * FROM posts").all().unwrap().len(), 4);
    }

    fn scopes_with_values_and_keys_of_several_columns(db: &TestDb) {
        let mut session = db.session_for(schema![Seat]);
        for (number, state) in (1..).zip([1, 9, 3, 0]) {
            session.add(Seat { line: "A".to_owned(), number, state });
        }
        session.commit().unwrap();
        session.clear();
        let key = |number: i32| ("A".to_owned(), number);
        let one = session.get_one::<Seat>(key(1)).unwrap();
        assert_eq!(session[one].state, 1);
        assert_eq!(session.get::<Seat>(key(2)).unwrap(), None);
        let many = session.get_many::<Seat>((2..=4).map(key)).unwrap();
        let states: Vec<_> = many.into_iter().map(|seat| seat.map(|seat| session[seat].state)).collect();
        assert_eq!(states, [None, Some(3), None]);
        let unscoped = session.query::<Seat>().unscoped(seat::scopes::in_use);
        assert_eq!(unscoped.filter(seat::number.gt(1)).count().unwrap(), 3);
    }

    fn an_entity_without_scopes_sends_what_it_sent(db: &TestDb) {
        let mut session = posts(db);
        session.query::<Plain>().filter(plain::id.eq(1)).all().unwrap();
        session.get::<Plain>(2).unwrap();
        assert_eq!(session.query::<Plain>().unscoped_all().count().unwrap(), 4);
        let log = session.take_log();
        let selects = log.iter().map(|record| record.sql.replace(['"', '`'], "").replace("$1", "?"));
        let columns = "SELECT posts.id, posts.title, posts.tenant, posts.hidden FROM posts";
        assert_eq!(
            selects.filter(|sql| sql.starts_with("SELECT")).collect::<Vec<_>>(),
            [
                &format!("{columns} WHERE ((posts.id = ?))"),
                &format!("{columns} WHERE id = ?"),
                "SELECT count(*) FROM posts",
            ]
        );
    }
}

type Query<'q> = orm_runtime::Query<'q, Post>;
