//! What an upsert has done with each row.

use orm_runtime::error::DatabaseErrorKind;
use orm_runtime::prelude::*;
use orm_runtime::query::UpsertOutcome::{self, Inserted, Unchanged, Updated};
use orm_runtime::query::Upserted;
use orm_tests::{TestDb, assert_matches, on_all_databases};

#[derive(Entity, Debug, Clone)]
#[entity(
    table = "notes",
    unique(columns(room, place), where = "gone IS NULL"),
    check = "amount > 0"
)]
struct Note {
    id: Auto<i64>,
    #[entity(unique, length = 20)]
    code: Option<String>,
    amount: i64,
    room: i64,
    place: i64,
    gone: Option<i64>,
}

fn note(code: &str, amount: i64) -> Note {
    Note::builder().code(code.to_owned()).amount(amount).room(0).place(amount).build()
}

fn notes(db: &TestDb) -> Session {
    let mut session = db.session_for(schema![Note]);
    session.bulk_insert([note("a", 1), note("b", 2)]).unwrap();
    session.commit().unwrap();
    session.take_log();
    session
}

fn shown(done: &[Upserted<i64>]) -> Vec<(i64, UpsertOutcome)> {
    done.iter().map(|it| (it.key, it.outcome)).collect()
}

fn key_of(session: &mut Session, code: &str) -> i64 {
    let found: Vec<i64> =
        session.query::<Note>().filter(note::code.eq(code)).select(note::id).load().unwrap();
    found[0]
}

on_all_databases! {
    fn each_row_has_its_key_and_its_outcome(db: &TestDb) {
        let mut session = notes(db);
        let rows = [note("x", 10), note("b", 20), note("y", 30), note("a", 40)];
        let done = session.bulk_upsert(rows).on(note::code).outcomes().unwrap();
        let [x, y] = ["x", "y"].map(|code| key_of(&mut session, code));
        assert_eq!(shown(&done), [(x, Inserted), (2, Updated), (y, Inserted), (1, Updated)]);
        let rows = [note("z", 50), note("y", 60), note("z", 70)];
        let done = session.bulk_upsert(rows).on(note::code).do_nothing().outcomes().unwrap();
        let z = key_of(&mut session, "z");
        assert_eq!(shown(&done), [(z, Inserted), (y, Unchanged), (z, Unchanged)]);
        session.commit().unwrap();
        assert_eq!(db.count("notes"), 5);
    }

    fn by_primary_key(db: &TestDb) {
        let mut session = notes(db);
        let row = |id: i64, code: &str| Note { id: id.into(), ..note(code, id) };
        let done = session.bulk_upsert([row(9, "i"), row(2, "bb")]).outcomes().unwrap();
        assert_eq!(shown(&done), [(9, Inserted), (2, Updated)]);
        session.commit().unwrap();
        // Without a key a row is new, and nothing finds it again.
        let error = session.bulk_upsert([note("new", 77)]).outcomes().unwrap_err();
        assert!(error.to_string().starts_with("outcomes() cannot tell the key of a new row"), "{error}");
        session.commit().unwrap();
        assert_eq!(db.count("notes"), 3);
    }

    fn rows_that_the_unique_set_does_not_find(db: &TestDb) {
        let mut session = notes(db);
        let row = |place: i64, gone: Option<i64>| {
            Note { code: None, place, gone, ..note("", 100 + place) }
        };
        let by = (note::room, note::place);
        let done = session.bulk_upsert([row(1, None), row(8, None)]).on(by).outcomes().unwrap();
        assert_eq!((done[0].key, done[0].outcome, done[1].outcome), (1, Updated, Inserted));
        session.commit().unwrap();
        let error = session.bulk_upsert([row(5, Some(1))]).on(by).outcomes().unwrap_err();
        assert_matches!(error, Error::Configuration(_));
        let given = Note { id: 50.into(), ..row(5, Some(1)) };
        let done = session.bulk_upsert([given]).on(by).outcomes().unwrap();
        assert_eq!(shown(&done), [(50, Inserted)]);
    }

    fn many_rows(db: &TestDb) {
        let mut session = notes(db);
        let code = |n: i64| format!("c{n}");
        let half = (0..700).filter(|n| n % 2 == 0).map(|n| note(&code(n), n + 1_000));
        session.bulk_insert(half).unwrap();
        session.commit().unwrap();
        session.take_log();
        let rows = (0..700).map(|n| note(&code(n), n + 5_000));
        let done = session.bulk_upsert(rows).on(note::code).outcomes().unwrap();
        let sent = session.take_log();
        let selects = sent.iter().filter(|it| it.sql.contains("SELECT")).count();
        assert!(selects <= if db.dialect() == Dialect::Postgres { 8 } else { 22 }, "{selects}");
        assert_eq!(done.len(), 700);
        let stored: Vec<(i64, Option<String>)> =
            session.query::<Note>().select((note::id, note::code)).load().unwrap();
        for (n, done) in (0..).zip(&done) {
            assert_eq!(done.outcome, if n % 2 == 0 { Updated } else { Inserted });
            assert!(stored.contains(&(done.key, Some(code(n)))));
        }
        session.commit().unwrap();
    }

    fn refused_rows_have_none(db: &TestDb) {
        let mut session = notes(db);
        let mut refused = Vec::new();
        let rows = [note("x", 10), note("b", 0), note("a", 30)];
        let done = session
            .bulk_upsert(rows)
            .on(note::code)
            .set(note::amount)
            .reject_into(|number, _, error| {
                assert!(error.is_violation(DatabaseErrorKind::Check), "{error}");
                refused.push(number);
            })
            .outcomes()
            .unwrap();
        assert_eq!(refused, [2]);
        let x = key_of(&mut session, "x");
        assert_eq!(shown(&done), [(x, Inserted), (1, Updated)]);
        session.commit().unwrap();
    }
}
