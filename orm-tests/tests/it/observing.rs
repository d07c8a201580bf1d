//! What an observer sees of a session.

mod reports;
mod traces;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use orm_runtime::events::{FlushedRow, SessionListener};
use orm_runtime::observe::{
    Cause, ConnectionChange, Event, RowTimes, SessionObserver, StatementKind, TransactionChange,
};
use orm_runtime::prelude::*;
use orm_tests::{TestDb, on_all_databases};

#[derive(Entity)]
#[entity(table = "authors")]
struct Author {
    id: Auto<i64>,
    #[entity(length = 50)]
    name: String,
    #[entity(inverse = author)]
    books: HasMany<Book>,
}

#[derive(Entity)]
#[entity(table = "books")]
struct Book {
    id: Auto<i64>,
    #[entity(length = 50)]
    title: String,
    author: ForeignKey<Author>,
    #[entity(inverse = book)]
    reviews: HasMany<Review>,
}

#[derive(Entity)]
#[entity(table = "reviews")]
struct Review {
    id: Auto<i64>,
    stars: i32,
    book: ForeignKey<Book>,
}

/// Notes events in short form.
#[derive(Default)]
struct Notes(Mutex<Vec<String>>);

impl Notes {
    fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().unwrap())
    }
}

impl SessionObserver for Notes {
    fn on_event(&self, event: &Event<'_>) {
        let note = match event {
            Event::StatementFinished(finished) => {
                let statement = finished.statement;
                let origin = statement.origin;
                if origin.cause == Cause::Server || statement.kind == StatementKind::Transaction {
                    return;
                }
                let of = origin.path.as_deref().or(origin.entity).unwrap_or("-");
                format!(
                    "{} {} {of} x{}",
                    statement.kind.name(),
                    origin.cause.name(),
                    finished.rows.unwrap_or_default()
                )
            }
            Event::CallFinished(call) => {
                let line = call.origin.place.map_or(0, |place| place.line());
                format!("call {} line {line}", call.origin.cause.name())
            }
            Event::Flushed(flush) => {
                format!("flush +{} ~{} -{}", flush.inserted, flush.updated, flush.deleted)
            }
            Event::Transaction(transaction) => {
                format!("{:?} {}", transaction.change, transaction.savepoints)
            }
            Event::Connection(event) => match event.change {
                ConnectionChange::GivenBack => "given back".to_owned(),
                _ => format!("{:?}", event.change),
            },
            _ => return,
        };
        self.0.lock().unwrap().push(note);
    }
}

fn library(db: &TestDb) -> (Session, Arc<Notes>) {
    let mut session = db.session_for(schema![Author, Book, Review]);
    for name in ["ada", "grace"] {
        let reviews = [Review::builder().stars(5).build(), Review::builder().stars(3).build()];
        let book = Book::builder().title(format!("of {name}")).reviews(reviews).build();
        session.add(Author::builder().name(name).books([book]).build());
    }
    session.commit().unwrap();
    session.clear();
    let notes = Arc::new(Notes::default());
    session.observe(Arc::clone(&notes));
    (session, notes)
}

