//! The tables that a query for a level of the hierarchy reads: those of its lineage, and of the
//! subtypes that extend it.

use orm_runtime::prelude::*;
use orm_runtime::{Dialect, query::Lock};
use orm_tests::{TestDb, assert_sql, on_all_databases};

use super::flush::{boss, engineer, manager, person, schema, temp};
use super::model::*;

/// Stores a company in which dilbert and wally work for pointy, and all but the temp have notes.
fn office(db: &TestDb) -> Session {
    let mut session = db.session_for(schema());
    let acme = session.add(Company::builder().name("acme").build());
    let pointy = session.add(manager("pointy", "busy"));
    let catbert = session.add(boss("catbert", 4));
    session[catbert].company = Some(acme.into());
    for name in ["dilbert", "wally"] {
        let engineer = session.add(engineer(name, "regular"));
        session[engineer].manager = Some(pointy.into());
        session[engineer].company = Some(acme.into());
        for text in ["one", "two"] {
            let note = Note::builder().text(text).author(engineer.upcast::<Person>()).build();
            session.add(note);
        }
    }
    let alice = session.add(engineer("alice", "senior"));
    session[alice].manager = Some(catbert.upcast::<Manager>().into());
    session.add(person("joe"));
    let ted = session.add(temp("ted"));
    session[ted].mentor = Some(catbert.upcast::<Person>().into());
    session.add(Note::builder().text("evil").author(catbert.upcast::<Person>()).build());
    session.commit().unwrap();
    session.clear();
    session.take_log();
    session
}

