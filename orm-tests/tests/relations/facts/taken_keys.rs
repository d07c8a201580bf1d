//! If a new row can have the key of an object in memory, the object's row is gone: the object's
//! pending changes do not reach the new row.

use orm_runtime::prelude::*;
use orm_runtime::{Dialect, ObjectState};
use orm_tests::{TestDb, on_all_databases};

use super::model::{Org, Tag, Team, Thing, org, schema, thing, without_autoflush};

#[derive(Entity, Debug)]
struct Pupil {
    id: Auto<i64>,
    name: String,
    #[entity(through = "pupil_course")]
    courses: ManyToMany<Course>,
}

#[derive(Entity, Debug)]
struct Course {
    id: Auto<i64>,
    name: String,
    #[entity(inverse = courses)]
    pupils: ManyToMany<Pupil>,
}

fn tag(name: &str, weight: i64) -> Tag {
    Tag { name: name.to_owned(), weight }
}

/// Opens a session with objects in memory whose rows another session has deleted.
fn with_detached_rows(db: &TestDb) -> (Session, Handle<Tag>, Handle<Org>) {
    let mut session = db.session_for(schema());
    session.add(org("stays"));
    let ghost = session.add(org("ghost"));
    let tag = session.add(tag("x", 1));
    session.commit().unwrap();
    db.execute("DELETE FROM org WHERE id = 2");
    db.execute("DELETE FROM tag");
    (session, tag, ghost)
}

/// Makes the database start its generated keys from the beginning, as SQLite does by itself.
fn keys_begin_again(db: &TestDb, table: &str) {
    match db.dialect() {
        Dialect::Sqlite => {}
        Dialect::Postgres => drop(db.execute(&format!("ALTER SEQUENCE {table}_id_seq RESTART"))),
        Dialect::Mysql => drop(db.execute(&format!("ALTER TABLE {table} AUTO_INCREMENT = 1"))),
        _ => unreachable!("a database without tests"),
    }
}

/// Returns a new organisation with the key of the deleted one, as SQLite generates it by itself.
fn taking(name: &str) -> Org {
    Org { id: Auto::from(2), ..org(name) }
}

