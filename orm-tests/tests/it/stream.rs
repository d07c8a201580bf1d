//! Rows one by one, and tables in pages: memory use stays constant.

use orm_runtime::SessionOptions;
use orm_runtime::prelude::*;
use orm_tests::{TestDb, assert_matches, assert_no_sql, assert_sql, on_all_databases};

use crate::people::{User, all, empty, execute, people, person, user};

#[derive(Entity, Debug, Clone, PartialEq)]
#[entity(table = "seats")]
struct Seat {
    #[entity(primary_key, length = 10)]
    hall: String,
    #[entity(primary_key)]
    line: i32,
    #[entity(primary_key)]
    number: i16,
    #[entity(default)]
    taken: bool,
}

#[derive(Entity, Debug, Clone)]
#[entity(table = "codes")]
struct Code {
    #[entity(primary_key, length = 10)]
    code: String,
    seen: i32,
}

/// Stores this number of users, and loads none of them.
fn many(db: &TestDb, rows: i32) -> Session {
    let mut session = empty(db);
    session.bulk_insert((1..=rows).map(|n| person(format!("user {n}"), n))).unwrap();
    session.commit().unwrap();
    session.take_log();
    session
}

on_all_databases! {
    fn a_stream_gives_rows_that_nobody_tracks(db: &TestDb) {
        let mut session = many(db, 3_000);
        let mut sum = 0;
        for user in session.query::<User>().order_by(user::id).stream().unwrap() {
            let user = user.unwrap();
            sum += i64::from(user.age);
            assert_eq!(user.id, sum * 2 / (i64::from(user.age) + 1));
        }
        assert_eq!(sum, 3_000 * 3_001 / 2);
        assert!(session.is_empty());
        assert_sql!(session, "S users");
    }

    fn a_stream_in_chunks_gives_the_same_rows(db: &TestDb) {
        let mut session = many(db, 25);
        let names = |session: &mut Session, rows: usize, cut: Option<(i64, i64)>| -> Vec<String> {
            let query = session.query::<User>().filter(user::age.gt(2)).order_by(user::name.desc());
            let query = match cut {
                Some((limit, offset)) => query.limit(limit).offset(offset),
                None => query,
            };
            query.stream_in_chunks(rows).unwrap().map(|user| user.unwrap().name).collect()
        };
        let all = names(&mut session, 1_000, None);
        assert_eq!(all.len(), 23);
        for rows in [0, 1, 4, 23, 24] {
            assert_eq!(names(&mut session, rows, None), all, "in chunks of {rows}");
            assert_eq!(names(&mut session, rows, Some((9, 3))), all[3..12], "in chunks of {rows}");
            assert_eq!(names(&mut session, rows, Some((90, 20))), all[20..]);
            assert!(names(&mut session, rows, Some((0, 0))).is_empty());
        }
        // Only MySQL's client holds results, and only there a chunk is a statement.
        session.take_log();
        names(&mut session, 10, None);
        match db.dialect() {
            Dialect::Mysql => assert_sql!(session, "S users; S users; S users"),
            _ => assert_sql!(session, "S users"),
        }
        // An order without an index is one statement everywhere.
        let query = session.query::<User>().order_by(user::age.desc());
        let mut ages = query.stream_in_chunks(2).unwrap().map(|user| user.unwrap().age);
        assert!(ages.by_ref().take(3).eq([25, 24, 23]));
        drop(ages);
        assert_sql!(session, "S users");
    }

    fn the_chunks_of_a_stream_are_one_state_of_the_database(db: &TestDb) {
        let mut session = many(db, 9);
        if db.dialect() == Dialect::Sqlite {
            return;
        }
        let mut stream = session.query::<User>().stream_in_chunks(2).unwrap();
        assert_eq!(stream.next().unwrap().unwrap().age, 1);
        db.execute("DELETE FROM users WHERE age > 3");
        assert_eq!(stream.count(), 8, "the transaction began before");
    }

    fn an_error_in_a_later_chunk_ends_the_stream(db: &TestDb) {
        db.execute("CREATE TABLE codes (code VARCHAR(10) PRIMARY KEY, seen INTEGER)");
        db.execute("INSERT INTO codes VALUES ('a', 1), ('b', 2), ('c', NULL), ('d', 4), ('e', 5)");
        let mut session = db.session();
        let rows = session.query::<Code>().stream_in_chunks(2).unwrap();
        let seen: Vec<Option<i32>> = rows.map(|row| row.ok().map(|code| code.seen)).collect();
        assert_eq!(seen, [Some(1), Some(2), None, Some(4), Some(5)]);
    }

    fn a_stream_takes_filters_and_deferred_columns(db: &TestDb) {
        let mut session = people(db);
        session.add(person("bob", 99));
        let query = session.query::<User>().filter(user::age.gt(40)).order_by(user::id);
        let users: Vec<User> = query.undefer(user::portrait).stream().unwrap().map(Result::unwrap).collect();
        let mut names: Vec<_> = users.iter().map(|user| &*user.name).collect();
        names.sort_unstable();
        assert_eq!(names, ["bob", "jack"], "pending changes are flushed before");
        assert!(users.iter().all(|user| user.portrait.is_loaded()));
    }

    fn a_stream_may_be_left_before_its_end(db: &TestDb) {
        let mut session = many(db, 500);
        for _ in 0..2 {
            let mut stream = session.query::<User>().order_by(user::id).stream().unwrap();
            assert_eq!(stream.next().unwrap().unwrap().age, 1);
            drop(stream);
            assert_eq!(session.query::<User>().count().unwrap(), 500);
        }
        session.add(person("bob", 1));
        session.commit().unwrap();
        assert_eq!(db.count("users"), 501);
    }

    fn a_row_that_cannot_be_read_is_an_error_and_the_stream_goes_on(db: &TestDb) {
        db.execute("CREATE TABLE codes (code VARCHAR(10) PRIMARY KEY, seen INTEGER)");
        db.execute("INSERT INTO codes VALUES ('a', 1), ('b', NULL), ('c', 3)");
        let mut session = db.session();
        let rows: Vec<Result<Code>> =
            session.query::<Code>().order_by(code::code).stream().unwrap().collect();
        assert_eq!(rows.len(), 3);
        assert_eq!(rows[0].as_ref().unwrap().seen, 1);
        assert_matches!(
            rows[1].as_ref().unwrap_err(),
            Error::Decode { entity: "Code", key: Some(key), column, .. }
                if key == "\"b\"" && column == "seen"
        );
        assert_eq!(rows[2].as_ref().unwrap().seen, 3);
        session.add(Code { code: "d".to_owned(), seen: 4 });
        session.commit().unwrap();
        assert_eq!(db.count("codes"), 4);
    }

    fn a_stream_that_the_database_refuses_is_an_error(db: &TestDb) {
        let mut session = db.session();
        let refused = session.query::<Code>().stream().and_then(|rows| rows.collect::<Result<Vec<_>>>());
        assert_matches!(refused, Err(Error::Database(_)));
        schema![Code].create_all(&mut session).unwrap();
        assert_eq!(session.query::<Code>().stream().unwrap().count(), 0);
        session.add(Code { code: "d".to_owned(), seen: 4 });
        session.commit().unwrap();
        assert_eq!(db.count("codes"), 1);
    }

    fn a_stream_is_a_read(db: &TestDb) {
        let mut session = many(db, 10);
        assert_eq!(session.query::<User>().stream().unwrap().count(), 10);
        // Nothing is unfinished.
        session.retry(2, |session| session.query::<User>().count()).unwrap();
        assert_eq!(session.query::<User>().stream().unwrap().count(), 10);
        session.take_log();
        session.bulk_insert([person("bob", 1)]).unwrap();
        session.rollback().unwrap();
        session.query::<User>().stream().unwrap().count();
        session.add(person("bob", 1));
        session.take_log();
        session.flush().unwrap();
        let log = session.take_log();
        // The rows that were read survive a failed flush: a new row needs a savepoint, except on
        // MySQL.
        let guarded = log.iter().any(|record| record.is_transaction_control());
        assert_eq!(guarded, db.dialect() != Dialect::Mysql, "{log:?}");
    }

    fn pages_come_in_the_order_of_the_key_and_leave_the_session(db: &TestDb) {
        let mut session = many(db, 25);
        let mut sizes = Vec::new();
        let mut last = 0;
        session
            .query::<User>()
            .batches(10, |session, users| {
                sizes.push(users.len());
                assert_eq!(session.len(), users.len());
                for &user in users {
                    let key = session.key(user).unwrap();
                    assert!(key > last);
                    last = key;
                }
                Ok(())
            })
            .unwrap();
        assert_eq!(sizes, [10, 10, 5]);
        assert!(session.is_empty());
        assert_sql!(session, "S users; S users; S users");
    }

    fn the_pages_of_an_empty_table_are_none(db: &TestDb) {
        let mut session = empty(db);
        let count = |session: &mut Session| {
            let mut pages = 0;
            let each = |_: &mut Session, _: &[Handle<User>]| {
                pages += 1;
                Ok(())
            };
            session.query::<User>().batches(10, each).unwrap();
            pages
        };
        assert_eq!(count(&mut session), 0);
        session.bulk_insert((0..20).map(|n| person(n.to_string(), n))).unwrap();
        session.take_log();
        assert_eq!(count(&mut session), 2);
        assert_sql!(session, "S users; S users");
    }

    fn edits_of_a_page_are_flushed_after_it(db: &TestDb) {
        let mut session = many(db, 25);
        session
            .query::<User>()
            .filter(user::name.like("user%"))
            .filter(user::age.le(22))
            .batches(10, |session, users| {
                for &user in users {
                    // The filter no longer matches it: no row may be skipped.
                    session[user].name.insert_str(0, "done ");
                }
                Ok(())
            })
            .unwrap();
        assert_sql!(
            session,
            "S users; U users[name] x10; S users; U users[name] x10; S users; U users[name] x2"
        );
        assert!(session.is_empty());
        assert_eq!(db.count("users WHERE name LIKE 'done%'"), 0, "not committed yet");
        session.commit().unwrap();
        assert_eq!(db.count("users WHERE name LIKE 'done%'"), 22);
    }

    fn objects_that_were_there_stay(db: &TestDb) {
        let mut session = many(db, 25);
        let third = session.get_one::<User>(3).unwrap();
        let twentieth = session.get_one::<User>(20).unwrap();
        session[twentieth].age = 1_000;
        let mut seen = 0;
        session
            .query::<User>()
            .batches(10, |session, users| {
                for &user in users {
                    seen += 1;
                    if user == twentieth {
                        assert_eq!(session[user].age, 1_000);
                    }
                    session[user].age += 1;
                }
                Ok(())
            })
            .unwrap();
        assert_eq!(seen, 25);
        assert_eq!(session.handles::<User>(), [third, twentieth]);
        assert_eq!((session[third].age, session[twentieth].age), (4, 1_001));
    }

    fn the_keys_of_pages_may_be_composite(db: &TestDb) {
        let mut session = db.session_for(schema![Seat]);
        let mut seats = Vec::new();
        for hall in ["a", "b", "c"] {
            for line in -2..5 {
                for number in 1..=3 {
                    seats.push(Seat { hall: hall.to_owned(), line, number, taken: false });
                }
            }
        }
        session.bulk_insert(seats.iter().rev().cloned()).unwrap();
        for size in [1, 4, 9, 63, 64] {
            let mut found = Vec::new();
            session
                .query::<Seat>()
                .batches(size, |session, page| {
                    assert!(page.len() <= size);
                    found.extend(page.iter().map(|&seat| session[seat].clone()));
                    Ok(())
                })
                .unwrap();
            assert_eq!(found, seats, "in pages of {size}");
        }
        let query = session.query::<Seat>().filter(seat::hall.eq("b").or(seat::hall.eq("c")));
        query
            .batches(5, |session, page| {
                page.iter().for_each(|&seat| session[seat].taken = true);
                Ok(())
            })
            .unwrap();
        assert_eq!(session.query::<Seat>().filter(seat::taken.eq(true)).count().unwrap(), 42);
    }

    fn a_page_may_delete_add_and_commit(db: &TestDb) {
        let mut session = many(db, 12);
        let mut seen = Vec::new();
        session
            .query::<User>()
            .filter(user::age.le(12))
            .batches(5, |session, users| {
                for &user in users {
                    seen.push(session[user].age);
                    if session[user].age % 2 == 0 {
                        session.delete(user)?;
                    }
                }
                session.add(person(format!("new {}", seen.len()), 100));
                session.commit()
            })
            .unwrap();
        assert_eq!(seen, (1..=12).collect::<Vec<_>>());
        assert_eq!(db.count("users"), 6 + 3);
        assert_eq!(session.len(), 3, "added objects are not evicted");
    }

    fn a_page_may_roll_back_or_clear(db: &TestDb) {
        let mut session = many(db, 25);
        let mut seen = Vec::new();
        session
            .query::<User>()
            .batches(10, |session, users| {
                seen.extend(users.iter().map(|&user| session[user].age));
                session[users[0]].age = 0;
                session.flush()?;
                if users.len() == 10 { session.rollback() } else { session.commit() }
            })
            .unwrap();
        assert_eq!(seen, (1..=25).collect::<Vec<_>>());
        assert!(session.is_empty());
        assert_eq!(db.count("users WHERE age = 0"), 1, "only the row of the last page");
        let mut pages = 0;
        session
            .query::<User>()
            .batches(10, |session, _| {
                pages += 1;
                session.clear();
                Ok(())
            })
            .unwrap();
        assert_eq!(pages, 3);
    }

    fn an_error_in_a_page_ends_the_pages(db: &TestDb) {
        let mut session = many(db, 25);
        let mut pages = 0;
        let result = session.query::<User>().batches_with(10, |session, users| {
            pages += 1;
            if pages == 2 {
                return Err("enough".to_owned().into());
            }
            session[users[0]].age = 99;
            Ok::<_, Box<dyn std::error::Error>>(())
        });
        assert_eq!(result.unwrap_err().to_string(), "enough");
        assert_eq!(pages, 2);
        session.commit().unwrap();
        assert_eq!(db.count("users WHERE age = 99"), 1);
    }

    fn pages_have_no_separate_limit(db: &TestDb) {
        let mut session = people(db);
        let each = |_: &mut Session, _: &[Handle<User>]| Ok(());
        for result in [
            session.query::<User>().limit(3).batches(2, each),
            session.query::<User>().offset(1).batches(2, each),
        ] {
            assert_matches!(result, Err(Error::Configuration(_)));
        }
        assert_no_sql!(session);
        let mut pages = 0;
        let count = |_: &mut Session, users: &[Handle<User>]| {
            pages += 1;
            assert_eq!(users.len(), 1);
            Ok(())
        };
        session.query::<User>().batches(0, count).unwrap();
        assert_eq!(pages, 4, "a page has at least one row");
    }

    fn pages_follow_the_keys_of_the_rows_and_not_edits_of_them(db: &TestDb) {
        db.execute("CREATE TABLE codes (code VARCHAR(10) PRIMARY KEY, seen INTEGER NOT NULL)");
        db.execute("INSERT INTO codes VALUES ('a', 0), ('b', 0), ('c', 0), ('d', 0), ('e', 0)");
        let options = SessionOptions { autoflush: false, ..SessionOptions::default() };
        let mut session = db.session_with(options);
        let b = session.get_one::<Code>("b".to_owned()).unwrap();
        session[b].code = "y".to_owned();
        session
            .query::<Code>()
            .batches(2, |session, codes| {
                codes.iter().for_each(|&code| session[code].seen += 1);
                Ok(())
            })
            .unwrap();
        session.commit().unwrap();
        assert_eq!(db.count("codes WHERE seen = 0"), 0, "no row is skipped");
        assert_eq!(db.count("codes"), 5);
    }

    fn pages_undefer_and_populate(db: &TestDb) {
        let mut session = people(db);
        let [jack, ..] = all(&mut session);
        execute(&mut session, "UPDATE users SET age = age + 100");
        session
            .query::<User>()
            .undefer(user::portrait)
            .populate_existing()
            .batches(3, |session, users| {
                for &user in users {
                    assert!(session[user].portrait.is_loaded());
                    assert!(session[user].age > 100);
                }
                Ok(())
            })
            .unwrap();
        assert_eq!(session[jack].age, 147);
        assert_eq!(session.len(), 4);
    }
}

#[cfg(feature = "servers")]
#[test]
fn an_error_of_the_database_inside_a_stream_ends_it_and_the_session_works_on() {
    TestDb::with(Dialect::Postgres, |db| {
        let mut session = many(db, 5_000);
        db.execute("ANALYZE users");
        let condition = diesel::dsl::sql::<diesel::sql_types::Bool>("100 / (age - 4900) < 1000");
        let query = session.query::<User>().filter(condition).order_by(user::id);
        let rows: Vec<Result<User>> = query.stream().unwrap().take(6_000).collect();
        assert_eq!(rows.len(), 4_900, "the rows before it, and the error");
        let error = rows.into_iter().find_map(Result::err).unwrap();
        assert_matches!(&error, Error::Database(_));
        assert!(error.to_string().contains("division by zero"), "{error}");
        session.add(person("bob", 1));
        session.commit().unwrap();
        assert_eq!(db.count("users"), 5_001);
    });
}
