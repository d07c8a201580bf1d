//! Errors that were dropped, and transactions that the database ends by itself.
//!
//! An interrupt and the veto of a commit hook end a transaction in the same way as a full disk
//! does, but Diesel gives access to neither.

use std::sync::{Arc, Barrier};

use diesel::SqliteConnection;
use diesel::connection::SimpleConnection;
use orm_runtime::prelude::*;
use orm_runtime::{ObjectState, error::DatabaseErrorKind};
use orm_tests::{Random, TestDb, assert_matches, on_all_databases, on_one_database};

use super::{
    Account, Country, account, country, create_tables, for_seeds, in_time, item, probe, raw,
    session_on,
};

/// Sends a statement that breaks a constraint, outside the session, and drops the error.
fn swallow(session: &mut Session) {
    let error = raw(session, "INSERT INTO country VALUES ('taken', 'again')");
    assert!(error.is_err());
}

/// Opens a session on a database with one row, for key conflicts.
fn session_with_taken(db: &TestDb) -> Session {
    let session = session_on(db);
    db.execute("INSERT INTO country VALUES ('taken', 'first')");
    session
}

on_all_databases! {
    // scenario 13
    fn a_swallowed_error_is_never_a_silent_loss(db: &TestDb) {
        let mut session = session_with_taken(db);
        for_seeds("swallowed error", 200, |random| {
            let mark = format!("{:x}", random.next_u64());
            let total = random.below(1..6);
            let at = random.below(0..total + 1);
            let mut added = Vec::new();
            for n in 0..=total {
                if n == at {
                    swallow(&mut session);
                }
                if n < total {
                    added.push(session.add(country(format!("{mark} {n}"), "a")));
                    if random.percent(70) {
                        session.flush().unwrap();
                    }
                }
            }
            let committed = session.commit();
            let stored = stored_with(db, &mark);
            match db.dialect() {
                // The server has discarded the work before the error, or refused the work after it.
                Dialect::Postgres => {
                    assert_matches!(committed, Err(Error::TransactionLost(_)));
                    assert_eq!(stored, 0);
                    // Nothing in memory is lost.
                    session.commit().unwrap();
                }
                Dialect::Sqlite | Dialect::Mysql => committed.unwrap(),
             _ => unreachable!("a database without tests"), }
            assert_eq!(stored_with(db, &mark), total);
            for handle in added {
                assert_eq!(session.state(handle), ObjectState::Persistent);
            }
        });
        probe(db, &mut session, "end");
    }

    // scenario 13
    fn an_error_in_a_rolled_back_savepoint_is_not_a_loss(db: &TestDb) {
        let mut session = session_with_taken(db);
        for_seeds("error in a savepoint", 100, |random| {
            let mark = format!("{:x}", random.next_u64() >> 32);
            session.add(country(format!("{mark} outer"), "a"));
            if random.percent(50) {
                session.flush().unwrap();
            }
            let outcome = session.savepoint(|session| {
                if random.percent(50) {
                    session.add(country(format!("{mark} inner"), "a"));
                    session.flush()?;
                }
                swallow(session);
                if random.percent(50) {
                    session.add(country(format!("{mark} later"), "a"));
                    session.flush()?;
                }
                Err::<(), _>(Error::Configuration("undo it".to_owned()))
            });
            assert_matches!(outcome, Err(Error::Configuration(_)));
            session.commit().unwrap();
            assert_eq!(stored_with(db, &mark), 1);
        });
    }

    fn a_savepoint_that_swallowed_an_error_is_undone_alone(db: &TestDb) {
        let mut session = session_with_taken(db);
        let outer = session.add(country("outer", "a"));
        session.flush().unwrap();
        let inner = session.savepoint(|session| {
            session.add(country("inner", "a"));
            session.flush()?;
            swallow(session);
            Ok(())
        });
        match db.dialect() {
            Dialect::Postgres => assert_matches!(inner, Err(Error::SavepointLost(_))),
            Dialect::Sqlite | Dialect::Mysql => inner.unwrap(),
         _ => unreachable!("a database without tests"), }
        session.commit().unwrap();
        assert_eq!(session.state(outer), ObjectState::Persistent);
        let expected: &[&str] = match db.dialect() {
            Dialect::Postgres => &["outer|a", "taken|first"],
            Dialect::Sqlite | Dialect::Mysql => &["inner|a", "outer|a", "taken|first"],
         _ => unreachable!("a database without tests"), };
        assert_eq!(db.rows("country", "code, title"), expected);
    }

    fn a_failed_flush_whose_error_is_dropped_loses_nothing(db: &TestDb) {
        let mut session = session_with_taken(db);
        session.add(country("a", "a"));
        session.flush().unwrap();
        let bad = session.add(country("taken", "b"));
        assert!(session.flush().is_err());
        assert!(session.commit().is_err(), "it is still pending");
        session.delete(bad).unwrap();
        session.commit().unwrap();
        assert_eq!(db.rows("country", "code, title"), ["a|a", "taken|first"]);
    }

    fn a_failed_query_leaves_the_transaction_whole(db: &TestDb) {
        let mut session = session_with_taken(db);
        session.add(country("a", "a"));
        session.flush().unwrap();
        let error = session.from_sql::<Country>("SELECT nothing FROM nowhere").all().unwrap_err();
        assert_matches!(error, Error::Database(_));
        let committed = session.commit();
        // PostgreSQL undoes the transaction and reports it; the edits are still there for the next
        // flush.
        if db.dialect() == Dialect::Postgres {
            assert_matches!(committed, Err(Error::TransactionLost(_)));
            assert_eq!(db.count("country"), 1);
            session.commit().unwrap();
        } else {
            committed.unwrap();
        }
        assert_eq!(db.rows("country", "code, title"), ["a|a", "taken|first"]);
    }

    // fact 5
    fn a_deadlock_is_a_conflict_and_can_be_run_again(db: &TestDb) {
        if db.dialect() == Dialect::Sqlite {
            // SQLite has one writer at a time, so there are no deadlocks.
            return;
        }
        create_tables(db);
        db.execute("INSERT INTO account VALUES (1, 0, 1), (2, 0, 1)");
        for _ in 0..5 {
            let barrier = Arc::new(Barrier::new(2));
            let threads = [(1, 2), (2, 1)].map(|(first, second)| {
                let mut session = db.session();
                let barrier = Arc::clone(&barrier);
                std::thread::spawn(move || in_time(move || cross(&mut session, first, second, &barrier)))
            });
            let met = threads.map(|thread| thread.join().unwrap());
            assert!(met.iter().sum::<u32>() > 0, "the server chooses one of the two");
        }
        assert_eq!(db.rows("account", "id, balance"), ["1|10", "2|10"]);
    }
}

