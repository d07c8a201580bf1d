//! Cursors that belong to another query, and queries that cannot be paged.

use orm_runtime::Query;
use orm_runtime::prelude::*;
use orm_runtime::query::PageCursor;
use orm_tests::{TestDb, assert_no_sql, on_all_databases};

use super::{Maker, Thing, maker, thing, things};

/// Returns the words of the error for a cursor.
fn refusal<T: Entity>(result: Result<orm_runtime::query::Page<T>>) -> String {
    match result {
        Err(error @ Error::InvalidCursor { .. }) => error.to_string(),
        other => panic!("{other:?}"),
    }
}

on_all_databases! {
    fn a_cursor_of_another_query_is_refused(db: &TestDb) {
        let mut session = things(db);
        let order = (thing::name.asc(), thing::rank.desc());
        let first = session.query::<Thing>().order_by(order).pages(5).load().unwrap();
        let cursor: PageCursor = first.next.unwrap().to_string().parse().unwrap();
        session.take_log();

        let other = "belongs to another entity, order or database";
        let things = |session: &mut Session| session.query::<Maker>().pages(5).at(cursor.clone()).load();
        assert!(refusal(things(&mut session)).contains(other));
        let query = session.query::<Thing>().order_by((thing::name.asc(), thing::rank.asc()));
        assert!(refusal(query.pages(5).at(cursor.clone()).load()).contains(other));
        let query = session.query::<Thing>().order_by((thing::rank.desc(), thing::name.asc()));
        assert!(refusal(query.pages(5).at(cursor.clone()).load()).contains(other));
        let nulls = (thing::name.asc(), thing::rank.desc().nulls_first());
        let query = session.query::<Thing>().order_by(nulls);
        assert!(refusal(query.pages(5).at(cursor.clone()).load()).contains(other));
        let query = session.query::<Thing>().order_by(thing::name.asc());
        assert!(refusal(query.pages(5).at(cursor.clone()).load()).contains(other));
        assert_no_sql!(session);

        let query = session.query::<Thing>().filter(thing::flag.eq(true)).order_by(order);
        let refused = refusal(query.pages(5).at(cursor.clone()).load());
        assert_eq!(
            refused,
            "the cursor belongs to a query with other conditions; begin with the first page"
        );
        assert_no_sql!(session);
        // The size may differ, and what is loaded along.
        let query = session.query::<Thing>().order_by(order).eager(thing::maker);
        assert_eq!(query.pages(3).at(cursor).load().unwrap().len(), 3);
    }

    fn the_values_of_conditions_may_differ(db: &TestDb) {
        let mut session = things(db);
        let page = |session: &mut Session, names: &[&str], cursor| {
            let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
            let query = session.query::<Thing>().filter(thing::name.in_list(names));
            query.filter(thing::weight.lt(9.5)).order_by(thing::code.asc()).pages(3).at(cursor).load()
        };
        let first = page(&mut session, &["a", "b", "c"], None).unwrap();
        let second = page(&mut session, &["a", "b", "c", "B", ""], first.next).unwrap();
        assert!(second.previous.is_some());
    }

    fn a_damaged_cursor_is_refused_in_words(db: &TestDb) {
        let mut session = things(db);
        let page = session.query::<Thing>().order_by(thing::name.asc()).pages(5).load().unwrap();
        let text = page.next.unwrap().to_string();
        let parse = |text: &str| text.parse::<PageCursor>().unwrap_err().to_string();
        let damaged = "the cursor is damaged or incomplete; begin with the first page";
        assert_eq!(parse(&text[1..]), damaged);
        assert_eq!(parse(&text[..text.len() - 4]), damaged);
        assert_eq!(parse(&format!("{text}AAAA")), damaged);
        for wrong in ["", "A", "?", "../../etc/passwd", "' OR 1=1", "\u{0}"] {
            assert_eq!(parse(wrong), damaged);
        }
    }

    fn the_cursor_of_another_database_is_refused(db: &TestDb) {
        let mut session = things(db);
        let other = if db.dialect() == Dialect::Sqlite { Dialect::Postgres } else { Dialect::Sqlite };
        if !cfg!(feature = "servers") {
            return;
        }
        TestDb::with(other, |other| {
            let mut there = things(other);
            let order = thing::name.asc();
            let page = there.query::<Thing>().order_by(order).pages(5).load().unwrap();
            let query = session.query::<Thing>().order_by(order);
            let refused = refusal(query.pages(5).at(page.next).load());
            assert!(refused.contains("database"), "{refused}");
        });
    }

    fn what_cannot_be_paged_is_refused_before_it_is_sent(db: &TestDb) {
        let mut session = things(db);
        let mut refused = |build: fn(Query<'_, Thing>) -> Query<'_, Thing>| {
            let result = build(session.query::<Thing>()).pages(5).load();
            assert_no_sql!(session);
            match result {
                Err(Error::Configuration(words)) => words,
                other => panic!("{other:?}"),
            }
        };
        assert_eq!(
            refused(|query| query.limit(9)),
            "pages() on Thing divides the rows itself: leave out limit and offset"
        );
        assert!(refused(|query| query.offset(9)).contains("leave out limit and offset"));
        let words = refused(|query| query.order_by(thing::word.asc()));
        assert_eq!(
            words,
            "the rows of Thing cannot be read page by page: their order is by word, which is secret, \
             and a cursor would show its value; order by another column"
        );
        let words = refused(|query| query.order_by((thing::rank + 1).desc()));
        assert!(words.contains("has a value in an expression"), "{words}");
        let words = refused(|query| {
            query.order_by(diesel::dsl::sql::<diesel::sql_types::Double>("random()"))
        });
        assert!(words.contains("their order is random"), "{words}");
        let words = refused(|query| {
            query.order_by(diesel::dsl::sql::<diesel::sql_types::Integer>("length(word)"))
        });
        assert!(words.contains("names a secret column"), "{words}");
    }

    fn a_page_shows_no_values(db: &TestDb) {
        let mut session = things(db);
        let page = session.query::<Thing>().order_by(thing::code.asc()).pages(5).load().unwrap();
        assert!(!format!("{page:?}").contains("code 0"));
        let json = serde_json::to_string(&page.next).unwrap();
        assert_eq!(serde_json::from_str::<Option<PageCursor>>(&json).unwrap(), page.next);
        assert!(serde_json::from_str::<PageCursor>("\"bogus\"").is_err());
        let makers = session.query::<Maker>().order_by(maker::name.desc()).pages(1).load().unwrap();
        assert_eq!(session[makers.objects[0]].name, "zeno");
    }
}
