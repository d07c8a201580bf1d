//! A query deletes rows, and the database changes the rows that reference them.

use orm_runtime::ObjectState;
use orm_runtime::prelude::*;
use orm_tests::{TestDb, on_all_databases};

use super::model::{self, Label, Note, Org, Team, Thing, schema};

/// An organisation with a note, a team, a thing inside a thing, and a label; all of them in memory.
struct Filled {
    session: Session,
    org: Handle<Org>,
    note: Handle<Note>,
    team: Handle<Team>,
    outer: Handle<Thing>,
    inner: Handle<Thing>,
    label: Handle<Label>,
}

fn filled(db: &TestDb) -> Filled {
    let mut session = db.session_for(schema());
    let label = session.add(Label::builder().name("big").build());
    let org = session.add(Org::builder().name("one").labels([label]).build());
    let note = session.add(Note::builder().text("n").org(org).build());
    let team = session.add(Team::builder().name("t").org(org).build());
    let outer = session.add(Thing::builder().name("outer").org(org).build());
    let inner = session.add(Thing::builder().name("inner").parent(outer).build());
    session.commit().unwrap();
    Filled { session, org, note, team, outer, inner, label }
}

fn delete_orgs(session: &mut Session) {
    assert_eq!(session.query::<Org>().delete().unwrap(), 1);
}

on_all_databases! {
    fn what_the_database_has_deleted_along_is_not_found(db: &TestDb) {
        let Filled { mut session, note, outer, inner, .. } = filled(db);
        delete_orgs(&mut session);
        assert_eq!(session.get::<Note>(1).unwrap(), None);
        assert_eq!(session.get::<Thing>(1).unwrap(), None);
        assert_eq!(session.get::<Thing>(2).unwrap(), None);
        assert_eq!(session.state(note), ObjectState::Deleted);
        assert_eq!(session.state(outer), ObjectState::Deleted);
        assert_eq!(session.state(inner), ObjectState::Deleted);
        session.commit().unwrap();
        assert!(session.try_get(note).is_none());
    }

    fn a_reference_that_the_database_has_nullified_is_null(db: &TestDb) {
        let Filled { mut session, team, .. } = filled(db);
        delete_orgs(&mut session);
        assert_eq!(session.get::<Team>(1).unwrap(), Some(team));
        assert!(session[team].org.is_none());
        session[team].name = "u".to_owned();
        session.commit().unwrap();
        assert_eq!(db.rows("team", "name, org_id"), ["u|NULL"]);
    }

    fn a_row_whose_owner_was_not_in_memory_is_looked_for(db: &TestDb) {
        let Filled { mut session, org, outer, inner, note, .. } = filled(db);
        session.evict(org).unwrap();
        session.evict(outer).unwrap();
        delete_orgs(&mut session);
        assert_eq!(session.get::<Thing>(2).unwrap(), None);
        assert_eq!(session.get::<Note>(1).unwrap(), None);
        assert!(session.try_get(inner).is_none_or(|_| session.state(inner) != ObjectState::Persistent));
        assert!(session.try_get(note).is_none_or(|_| session.state(note) != ObjectState::Persistent));
        session.commit().unwrap();
    }

    fn an_association_row_goes_with_its_target(db: &TestDb) {
        let Filled { mut session, org, label, .. } = filled(db);
        session.load(org, model::org::labels).unwrap();
        assert_eq!(session.query::<Label>().delete().unwrap(), 1);
        assert_eq!(session.state(label), ObjectState::Deleted);
        assert_eq!(session[org].labels.len(&session).unwrap(), 0);
        let big = session.add(Label::builder().name("big").build());
        session.link(org, model::org::labels, big).unwrap();
        session.commit().unwrap();
        assert_eq!(db.rows("org_label", "org_id").len(), 1);
    }

    fn a_rollback_brings_the_rows_back(db: &TestDb) {
        let Filled { mut session, org, note, team, inner, .. } = filled(db);
        session.savepoint(|session| {
            delete_orgs(session);
            session.rollback()
        }).unwrap();
        assert_eq!(session.get::<Note>(1).unwrap(), Some(note));
        assert_eq!(session.get::<Thing>(2).unwrap(), Some(inner));
        assert_eq!(session.get::<Org>(1).unwrap(), Some(org));
        session.refresh(&[team]).unwrap();
        assert_eq!(session[team].org.as_ref().unwrap().get(&session).unwrap().name, "one");
    }
}