on_all_databases! {
    fn an_edit_of_an_object_does_not_reach_the_row_that_has_taken_its_key(db: &TestDb) {
        let (mut session, x, ghost) = with_detached_rows(db);
        let new = session.add(taking("new"));
        let y = session.add(tag("x", 2));
        session.flush().unwrap();
        for gone in [session.state(x), session.state(ghost)] {
            assert_eq!(gone, ObjectState::Deleted);
        }
        session[ghost].size = 99;
        session[x].weight = 99;
        session.commit().unwrap();
        assert_eq!(db.rows("tag", "name, weight"), ["x|2"]);
        assert_eq!(db.rows("org", "name, size"), ["new|0", "stays|0"]);
        assert_eq!((session[new].size, session[y].weight), (0, 2));
        assert_eq!(session.get_one::<Org>(2).unwrap(), new);
        assert_eq!(session.state(ghost), ObjectState::Detached);
    }

    fn an_edit_that_waits_for_a_new_row_does_not_reach_it(db: &TestDb) {
        let mut session = db.session_for(schema());
        let root = session.add(thing("root"));
        let ghost = session.add(thing("ghost"));
        session.commit().unwrap();
        db.execute("DELETE FROM thing WHERE id = 2");
        let new = session.add(Thing { id: Auto::from(2), ..thing("new") });
        session[ghost].parent = Some(new.into());
        let error = session.commit().unwrap_err();
        assert!(matches!(error, Error::StaleRow { entity: "Thing", .. }), "{error}");
        session.evict(ghost).unwrap();
        session.commit().unwrap();
        assert_eq!(db.rows("thing", "name, parent_id"), ["new|NULL", "root|NULL"]);
        let _ = root;
    }

    fn the_deletion_of_an_object_does_not_reach_the_row_that_has_taken_its_key(db: &TestDb) {
        let mut session = db.session_for(schema());
        let ghost = session.add(org("ghost"));
        session.commit().unwrap();
        db.execute("DELETE FROM org");
        keys_begin_again(db, "org");
        session.delete(ghost).unwrap();
        let new = session.add(org("new"));
        session.commit().unwrap();
        assert_eq!(db.rows("org", "id, name"), ["1|new"]);
        assert_eq!(session.state(ghost), ObjectState::Detached);
        session[new].size = 1;
        session.commit().unwrap();
        assert_eq!(db.rows("org", "name, size"), ["new|1"]);
    }

    fn a_rollback_brings_back_the_object_whose_key_was_taken(db: &TestDb) {
        let mut session = db.session_for(schema());
        let x = session.add(tag("x", 1));
        session.commit().unwrap();
        session.execute(diesel::sql_query("DELETE FROM tag")).unwrap();
        let y = session.add(tag("x", 2));
        session.flush().unwrap();
        assert_eq!(session.state(x), ObjectState::Deleted);
        session.rollback().unwrap();
        assert_eq!(session.state(y), ObjectState::Transient);
        session[x].weight = 3;
        session.commit().unwrap();
        assert_eq!(db.rows("tag", "name, weight"), ["x|3"]);
    }

    fn a_reference_to_an_object_does_not_reach_the_row_that_has_taken_its_key(db: &TestDb) {
        let (mut session, _, ghost) = with_detached_rows(db);
        let red = session.add(Team::builder().name("red").org(ghost).build());
        let new = session.add(taking("new"));
        let error = session.commit().unwrap_err();
        assert!(matches!(error, Error::Reference { entity: "Team", field: "org", .. }), "{error}");
        session[red].org = Some(new.into());
        session.commit().unwrap();
        assert_eq!(db.rows("team", "name, org_id"), ["red|2"]);
        assert_eq!(db.rows("org", "name"), ["new", "stays"]);
    }

    fn a_row_that_is_refused_after_its_insert_does_not_stay(db: &TestDb) {
        let mut session = without_autoflush(db);
        let ghost = session.add(thing("ghost"));
        session.commit().unwrap();
        db.execute("DELETE FROM thing");
        // Its row gets the key that it references.
        keys_begin_again(db, "thing");
        session.query::<Org>().all().unwrap();
        let new = session.add(Thing { parent: Some(ghost.into()), ..thing("new") });
        let error = session.flush().unwrap_err();
        match db.dialect() {
            Dialect::Sqlite => {
                assert!(matches!(error, Error::Reference { field: "parent", .. }), "{error}");
            }
            // The other databases have no such row before.
            _ => assert!(
                matches!(error, Error::Reference { .. } | Error::Constraint(_)), "{error}"
            ),
        }
        session.delete(new).unwrap();
        // On MySQL the transaction was lost with it, which is reported once.
        let _ = session.commit();
        session.commit().unwrap();
        assert!(db.rows("thing", "name").is_empty());
    }

    fn a_row_that_was_inserted_in_bulk_is_not_taken_for_the_object_whose_key_it_has(db: &TestDb) {
        let (mut session, tag, ghost) = with_detached_rows(db);
        // The key is generated where it is reused automatically, and given elsewhere.
        let row = match db.dialect() {
            Dialect::Sqlite => org("new"),
            _ => Org { id: Auto::from(2), ..org("new") },
        };
        session.bulk_insert([row]).unwrap();
        session.bulk_insert([Tag { name: "x".to_owned(), weight: 5 }]).unwrap();
        session.commit().unwrap();
        session[ghost].size = 7;
        let error = session.commit().unwrap_err();
        assert!(matches!(error, Error::StaleRow { entity: "Org", .. }), "{error}");
        session.evict(ghost).unwrap();
        session.delete(tag).unwrap();
        let error = session.commit().unwrap_err();
        assert!(matches!(error, Error::StaleRow { entity: "Tag", .. }), "{error}");
        assert_eq!(db.rows("org", "name, size"), ["new|0", "stays|0"]);
        assert_eq!(db.rows("tag", "name, weight"), ["x|5"]);
    }

    fn rows_in_bulk_cost_a_select_more_only_where_keys_come_again(db: &TestDb) {
        let mut session = db.session_for(schema());
        session.expect_statements(1, |session| session.bulk_insert([org("a"), org("b")])).unwrap();
        session.commit().unwrap();
        session.query::<Org>().all().unwrap();
        session.expect_statements(1, |session| session.bulk_insert([org("c")])).unwrap();
        session.commit().unwrap();
        let more = usize::from(db.dialect() == Dialect::Sqlite);
        session.expect_statements(1 + more, |session| session.bulk_insert([org("d")])).unwrap();
        session.commit().unwrap();
        assert_eq!(db.count("org"), 4);
    }

    fn what_is_linked_again_is_in_the_collection_of_the_other_side_once(db: &TestDb) {
        let mut session = db.session_for(schema![Pupil, Course]);
        let ada = session.add(Pupil::builder().name("ada").build());
        let maths = session.add(Course::builder().name("maths").build());
        session.commit().unwrap();
        session.link(maths, course::pupils, ada).unwrap();
        session.load(maths, course::pupils).unwrap();
        session.commit().unwrap();
        db.execute("DELETE FROM pupil_course");
        session.load(ada, pupil::courses).unwrap();
        session.link(ada, pupil::courses, maths).unwrap();
        assert_eq!(session[maths].pupils.len(&session).unwrap(), 1);
        session.commit().unwrap();
        assert_eq!(db.rows("pupil_course", "pupil_id, course_id"), ["1|1"]);
    }

    fn a_reference_by_key_does_not_reach_the_row_that_has_taken_the_key(db: &TestDb) {
        let mut session = db.session_for(schema());
        session.add(org("gone"));
        session.commit().unwrap();
        session.clear();
        let red = Team { org: Some(ForeignKey::to_key(1)), ..Team::builder().name("red").build() };
        let red = session.add(red);
        db.execute("DELETE FROM org");
        keys_begin_again(db, "org");
        let new = session.add(org("new"));
        let error = session.commit().unwrap_err();
        assert!(matches!(error, Error::Reference { entity: "Team", field: "org", .. }), "{error}");
        assert_eq!((db.count("org"), db.count("team")), (0, 0));
        session[red].org = Some(new.into());
        session.commit().unwrap();
        let key = session.key(new).unwrap();
        assert_eq!(db.rows("team", "name, org_id"), [format!("red|{key}")]);
    }

    fn a_row_does_not_refer_to_itself_by_the_key_of_one_that_is_gone(db: &TestDb) {
        let mut session = db.session_for(schema());
        session.query::<Org>().all().unwrap();
        let new = Thing { parent: Some(ForeignKey::to_key(1)), ..thing("new") };
        let new = session.add(new);
        let error = session.flush().unwrap_err();
        assert!(matches!(error, Error::Reference { field: "parent", .. }), "{error}");
        session.delete(new).unwrap();
        // On MySQL the transaction was lost with it, which is reported once.
        let _ = session.commit();
        session.commit().unwrap();
        assert_eq!(db.count("thing"), 0);
    }
}
