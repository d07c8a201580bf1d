//! How many rows share a statement, and the order of the statements.

use orm_runtime::prelude::*;
use orm_tests::{TestDb, assert_no_sql, assert_sql, on_all_databases, on_one_database};

#[derive(Entity, Debug, Clone, PartialEq)]
#[entity(table = "t")]
struct Row {
    id: Auto<i64>,
    data: String,
    amount: Option<i64>,
}

#[derive(Entity, Debug)]
#[entity(table = "other")]
struct Other {
    id: i64,
    note: Option<String>,
}

#[derive(Entity, Debug)]
#[entity(table = "only_key")]
struct OnlyKey {
    id: Auto<i64>,
}

fn row(data: impl Into<String>) -> Row {
    Row::builder().data(data).build()
}

fn other(id: i64) -> Other {
    Other { id, note: None }
}

/// Counts the statements that begin with a word.
fn sent(session: &mut Session, verb: &str) -> usize {
    session.take_log().iter().filter(|record| record.sql.starts_with(verb)).count()
}

/// Returns the most statements that this number of rows of one shape may take.
fn most(session: &Session, rows: usize, updates: bool) -> usize {
    match session.dialect() {
        Dialect::Postgres => rows.div_ceil(10_000),
        Dialect::Mysql if updates => rows.div_ceil(100),
        Dialect::Sqlite | Dialect::Mysql => rows.div_ceil(500),
        _ => unreachable!("a database without tests"),
    }
}

