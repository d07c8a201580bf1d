//! Rows that are inserted from a query, inside the database, and rows that are deleted in batches.

use chrono::{DateTime, Utc};
use orm_runtime::error::DatabaseErrorKind;
use orm_runtime::prelude::*;
use orm_tests::{TestDb, assert_matches, assert_sql, on_all_databases};

#[derive(Entity, Debug, Clone)]
#[entity(table = "drafts")]
struct Draft {
    id: Auto<i64>,
    #[entity(length = 40)]
    title: String,
    pages: i32,
    ready: bool,
    #[entity(soft_delete)]
    gone: Option<DateTime<Utc>>,
}

#[derive(Entity, Debug, Clone)]
#[entity(table = "books")]
struct Book {
    id: Auto<i64>,
    #[entity(unique, length = 40)]
    title: String,
    pages: Option<i32>,
    #[entity(db_default = "7")]
    shelf: Generated<i32>,
    #[entity(version)]
    version: i32,
}

fn draft(n: i32) -> Draft {
    Draft::builder().title(format!("t{n:04}")).pages(n).ready(n % 2 == 0).build()
}

fn drafts(db: &TestDb, rows: i32) -> Session {
    let mut session = db.session_for(schema![Draft, Book]);
    session.bulk_insert((0..rows).map(draft)).unwrap();
    session.commit().unwrap();
    session.take_log();
    session
}

on_all_databases! {
    fn selected_rows_are_inserted_by_one_statement(db: &TestDb) {
        let mut session = drafts(db, 10);
        let before = session.statements();
        let ready = session.query::<Draft>().filter(draft::ready);
        let selected = ready.order_by(draft::id).limit(3).select((draft::title, draft::pages + 1));
        assert_eq!(selected.insert_into::<Book, _>((book::title, book::pages)).unwrap(), 3);
        assert_eq!(session.statements() - before, 1);
        assert!(session.is_empty());
        session.commit().unwrap();
        assert_eq!(
            db.rows("books", "title, pages, shelf, version"),
            ["t0000|1|7|1", "t0002|3|7|1", "t0004|5|7|1"]
        );
        // A single column, and groups.
        let count = diesel::dsl::count_star();
        let groups = session.query::<Draft>().group_by(draft::ready).having(count.gt(1));
        let longest = groups.select(diesel::dsl::max(draft::pages));
        let error = longest.insert_into::<Book, _>(book::pages).unwrap_err();
        assert_eq!(
            error.to_string(),
            "insert_into() gives no value for title of Book, which may not be NULL and which the database \
             does not generate: select it as well"
        );
        let odd = session.query::<Draft>().filter(draft::ready.eq(false));
        assert_eq!(odd.select(draft::title).insert_into::<Book, _>(book::title).unwrap(), 5);
        session.rollback().unwrap();
        assert_eq!(db.count("books"), 3);
    }

    fn a_violation_leaves_nothing(db: &TestDb) {
        let mut session = drafts(db, 4);
        let titles = |session: &mut Session| {
            session.query::<Draft>().select(draft::title).insert_into::<Book, _>(book::title)
        };
        assert_eq!(titles(&mut session).unwrap(), 4);
        session.commit().unwrap();
        let error = titles(&mut session).unwrap_err();
        assert!(error.is_violation(DatabaseErrorKind::Unique), "{error}");
        assert_matches!(&error, Error::Constraint(violation) if violation.entity == "Book");
        session.rollback().unwrap();
        assert_eq!(db.count("books"), 4);
    }

    fn rows_are_deleted_in_batches(db: &TestDb) {
        let mut session = drafts(db, 25);
        let titles = |session: &mut Session| {
            session.query::<Draft>().select(draft::title).insert_into::<Book, _>(book::title)
        };
        titles(&mut session).unwrap();
        session.commit().unwrap();
        let kept = session.query::<Book>().filter(book::title.eq("t0001")).one().unwrap();
        let gone = session.query::<Book>().filter(book::title.eq("t0020")).one().unwrap();
        session.take_log();
        let mut heard = Vec::new();
        let few = session.query::<Book>().filter(book::title.gt("t0004"));
        let deleted = few
            .delete_in_batches(8, |session, rows| {
                heard.push(rows);
                session.commit()
            })
            .unwrap();
        assert_eq!((deleted, heard), (20, vec![8, 16, 20]));
        assert_eq!(session.state(gone), ObjectState::Detached);
        assert_eq!(session[kept].title, "t0001");
        assert_eq!(db.count("books"), 5);
        // Without commits, a rollback brings everything back.
        let deleted = session.query::<Book>().delete_in_batches(2, |_, _| Ok(())).unwrap();
        assert_eq!((deleted, session.state(kept)), (5, ObjectState::Deleted));
        session.rollback().unwrap();
        assert_eq!(session[kept].title, "t0001");
        assert_eq!(db.count("books"), 5);
        // An error of the closure ends the call.
        let ended = session.query::<Book>().delete_in_batches(2, |_, _| {
            Err(Error::Configuration("enough".to_owned()))
        });
        assert_eq!(ended.unwrap_err().to_string(), "enough");
        session.rollback().unwrap();
        let ordered = session.query::<Book>().limit(1).delete_in_batches(2, |_, _| Ok(()));
        assert_matches!(ordered, Err(Error::Configuration(_)));
    }

    fn rows_that_are_kept_are_marked_in_batches(db: &TestDb) {
        let mut session = drafts(db, 10);
        let deleted = session
            .query::<Draft>()
            .unscoped_all()
            .filter(draft::ready)
            .delete_in_batches(2, |_, _| Ok(()))
            .unwrap();
        assert_eq!(deleted, 5);
        session.commit().unwrap();
        assert_eq!(db.count("drafts WHERE gone IS NOT NULL"), 5);
    }

    fn the_statements_of_batches(db: &TestDb) {
        let mut session = drafts(db, 5);
        session.query::<Draft>().select(draft::title).insert_into::<Book, _>(book::title).unwrap();
        session.commit().unwrap();
        session.take_log();
        session.query::<Book>().delete_in_batches(3, |_, _| Ok(())).unwrap();
        assert_sql!(session, "S books; D books x3; S books; D books x2");
        session.commit().unwrap();
    }
}
