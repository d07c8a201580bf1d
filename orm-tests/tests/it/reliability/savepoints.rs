//! Nested savepoints, compared with a model.

use std::collections::BTreeMap;

use orm_runtime::ObjectState;
use orm_runtime::prelude::*;
use orm_tests::{Random, TestDb, on_all_databases};

use super::{Country, country, for_seeds, probe, quick};

/// The expected rows of the table: code and title.
type Rows = BTreeMap<String, String>;

/// Why a closure ends with an error.
#[derive(Debug)]
enum Stop {
    Wanted,
    Failed(Error),
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Stop::Failed(error)
    }
}

/// Changes one row in the session and in the model.
fn change(session: &mut Session, random: &mut Random, model: &mut Rows) -> Result<()> {
    let code = format!("c{:02}", random.below(0..12));
    let title = format!("t{}", random.below(0..1_000));
    let mut found = session.get::<Country>(code.clone())?;
    if found.is_some_and(|handle| session.state(handle) == ObjectState::Deleted) {
        // It is marked as deleted, and its row still exists.
        session.flush()?;
        found = session.get::<Country>(code.clone())?;
    }
    match found {
        None => {
            session.add(country(code.clone(), title.clone()));
            model.insert(code, title);
        }
        Some(handle) if random.percent(30) => {
            session.delete(handle)?;
            model.remove(&code);
        }
        Some(handle) => {
            session[handle].title.clone_from(&title);
            model.insert(code, title);
        }
    }
    Ok(())
}

/// Checks that exactly the stored objects in memory are in the model.
fn compare(session: &Session, model: &Rows) {
    let live = session
        .handles::<Country>()
        .into_iter()
        .map(|handle| (session[handle].code.clone(), session[handle].title.clone()));
    assert_eq!(live.collect::<Rows>(), *model);
    for (code, title) in model {
        if let Some(found) = session.find::<Country>(code.clone()) {
            assert_eq!(session[found].title, *title);
            assert_eq!(session.state(found), ObjectState::Persistent);
        }
    }
}

fn nest(
    session: &mut Session,
    random: &mut Random,
    model: &mut Rows,
    depth: usize,
) -> Result<(), Stop> {
    for _ in 0..random.below(0..4) {
        change(session, random, model)?;
    }
    if depth > 0 {
        for _ in 0..if random.percent(4) { 2 } else { 1 } {
            let mut inner = model.clone();
            let before = model.clone();
            let result = session.savepoint_with(|session| {
                nest(session, random, &mut inner, depth - 1)?;
                if random.percent(40) { Err(Stop::Wanted) } else { Ok(()) }
            });
            *model = match result {
                Ok(()) => inner,
                Err(Stop::Wanted) => before,
                Err(stop) => return Err(stop),
            };
            compare(session, model);
        }
    }
    for _ in 0..random.below(0..2) {
        change(session, random, model)?;
    }
    if random.percent(20) {
        session.flush()?;
    }
    Ok(())
}

on_all_databases! {
    // scenario 10
    fn nested_savepoints_are_what_the_model_says(db: &TestDb) {
        super::create_tables(db);
        let runs = if db.dialect() == Dialect::Sqlite { 500 } else { 60 };
        for_seeds("savepoints", runs, |random| {
            let mut session = quick(db);
            let mut model = Rows::new();
            nest(&mut session, random, &mut model, 0).unwrap();
            session.commit().unwrap();
            let depth = if random.percent(10) { 50 } else { random.below(1..12) };
            let before = model.clone();
            match nest(&mut session, random, &mut model, depth) {
                Ok(()) => {}
                Err(Stop::Failed(error)) => panic!("{error}"),
                Err(Stop::Wanted) => unreachable!("only closures end so"),
            }
            if random.percent(70) {
                session.commit().unwrap();
            } else {
                session.rollback().unwrap();
                model = before;
            }
            let rows: Vec<_> = model.iter().map(|(code, title)| format!("{code}|{title}")).collect();
            assert_eq!(db.rows("country", "code, title"), rows);
            // The model has all rows; objects that were read earlier may have left the session.
            session.query::<Country>().all().unwrap();
            compare(&session, &model);
            session.rollback().unwrap();
            probe(db, &mut session, "probe");
            super::empty_tables(&mut session);
        });
    }

    fn rollback_inside_a_savepoint_goes_back_to_its_beginning(db: &TestDb) {
        let mut session = super::session_on(db);
        let outer = session.add(country("a", "outer"));
        session
            .savepoint(|session| {
                session[outer].title = "inner".to_owned();
                let inner = session.add(country("b", "inner"));
                session.flush()?;
                session.rollback()?;
                assert_eq!(session[outer].title, "outer");
                assert_eq!(session.state(inner), ObjectState::Transient);
                session.add(country("c", "later"));
                Ok(())
            })
            .unwrap();
        session.commit().unwrap();
        assert_eq!(db.rows("country", "code, title"), ["a|outer", "c|later"]);
    }
}