on_all_databases! {
    fn a_query_reads_what_its_level_has(db: &TestDb) {
        let mut session = office(db);
        assert_eq!(session.query::<Person>().count().unwrap(), 7);
        assert_eq!(session.query::<Manager>().count().unwrap(), 2);
        assert_eq!(session.query::<Boss>().count().unwrap(), 1);
        assert_eq!(session.query::<Temp>().count().unwrap(), 1);
        assert_eq!(session.query::<Temp>().unscoped_all().count().unwrap(), 1);
        assert_eq!(session.query::<Staff>().distinct().count().unwrap(), 7);
        assert_eq!(session.query::<Manager>().order_by(person::name.asc()).limit(1).count().unwrap(), 1);
        session.take_log();
        let all = session.query::<Staff>().order_by(person::name.asc()).all().unwrap();
        assert_sql!(session, "S inh_person");
        let kinds: Vec<_> = all
            .iter()
            .map(|&staff| match &session[staff] {
                Staff::Person(_) => "person",
                Staff::Engineer(_) => "engineer",
                Staff::Manager(_) => "manager",
                Staff::Boss(_) => "boss",
                Staff::Temp(_) => "temp",
            })
            .collect();
        assert_eq!(kinds, ["engineer", "boss", "engineer", "person", "manager", "temp", "engineer"]);
        // All subtypes, with a condition on one of them.
        let found = session.query::<Person>().filter(engineer::status.eq("senior")).one().unwrap();
        assert_eq!(session[found].name, "alice");
        let names: Vec<String> = session
            .query::<Manager>()
            .distinct_on(manager::status, person::name.asc())
            .select(person::name)
            .load()
            .unwrap();
        assert_eq!(names, ["catbert"]);
    }

    fn rows_of_kinds_are_locked(db: &TestDb) {
        let mut session = office(db);
        assert_eq!(session.query::<Staff>().lock(Lock::Update).all().unwrap().len(), 7);
        assert_eq!(session.query::<Boss>().lock(Lock::UpdateNowait).all().unwrap().len(), 1);
        assert_eq!(session.query::<Temp>().lock(Lock::Share).all().unwrap().len(), 1);
        let log = session.take_log();
        if session.dialect() == Dialect::Postgres {
            assert!(log.iter().any(|it| it.sql.ends_with("FOR UPDATE OF \"inh_person\"")), "{log:?}");
            let boss = "FOR UPDATE OF \"inh_person\", \"inh_manager\", \"inh_boss\" NOWAIT";
            assert!(log.iter().any(|it| it.sql.ends_with(boss)), "{log:?}");
        }
    }

    fn batches_and_streams_of_kinds(db: &TestDb) {
        let mut session = office(db);
        let mut seen = Vec::new();
        session
            .query::<Staff>()
            .batches(2, |session, batch| {
                seen.extend(batch.iter().map(|&staff| session[staff].name.clone()));
                Ok(())
            })
            .unwrap();
        assert_eq!(seen.len(), 7);
        let golf: Vec<i32> =
            session.query::<Boss>().stream().unwrap().map(|boss| boss.unwrap().golf).collect();
        assert_eq!(golf, [4]);
        let rows = session.query::<Manager>().order_by(person::name.asc()).rows();
        // One of them is a boss, and a manager's row does not have all of its columns.
        assert!(rows.is_err() || rows.unwrap().len() == 2);
    }

    fn a_base_and_a_kind_are_joined(db: &TestDb) {
        let mut session = office(db);
        let notes = session
            .query::<Note>()
            .order_by(note::id.asc())
            .eager(note::author.joined())
            .all()
            .unwrap();
        assert_sql!(session, "S inh_note");
        let authors: Vec<_> =
            notes.iter().map(|&it| &*session[it].author.get(&session).unwrap().name).collect();
        assert_eq!(authors, ["dilbert", "dilbert", "wally", "wally", "catbert"]);
        assert_eq!(session.query::<Boss>().one().map(|it| session[it].golf).unwrap(), 4);

        session.clear();
        session.take_log();
        let engineers = session
            .query::<Engineer>()
            .order_by(person::name.asc())
            .eager(engineer::manager.joined())
            .all()
            .unwrap();
        assert_sql!(session, "S inh_person");
        let managers: Vec<_> = engineers
            .iter()
            .map(|&it| &*session[it].manager.as_ref().unwrap().get(&session).unwrap().name)
            .collect();
        assert_eq!(managers, ["catbert", "pointy", "pointy"]);

        // Collections of subtypes and of their base, with a limit that counts objects.
        session.clear();
        session.take_log();
        let managers = session
            .query::<Manager>()
            .order_by(person::name.desc())
            .limit(1)
            .eager(manager::engineers.joined())
            .all()
            .unwrap();
        assert_sql!(session, "S inh_person");
        assert_eq!(session[managers[0]].engineers.len(&session).unwrap(), 2);
        session.clear();
        let companies = session.query::<Company>().eager(company::people.joined()).all().unwrap();
        assert_eq!(session[companies[0]].people.len(&session).unwrap(), 3);
        session.clear();
        let companies = session.query::<Company>().eager(company::people).all().unwrap();
        assert_eq!(session[companies[0]].people.len(&session).unwrap(), 3);
        session.clear();
        let filtered = manager::engineers.filter(person::name.eq("wally")).joined();
        let managers =
            session.query::<Manager>().order_by(person::name.desc()).eager(filtered).all().unwrap();
        assert_eq!(session[managers[0]].engineers.part(&session).unwrap().count(), 1);
        session.clear();
        let pairs = session.query::<Note>().join(note::author).all().unwrap();
        assert_eq!(pairs.len(), 5);
    }

    fn conditions_and_columns_along_relationships(db: &TestDb) {
        let mut session = office(db);
        let of = |session: &mut Session, condition| {
            let query = session.query::<Manager>().filter(condition);
            query.select(person::name).load::<String>().unwrap()
        };
        let has = manager::engineers.has_any(person::name.eq("alice"));
        assert_eq!(of(&mut session, has), ["catbert"]);
        let none = manager::engineers.has_none(engineer::status.eq("senior"));
        assert_eq!(of(&mut session, none), ["pointy"]);
        let notes = session
            .query::<Note>()
            .filter(note::author.has(engineer::status.eq("regular")))
            .count()
            .unwrap();
        assert_eq!(notes, 4);
        let engineers: Vec<(String, Option<String>)> = session
            .query::<Engineer>()
            .filter(engineer::manager.has(person::name.eq("catbert")))
            .select((person::name, engineer::manager.column(manager::status)))
            .load()
            .unwrap();
        assert_eq!(engineers, [("alice".to_owned(), Some("busy".to_owned()))]);
        let counts: Vec<i64> = session
            .query::<Manager>()
            .order_by(person::name.asc())
            .select(manager::engineers.count())
            .load()
            .unwrap();
        assert_eq!(counts, [1, 2]);
        let names: Vec<Option<String>> = session
            .query::<Note>()
            .order_by(note::author.column(person::name).desc())
            .limit(1)
            .select(note::author.column(person::name))
            .load()
            .unwrap();
        assert_eq!(names, [Some("wally".to_owned())]);
    }
}
