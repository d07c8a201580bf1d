//! Only facts of the current transaction decide a write: two sessions.

use orm_runtime::ObjectState;
use orm_runtime::prelude::*;
use orm_tests::{TestDb, assert_sql, on_all_databases};

use super::model::{Label, Note, Org, Team, Thing, org, schema, thing};

/// Organisations 1 and 2, and a note, a team and a thing that belonged to 1 and now belong to 2.
struct Moved {
    session: Session,
    one: Handle<Org>,
    note: Handle<Note>,
    team: Handle<Team>,
    thing: Handle<Thing>,
}

fn moved_elsewhere(db: &TestDb, expire_on_commit: bool) -> Moved {
    drop(db.session_for(schema()));
    let options = SessionOptions { expire_on_commit, ..SessionOptions::default() };
    let mut session = db.session_with(options);
    let [one, _] = ["one", "two"].map(|name| session.add(org(name)));
    let note = session.add(Note::builder().text("n").org(one).build());
    let team = session.add(Team::builder().name("t").org(one).build());
    let thing = session.add(Thing::builder().name("th").org(one).build());
    session.commit().unwrap();
    for table in ["note", "team", "thing"] {
        db.execute(&format!("UPDATE {table} SET org_id = 2"));
    }
    Moved { session, one, note, team, thing }
}