/// Adds to two accounts in this order. Returns the number of deadlocks.
fn cross(session: &mut Session, first: i64, second: i64, barrier: &Barrier) -> u32 {
    let mut attempts = 0;
    session
        .retry(5, |session| {
            attempts += 1;
            let add = || account::balance.eq(account::balance + 1);
            let first = session.query::<Account>().filter(account::id.eq(first)).update(add());
            first?;
            if attempts == 1 {
                barrier.wait();
            }
            let second = session.query::<Account>().filter(account::id.eq(second)).update(add());
            if let Err(error) = &second {
                assert_matches!(error, Error::Conflict(error) if error.kind == DatabaseErrorKind::Deadlock);
                assert!(error.is_retryable());
            }
            second?;
            Ok(())
        })
        .unwrap();
    attempts - 1
}

fn stored_with(db: &TestDb, mark: &str) -> usize {
    db.rows("country", "code").iter().filter(|code| code.starts_with(mark)).count()
}

/// Limits the file to a few more pages than it has, or removes the limit.
fn limit_pages(session: &mut Session, more: Option<usize>) {
    let connection = session.connection::<SqliteConnection>().unwrap();
    let pages = more.map_or_else(|| "1000000".to_owned(), |more| more.to_string());
    connection.batch_execute(&format!("PRAGMA max_page_count = {pages}")).unwrap();
    session.rollback().unwrap();
}