on_all_databases! {
    // A21, with the two shapes that exist here: rows with a key, and rows without.
    fn runs_of_one_shape_are_batched_in_the_order_of_adding(db: &TestDb) {
        let mut session = db.session_for(schema![Row]);
        for n in 1..=2 {
            session.add(row(format!("t{n}")));
        }
        for n in 103..=108 {
            session.add(Row { id: Auto::from(n), ..row(format!("t{n}")) });
        }
        let last = session.add_all([row("t9"), row("t10")]);
        let log = {
            session.commit().unwrap();
            session.take_log()
        };
        assert_eq!(orm_tests::trace(&log), "I t x2; I t x6; I t x2");
        let rows = db.rows("t", "id, data");
        assert_eq!((rows.len(), rows[0].as_str(), rows[1].as_str()), (10, "1|t1", "2|t2"));
        for handle in last {
            let line = format!("{}|{}", session[handle].id, session[handle].data);
            assert!(rows.contains(&line), "{line}");
        }
    }

    fn a_thousand_new_rows_are_few_statements(db: &TestDb) {
        let mut session = db.session_for(schema![Row]);
        session.add_all((0..1_000).map(|n| row(n.to_string())));
        session.commit().unwrap();
        assert_eq!(sent(&mut session, "INSERT"), most(&session, 1_000, false));
        assert_eq!(db.count("t"), 1_000);
    }

    fn made_keys_come_back_to_the_right_objects(db: &TestDb) {
        let mut session = db.session_for(schema![Row]);
        let mut handles = Vec::new();
        for rows in [1, 2, 127, 128, 129, 499, 500, 501, 1_234] {
            handles.extend(session.add_all((0..rows).map(|n| row(format!("{rows} {n}")))));
            session.flush().unwrap();
        }
        session.commit().unwrap();
        let stored = db.session().query::<Row>().order_by(row::id.asc()).rows().unwrap();
        let own: Vec<Row> = handles.iter().map(|&handle| session[handle].clone()).collect();
        assert!(own == stored, "keys are generated in the order of the calls to add");
    }

    fn given_keys_need_no_order(db: &TestDb) {
        let mut session = db.session_for(schema![Row]);
        let keys = (0..1_000_i64).map(|n| (n * 7_919) % 1_000 + 1);
        let rows = keys.map(|key| Row { id: Auto::from(key), ..row(key.to_string()) });
        let handles = session.add_all(rows);
        session.commit().unwrap();
        assert_sql!(session, "I t x1000");
        for handle in handles {
            assert_eq!(session[handle].id.to_string(), session[handle].data);
            assert_eq!(session.find::<Row>(session.key(handle).unwrap()), Some(handle));
        }
        let rows = db.rows("t", "id, data");
        assert!(rows.iter().zip(1..).all(|(line, n)| *line == format!("{n}|{n}")));
    }

    fn ten_thousand_changes_of_two_shapes_are_two_runs_of_batches(db: &TestDb) {
        let mut session = db.session_for(schema![Row]);
        session.bulk_insert((0..10_000).map(|n| row(n.to_string()))).unwrap();
        session.commit().unwrap();
        let all = session.query::<Row>().order_by(row::id.asc()).all().unwrap();
        for (n, &handle) in all.iter().enumerate() {
            match n % 2 {
                0 => session[handle].data.push('!'),
                _ => session[handle].amount = Some(n as i64),
            }
        }
        session.take_log();
        session.flush().unwrap();
        assert_eq!(sent(&mut session, "UPDATE"), 2 * most(&session, 5_000, true));
        session.commit().unwrap();
        let rows = db.session().query::<Row>().order_by(row::id.asc()).rows().unwrap();
        for (n, row) in rows.into_iter().enumerate() {
            match n % 2 {
                0 => assert_eq!((row.data, row.amount), (format!("{n}!"), None)),
                _ => assert_eq!((row.data, row.amount), (n.to_string(), Some(n as i64))),
            }
        }
    }

    fn ten_thousand_rows_are_deleted_in_few_statements(db: &TestDb) {
        let mut session = db.session_for(schema![Row]);
        session.bulk_insert((0..10_000).map(|n| row(n.to_string()))).unwrap();
        session.commit().unwrap();
        let all = session.query::<Row>().order_by(row::id.asc()).all().unwrap();
        for &handle in &all[..9_999] {
            session.delete(handle).unwrap();
        }
        session.take_log();
        session.commit().unwrap();
        assert_eq!(sent(&mut session, "DELETE"), 1);
        assert_eq!(db.rows("t", "id, data"), ["10000|9999"]);
        assert_eq!(session.len(), 1);
    }

    fn ten_thousand_rows_are_refreshed_by_one_select(db: &TestDb) {
        let mut session = db.session_for(schema![Row]);
        session.bulk_insert((0..10_000).map(|n| row(n.to_string()))).unwrap();
        session.commit().unwrap();
        let all = session.query::<Row>().all().unwrap();
        db.execute("UPDATE t SET amount = id");
        session.commit().unwrap();
        session.expect_statements(1, |session| session.refresh(&all)).unwrap();
        assert!(all.iter().all(|&handle| session[handle].id.get() == session[handle].amount));
    }

    fn shapes_come_in_the_order_of_their_first_row(db: &TestDb) {
        let mut session = db.session_for(schema![Row]);
        let rows = session.add_all((0..6).map(|n| row(n.to_string())));
        session.commit().unwrap();
        session.take_log();
        for &n in &[5, 1, 3] {
            session[rows[n]].data.push('!');
        }
        for &n in &[4, 0] {
            session[rows[n]].amount = Some(1);
        }
        session[rows[2]].amount = Some(2);
        session[rows[2]].data.push('?');
        session.commit().unwrap();
        assert_sql!(session, "U t[amount] x2; U t[data] x3; U t[data,amount] x1");
        assert_eq!(
            db.rows("t", "id, data, amount"),
            ["1|0|1", "2|1!|NULL", "3|2?|2", "4|3!|NULL", "5|4|1", "6|5!|NULL"]
        );
    }

    fn values_and_nulls_share_a_batch(db: &TestDb) {
        let mut session = db.session_for(schema![Row]);
        let rows =
            session.add_all((0..4).map(|n| Row { amount: (n % 2 == 0).then_some(n), ..row("x") }));
        session.commit().unwrap();
        assert_sql!(session, "I t x4");
        for (n, &handle) in rows.iter().enumerate() {
            session[handle].amount = (n % 2 == 1).then_some(10);
        }
        session.commit().unwrap();
        assert_sql!(session, "U t[amount] x4");
        assert_eq!(db.rows("t", "id, amount"), ["1|NULL", "2|10", "3|NULL", "4|10"]);
        for &handle in &rows {
            session[handle].amount = None;
        }
        session.commit().unwrap();
        assert_eq!(db.rows("t", "id, amount"), ["1|NULL", "2|NULL", "3|NULL", "4|NULL"]);
    }

    fn tables_are_written_in_the_order_of_first_use_and_deleted_in_reverse(db: &TestDb) {
        let mut session = db.session_for(schema![Row, Other]);
        let first = session.add(row("a"));
        let second = session.add(other(1));
        session.add(row("b"));
        session.add(other(2));
        session.commit().unwrap();
        assert_sql!(session, "I t x2; I other x2");
        session.delete(first).unwrap();
        session.delete(second).unwrap();
        session.commit().unwrap();
        assert_sql!(session, "D other x1; D t x1");
    }

    fn all_saves_come_before_all_deletes(db: &TestDb) {
        let mut session = db.session_for(schema![Row, Other]);
        let [a, b] = ["a", "b"].map(|data| session.add(row(data)));
        let one = session.add(other(1));
        session.commit().unwrap();
        session.take_log();
        session.delete(a).unwrap();
        session[one].note = Some("changed".to_owned());
        session[b].data = "changed".to_owned();
        session.add(row("c"));
        session.commit().unwrap();
        assert_sql!(session, "U t[data] x1; I t x1; U other[note] x1; D t x1");
    }

    fn rows_of_defaults_only_are_inserted(db: &TestDb) {
        let mut session = db.session_for(schema![OnlyKey]);
        let rows = session.add_all((0..3).map(|_| OnlyKey::builder().build()));
        session.commit().unwrap();
        let keys: Vec<_> = rows.iter().map(|&row| session.key(row)).collect();
        assert_eq!(keys, [Some(1), Some(2), Some(3)]);
        assert_eq!(db.rows("only_key", "id"), ["1", "2", "3"]);
        session.delete(rows[1]).unwrap();
        session.commit().unwrap();
        assert_eq!(db.rows("only_key", "id"), ["1", "3"]);
    }

    fn rows_that_are_long_make_batches_short(db: &TestDb) {
        let mut session = db.session_for(schema![Row]);
        let rows = session.add_all((0..5).map(|n| row(n.to_string().repeat(2 << 20))));
        session.commit().unwrap();
        assert_eq!(sent(&mut session, "INSERT"), 3);
        for &handle in &rows {
            session[handle].data.push('!');
        }
        session.commit().unwrap();
        assert!(sent(&mut session, "UPDATE") >= 3);
        let stored = db.session().query::<Row>().order_by(row::id.asc()).rows().unwrap();
        for (n, row) in stored.iter().enumerate() {
            assert!(row.data.len() == (2 << 20) + 1 && row.data.starts_with(&n.to_string()));
        }
    }

    fn the_same_work_sends_the_same_statements(db: &TestDb) {
        let texts = |session: &mut Session| {
            let rows = session.add_all((0..40).map(|n| row(n.to_string())));
            session.flush().unwrap();
            for (n, &handle) in rows.iter().enumerate() {
                match n % 3 {
                    0 => session[handle].data.push('!'),
                    1 => session[handle].amount = Some(1),
                    _ => session.delete(handle).unwrap(),
                }
            }
            session.flush().unwrap();
            session.rollback().unwrap();
            session.take_log().into_iter().map(|record| record.sql).collect::<Vec<_>>()
        };
        let mut session = db.session_for(schema![Row]);
        texts(&mut session);
        let first = texts(&mut session);
        session.clear();
        assert_eq!(first, texts(&mut session));
    }

    fn an_empty_list_sends_no_statement(db: &TestDb) {
        let mut session = db.session_for(schema![Row]);
        assert_eq!(session.add_all(Vec::<Row>::new()), []);
        assert_eq!(session.get_many::<Row>(Vec::<i64>::new()).unwrap(), []);
        session.refresh::<Row>(&[]).unwrap();
        session.flush().unwrap();
        assert_no_sql!(session);
    }
}