on_all_databases! {
    fn a_deletion_follows_the_rows_as_they_are(db: &TestDb) {
        let Moved { mut session, one, note, .. } = moved_elsewhere(db, true);
        session.delete(one).unwrap();
        session.commit().unwrap();
        assert_eq!(db.rows("org", "name"), ["two"]);
        assert_eq!(db.rows("note", "text, org_id"), ["n|2"]);
        assert_eq!(db.rows("team", "name, org_id"), ["t|2"]);
        assert_eq!(db.rows("thing", "name, org_id"), ["th|2"]);
        assert_eq!(session.state(note), ObjectState::Persistent);
    }

    fn a_deletion_follows_the_rows_also_where_objects_are_kept_over_a_commit(db: &TestDb) {
        let Moved { mut session, one, team, .. } = moved_elsewhere(db, false);
        session.delete(one).unwrap();
        session.commit().unwrap();
        // It was searched for, and was not found.
        assert!(session.is_stale(team));
        session.query::<Team>().all().unwrap();
        assert_eq!(session[team].org.as_ref().and_then(|org| org.key()), Some(&2));
        session.commit().unwrap();
        assert_eq!(db.rows("note", "text, org_id"), ["n|2"]);
        assert_eq!(db.rows("team", "name, org_id"), ["t|2"]);
        assert_eq!(db.rows("thing", "name, org_id"), ["th|2"]);
    }

    fn a_deletion_takes_what_was_moved_to_it(db: &TestDb) {
        let Moved { mut session, note, team, thing, .. } = moved_elsewhere(db, true);
        let two = session.get_one::<Org>(2).unwrap();
        session.delete(two).unwrap();
        session.commit().unwrap();
        assert_eq!((db.count("note"), db.count("thing")), (0, 0));
        assert_eq!(db.rows("team", "name, org_id"), ["t|NULL"]);
        for state in [session.state(note), session.state(thing)] {
            assert_eq!(state, ObjectState::Detached);
        }
        assert!(session[team].org.is_none());
    }

    fn what_is_taken_out_of_a_collection_was_in_it(db: &TestDb) {
        let Moved { mut session, one, thing, .. } = moved_elsewhere(db, true);
        let error = session.unlink(one, org::things, thing).unwrap_err();
        assert!(matches!(error, Error::InvalidState { entity: "Thing", .. }), "{error}");
        session.commit().unwrap();
        assert_eq!(db.rows("thing", "name, org_id"), ["th|2"]);
    }

    fn an_orphan_of_one_owner_is_not_deleted_when_it_is_anothers(db: &TestDb) {
        let Moved { mut session, thing, .. } = moved_elsewhere(db, true);
        session[thing].org = None;
        let error = session.commit().unwrap_err();
        assert!(matches!(error, Error::StaleRow { entity: "Thing", .. }), "{error}");
        assert_eq!(db.rows("thing", "name, org_id"), ["th|2"]);
        session.refresh(&[thing]).unwrap();
        session.commit().unwrap();
        assert_eq!(db.rows("thing", "name, org_id"), ["th|2"]);
    }

    fn rows_that_are_kept_do_not_go_with_what_they_reference(db: &TestDb) {
        let mut session = db.session_for(schema![Drawer, Card]);
        let drawer = session.add(Drawer::builder().build());
        let card = session.add(Card::builder().drawer(drawer).build());
        session.commit().unwrap();
        for marked in [false, true] {
            if marked {
                session.delete(card).unwrap();
                session.commit().unwrap();
            }
            session.delete(drawer).unwrap();
            let error = session.commit().unwrap_err();
            assert!(matches!(error, Error::InvalidState { entity: "Card", action: "kept", .. }), "{error}");
            assert_eq!((db.count("drawer"), db.count("card")), (1, 1));
            session.rollback().unwrap();
        }
        let card = session.query::<Card>().unscoped_all().one().unwrap();
        session.purge(card).unwrap();
        session.delete(drawer).unwrap();
        session.commit().unwrap();
        assert_eq!((db.count("drawer"), db.count("card")), (0, 0));
    }

    fn an_orphan_of_a_subtype_with_a_separate_table_is_looked_for_there(db: &TestDb) {
        let mut session = db.session_for(schema![Crew, Machines]);
        let [one, _] = [0, 1].map(|_| session.add(Crew::builder().build()));
        let base = || Machine::builder().name("m").build();
        let [kept, gone] = [0, 1].map(|_| {
            session.add(Crane::builder().machine(base()).crew(one).build())
        });
        session.commit().unwrap();
        db.execute("UPDATE crane SET crew_id = 2 WHERE id = 1");
        session[gone].crew = None;
        session.commit().unwrap();
        assert_eq!((db.count("machine"), db.count("crane")), (1, 1));
        session[kept].crew = None;
        let error = session.commit().unwrap_err();
        assert!(matches!(error, Error::StaleRow { entity: "Crane", .. }), "{error}");
        assert_eq!(db.rows("crane", "id, crew_id"), ["1|2"]);
    }

    fn an_orphan_that_is_stale_and_unmoved_is_deleted(db: &TestDb) {
        let mut session = db.session_for(schema());
        let o = session.add(org("one"));
        let t = session.add(thing("t"));
        session.link(o, org::things, t).unwrap();
        session.commit().unwrap();
        session[t].org = None;
        session.commit().unwrap();
        assert_eq!(db.count("thing"), 0);
    }

    fn a_link_is_made_although_an_old_list_has_it(db: &TestDb) {
        for expire_on_commit in [true, false] {
            if expire_on_commit {
                drop(db.session_for(schema()));
            }
            let options = SessionOptions { expire_on_commit, ..SessionOptions::default() };
            let mut session = db.session_with(options);
            let name = format!("label {expire_on_commit}");
            let label = session.add(Label::builder().name(name).build());
            let o = session.add(org("acme"));
            session.link(o, org::labels, label).unwrap();
            session.commit().unwrap();
            session.load(o, org::labels).unwrap();
            session.commit().unwrap();
            db.execute("DELETE FROM org_label");
            session.link(o, org::labels, label).unwrap();
            session.commit().unwrap();
            assert_eq!(db.count("org_label"), 1);
            // And in reverse: now it exists.
            db.execute("DELETE FROM org_label");
            session.load(o, org::labels).unwrap();
            session.unlink(o, org::labels, label).unwrap_err();
            session.rollback().unwrap();
            db.execute("DELETE FROM org_label");
        }
    }

    fn what_was_read_in_the_transaction_is_not_read_again(db: &TestDb) {
        let Moved { mut session, .. } = moved_elsewhere(db, true);
        let two = session.query::<Org>().filter(org::name.eq("two")).one().unwrap();
        session.load(two, org::things).unwrap();
        session.load(two, org::notes).unwrap();
        session.load(two, org::teams).unwrap();
        let thing = session[two].things.handles(&session).unwrap()[0];
        session.take_log();
        session.unlink(two, org::things, thing).unwrap();
        session.flush().unwrap();
        assert_sql!(session, "S thing; D thing x1");
    }

    fn what_was_moved_away_does_not_go_with_the_owner_that_it_had(db: &TestDb) {
        let Moved { mut session, one, thing, .. } = moved_elsewhere(db, true);
        db.execute("INSERT INTO thing (name, parent_id) VALUES ('part', 1)");
        let part = session.query::<Thing>().filter(thing::name.eq("part")).one().unwrap();
        session.expire(thing).unwrap();
        session.delete(one).unwrap();
        session.flush().unwrap();
        for there in [thing, part] {
            assert_eq!(session.state(there), ObjectState::Persistent);
        }
        session[part].name = "renamed".to_owned();
        session.flush().unwrap();
        assert_eq!(session.query::<Thing>().filter(thing::name.eq("renamed")).count().unwrap(), 1);
        session.delete(thing).unwrap();
        session.commit().unwrap();
        assert_eq!(db.count("thing"), 0);
    }

    fn an_object_with_another_owner_by_now_is_not_an_orphan(db: &TestDb) {
        let mut session = db.session_for(schema());
        session.add(thing("root"));
        let one = session.add(org("one"));
        let part = session.add(Thing::builder().name("part").org(one).build());
        session.commit().unwrap();
        db.execute("UPDATE thing SET parent_id = 1 WHERE name = 'part'");
        session[part].org = None;
        session.commit().unwrap();
        assert_eq!(db.rows("thing", "name, org_id, parent_id"), ["part|NULL|1", "root|NULL|NULL"]);
    }

    fn what_has_lost_its_other_owner_by_now_is_an_orphan(db: &TestDb) {
        let mut session = db.session_for(schema());
        let root = session.add(thing("root"));
        let one = session.add(org("one"));
        let part = session.add(Thing::builder().name("part").org(one).parent(root).build());
        session.commit().unwrap();
        db.execute("UPDATE thing SET org_id = NULL WHERE name = 'part'");
        session[part].parent = None;
        session.commit().unwrap();
        assert_eq!(db.rows("thing", "name"), ["root"]);
    }

    fn what_is_taken_out_of_one_of_two_collections_was_in_it(db: &TestDb) {
        let mut session = db.session_for(schema());
        let [root, _] = ["root", "other"].map(|name| session.add(thing(name)));
        let one = session.add(org("one"));
        let part = session.add(Thing::builder().name("part").org(one).parent(root).build());
        session.commit().unwrap();
        db.execute("UPDATE thing SET org_id = NULL, parent_id = 2 WHERE name = 'part'");
        session[part].parent = None;
        let error = session.commit().unwrap_err();
        assert!(matches!(error, Error::StaleRow { entity: "Thing", .. }), "{error}");
        assert_eq!(db.rows("thing", "name, org_id, parent_id")[1], "part|NULL|2");
    }
}

