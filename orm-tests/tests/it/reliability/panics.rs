//! A panic in the middle of the work leaves nothing open at the server.

use std::panic::{AssertUnwindSafe, catch_unwind};

use diesel::backend::Backend;
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::serialize::{self, Output, ToSql};
use diesel::sql_types::Text;
use orm_runtime::prelude::*;
use orm_runtime::{ObjectState, column::ColumnValue};
use orm_tests::{TestDb, on_all_databases};

use super::{Country, country, probe, session_on};

/// A string whose conversion panics if it says so.
#[derive(Clone, Debug, PartialEq, FromSqlRow)]
struct Fuse(String);

impl ColumnValue for Fuse {
    fn same(&self, other: &Self) -> bool {
        self == other
    }
}

impl<DB: Backend> ToSql<Text, DB> for Fuse
where
    String: ToSql<Text, DB>,
{
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, DB>) -> serialize::Result {
        assert_ne!(self.0, "write", "the fuse blows");
        self.0.to_sql(out)
    }
}

impl<DB: Backend> FromSql<Text, DB> for Fuse
where
    String: FromSql<Text, DB>,
{
    fn from_sql(bytes: DB::RawValue<'_>) -> deserialize::Result<Self> {
        let text = String::from_sql(bytes)?;
        assert_ne!(text, "read", "the fuse blows");
        Ok(Fuse(text))
    }
}

#[derive(Entity, Clone, Debug, PartialEq)]
#[entity(table = "wired")]
struct Wired {
    id: Auto<i64>,
    #[entity(sql_type = diesel::sql_types::Text)]
    fuse: Fuse,
}

fn wired(text: &str) -> Wired {
    Wired { id: Auto::default(), fuse: Fuse(text.to_owned()) }
}

fn panics<T>(work: impl FnOnce() -> T) {
    assert!(catch_unwind(AssertUnwindSafe(work)).is_err(), "it does not panic");
}

/// Checks that a session on another connection can write what this one has written, so nothing is
/// locked.
fn nothing_is_open(db: &TestDb, session: &Session) {
    assert!(!session.in_transaction());
    db.execute("DELETE FROM country");
    if db.dialect() == Dialect::Postgres {
        // Another holder of a lock on a table of the test has an open transaction.
        let idle = format!(
            "SELECT count(*) AS value FROM pg_locks l JOIN pg_class c ON c.oid = l.relation JOIN \
             pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = '{}' AND l.pid <> \
             pg_backend_pid()",
            db.name()
        );
        assert_eq!(db.oracle().number(&idle), 0);
    }
}

on_all_databases! {
    // fact 4
    fn a_panic_in_a_transaction_rolls_it_back(db: &TestDb) {
        let mut session = session_on(db);
        let kept = session.add(country("kept", "before"));
        session.commit().unwrap();
        for flushed in [false, true] {
            let mut added = None;
            panics(|| {
                session.transaction(|session| {
                    session[kept].title = "inside".to_owned();
                    added = Some(session.add(country("added", "inside")));
                    if flushed {
                        session.flush()?;
                    }
                    panic!("in the closure");
                    #[allow(unreachable_code, reason = "it gives the closure its type")]
                    Ok(())
                })
            });
            assert_eq!(db.rows("country", "code, title"), ["kept|before"]);
            assert_eq!(session[kept].title, "before");
            assert_eq!(session.state(added.unwrap()), ObjectState::Transient);
            session.evict(added.unwrap()).unwrap();
        }
        // The session commits again, and not inside a transaction that was left open.
        session[kept].title = "after".to_owned();
        session.commit().unwrap();
        assert_eq!(db.rows("country", "code, title"), ["kept|after"]);
        nothing_is_open(db, &session);
        probe(db, &mut session, "probe");
    }

    // fact 4
    fn a_panic_in_a_savepoint_undoes_only_that(db: &TestDb) {
        let mut session = session_on(db);
        let outer = session.add(country("outer", "before"));
        panics(|| {
            session.savepoint(|session| {
                session[outer].title = "inside".to_owned();
                session.add(country("inner", "inside"));
                session.flush()?;
                session.savepoint(|session| {
                    session.add(country("innermost", "inside"));
                    session.flush()?;
                    panic!("in the closure");
                    #[allow(unreachable_code, reason = "it gives the closure its type")]
                    Ok(())
                })
            })
        });
        assert!(session.in_transaction());
        assert_eq!(session[outer].title, "before");
        session.commit().unwrap();
        assert_eq!(db.rows("country", "code, title"), ["outer|before"]);
    }

    fn a_panic_in_a_conversion_undoes_the_flush(db: &TestDb) {
        let mut session = session_on(db);
        schema![Wired].create_all(&mut session).unwrap();
        // In the first flush of a transaction, after another flush, and after a savepoint.
        for place in 0..3 {
            let first = session.add(country(format!("first {place}"), "a"));
            if place > 0 {
                session.flush().unwrap();
            }
            let good = session.add(wired("good"));
            let bad = session.add(wired("write"));
            if place < 2 {
                panics(|| session.flush());
            } else {
                panics(|| session.savepoint(|_| Ok(())));
            }
            assert_eq!(session.state(first), ObjectState::Pending, "place {place}");
            assert_eq!(session.state(good), ObjectState::Pending);
            assert_eq!(session.state(bad), ObjectState::Pending);
            assert_eq!(session.key(good), None);
            assert_eq!(db.count("wired"), 0);
            assert_eq!(db.count("country"), 0);
            nothing_is_open(db, &session);
            // What was flushed before the panic is gone at the server, which is reported once.
            session[bad].fuse = Fuse("mended".to_owned());
            if place > 0 {
                assert!(matches!(session.commit(), Err(Error::TransactionLost(_))));
            }
            session.commit().unwrap();
            assert_eq!(db.rows("wired", "fuse"), ["good", "mended"]);
            assert_eq!(db.count("country"), 1);
            session.delete(first).unwrap();
            session.delete(good).unwrap();
            session.delete(bad).unwrap();
            session.commit().unwrap();
        }
        probe(db, &mut session, "probe");
    }

    fn a_panic_while_a_row_is_read_leaves_the_session_in_order(db: &TestDb) {
        let mut session = session_on(db);
        schema![Wired].create_all(&mut session).unwrap();
        db.execute("INSERT INTO wired (fuse) VALUES ('a'), ('read'), ('b')");
        session.add(country("waits", "a"));
        panics(|| session.query::<Wired>().order_by(wired::id.asc()).all());
        super::raw(&mut session, "UPDATE wired SET fuse = 'c' WHERE fuse = 'read'").unwrap();
        session.commit().unwrap();
        assert_eq!(db.rows("country", "code"), ["waits"]);
        let all = session.query::<Wired>().order_by(wired::id.asc()).all().unwrap();
        let texts: Vec<_> = all.iter().map(|&handle| session[handle].fuse.0.clone()).collect();
        assert_eq!(texts, ["a", "c", "b"]);
    }

    fn a_panic_inside_retry_is_not_run_again(db: &TestDb) {
        let mut session = session_on(db);
        let mut runs = 0;
        panics(|| {
            session.retry(5, |session| {
                runs += 1;
                session.add(country("a", "a"));
                session.flush()?;
                assert!(session.handles::<Country>().is_empty(), "in the closure");
                Ok(())
            })
        });
        assert_eq!(runs, 1);
        nothing_is_open(db, &session);
        probe(db, &mut session, "probe");
    }
}
