//! An orphan was in a collection that deletes orphans. An object that never was in one is not an
//! orphan.

use orm_runtime::ObjectState;
use orm_runtime::prelude::*;
use orm_tests::{TestDb, on_all_databases};

use super::model::{Label, Org, Thing, org, schema, thing};

on_all_databases! {
    fn a_new_object_that_never_had_an_owner_is_written(db: &TestDb) {
        let mut session = db.session_for(schema());
        let n1 = session.add(thing("n1"));
        session.commit().unwrap();
        assert_eq!(session.state(n1), ObjectState::Persistent);
        assert_eq!(db.rows("thing", "name"), ["n1"]);
    }

    fn one_owner_of_two_is_enough(db: &TestDb) {
        let mut session = db.session_for(schema());
        let root = session.add(thing("root"));
        let o = session.add(org("acme"));
        let [a, b] = ["a", "b"].map(|name| session.add(thing(name)));
        session.link(root, thing::children, a).unwrap();
        session.link(o, org::things, b).unwrap();
        session.commit().unwrap();
        session.unlink(o, org::things, b).unwrap();
        session.link(root, thing::children, b).unwrap();
        session.commit().unwrap();
        assert_eq!(db.rows("thing", "name, org_id, parent_id"), [
            "a|NULL|1", "b|NULL|1", "root|NULL|NULL",
        ]);
    }

    fn a_new_object_that_was_taken_out_is_an_orphan(db: &TestDb) {
        let mut session = db.session_for(schema());
        let root = session.add(
            Thing::builder().name("root").children([thing("kept"), thing("gone")]).build(),
        );
        let gone = session[root].children.handles(&session).unwrap()[1];
        session.unlink(root, thing::children, gone).unwrap();
        session.commit().unwrap();
        assert_eq!(db.rows("thing", "name"), ["kept", "root"]);
        assert_eq!(session.state(gone), ObjectState::Transient);
    }

    fn a_new_object_that_left_a_collection_which_is_not_loaded_is_an_orphan(db: &TestDb) {
        let mut session = db.session_for(schema());
        session.add(thing("root"));
        session.commit().unwrap();
        session.clear();
        let root = session.get_one::<Thing>(1).unwrap();
        let gone = session.add(thing("gone"));
        session.link(root, thing::children, gone).unwrap();
        session.unlink(root, thing::children, gone).unwrap();
        session.commit().unwrap();
        assert_eq!(db.rows("thing", "name"), ["root"]);
    }

    fn a_new_object_in_the_place_of_an_orphan_is_not_one(db: &TestDb) {
        let mut session = db.session_for(schema());
        let root = session.add(
            Thing::builder().name("root").children([thing("gone")]).build(),
        );
        session.commit().unwrap();
        let gone = session[root].children.handles(&session).unwrap()[0];
        session.unlink(root, thing::children, gone).unwrap();
        session.commit().unwrap(); // deleted, and its slot in memory is free
        let new = session.add(thing("new"));
        session.commit().unwrap();
        assert_eq!(session.state(new), ObjectState::Persistent);
        assert_eq!(db.rows("thing", "name"), ["new", "root"]);
    }

    fn new_objects_of_a_new_orphan_go_with_it(db: &TestDb) {
        let mut session = db.session_for(schema());
        let o = session.add(org("acme"));
        let gone = session.add(Thing::builder().name("gone").org(o).build());
        let part = session.add(Thing::builder().name("part").parent(gone).build());
        let part_of_part = session.add(Thing::builder().name("part of part").parent(part).build());
        session[gone].org = None;
        session.commit().unwrap();
        assert_eq!(db.count("thing"), 0);
        for thing in [gone, part, part_of_part] {
            assert_eq!(session.state(thing), ObjectState::Transient);
        }
    }

    fn a_failed_flush_takes_back_what_went_with_a_new_orphan(db: &TestDb) {
        let mut session = db.session_for(schema());
        let [one, two] = ["a", "a"].map(|name| session.add(Label::builder().name(name).build()));
        let o = session.add(org("acme"));
        let gone = session.add(Thing::builder().name("gone").org(o).build());
        let part = session.add(Thing::builder().name("part").parent(gone).build());
        session[gone].org = None;
        session.commit().unwrap_err();
        assert_eq!([gone, part].map(|it| session.state(it)), [ObjectState::Pending; 2]);
        session[two].name = "b".to_owned();
        session[gone].org = Some(o.into());
        session.commit().unwrap();
        assert_eq!(db.rows("thing", "name, org_id, parent_id"), ["gone|1|NULL", "part|NULL|1"]);
        let _ = one;
    }

    fn a_stored_object_is_not_lost_with_a_new_orphan(db: &TestDb) {
        let mut session = db.session_for(schema());
        let o = session.add(org("acme"));
        let part = session.add(thing("part"));
        session.commit().unwrap();
        let gone = session.add(Thing::builder().name("gone").org(o).build());
        session[part].parent = Some(gone.into());
        session[gone].org = None;
        let error = session.commit().unwrap_err();
        assert!(matches!(error, Error::Reference { entity: "Thing", .. }), "{error}");
        session[part].parent = None;
        session.commit().unwrap();
        assert_eq!(db.rows("thing", "name, parent_id"), ["part|NULL"]);
    }

    fn a_new_object_leaves_an_owner_by_key_as_well(db: &TestDb) {
        let mut session = db.session_for(schema());
        session.add(org("acme"));
        session.commit().unwrap();
        session.clear();
        let reference = ForeignKey::to_key(1);
        let gone = session.add(Thing::builder().name("gone").org(reference).build());
        session[gone].org = None;
        session.commit().unwrap();
        assert_eq!(db.count("thing"), 0);
    }

    fn an_orphan_that_is_added_again_is_written(db: &TestDb) {
        let mut session = db.session_for(schema());
        let o = session.add(org("acme"));
        let t = session.add(Thing::builder().name("t").org(o).build());
        session[t].org = None;
        session.rollback().unwrap();
        session.add_again(t).unwrap();
        session.commit().unwrap();
        assert_eq!(session.state(t), ObjectState::Persistent);
        assert_eq!(db.rows("thing", "name, org_id"), ["t|NULL"]);
    }

    fn a_query_between_add_and_link_changes_nothing(db: &TestDb) {
        for query in [false, true] {
            let mut session = db.session_for(schema![]);
            if !query {
                schema().create_all(&mut session).unwrap();
            }
            let o = session.add(org("acme"));
            let t = session.add(thing("t"));
            if query {
                session.query::<Org>().all().unwrap();
            }
            session.link(o, org::things, t).unwrap();
            session.commit().unwrap();
            assert_eq!(db.count("thing"), if query { 2 } else { 1 });
        }
        assert_eq!(db.rows("thing", "org_id"), ["1", "2"]);
    }

    fn a_link_to_what_is_not_stored_is_an_error(db: &TestDb) {
        let mut session = db.session_for(schema());
        let o = session.add(org("acme"));
        let t = session.add(thing("t"));
        session.delete(t).unwrap();
        let error = session.link(o, org::things, t).unwrap_err();
        assert!(matches!(error, Error::InvalidState { entity: "Thing", action: "linked", .. }), "{error}");
        let u = session.add(thing("u"));
        session.delete(o).unwrap();
        let error = session.link(o, org::things, u).unwrap_err();
        assert!(matches!(error, Error::InvalidState { entity: "Org", .. }), "{error}");
    }
}
