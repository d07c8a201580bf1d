//! Graphs of objects of several subtypes: added, copied, detached and merged.

use orm_runtime::prelude::*;
use orm_runtime::{ObjectState, relationship::Related};
use orm_tests::{TestDb, assert_sql, on_all_databases};

use super::model::*;
use super::people::*;

/// Returns a company with a person of each subtype, one of whom manages another, and notes.
fn company() -> Company {
    let mut manager = manager("max");
    manager.engineers = [engineer("eve")].into_iter().collect();
    let mut boss = boss("bob");
    boss.manager.person.notes = [Note::builder().text("by bob").build()].into_iter().collect();
    let people = [Staff::from(manager), boss.into(), temp("tim").into(), person("pat").into()];
    Company::builder().name("acme").people(people).build()
}

on_all_databases! {
    fn an_unsaved_graph_of_kinds_is_one_insert_a_table(db: &TestDb) {
        let mut session = db.session_for(people());
        let acme = session.add(company());
        let people = session[acme].people.handles(&session).unwrap();
        assert_eq!(names(&session, &people), ["bob", "max", "pat", "tim"]);
        session.commit().unwrap();
        assert_sql!(
            session,
            "I inh_company x1; I inh_person x3; I inh_person x1; I inh_manager x2; I inh_boss x1; \
             I inh_person x1; I inh_engineer x1; I inh_note x1"
        );
        let bob = session.query::<Boss>().one().unwrap();
        assert_eq!(session[bob].notes.len(&session).unwrap(), 1);
        let eve = session.query::<Engineer>().one().unwrap();
        assert_eq!(session[eve].manager.get(&session).unwrap().unwrap().name, "max");
        assert_eq!(session[eve].manager.key(), session.key(session[eve].manager.handle(&session).unwrap().unwrap()).as_ref());
    }

    fn a_reference_takes_the_handle_of_every_kind(db: &TestDb) {
        let mut session = db.session_for(people());
        let acme = session.add(Company::builder().name("acme").build());
        let bob = session.add(boss("bob"));
        let note = session.add(Note::builder().text("hi").author(bob).build());
        let mut eve = engineer("eve");
        eve.manager = bob.into();
        let eve = session.add(eve);
        let mut tim = temp("tim");
        tim.mentor = eve.into();
        let tim = session.add(tim);
        session.commit().unwrap();
        assert_eq!(session[note].author.get(&session).unwrap().name, "bob");
        assert_eq!(session[eve].manager.handle(&session).unwrap(), Some(bob.upcast()));
        assert_eq!(session[tim].mentor.get(&session).unwrap().unwrap().name, "eve");
        assert_eq!(session[bob].engineers.handles(&session).unwrap(), [eve]);

        session.link(acme, company::people, bob).unwrap();
        session.link(bob, person::notes, note).unwrap();
        session.link_all(acme, company::people, &[eve.upcast(), tim.upcast()]).unwrap();
        session.unlink(acme, company::people, tim).unwrap();
        session.commit().unwrap();
        session.clear();
        let acme = session.query::<Company>().eager(company::people).one().unwrap();
        let people = session[acme].people.handles(&session).unwrap();
        assert_eq!(names(&session, &people), ["bob", "eve"]);
        let found = session.related(acme, company::people).unwrap().filter(person::name.eq("bob"));
        assert_eq!(found.count().unwrap(), 1);
    }

    fn a_kind_leaves_and_comes_back_as_itself(db: &TestDb) {
        let mut session = db.session_for(people());
        let one = one_of_each(&mut session);
        let mut bob = session.detach(one.boss).unwrap();
        assert_eq!(session.state(one.boss), ObjectState::Detached);
        bob.golf = 5;
        bob.name = "rob".to_owned();
        let back = session.merge(bob).unwrap();
        assert_eq!((&*session[back].name, session[back].golf), ("rob", 5));
        session.commit().unwrap();
        assert_sql!(session, "S inh_person; U inh_person[name] x1; U inh_boss[golf] x1");

        // As the enum it works as well, and it is still the same object.
        let tim = session.detach(one.temp.upcast::<Staff>()).unwrap();
        assert!(matches!(tim, Staff::Temp(_)));
        let again = session.merge(tim).unwrap();
        assert!(session.downcast::<Temp>(again).is_some());
        session.commit().unwrap();
        assert_sql!(session, "S inh_person");
    }

    fn no_column_of_a_further_kind_gets_lost(db: &TestDb) {
        let mut session = db.session_for(people());
        let one = one_of_each(&mut session);
        let as_manager: Handle<Manager> = one.boss.upcast();
        let error = session.detach(as_manager).unwrap_err().to_string();
        assert!(error.contains("detached") && error.contains("of a subtype"), "{error}");
        assert_eq!(session.state(one.boss), ObjectState::Persistent);
        assert!(session.copy_graph(as_manager).is_err());
        assert!(session.detach_graph(as_manager).is_err());
        assert!(session.copy_graph(one.boss.upcast::<Staff>()).is_ok());
        assert!(session.detach(one.person).is_ok());
        session.evict(as_manager).unwrap();
        assert_eq!(session.state(one.boss), ObjectState::Detached);
    }

    fn merging_changes_no_kind(db: &TestDb) {
        let mut session = db.session_for(people());
        let one = one_of_each(&mut session);
        let key = session.key(one.engineer).unwrap();
        let mut other = temp("eve");
        other.person.id = Auto::from(key);
        let refused = "Staff 2";
        let error = session.merge(other.clone()).unwrap_err().to_string();
        assert!(error.contains("another subtype"), "{error}");
        let error = session.merge(Staff::from(other)).unwrap_err().to_string();
        assert!(error.starts_with(refused) && error.contains("another subtype"), "{error}");
        session.commit().unwrap();
        // The second call has read the row, because the object was stale.
        assert_sql!(session, "S inh_person");
    }

    fn a_graph_of_kinds_is_copied_and_merged(db: &TestDb) {
        let mut session = db.session_for(people());
        let acme = session.add(company());
        session.commit().unwrap();
        let mut copy = session.copy_graph(acme).unwrap();
        let kinds: Vec<_> = copy.people.pending().iter().map(|related| match related {
            Related::New(Staff::Boss(boss)) => format!("boss {} {}", boss.name, boss.notes.pending().len()),
            Related::New(Staff::Manager(it)) => format!("{} of {}", it.name, it.engineers.pending().len()),
            Related::New(other) => other.name.clone(),
            Related::Existing(_) => panic!("a copy has handles"),
         _ => unreachable!("a database without tests"), }).collect();
        assert_eq!(kinds, ["max of 1", "boss bob 1", "tim", "pat"]);
        copy.name = "acme ltd".to_owned();
        session.take_log();
        session.merge_graph(copy).unwrap();
        session.commit().unwrap();
        let log = session.take_log();
        let other = ["SELECT", "BEGIN", "SAVEPOINT", "RELEASE", "COMMIT"];
        let is_write = |sql: &str| !other.iter().any(|word| sql.starts_with(word));
        let writes: Vec<_> = log.iter().filter(|it| is_write(&it.sql)).collect();
        assert_eq!(writes.len(), 1, "the name of the company alone: {log:#?}");
        assert_eq!(db.rows("inh_company", "name"), ["acme ltd"]);

        let out = session.detach_graph(acme).unwrap();
        assert!(session.query::<Boss>().count().unwrap() == 1 && session.handles::<Boss>().is_empty());
        let acme = session.merge_graph(out).unwrap();
        session.commit().unwrap();
        let people = session[acme].people.handles(&session).unwrap();
        assert_eq!(names(&session, &people), ["bob", "max", "pat", "tim"]);
        assert_eq!(db.count("inh_person"), 5);
    }

    fn what_is_reached_knows_its_kind(db: &TestDb) {
        let mut session = db.session_for(people());
        let acme = session.add(company());
        let reached = session.reachable(acme).unwrap();
        let bosses: Vec<_> = reached.iter().filter_map(|any| any.downcast::<Boss>()).collect();
        assert_eq!(names(&session, &bosses), ["bob"]);
        let managers: Vec<_> = reached.iter().filter_map(|any| any.downcast::<Manager>()).collect();
        assert_eq!(names(&session, &managers), ["bob", "max"]);
        let people: Vec<_> = reached.iter().filter_map(|any| any.downcast::<Person>()).collect();
        assert_eq!(people.len(), 5);
    }
}