/// Adds a row that needs several pages.
fn add_big(session: &mut Session, code: String) {
    session.add(country(code, "x".repeat(6_000)));
}

/// Does work at this depth of savepoints. Each level flushes before and after the level inside it.
fn fill(session: &mut Session, depth: usize, mark: &str) -> Result<()> {
    add_big(session, format!("{mark} {depth} a"));
    session.flush()?;
    if depth > 0 {
        session.savepoint(|session| fill(session, depth - 1, mark))?;
    }
    add_big(session, format!("{mark} {depth} b"));
    session.flush()
}

on_one_database! {
    Sqlite;

    // scenario 14, facts 2 and 3
    fn a_full_disk_stores_nothing_of_the_transaction(db: &TestDb) {
        create_tables(db);
        let mut failed = 0;
        for depth in 0..4 {
            for more in 0..25 {
                let mut session = super::quick(db);
                let pages = super::raw_number(&mut session, "SELECT page_count AS value FROM pragma_page_count").unwrap();
                limit_pages(&mut session, Some(pages as usize + more));
                let before = db.count("country");
                let mark = format!("{depth} {more}");
                let mut result = fill(&mut session, depth, &mark);
                if result.is_ok() {
                    result = session.commit();
                }
                if let Err(error) = &result {
                    failed += 1;
                    assert_matches!(error, Error::Database(_) | Error::TransactionLost(_));
                    assert_eq!(db.count("country"), before, "depth {depth}, {more} pages: {error}");
                    session.rollback().unwrap();
                    assert_eq!(db.count("country"), before, "depth {depth}, {more} pages, rolled back");
                } else {
                    assert_eq!(db.count("country") - before, 2 * (depth as i64 + 1));
                }
                limit_pages(&mut session, None);
                probe(db, &mut session, &format!("p {depth} {more}"));
            }
        }
        assert!((30..100).contains(&failed), "{failed} runs met the limit");
    }

    // fact 2
    fn work_after_a_full_disk_that_nobody_reported_is_not_stored(db: &TestDb) {
        let mut session = session_on(db);
        let pages = super::raw_number(&mut session, "SELECT page_count AS value FROM pragma_page_count").unwrap();
        limit_pages(&mut session, Some(pages as usize + 6));
        session.add(country("before", "a"));
        session.flush().unwrap();
        let full = (0..20).find_map(|n| {
            raw(&mut session, &format!("INSERT INTO country VALUES ('raw {n}', hex(zeroblob(3000)))")).err()
        });
        assert!(full.is_some());
        // The error is dropped, and the program continues.
        session.add(country("after", "a"));
        let flushed = session.flush();
        assert_eq!(db.count("country"), 0, "nothing is visible before the commit: {flushed:?}");
        assert_matches!(session.commit(), Err(Error::TransactionLost(_)));
        assert_eq!(db.count("country"), 0);
        limit_pages(&mut session, None);
    }

    // scenario 14
    fn insert_or_rollback_stores_nothing_of_the_transaction(db: &TestDb) {
        let mut session = session_with_taken(db);
        for_seeds("insert or rollback", 60, |random| {
            let mark = format!("{:x}", random.next_u64());
            let depth = random.below(0..4);
            let outcome = or_rollback(&mut session, random, &mark, depth);
            let committed = outcome.and_then(|()| session.commit());
            assert_eq!(db.rows("country", "code"), ["taken"], "depth {depth}: {committed:?}");
            assert_matches!(committed, Err(Error::TransactionLost(_)));
            session.rollback().unwrap();
            assert_eq!(db.rows("country", "code"), ["taken"], "depth {depth}, rolled back");
        });
        probe(db, &mut session, "end");
    }
}