#[derive(Entity, Debug)]
#[entity(table = "drawer")]
pub struct Drawer {
    pub id: Auto<i64>,
}

/// Its row is kept when it is deleted, in a drawer whose row is not.
#[derive(Entity, Debug)]
#[entity(table = "card")]
pub struct Card {
    pub id: Auto<i64>,
    #[entity(on_delete = cascade)]
    pub drawer: ForeignKey<Drawer>,
    #[entity(soft_delete)]
    pub deleted: Option<chrono::NaiveDateTime>,
}

#[derive(Entity, Debug)]
#[entity(table = "crew")]
pub struct Crew {
    pub id: Auto<i64>,
    #[entity(inverse = crew, delete_orphan)]
    pub cranes: HasMany<Crane>,
}

#[derive(DbEnum, Debug, Clone, Copy, PartialEq, Eq)]
pub enum MachineKind {
    Crane,
}

#[derive(Entity, Debug)]
#[entity(table = "machine", hierarchy = Machines)]
pub struct Machine {
    pub id: Auto<i64>,
    pub name: String,
    pub kind: Discriminator<MachineKind>,
}

/// Has its reference in its own table.
#[derive(Entity, Debug)]
#[entity(table = "crane")]
pub struct Crane {
    #[entity(base)]
    pub machine: Machine,
    #[entity(on_delete = cascade)]
    pub crew: Option<ForeignKey<Crew>>,
}

#[derive(Entity, Debug)]
pub enum Machines {
    #[entity(discriminator = MachineKind::Crane)]
    Crane(Crane),
}