on_all_databases! {
    fn every_statement_has_its_cause_and_its_path(db: &TestDb) {
        let (mut session, notes) = library(db);
        let path = author::books.then(book::reviews);
        let authors = session.query::<Author>().eager(path).all().unwrap();
        let line = line!() - 1;
        assert_eq!(notes.take(), [
            "Began 0",
            "SELECT query Author x2",
            "SELECT eager Author.books x2",
            "SELECT eager Author.books.reviews x4",
            &format!("call query line {line}"),
        ]);

        session.clear();
        session.get::<Author>(1).unwrap();
        let books = session.query::<Book>().order_by(book::id.asc()).all().unwrap();
        session.load(books[0], book::reviews).unwrap();
        let line = line!() - 1;
        assert_eq!(notes.take(), [
            "SELECT get Author x1".to_owned(),
            format!("call get line {}", line - 2),
            "SELECT query Book x2".to_owned(),
            format!("call query line {}", line - 1),
            "SELECT load Book.reviews x4".to_owned(),
            format!("call load line {line}"),
        ]);
        let _ = authors;

        session[books[0]].title = "new".to_owned();
        session.query::<Review>().count().unwrap();
        let line = line!() - 1;
        assert_eq!(notes.take(), [
            "UPDATE autoflush Book x1",
            "flush +0 ~1 -0",
            "SELECT query Review x1",
            &format!("call query line {line}"),
        ]);
        session.commit().unwrap();
        let line = line!() - 1;
        assert_eq!(notes.take(), ["Committed 0", &format!("call transaction line {line}")]);
        session.refresh(&books).unwrap();
        session.query::<Review>().filter(review::stars.eq(3)).delete().unwrap();
        session.bulk_insert([Author::builder().name("joan").build()]).unwrap();
        session.rollback().unwrap();
        let line = line!() - 1;
        let seen = notes.take();
        let calls: Vec<&str> = seen.iter().map(String::as_str).filter(|note| note.starts_with("call")).collect();
        assert_eq!(calls, [
            format!("call refresh line {}", line - 3),
            format!("call bulk line {}", line - 2),
            format!("call bulk line {}", line - 1),
            format!("call transaction line {line}"),
        ], "{seen:?}");
        drop(session);
        assert_eq!(notes.take(), ["given back"]);
    }

    fn scopes_are_reported_when_the_server_has_them(db: &TestDb) {
        let (mut session, notes) = library(db);
        let undone = session.transaction(|session| {
            session.savepoint(|session| session.query::<Author>().count()).unwrap();
            session
                .savepoint(|session| {
                    session.add(Author::builder().name("joan").build());
                    session.flush()?;
                    session.get_one::<Author>(99)
                })
                .map(drop)
        });
        assert!(undone.is_err());
        let seen = notes.take();
        let scopes: Vec<&str> = seen
            .iter()
            .map(String::as_str)
            .filter(|note| !note.starts_with("call") && !note.contains("SELECT") && !note.contains("INSERT"))
            .collect();
        assert_eq!(scopes, [
            "Began 0", "SavepointSet 0", "SavepointReleased 1",
            "SavepointSet 0", "flush +1 ~0 -0", "SavepointRolledBack 1", "RolledBack 0",
        ]);
    }

    fn statements_of_the_program_are_seen_too(db: &TestDb) {
        let (mut session, notes) = library(db);
        match db.dialect() {
            Dialect::Postgres => raw::<diesel::PgConnection>(&mut session),
            Dialect::Mysql => raw::<diesel::MysqlConnection>(&mut session),
            _ => raw::<diesel::SqliteConnection>(&mut session),
        }
        assert!(notes.take().contains(&"UPDATE program - x0".to_owned()));
        session.execute(diesel::sql_query("UPDATE authors SET name = 'b'")).unwrap();
        let line = line!() - 1;
        assert_eq!(notes.take(), ["UPDATE program - x2", &format!("call program line {line}")]);
    }

    fn queries_of_a_listener_have_places_of_their_own(db: &TestDb) {
        struct Counts;
        impl SessionListener for Counts {
            fn after_flush(&mut self, session: &mut Session, _: &[FlushedRow]) -> Result<()> {
                session.query::<Book>().count().map(drop)
            }
        }
        const LINE: u32 = line!() - 3;
        let (mut session, notes) = library(db);
        session.listen(Counts);
        session.add(Author::builder().name("joan").build());
        session.commit().unwrap();
        let line = line!() - 1;
        let seen = notes.take();
        let calls: Vec<&String> = seen.iter().filter(|note| note.starts_with("call")).collect();
        let wanted = [format!("call query line {LINE}"), format!("call transaction line {line}")];
        assert_eq!(calls, wanted.iter().collect::<Vec<_>>(), "{seen:?}");
    }

    fn times_are_split_if_an_observer_asks(db: &TestDb) {
        struct Times(Arc<Mutex<Vec<(RowTimes, Duration)>>>);
        impl SessionObserver for Times {
            fn on_event(&self, event: &Event<'_>) {
                if let Event::StatementFinished(finished) = event
                    && let Some(parts) = finished.parts
                {
                    self.0.lock().unwrap().push((parts, finished.time));
                }
            }

            fn times_rows(&self) -> bool {
                true
            }
        }
        let (mut session, _) = library(db);
        let times = Arc::default();
        session.observe(Times(Arc::clone(&times)));
        session.query::<Author>().all().unwrap();
        session.query::<Author>().filter(author::id.lt(0)).all().unwrap();
        let mut stream = session.query::<Author>().stream().unwrap();
        assert!(stream.next().is_some());
        drop(stream);
        session.query::<Author>().select(author::name).load::<String>().unwrap();
        session.load_rows::<String, _>(author::table.select(author::name)).unwrap();
        let times = times.lock().unwrap();
        assert_eq!(times.len(), 5);
        for (parts, time) in times.iter() {
            let sum = parts.first_row + parts.fetching + parts.decoding + parts.entering;
            assert!(sum <= *time && !parts.first_row.is_zero(), "{parts:?} {time:?}");
        }
        assert!(!times[0].0.decoding.is_zero(), "{times:?}");
        assert!(times[1].0.decoding.is_zero(), "there was no row: {times:?}");
        assert!(times[3..].iter().all(|(parts, _)| !parts.decoding.is_zero()), "{times:?}");
    }

    fn parameters_are_shown_if_an_observer_asks(db: &TestDb) {
        struct Values(Arc<Mutex<Vec<String>>>);
        impl SessionObserver for Values {
            fn on_event(&self, event: &Event<'_>) {
                if let Event::StatementFinished(finished) = event {
                    self.0.lock().unwrap().push(finished.statement.parameters.join(", "));
                }
            }

            fn wants_parameters(&self) -> bool {
                true
            }
        }
        let (mut session, _) = library(db);
        let values = Arc::default();
        session.observe(Values(Arc::clone(&values)));
        session.query::<Author>().filter(author::name.eq("it's")).named("by name").all().unwrap();
        let values = values.lock().unwrap();
        assert!(values.iter().any(|values| values.contains("'it''s'")), "{values:?}");
    }

    fn a_failed_statement_is_reported_with_its_error(db: &TestDb) {
        let (mut session, _) = library(db);
        let errors: Arc<Mutex<Vec<String>>> = Arc::default();
        let sink = Arc::clone(&errors);
        session.observe(move |event: &Event<'_>| {
            if let Event::StatementFinished(finished) = event
                && finished.statement.origin.cause != Cause::Server
                && let Some(error) = finished.error
            {
                sink.lock().unwrap().push(error.to_owned());
            }
        });
        session.execute(diesel::sql_query("UPDATE no_such_table SET name = 'swordfish'")).unwrap_err();
        let errors = errors.lock().unwrap();
        assert_eq!(errors.len(), 1, "{errors:?}");
        assert!(errors[0].contains("no_such_table") && !errors[0].contains("swordfish"), "{errors:?}");
    }

    fn sessions_of_a_factory_are_observed(db: &TestDb) {
        let (session, _) = library(db);
        drop(session);
        let notes = Arc::new(Notes::default());
        let observer = Arc::clone(&notes);
        let sessions = db.sessions(|options| {
            options.size = 1;
            options.observe(observer);
        });
        let mut first = sessions.session().unwrap();
        let number = first.number();
        first.query::<Author>().count().unwrap();
        assert!(sessions.session().is_err(), "the pool has one connection");
        drop(first);
        let again = sessions.session().unwrap();
        assert_ne!(again.number(), number);
        drop(again);
        let seen = notes.take();
        let starts = |word: &str| seen.iter().filter(|note| note.starts_with(word)).count();
        assert_eq!((starts("Taken"), starts("Refused"), starts("given back")), (2, 1, 2), "{seen:?}");
        assert_eq!(starts("SELECT query Author"), 1, "{seen:?}");
    }
}

fn raw<C>(session: &mut Session)
where
    C: diesel::connection::LoadConnection + 'static,
{
    let connection = session.connection::<C>().unwrap();
    connection.batch_execute("UPDATE authors SET name = 'a'").unwrap();
}

#[test]
fn an_unwatched_scope_is_not_reported() {
    let session = Session::open("sqlite://:memory:").unwrap();
    let seen: Arc<Mutex<usize>> = Arc::default();
    let sink = Arc::clone(&seen);
    session.observe(move |_: &Event<'_>| *sink.lock().unwrap() += 1);
    drop(session);
    assert_eq!(*seen.lock().unwrap(), 1, "the connection is given back");
    assert_eq!(format!("{:?}", TransactionChange::Lost), "Lost");
    assert_eq!(Cause::default(), Cause::Other);
}
