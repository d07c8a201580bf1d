//! The text of a query before it is sent.

use diesel::dsl::{count_star, max};
use diesel::sql_types::{BigInt, Text};
use orm_runtime::prelude::*;
use orm_tests::{TestDb, assert_matches, assert_no_sql, on_all_databases};

use crate::people::{Address, User, address, all, empty, people, person, text, user};

#[derive(Entity, Debug, Clone)]
#[entity(table = "shelves")]
struct Shelf {
    id: Auto<i64>,
    #[entity(length = 20)]
    room: String,
    books: HasMany<Book>,
}

#[derive(Entity, Debug, Clone)]
#[entity(table = "books")]
struct Book {
    id: Auto<i64>,
    #[entity(length = 20)]
    title: String,
    shelf: ForeignKey<Shelf>,
    notes: HasMany<Note>,
}

#[derive(Entity, Debug, Clone)]
#[entity(table = "book_notes")]
struct Note {
    id: Auto<i64>,
    #[entity(length = 20)]
    words: String,
    book: ForeignKey<Book>,
}

/// Two shelves with a book each, and a note on each book.
fn library(db: &TestDb) -> Session {
    let mut session = db.session_for(schema![Shelf, Book, Note]);
    for room in ["attic", "cellar"] {
        let shelf = session.add(Shelf::builder().room(room).build());
        let book = session.add(Book::builder().title("Emma").shelf(shelf).build());
        session.add(Note::builder().words("read").book(book).build());
    }
    session.commit().unwrap();
    session.clear();
    session.take_log();
    session
}

/// Returns the statements that were sent, without those of transactions.
fn sent(session: &Session) -> Vec<String> {
    let log = session.take_log().into_iter();
    log.filter(|record| !record.is_transaction_control()).map(|record| record.sql).collect()
}

