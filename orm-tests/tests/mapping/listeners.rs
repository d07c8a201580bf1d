//! Session listeners, which run when a session flushes, commits or rolls back.

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};

use orm_runtime::prelude::*;
use orm_runtime::{
    ObjectState,
    events::{FlushedKind, FlushedRow, SessionListener},
};
use orm_tests::{TestDb, assert_matches, assert_no_sql, assert_sql, on_all_databases};

#[derive(Entity, Debug)]
#[entity(table = "users")]
struct User {
    id: Auto<i64>,
    name: String,
    #[entity(default)]
    age: i32,
}

#[derive(Entity, Debug)]
#[entity(table = "audits")]
struct Audit {
    id: Auto<i64>,
    text: String,
}

thread_local! {
    /// The events so far, in order. Each test has its own thread.
    static TOLD: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

fn tell(what: impl Into<String>) {
    TOLD.with_borrow_mut(|told| told.push(what.into()));
}

fn told() -> Vec<String> {
    TOLD.take()
}

fn user(name: &str) -> User {
    User::builder().name(name).build()
}

fn session_for(db: &TestDb) -> Session {
    db.session_for(schema![User, Audit])
}

/// A listener that records everything.
struct Recorder;

impl SessionListener for Recorder {
    fn before_flush(&mut self, session: &mut Session) -> Result<()> {
        let dirty = session.handles::<User>().into_iter().filter(|&user| session.is_dirty(user));
        tell(format!("before flush of {}", dirty.count()));
        Ok(())
    }

    fn after_flush(&mut self, session: &mut Session, rows: &[FlushedRow]) -> Result<()> {
        for row in rows {
            let columns: Vec<_> = row.columns().map(|column| column.name).collect();
            let name = row.handle::<User>().map(|user| session[user].name.clone());
            tell(format!("{:?} {} {} {columns:?} {name:?}", row.kind, row.entity, row.key));
        }
        Ok(())
    }

    fn before_commit(&mut self, session: &mut Session) -> Result<()> {
        tell(format!("before commit, open: {}", session.in_transaction()));
        Ok(())
    }

    fn after_commit(&mut self, session: &mut Session) {
        tell(format!("after commit, open: {}", session.in_transaction()));
    }

    fn after_rollback(&mut self, session: &mut Session) {
        tell(format!("after rollback, open: {}", session.in_transaction()));
    }
}

/// A listener with a closure for the event before a write and one for the event after it.
struct On<B, A>(B, A);

impl<B, A> SessionListener for On<B, A>
where
    B: FnMut(&mut Session) -> Result<()> + Send,
    A: FnMut(&mut Session, &[FlushedRow]) -> Result<()> + Send,
{
    fn before_flush(&mut self, session: &mut Session) -> Result<()> {
        (self.0)(session)
    }

    fn after_flush(&mut self, session: &mut Session, rows: &[FlushedRow]) -> Result<()> {
        (self.1)(session, rows)
    }
}

fn before_flush(work: impl FnMut(&mut Session) -> Result<()> + Send) -> impl SessionListener {
    On(work, |_: &mut Session, _: &[FlushedRow]| Ok(()))
}

fn after_flush(
    work: impl FnMut(&mut Session, &[FlushedRow]) -> Result<()> + Send,
) -> impl SessionListener {
    On(|_: &mut Session| Ok(()), work)
}

fn refuse(why: &str) -> Error {
    Error::Configuration(why.to_owned())
}

on_all_databases! {
    fn a_listener_learns_what_was_written(db: &TestDb) {
        let mut session = session_for(db);
        session.listen(Recorder);
        let [ada, bob] = ["ada", "bob"].map(|name| session.add(user(name)));
        session.commit().unwrap();
        assert_eq!(told(), [
            "before commit, open: false",
            "before flush of 2",
            "Inserted User 1 [\"name\", \"age\"] Some(\"ada\")",
            "Inserted User 2 [\"name\", \"age\"] Some(\"bob\")",
            "after commit, open: false",
        ]);
        session[ada].age = 36;
        session.delete(bob).unwrap();
        session.add(Audit::builder().text("t").build());
        session.flush().unwrap();
        assert_eq!(told(), [
            "before flush of 1",
            "Updated User 1 [\"age\"] Some(\"ada\")",
            "Inserted Audit 1 [\"text\"] None",
            "Deleted User 2 [] Some(\"bob\")",
        ]);
        session.rollback().unwrap();
        assert_eq!(told(), ["after rollback, open: false"]);
        // If a field is set to its value, nothing is written. If nothing is touched, there is no
        // flush.
        session[ada].age = 0;
        session.flush().unwrap();
        session.flush().unwrap();
        assert_eq!(told(), ["before flush of 0"]);
        // A new key is reported as it is now.
        session[ada].id = Auto::from(7);
        session.flush().unwrap();
        assert_eq!(told()[1], "Updated User 7 [\"id\"] Some(\"ada\")");
    }

    fn a_savepoint_that_is_undone_is_reported(db: &TestDb) {
        let mut session = session_for(db);
        session.listen(Recorder);
        let undone = session.savepoint(|session| {
            session.add(user("ada"));
            session.flush()?;
            told();
            Err::<(), _>(refuse("undone"))
        });
        assert_matches!(undone, Err(Error::Configuration(_)));
        assert_eq!(told(), ["after rollback, open: true"]);
        session.savepoint(|_| Ok(())).unwrap();
        assert_eq!(told(), [""; 0]);
        let failed = session.transaction(|_| Err::<(), _>(refuse("undone")));
        assert_matches!(failed, Err(Error::Configuration(_)));
        assert_eq!(told(), ["after rollback, open: false"]);
    }

    fn what_is_added_before_a_flush_is_written_with_it(db: &TestDb) {
        let mut session = session_for(db);
        session.listen(before_flush(|session| {
            for user in session.handles::<User>() {
                if session.state(user) == ObjectState::Pending {
                    let text = format!("new: {}", session[user].name);
                    session.add(Audit::builder().text(text).build());
                    session[user].age = 18;
                }
            }
            Ok(())
        }));
        session.add_all(["ada", "bob"].map(user));
        session.commit().unwrap();
        assert_sql!(session, "I users x2; I audits x2");
        assert_eq!(db.rows("audits", "text"), ["new: ada", "new: bob"]);
        assert_eq!(db.count("users WHERE age = 18"), 2);
    }

    // A30
    fn a_commit_flushes_until_nothing_waits(db: &TestDb) {
        let mut session = session_for(db);
        let mut more = vec!["cy", "bob"];
        session.listen(after_flush(move |session, _| {
            if let Some(name) = more.pop() {
                session.add(user(name));
            }
            Ok(())
        }));
        session.add(user("ada"));
        session.flush().unwrap();
        assert_eq!(session.handles::<User>().len(), 2);
        assert!(!session.map().is_dirty(session.handles::<User>()[0]));
        assert!(session.is_dirty(session.handles::<User>()[1]));
        session.commit().unwrap();
        assert_sql!(session, "I users x3");
        assert_eq!(db.rows("users", "id, name"), ["1|ada", "2|bob", "3|cy"]);
    }

    // A30
    fn a_listener_that_always_adds_is_an_error_and_no_endless_loop(db: &TestDb) {
        let mut session = session_for(db);
        session.listen(after_flush(|session, _| {
            session.add(user("again"));
            Ok(())
        }));
        session.add(user("first"));
        let error = session.commit().unwrap_err();
        assert_eq!(
            error.to_string(),
            "100 flushes have not written everything: a listener adds or changes objects after each \
             flush; make it skip the objects that it added itself"
        );
        let inserts = |session: &mut Session| {
            let log = session.take_log();
            log.iter().filter(|record| record.sql.starts_with("INSERT")).count()
        };
        assert_eq!(inserts(&mut session), 100);
        session.rollback().unwrap();
        assert_eq!(db.count("users"), 0);
        let undone = session.savepoint(|session| {
            session.add(user("first"));
            Ok(())
        });
        assert_matches!(undone, Err(Error::Configuration(_)));
        assert_eq!(inserts(&mut session), 100);
        session.rollback().unwrap();
    }

    fn an_error_before_the_flush_sends_nothing(db: &TestDb) {
        let mut session = session_for(db);
        session.listen(before_flush(|session| {
            match session.handles::<User>().iter().any(|&user| session[user].name.is_empty()) {
                true => Err(refuse("a user has no name")),
                false => Ok(()),
            }
        }));
        session.listen(Recorder);
        let nameless = session.add(user(""));
        assert_eq!(session.flush().unwrap_err().to_string(), "a user has no name");
        assert_eq!(session.commit().unwrap_err().to_string(), "a user has no name");
        assert_no_sql!(session);
        assert_eq!(told(), ["before commit, open: false"]);
        assert_eq!(session.state(nameless), ObjectState::Pending);
        session[nameless].name = "ada".to_owned();
        session.commit().unwrap();
        assert_eq!(db.rows("users", "name"), ["ada"]);
    }

    fn an_error_after_the_flush_leaves_the_rows_in_the_open_transaction(db: &TestDb) {
        let mut session = session_for(db);
        let mut fails = true;
        session.listen(after_flush(move |_, _| match std::mem::take(&mut fails) {
            true => Err(refuse("no")),
            false => Ok(()),
        }));
        let ada = session.add(user("ada"));
        assert_eq!(session.commit().unwrap_err().to_string(), "no");
        assert_eq!(session.state(ada), ObjectState::Persistent);
        assert!(session.in_transaction());
        assert_eq!(db.count("users"), 0);
        session.commit().unwrap();
        assert_sql!(session, "I users x1");
        assert_eq!(db.count("users"), 1);
    }

    fn an_error_before_the_commit_leaves_the_transaction_open(db: &TestDb) {
        struct Guard(bool);
        impl SessionListener for Guard {
            fn before_commit(&mut self, session: &mut Session) -> Result<()> {
                session.add(Audit::builder().text("commit").build());
                if std::mem::take(&mut self.0) { Err(refuse("not yet")) } else { Ok(()) }
            }
        }
        let mut session = session_for(db);
        session.listen(Guard(true));
        session.add(user("ada"));
        session.flush().unwrap();
        assert_eq!(session.commit().unwrap_err().to_string(), "not yet");
        assert!(session.in_transaction());
        session.commit().unwrap();
        assert_eq!((db.count("users"), db.count("audits")), (1, 2));
        // A scope that cannot commit is rolled back.
        session.listen(Guard(true));
        let failed = session.transaction(|session| {
            session.add(user("bob"));
            Ok(())
        });
        assert_eq!(failed.unwrap_err().to_string(), "not yet");
        assert!(!session.in_transaction());
        assert_eq!((db.count("users"), db.count("audits")), (1, 2));
    }

    fn a_listener_reads_and_writes_without_flushing(db: &TestDb) {
        let mut session = session_for(db);
        session.listen(before_flush(|session| {
            tell(format!("{} rows", session.query::<User>().count()?));
            let call = |result: Result<()>| tell(result.unwrap_err().to_string());
            call(session.flush());
            call(session.commit());
            call(session.rollback());
            call(session.savepoint(|_| Ok(())));
            call(schema![User].drop_all(session));
            session.transaction(|session| {
                session.bulk_insert([Audit::builder().text("bulk").build()]).map(drop)
            })?;
            session.query::<Audit>().update(audit::text.eq("updated"))?;
            Ok(())
        }));
        session.listen(Recorder);
        session.add(user("ada"));
        session.commit().unwrap();
        let told = told();
        assert_eq!(told[..2], ["before commit, open: false", "0 rows"]);
        for (told, call) in
            told[2..7].iter().zip(["flush", "commit", "rollback", "flush", "drop_all"])
        {
            assert_eq!(
                *told,
                format!(
                    "{call}() is not allowed inside a session listener; call it after the listener \
                     has returned"
                )
            );
        }
        assert_eq!(told[7], "before flush of 1");
        assert_eq!(told.len(), 10);
        assert_eq!(db.rows("audits", "text"), ["updated"]);
        assert_eq!(db.count("users"), 1);
    }

    fn a_failure_that_a_listener_hides_is_reported_by_the_commit(db: &TestDb) {
        let mut session = session_for(db);
        session.listen(after_flush(|session, _| {
            let refused = session.from_sql::<User>("SELECT no_such_column FROM users").all();
            assert_matches!(refused, Err(Error::Database(_)));
            Ok(())
        }));
        session.add(user("ada"));
        // PostgreSQL aborts the transaction; the others undo only the statement.
        let lost = db.dialect() == Dialect::Postgres;
        match session.commit() {
            Ok(()) => assert!(!lost),
            Err(Error::Configuration(_) | Error::TransactionLost(_)) => assert!(lost),
            Err(other) => panic!("another error: {other}"),
        }
        assert_eq!(db.count("users"), i64::from(!lost));
    }

    fn a_panic_in_a_listener_leaves_the_session_in_order(db: &TestDb) {
        let mut session = session_for(db);
        let mut calls = 0;
        session.listen(after_flush(move |_, _| {
            calls += 1;
            tell(format!("call {calls}"));
            assert_ne!(calls, 1, "the listener has a bug");
            Ok(())
        }));
        session.listen(Recorder);
        let panicked = catch_unwind(AssertUnwindSafe(|| {
            session.transaction(|session| {
                session.add(user("ada"));
                Ok(())
            })
        }));
        assert!(panicked.is_err());
        told();
        session.rollback().unwrap();
        assert_eq!(told(), ["after rollback, open: false"]);
        let bob = session.add(user("bob"));
        session.commit().unwrap();
        assert_eq!(told()[2], "call 2");
        assert_eq!(session.state(bob), ObjectState::Persistent);
        assert_eq!(db.rows("users", "name"), ["bob"]);
    }

    fn a_listener_can_bring_another(db: &TestDb) {
        let mut session = session_for(db);
        let mut brought = false;
        session.listen(before_flush(move |session| {
            if !std::mem::replace(&mut brought, true) {
                session.listen(Recorder);
            }
            Ok(())
        }));
        session.add(user("ada"));
        session.flush().unwrap();
        assert_eq!(told(), ["Inserted User 1 [\"name\", \"age\"] Some(\"ada\")"]);
        session.rollback().unwrap();
        assert_eq!(told(), ["after rollback, open: false"]);
    }

    fn batches_write_what_a_listener_changes(db: &TestDb) {
        let mut session = session_for(db);
        session.bulk_insert(["ada", "bob", "cy"].map(user)).unwrap();
        session.listen(after_flush(|session, rows| {
            for row in rows {
                if let Some(user) = row.handle::<User>() {
                    session[user].name = "seen".to_owned();
                }
            }
            Ok(())
        }));
        session.query::<User>().batches(2, |session, users| {
            users.iter().for_each(|&user| session[user].age = 1);
            Ok(())
        })
        .unwrap();
        session.commit().unwrap();
        assert_eq!(db.count("users WHERE name = 'seen' AND age = 1"), 3);
    }

    fn every_session_of_a_factory_has_its_own_listeners(db: &TestDb) {
        drop(session_for(db));
        let sessions = db.sessions(|options| {
            options.listen(|| {
                let mut calls = 0;
                after_flush(move |_, rows| {
                    calls += rows.iter().filter(|row| row.kind == FlushedKind::Inserted).count();
                    tell(format!("{calls} so far"));
                    Ok(())
                })
            });
        });
        for _ in 0..2 {
            let mut session = sessions.session().unwrap();
            session.add(user("ada"));
            session.flush().unwrap();
            session.add(user("bob"));
            session.commit().unwrap();
        }
        assert_eq!(told(), ["1 so far", "2 so far", "1 so far", "2 so far"]);
    }
}
