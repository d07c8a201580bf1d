//! Whatever fails, and whoever drops the error, the stored rows and the objects in memory agree.

use std::collections::BTreeSet;

use orm_runtime::ObjectState;
use orm_runtime::prelude::*;
use orm_tests::{Random, TestDb, assert_matches, on_all_databases};

use super::{Country, country, create_tables, for_seeds, probe, quick, raw};

/// Sends a failing statement without the session's knowledge, which on SQLite ends the transaction.
/// The error is dropped.
fn swallow(session: &mut Session) {
    let conflict = match session.dialect() {
        Dialect::Sqlite => "INSERT OR ROLLBACK INTO country VALUES ('taken', 'again')",
        Dialect::Postgres | Dialect::Mysql => "INSERT INTO country VALUES ('taken', 'again')",
        _ => unreachable!("a database without tests"),
    };
    assert!(raw(session, conflict).is_err());
}

/// Does random work at this depth of savepoints. Errors are returned or dropped.
fn work(session: &mut Session, random: &mut Random, next: &mut u32, depth: u32) -> Result<()> {
    for _ in 0..random.below(1..5) {
        match random.below(0..10) {
            0..3 => {
                *next += 1;
                session.add(country(format!("c{next}"), "new"));
            }
            3 => {
                let handles = session.handles::<Country>();
                if !handles.is_empty() {
                    session[handles[random.below(0..handles.len())]].title.push('x');
                }
            }
            4 => {
                let handles = session.handles::<Country>();
                if !handles.is_empty() {
                    session.delete(handles[random.below(0..handles.len())])?;
                }
            }
            5 | 6 => session.flush()?,
            7 => swallow(session),
            8 if depth > 0 => {
                let wanted = random.percent(60);
                let inner = session.savepoint(|session| {
                    work(session, random, next, depth - 1)?;
                    if wanted { Ok(()) } else { Err(Error::Configuration("undo".to_owned())) }
                });
                if random.percent(50) {
                    inner?;
                }
            }
            _ => {
                let bad = session.add(country("taken", "again"));
                let failed = session.flush();
                assert!(failed.is_err());
                session.delete(bad)?;
            }
        }
    }
    Ok(())
}

on_all_databases! {
    // scenarios 13 and 14
    fn rows_and_objects_agree_after_any_failure(db: &TestDb) {
        create_tables(db);
        db.execute("INSERT INTO country VALUES ('taken', 'first')");
        let runs = if db.dialect() == Dialect::Sqlite { 400 } else { 150 };
        for_seeds("agreement", runs, |random| {
            let mut session = quick(db);
            let mut next = 0;
            session.add(country("start", "first"));
            session.commit().unwrap();
            let before = db.rows("country", "code, title");
            // Work that ends in an error of the session is undone as a whole, or continues.
            let _ = work(&mut session, random, &mut next, 3);
            if random.percent(20) {
                session.rollback().unwrap();
            }
            match session.commit() {
                Ok(()) => {}
                Err(error) => {
                    assert_matches!(error, Error::TransactionLost(_));
                    assert_eq!(db.rows("country", "code, title"), before);
                    session.commit().unwrap();
                }
            }
            let mut expected = BTreeSet::from(["taken|first".to_owned()]);
            for handle in session.handles::<Country>() {
                assert_eq!(session.state(handle), ObjectState::Persistent);
                let Country { code, title } = &session[handle];
                expected.insert(format!("{code}|{title}"));
            }
            let rows = db.rows("country", "code, title").into_iter().collect::<BTreeSet<_>>();
            assert_eq!(rows, expected);
            probe(db, &mut session, "probe");
            raw(&mut session, "DELETE FROM country WHERE code <> 'taken'").unwrap();
            session.commit().unwrap();
        });
    }

    // fact 3
    fn a_savepoint_whose_transaction_ended_stores_nothing(db: &TestDb) {
        create_tables(db);
        db.execute("INSERT INTO country VALUES ('taken', 'first')");
        let mut session = quick(db);
        for outer_wrote in [false, true] {
            if outer_wrote {
                session.add(country("outer", "a"));
                session.flush().unwrap();
            }
            let undone = session.savepoint(|session| {
                session.add(country("before", "a"));
                session.flush()?;
                swallow(session);
                session.add(country("after", "a"));
                session.flush()?;
                Err::<(), _>(Error::Configuration("undo".to_owned()))
            });
            assert!(undone.is_err());
            if let Err(error) = session.commit() {
                assert_matches!(error, Error::TransactionLost(_));
                session.commit().unwrap();
            }
            let expected: &[&str] = if outer_wrote { &["outer", "taken"] } else { &["taken"] };
            assert_eq!(db.rows("country", "code"), expected);
        }
    }

    // fact 3
    fn a_savepoint_in_the_place_of_a_lost_one_can_be_undone(db: &TestDb) {
        create_tables(db);
        db.execute("INSERT INTO country VALUES ('taken', 'first')");
        let mut session = quick(db);
        let outcome = session.savepoint(|session| {
            swallow(session);
            session.add(country("kept", "a"));
            session.flush()?;
            let undone = session.savepoint(|session| {
                session.add(country("undone", "a"));
                session.flush()?;
                Err::<(), _>(Error::Configuration("undo".to_owned()))
            });
            assert_matches!(undone, Err(Error::Configuration(_)));
            Ok(())
        });
        let committed = outcome.and_then(|()| session.commit());
        let stored: &[&str] = if committed.is_ok() { &["kept", "taken"] } else { &["taken"] };
        assert_eq!(db.rows("country", "code"), stored, "{committed:?}");
    }
}