on_all_databases! {
    fn a_query_is_shown_as_it_is_sent(db: &TestDb) {
        let mut session = people(db);
        let dialect = db.dialect();
        let query = session
            .query::<User>()
            .filter(user::name.ne("ed").and(user::age.gt(3)))
            .filter(user::fullname.is_null())
            .distinct()
            .order_by(user::age.desc())
            .limit(2)
            .offset(1);
        let shown = query.to_sql(dialect).unwrap();
        query.all().unwrap();
        assert_eq!(shown, sent(&session));

        let query = session.query::<User>().filter(user::age.gt(3)).select((user::name, user::age));
        let shown = query.to_sql(dialect).unwrap();
        query.load::<(String, i32)>().unwrap();
        assert_eq!(shown, sent(&session));

        let query = session
            .query::<User>()
            .group_by(user::fullname)
            .having(count_star().gt(1))
            .select((user::fullname, max(user::age)));
        let shown = query.to_sql(dialect).unwrap();
        query.load::<(Option<String>, Option<i32>)>().unwrap();
        assert_eq!(shown, sent(&session));

        let wanted = text(dialect, "SELECT id, name, fullname, age FROM users WHERE age > ?");
        let query = session.from_sql::<User>(wanted).bind::<BigInt, _>(30);
        let shown = query.to_sql(dialect).unwrap();
        query.all().unwrap();
        assert_eq!(shown, sent(&session));
    }

    fn every_statement_of_an_eager_query_is_shown_in_order(db: &TestDb) {
        let mut session = library(db);
        let dialect = db.dialect();
        let query = session
            .query::<Shelf>()
            .filter(shelf::room.ne("hall"))
            .eager(shelf::books.order_by(book::title.asc()).then(book::notes.filter(note::words.ne("x"))));
        let shown = query.to_sql(dialect).unwrap();
        let values = query.to_debug_sql(dialect).unwrap();
        query.all().unwrap();
        assert_eq!(shown.len(), 3);
        assert_eq!(shown, sent(&session));
        assert!(values[0].contains("'hall'") && values[1].contains("/* keys */"), "{values:#?}");
        assert!(values[2].contains("/* keys */") && values[2].contains("'x'"), "{values:#?}");

        session.clear();
        let query = session.query::<Shelf>().eager(shelf::books.joined()).eager(shelf::books.then(book::notes));
        let shown = query.to_sql(dialect).unwrap();
        query.all().unwrap();
        assert_eq!(shown.len(), 2);
        assert_eq!(shown, sent(&session));

        session.clear();
        let query = session.query::<Note>().join(note::book.then(book::shelf));
        let shown = query.to_sql(dialect).unwrap();
        query.all().unwrap();
        assert_eq!(shown, sent(&session));

        session.clear();
        let query = session.query::<Book>().eager(book::shelf);
        let shown = query.to_sql(dialect).unwrap();
        query.all().unwrap();
        assert_eq!(shown, sent(&session));
    }

    fn related_queries_and_objects_in_conditions_are_shown(db: &TestDb) {
        let mut session = library(db);
        let dialect = db.dialect();
        let shelf = session.query::<Shelf>().first().unwrap().unwrap();
        session.take_log();
        let query = session.related(shelf, shelf::books).unwrap().filter(book::title.eq("Emma"));
        let (shown, values) = (query.to_sql(dialect).unwrap(), query.to_debug_sql(dialect).unwrap());
        query.all().unwrap();
        assert_eq!(shown, sent(&session));
        assert!(values[0].contains("'Emma'") && values[0].contains("= 1"), "{values:?}");

        let query = session.query::<Book>().filter(book::shelf.eq(shelf));
        let shown = query.to_sql(dialect).unwrap();
        query.all().unwrap();
        assert_eq!(shown, sent(&session));

        let unsaved = session.add(Shelf::builder().room("hall").build());
        let query = session.query::<Book>().filter(book::shelf.eq(unsaved));
        assert_matches!(query.to_sql(dialect), Err(Error::InvalidState { .. }));
        drop(query);
        assert_no_sql!(session);
    }

    fn set_statements_are_shown_with_those_that_keep_objects_in_step(db: &TestDb) {
        let mut session = people(db);
        let dialect = db.dialect();
        for in_memory in [false, true] {
            if in_memory {
                all(&mut session);
            }
            let minors = session.query::<User>().filter(user::age.lt(30));
            let shown = minors.update_to_sql(user::age.eq(user::age + 1), dialect).unwrap();
            let values = minors.update_to_debug_sql(user::age.eq(user::age + 1), dialect).unwrap();
            minors.update(user::age.eq(user::age + 1)).unwrap();
            let sent = sent(&session);
            assert_eq!(shown[..], sent[..shown.len()]);
            assert_eq!(shown.len(), 1 + usize::from(in_memory && dialect == Dialect::Mysql));
            assert!(values.last().unwrap().contains("+ 1) WHERE"), "{values:?}");
            assert!(values.last().unwrap().contains("< 30"), "{values:?}");
        }
        session.clear();
        let none = session.query::<User>().filter(user::age.gt(3_000));
        let shown = none.delete_to_sql(dialect).unwrap();
        let values = none.delete_to_debug_sql(dialect).unwrap();
        none.delete().unwrap();
        assert_eq!(shown, sent(&session));
        assert!(values[0].ends_with("> 3000))"), "{values:?}");

        let ordered = session.query::<User>().order_by(user::id);
        assert_matches!(ordered.delete_to_sql(dialect), Err(Error::Configuration(_)));
        assert_matches!(ordered.update_to_sql(user::age.eq(1), dialect), Err(Error::Configuration(_)));
        drop(ordered);
        let keys = session.query::<User>();
        assert_matches!(keys.update_to_sql(user::id.eq(1), dialect), Err(Error::Configuration(_)));
        drop(keys);
        assert_no_sql!(session);
    }

    fn a_query_is_shown_for_every_database_whatever_the_session_uses(db: &TestDb) {
        let mut session = people(db);
        let query = session.query::<User>().filter(user::name.eq("it's \\")).limit(1);
        for (dialect, name, place) in [
            (Dialect::Sqlite, "'it''s \\'", "?"),
            #[cfg(feature = "servers")]
            (Dialect::Postgres, "'it''s \\'", "$1"),
            #[cfg(feature = "servers")]
            (Dialect::Mysql, "'it''s \\\\'", "?"),
        ] {
            let sql = &query.to_sql(dialect).unwrap()[0];
            assert!(sql.contains(&format!("= {place})")), "{sql}");
            let debug = &query.to_debug_sql(dialect).unwrap()[0];
            assert!(debug.contains(&format!("= {name})")), "{debug}");
        }
        drop(query);
        assert_no_sql!(session);
    }

    fn a_flush_is_shown_with_its_values(db: &TestDb) {
        let mut session = people(db);
        let [jack, ed, _, chuck] = all(&mut session);
        session[jack].fullname = None;
        session[ed].age = -1;
        session.delete(chuck).unwrap();
        session.add_all([person("bob", 1), person("it's", 2)]);
        session.add(Address { id: 90.into(), user_id: 7, email: "new".to_owned() });
        let [plain, values] = [session.pending_sql(), session.pending_debug_sql()].map(Result::unwrap);
        assert_eq!(plain.len(), values.len());
        let all = values.join("\n");
        for shown in ["'bob'", "'it''s'", "'new'", "90", "NULL", "10"] {
            assert!(all.contains(shown), "{shown} in {all}");
        }
        assert!(!all.contains('?') && !all.contains("$1"), "{all}");
        assert_no_sql!(session);
        session.flush().unwrap();
    }

    fn long_values_are_cut_with_their_length(db: &TestDb) {
        let mut session = empty(db);
        let long = "ü".repeat(5_000);
        let query = session.query::<User>().filter(user::name.eq(long.as_str()));
        let shown = query.to_debug_sql(db.dialect()).unwrap().remove(0);
        assert!(shown.len() < 1_000 && shown.contains("ü…' /* 5000 characters */"), "{shown}");
        drop(query);
        let query = session.query::<User>().filter(user::age.in_list(0..500));
        let shown = query.to_debug_sql(db.dialect()).unwrap().remove(0);
        match db.dialect() {
            Dialect::Postgres => assert!(shown.contains("19, …]::int4[] /* 20 of 500 values */"), "{shown}"),
            Dialect::Sqlite => assert!(shown.contains("…' /* 1891 characters */"), "{shown}"),
            _ => assert!(shown.contains("498, 499"), "{shown}"),
        }
    }
}

#[test]
fn a_text_query_is_checked_and_not_translated() {
    TestDb::with(Dialect::Sqlite, |db| {
        let mut session = people(db);
        let query = session.from_sql::<User>("SELECT * FROM users WHERE name = ?");
        assert_matches!(query.to_sql(Dialect::Sqlite), Err(Error::Configuration(_)));
        let query = query.bind::<Text, _>("ada").named("by name");
        assert_eq!(
            query.to_debug_sql(Dialect::Sqlite).unwrap(),
            ["/* by name */ SELECT * FROM users WHERE name = 'ada'"]
        );
        drop(query);
        let found = session.query::<Address>().filter(address::email.eq("a")).named("by email");
        assert!(found.to_sql(Dialect::Sqlite).unwrap()[0].starts_with("/* by email */ SELECT"));
    });
}