/// Causes a conflict at the innermost level, which ends the whole transaction. Its error is
/// dropped.
fn or_rollback(session: &mut Session, random: &mut Random, mark: &str, depth: usize) -> Result<()> {
    session.add(country(format!("{mark} {depth}"), "a"));
    session.flush()?;
    if depth > 0 {
        let inner = session.savepoint(|session| or_rollback(session, random, mark, depth - 1));
        // The program may look at the error of the inner level, or ignore it.
        if random.percent(50) {
            inner?;
        }
    } else {
        let conflict = "INSERT OR ROLLBACK INTO country VALUES ('taken', 'again')";
        assert!(raw(session, conflict).is_err());
    }
    if random.percent(50) {
        session.add(country(format!("{mark} {depth} later"), "a"));
        session.flush()?;
    }
    Ok(())
}

#[cfg(feature = "servers")]
on_one_database! {
    Postgres;

    // fact 1
    fn diesel_commits_a_failed_transaction_and_the_session_does_not(db: &TestDb) {
        use diesel::{Connection, RunQueryDsl};
        let mut session = session_with_taken(db);
        // Diesel alone.
        let mut connection = diesel::PgConnection::establish(db.url()).unwrap();
        let alone = connection.transaction(|connection| {
            diesel::sql_query("INSERT INTO country VALUES ('a', 'a')").execute(connection)?;
            let _ = diesel::sql_query("INSERT INTO country VALUES ('taken', 'b')").execute(connection);
            diesel::QueryResult::Ok(())
        });
        assert!(alone.is_ok());
        assert_eq!(db.count("country"), 1, "Diesel says Ok, and nothing is stored");
        // The session.
        let told = session.transaction(|session| {
            session.add(country("a", "a"));
            session.flush()?;
            swallow(session);
            Ok(())
        });
        assert_matches!(told, Err(Error::TransactionLost(_)));
        probe(db, &mut session, "probe");
    }

    fn an_error_inside_a_savepoint_of_diesel_is_not_a_loss(db: &TestDb) {
        use diesel::{Connection, RunQueryDsl};
        let mut session = session_with_taken(db);
        session.add(country("a", "a"));
        session.flush().unwrap();
        let connection = session.connection::<diesel::PgConnection>().unwrap();
        let inner = connection.transaction(|connection| {
            diesel::sql_query("INSERT INTO country VALUES ('taken', 'b')").execute(connection)
        });
        assert!(inner.is_err());
        session.commit().unwrap();
        assert_eq!(db.rows("country", "code, title"), ["a|a", "taken|first"]);
    }
}

on_all_databases! {
    fn a_lost_transaction_is_reported_once_and_edits_stay(db: &TestDb) {
        let mut session = session_on(db);
        let stored = session.add(account(1, 10));
        session.commit().unwrap();
        session[stored].balance = 20;
        let new = session.add(item("new"));
        session.flush().unwrap();
        let (ended, ending) = match db.dialect() {
            Dialect::Postgres => (true, "SELECT 1/0"),
            Dialect::Sqlite => (true, "INSERT OR ROLLBACK INTO account VALUES (1, 0, 1)"),
            Dialect::Mysql => (false, "INSERT INTO account VALUES (1, 0, 1)"),
         _ => unreachable!("a database without tests"), };
        assert!(raw(&mut session, ending).is_err());
        if ended {
            assert_matches!(session.commit(), Err(Error::TransactionLost(_)));
            assert_eq!(db.rows("account", "id, balance"), ["1|10"]);
            assert_eq!(session.state(new), ObjectState::Pending);
            assert_eq!(session.key(new), None);
            assert_eq!(session[stored].balance, 20);
            assert_eq!(session[stored].version, 1, "the version counts the stored writes");
        }
        session.commit().unwrap();
        assert_eq!(db.rows("account", "id, balance, version"), ["1|20|2"]);
        assert_eq!(db.rows("item", "name"), ["new"]);
    }
}
