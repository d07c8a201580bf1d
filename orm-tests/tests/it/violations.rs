//! What a database error contains: the fields of a constraint, and statements that were cancelled.

use orm_runtime::error::{DatabaseErrorKind, Violation};
use orm_runtime::prelude::*;
use orm_tests::{TestDb, assert_matches, on_all_databases};

#[derive(Entity, Debug, Clone)]
#[entity(table = "violated_shelf")]
struct Shelf {
    #[entity(primary_key, length = 20)]
    name: String,
}

#[derive(Entity, Debug, Clone)]
#[entity(table = "violated_book", unique(shelf, place), check = "pages > 0")]
struct Book {
    id: Auto<i64>,
    #[entity(references = Shelf, column = "shelf_name", length = 20)]
    shelf: String,
    place: i32,
    #[entity(unique, length = 20, column = "isbn_code")]
    isbn: Option<String>,
    pages: i32,
}

fn book(shelf: &str, place: i32) -> Book {
    Book::builder().shelf(shelf).place(place).pages(1).build()
}

fn violation(session: &mut Session) -> Box<Violation> {
    let error = session.flush().unwrap_err();
    let Error::Constraint(violation) = error else { panic!("{error}") };
    violation
}

on_all_databases! {
    fn a_violation_names_the_fields_of_the_constraint(db: &TestDb) {
        let mut session = db.session_for(schema![Shelf, Book]);
        session.add(Shelf { name: "a".to_owned() });
        let first = session.add(book("a", 1));
        session[first].isbn = Some("x".to_owned());
        session.commit().unwrap();

        let second = session.add(book("a", 1));
        let found = violation(&mut session);
        assert_eq!((found.kind(), &found.fields[..]), (DatabaseErrorKind::Unique, &["shelf", "place"][..]));
        assert!(found.to_string().contains("duplicate value (shelf, place): "), "{found}");
        session[second].place = 2;
        session[second].isbn = Some("x".to_owned());
        assert_eq!(violation(&mut session).fields, ["isbn"]);
        session[second].isbn = None;
        session[second].pages = 0;
        let found = violation(&mut session);
        assert_eq!((found.kind(), found.fields.len()), (DatabaseErrorKind::Check, 0));
        session[second].pages = 2;
        session[second].shelf = "b".to_owned();
        let found = violation(&mut session);
        assert_eq!(found.kind(), DatabaseErrorKind::ForeignKey);
        // SQLite does not say which reference it is.
        let named: &[&str] = if db.dialect() == Dialect::Sqlite { &[] } else { &["shelf"] };
        assert_eq!(found.fields, named);
        session[second].shelf = "a".to_owned();
        session.commit().unwrap();

        let mut other = db.session();
        other.add(Shelf { name: "a".to_owned() });
        assert_eq!(violation(&mut other).fields, ["name"], "the key");
    }

    fn a_row_of_a_bulk_statement_too(db: &TestDb) {
        let mut session = db.session_for(schema![Shelf, Book]);
        session.bulk_insert([Shelf { name: "a".to_owned() }]).unwrap();
        let error = session.bulk_insert([book("a", 1), book("a", 1)]).unwrap_err();
        assert_matches!(&error, Error::Constraint(found) if found.fields == ["shelf", "place"]);
    }
}

#[cfg(feature = "servers")]
#[test]
fn a_statement_that_was_cut_off_is_reported() {
    for dialect in [Dialect::Postgres, Dialect::Mysql] {
        TestDb::with(dialect, |db| {
            let mut session = db.session_for(schema![Shelf]);
            session.add(Shelf { name: "a".to_owned() });
            session.commit().unwrap();
            let (limit, wait) = match (dialect, db.has_sequences()) {
                (Dialect::Postgres, _) => ("SET statement_timeout = 50", "pg_sleep(5) IS NULL"),
                // MariaDB counts in seconds.
                (_, true) => ("SET SESSION max_statement_time = 0.05", "sleep(5) = 0"),
                // MySQL ends a sleep early with the result 1, and a scan with an error.
                (_, false) => (
                    "SET SESSION max_execution_time = 50",
                    "(SELECT count(*) FROM information_schema.columns a, \
                     information_schema.columns b, information_schema.columns c \
                     WHERE a.column_name <> b.column_name) > 0",
                ),
            };
            session.execute(diesel::sql_query(limit)).unwrap();
            session.commit().unwrap();
            let slow = diesel::dsl::sql::<diesel::sql_types::Bool>(wait);
            let error = session.query::<Shelf>().filter(slow).all().unwrap_err();
            assert_matches!(&error, Error::Database(_));
            let kind = error.database().map(|error| error.kind);
            assert_eq!(kind, Some(DatabaseErrorKind::Cancelled), "{error}");
        });
    }
}