/// Commits, and compares the keys of the objects with the rows.
fn keys_are_those_of_the_rows(db: &TestDb, session: &mut Session, handles: &[Handle<Row>]) {
    session.commit().unwrap();
    let rows = db.rows("t", "id, data");
    for &handle in handles {
        let line = format!("{}|{}", session[handle].id, session[handle].data);
        assert!(rows.contains(&line), "{line} is not in the table");
    }
}

on_one_database! { Sqlite;
    fn a_trigger_that_inserts_in_between_does_not_confuse_the_keys(db: &TestDb) {
        let mut session = db.session_for(schema![Row]);
        db.execute(
            "CREATE TRIGGER more AFTER INSERT ON t BEGIN INSERT INTO t (data) VALUES ('more'); END",
        );
        let rows = session.add_all((0..20).map(|n| row(n.to_string())));
        keys_are_those_of_the_rows(db, &mut session, &rows);
    }

    fn a_trigger_made_after_the_first_flush_does_not_confuse_the_keys(db: &TestDb) {
        let mut session = db.session_for(schema![Row]);
        session.add_all((0..20).map(|n| row(n.to_string())));
        session.commit().unwrap();
        db.execute(
            "CREATE TRIGGER more AFTER INSERT ON t BEGIN INSERT INTO t (data) VALUES ('more'); END",
        );
        let rows = session.add_all((0..20).map(|n| row(n.to_string())));
        keys_are_those_of_the_rows(db, &mut session, &rows);
    }

    fn keys_are_right_when_the_last_of_all_numbers_is_taken(db: &TestDb) {
        let mut session = db.session_for(schema![Row]);
        db.execute("INSERT INTO t (id, data) VALUES (9223372036854775807, 'last')");
        // SQLite generates random keys now.
        let rows = session.add_all((0..20).map(|n| row(n.to_string())));
        keys_are_those_of_the_rows(db, &mut session, &rows);
    }

    fn a_key_that_is_not_a_row_number_comes_back_all_the_same(db: &TestDb) {
        db.execute("CREATE TABLE t (id INTEGER PRIMARY KEY DESC, data TEXT, amount BIGINT)");
        let mut session = db.session();
        session.add_all((0..20).map(|n| row(n.to_string())));
        // The database does not fill the column, which is an error.
        assert!(session.flush().is_err());
        session.rollback().unwrap();
        assert_eq!(db.count("t"), 0);
    }
}
