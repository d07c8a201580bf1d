//! A COMMIT whose reply does not arrive, and connections that break at any byte.
#![cfg(feature = "servers")]

use orm_runtime::prelude::*;
use orm_runtime::{ObjectState, connection::AnyConnection, transaction::CommitOutcome};
use orm_tests::{Cut, Proxy, TestDb, assert_matches, on_all_databases};

use super::{Country, country, create_tables, in_time, item, probe};

/// Opens a session through a proxy. SQLite has no server to be cut off from.
fn through_proxy(db: &TestDb) -> Option<(Proxy, Session)> {
    if db.dialect() == Dialect::Sqlite {
        return None;
    }
    create_tables(db);
    let proxy = Proxy::to(db.url());
    let session = Session::open(&proxy.url(db.url())).unwrap();
    Some((proxy, session))
}

/// Returns the number of rows after the server has ended the lost connection.
fn settled(db: &TestDb, code: &str, expected: usize) {
    let found = || db.rows("country", "code").iter().filter(|row| *row == code).count();
    let since = std::time::Instant::now();
    while found() != expected {
        assert!(since.elapsed() < super::PATIENCE, "{code}: {} rows, not {expected}", found());
        std::thread::yield_now();
    }
}

on_all_databases! {
    // contract C6, fact 11, scenario 17
    fn a_commit_without_an_answer_is_unknown(db: &TestDb) {
        let Some((proxy, mut session)) = through_proxy(db) else { return };
        for n in 0..20 {
            let (cut, stored) = if n % 2 == 0 { (Cut::BeforeCommit, 0) } else { (Cut::AfterCommit, 1) };
            let code = format!("c{n}");
            let handle = session.add(country(code.clone(), "a"));
            session.flush().unwrap();
            proxy.cut(cut);

            let error = session.commit().unwrap_err();

            assert_matches!(error, Error::CommitUnknown(_));
            assert!(error.is_disconnect());
            assert_eq!(proxy.cuts(), n + 1);
            settled(db, &code, stored);
            // Until it is resolved, every statement is refused.
            assert_matches!(session.get::<Country>("nobody".to_owned()), Err(Error::Disconnected(_)));
            session.reconnect().unwrap();
            // The caller looks at the rows and decides.
            if stored == 1 {
                session.rollback().unwrap();
            } else {
                assert_eq!(session.state(handle), ObjectState::Pending, "the edit is kept");
                session.commit().unwrap();
            }
            settled(db, &code, 1);
        }
        probe(db, &mut session, "end");
    }

    // contract C6: PostgreSQL can tell if it was asked before; the others cannot.
    fn an_unknown_commit_is_resolved_where_the_server_can_tell(db: &TestDb) {
        if db.dialect() == Dialect::Sqlite {
            return;
        }
        create_tables(db);
        let proxy = Proxy::to(db.url());
        let options = SessionOptions { resolvable_commits: true, ..SessionOptions::default() };
        let mut session = Session::open_with(&proxy.url(db.url()), options).unwrap();
        assert_matches!(session.resolve_commit(), Err(Error::Configuration(_)));
        for n in 0..6 {
            let (cut, stored) = if n % 2 == 0 { (Cut::BeforeCommit, 0) } else { (Cut::AfterCommit, 1) };
            let code = format!("c{n}");
            let handle = session.add(country(code.clone(), "a"));
            session.flush().unwrap();
            proxy.cut(cut);
            assert_matches!(session.commit(), Err(Error::CommitUnknown(_)));
            settled(db, &code, stored);

            let outcome = match n {
                // On a connection that the caller opens, as a session of a pool requires.
                4 | 5 => session.resolve_commit_with(AnyConnection::open(&proxy.url(db.url())).unwrap()),
                _ => session.resolve_commit(),
            };

            if db.dialect() == Dialect::Mysql {
                assert_eq!(outcome.unwrap(), CommitOutcome::Unknown);
                assert_matches!(session.flush(), Ok(()));
                assert_matches!(session.commit(), Err(Error::Disconnected(_)));
                session.rollback().unwrap();
                continue;
            }
            let (expected, state) = match stored {
                0 => (CommitOutcome::NotStored, ObjectState::Pending),
                _ => (CommitOutcome::Stored, ObjectState::Persistent),
            };
            assert_eq!(outcome.unwrap(), expected);
            assert_eq!(session.state(handle), state);
            // The row is written once, whichever way the COMMIT ended.
            session.commit().unwrap();
            settled(db, &code, 1);
        }
        probe(db, &mut session, "end");
    }

    fn a_transaction_that_ends_unknown_keeps_its_edits(db: &TestDb) {
        let Some((proxy, mut session)) = through_proxy(db) else { return };
        proxy.cut(Cut::BeforeCommit);
        let mut added = None;
        let result = session.transaction(|session| {
            added = Some(session.add(country("a", "a")));
            Ok(())
        });
        assert_matches!(result, Err(Error::CommitUnknown(_)));
        session.reconnect().unwrap();
        assert_eq!(session.state(added.unwrap()), ObjectState::Pending);
        session.commit().unwrap();
        settled(db, "a", 1);
    }

    fn retry_does_not_repeat_a_commit_that_is_unknown(db: &TestDb) {
        let Some((proxy, mut session)) = through_proxy(db) else { return };
        proxy.cut(Cut::AfterCommit);
        let mut runs = 0;
        let result = session.retry(5, |session| {
            runs += 1;
            session.add(country("a", "a"));
            Ok(())
        });
        assert_matches!(result, Err(Error::CommitUnknown(_)));
        assert_eq!(runs, 1);
        settled(db, "a", 1);
    }

    fn rollback_is_an_answer_to_an_unknown_commit_as_well(db: &TestDb) {
        let Some((proxy, mut session)) = through_proxy(db) else { return };
        let handle = session.add(country("a", "a"));
        proxy.cut(Cut::BeforeCommit);
        assert_matches!(session.commit(), Err(Error::CommitUnknown(_)));
        session.rollback().unwrap();
        assert_eq!(session.state(handle), ObjectState::Transient);
        probe(db, &mut session, "probe");
        settled(db, "a", 0);
    }

    // scenario 16
    fn a_connection_cut_at_any_byte_is_an_error_and_no_hang(db: &TestDb) {
        let Some((proxy, session)) = through_proxy(db) else { return };
        drop(session);
        for bytes in (1..1_200).step_by(23) {
            let url = proxy.url(db.url());
            let mark = format!("cut {bytes}");
            let mine = mark.clone();
            proxy.cut_after_bytes(bytes);
            let (session, error) = in_time(move || script(&url, &mine));
            proxy.cut_after_bytes(0);
            let names = db.rows("item", "name");
            let stored = names.iter().filter(|name| name.starts_with(&format!("{mark} "))).count();
            match &error {
                None => assert_eq!(stored, 4, "{mark}"),
                Some(Error::CommitUnknown(_)) => assert!(stored == 4 || stored == 0, "{mark}"),
                Some(Error::Connection(_) | Error::Disconnected(_)) => {
                    assert_eq!(stored, 0, "{mark}: {error:?}");
                }
                Some(other) => panic!("{mark}: {other:?}"),
            }
            if let (Some(mut session), Some(_)) = (session, error) {
                session.reconnect().unwrap();
                session.rollback().unwrap();
                probe(db, &mut session, &mark);
            }
        }
    }
}

/// Does work with every kind of statement. Returns the session, if it was opened, and the first
/// error.
fn script(url: &str, mark: &str) -> (Option<Session>, Option<Error>) {
    let mut session = match Session::open(url) {
        Ok(session) => session,
        Err(error) => return (None, Some(error)),
    };
    let worked = (|| {
        let handles = session.add_all((0..3).map(|n| item(format!("{mark} {n}"))));
        session.flush()?;
        session.savepoint(|session| {
            session[handles[0]].amount = 3;
            session.add(item(format!("{mark} in a savepoint")));
            session.flush()
        })?;
        session.query::<super::Item>().filter(super::item::name.like(format!("{mark} %"))).all()?;
        session.commit()
    })();
    (Some(session), worked.err())
}
