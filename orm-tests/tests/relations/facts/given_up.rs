//! The result of a rollback: objects without rows, and objects that left the session before it.

use orm_runtime::ObjectState;
use orm_runtime::prelude::*;
use orm_tests::{TestDb, on_all_databases};

use super::model::{Label, Note, Org, Tag, Team, org, schema};

fn team(name: &str, org: Handle<Org>) -> Team {
    Team::builder().name(name).org(org).build()
}

fn label(name: &str) -> Label {
    Label::builder().name(name).build()
}

on_all_databases! {
    fn what_moved_to_another_owner_does_not_come_back_with_the_first(db: &TestDb) {
        let mut session = db.session_for(schema());
        let [one, two] = ["one", "two"].map(|name| session.add(org(name)));
        let red = session.add(team("red", one));
        session[red].org = Some(two.into());
        session.rollback().unwrap();
        assert_eq!(session[one].teams.len(&session).unwrap(), 0);
        assert_eq!(session[two].teams.handles(&session).unwrap(), [red]);
        session.add_again(one).unwrap();
        session.commit().unwrap();
        assert_eq!(db.rows("org", "name"), ["one"]);
        assert_eq!(db.count("team"), 0);
    }

    fn what_was_deleted_before_does_not_come_back_with_its_owner(db: &TestDb) {
        let mut session = db.session_for(schema());
        let acme = session.add(org("acme"));
        let [red, blue] = ["red", "blue"].map(|name| session.add(team(name, acme)));
        session.delete(red).unwrap();
        session.rollback().unwrap();
        assert_eq!(session[acme].teams.handles(&session).unwrap(), [blue]);
        session.add_again(acme).unwrap();
        session.commit().unwrap();
        assert_eq!(db.rows("team", "name"), ["blue"]);
        session.add_again(red).unwrap();
        assert_eq!(session[acme].teams.handles(&session).unwrap(), [blue, red]);
        session.commit().unwrap();
        assert_eq!(db.rows("team", "name"), ["blue", "red"]);
    }

    fn what_was_written_and_deleted_before_does_not_come_back_with_its_owner(db: &TestDb) {
        for flushed in [true, false] {
            let mut session = db.session_for(schema![]);
            schema().create_all(&mut session).unwrap();
            let acme = session.add(org("acme"));
            let [red, blue] = ["red", "blue"].map(|name| session.add(team(name, acme)));
            session.flush().unwrap();
            session.delete(red).unwrap();
            if flushed {
                session.flush().unwrap();
            }
            session.rollback().unwrap();
            assert_eq!(session.state(red), ObjectState::Transient);
            assert_eq!(session[acme].teams.handles(&session).unwrap(), [blue]);
            session.add_again(acme).unwrap();
            session.commit().unwrap();
            assert_eq!(db.rows("team", "name"), ["blue"]);
            session.add_again(red).unwrap();
            assert_eq!(session[acme].teams.handles(&session).unwrap(), [blue, red]);
            session.commit().unwrap();
            assert_eq!(db.rows("team", "name"), ["blue", "red"]);
            schema().drop_all(&mut session).unwrap();
        }
    }

    fn what_was_deleted_in_a_savepoint_that_is_undone_stays_in_its_collection(db: &TestDb) {
        let mut session = db.session_for(schema());
        let acme = session.add(org("acme"));
        let [red, blue] = ["red", "blue"].map(|name| session.add(team(name, acme)));
        session.flush().unwrap();
        session.savepoint(|session| {
            session.delete(red)?;
            session.flush()?;
            session.rollback()
        }).unwrap();
        assert_eq!(session[acme].teams.handles(&session).unwrap(), [red, blue]);
        session.rollback().unwrap();
        session.add_again(acme).unwrap();
        session.commit().unwrap();
        assert_eq!(db.rows("team", "name"), ["blue", "red"]);
    }

    fn what_was_deleted_along_with_its_owner_comes_back_with_it(db: &TestDb) {
        let mut session = db.session_for(schema());
        let acme = session.add(org("acme"));
        session.add(Note::builder().text("n").org(acme).build());
        session.flush().unwrap();
        session.delete(acme).unwrap();
        session.flush().unwrap();
        session.rollback().unwrap();
        session.add_again(acme).unwrap();
        session.commit().unwrap();
        assert_eq!(db.rows("note", "text"), ["n"]);
    }

    fn what_was_linked_and_unlinked_before_is_not_linked_again(db: &TestDb) {
        let mut session = db.session_for(schema());
        let [big, small] = ["big", "small"].map(|name| session.add(label(name)));
        let acme = session.add(Org::builder().name("acme").labels([big, small]).build());
        session.flush().unwrap();
        session.unlink(acme, org::labels, big).unwrap();
        session.flush().unwrap();
        session.rollback().unwrap();
        assert_eq!(session[acme].labels.handles(&session).unwrap(), [small]);
        session.add_again(acme).unwrap();
        session.commit().unwrap();
        assert_eq!(db.count("org_label"), 1);
    }

    fn what_left_the_session_after_a_change_that_is_undone_is_loaded_again(db: &TestDb) {
        drop(db.session_for(schema()));
        let options = SessionOptions { expire_on_commit: false, ..SessionOptions::default() };
        let mut session = db.session_with(options);
        let acme = session.add(org("acme"));
        let red = session.add(team("red", acme));
        session.commit().unwrap();
        session.delete(acme).unwrap();
        session.flush().unwrap();
        assert!(session[red].org.is_none());
        session.evict(red).unwrap();
        session.rollback().unwrap();
        session.load(acme, org::teams).unwrap();
        assert_eq!(session[acme].teams.len(&session).unwrap(), 1);
    }

    fn what_left_the_session_after_a_deletion_that_is_undone_is_loaded_again(db: &TestDb) {
        drop(db.session_for(schema()));
        let options = SessionOptions { expire_on_commit: false, ..SessionOptions::default() };
        let mut session = db.session_with(options);
        let acme = session.add(org("acme"));
        let red = session.add(team("red", acme));
        session.commit().unwrap();
        session.delete(red).unwrap();
        session.flush().unwrap();
        session.evict(red).unwrap();
        session.rollback().unwrap();
        session.load(acme, org::teams).unwrap();
        assert_eq!(session[acme].teams.len(&session).unwrap(), 1);
    }

    fn the_deletion_of_the_object_of_an_undone_row_reaches_what_refers_to_it(db: &TestDb) {
        let mut session = db.session_for(schema());
        session.bulk_insert([org("undone")]).unwrap();
        let ghost = session.query::<Org>().one().unwrap();
        session.rollback().unwrap();
        let red = session.add(team("red", ghost));
        session.delete(ghost).unwrap();
        session.commit().unwrap();
        assert_eq!(db.rows("team", "name, org_id"), ["red|NULL"]);
        assert!(session[red].org.is_none());
        assert_eq!(session.state(ghost), ObjectState::Transient);
    }

    fn an_attached_struct_of_an_undone_row_is_not_that_of_another(db: &TestDb) {
        let mut session = db.session_for(schema());
        let x = session.add(Tag { name: "x".to_owned(), weight: 1 });
        session.flush().unwrap();
        let out = session.detach(x).unwrap();
        let x = session.attach(out).unwrap();
        session.rollback().unwrap();
        db.execute("INSERT INTO tag (name, weight) VALUES ('x', 7)");
        session[x].weight = 9;
        let error = session.commit().unwrap_err();
        assert!(matches!(error, Error::StaleRow { entity: "Tag", .. }), "{error}");
        assert_eq!(db.rows("tag", "name, weight"), ["x|7"]);
    }
}
