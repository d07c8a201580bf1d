//! An object that becomes stale makes its collections stale; a collection can expire alone.

use orm_runtime::prelude::*;
use orm_tests::{TestDb, assert_no_sql, assert_sql, on_all_databases};

use super::model::{Label, Note, Org, OrgSeat, Team, org, schema, team, without_autoflush};

/// Stores an organisation whose teams are loaded, and one more team in the database.
fn with_another_team(db: &TestDb) -> (Session, Handle<Org>) {
    let mut session = db.session_for(schema());
    session.add(org("acme"));
    session.commit().unwrap();
    session.clear();
    let o = session.get_one::<Org>(1).unwrap();
    session.load(o, org::teams).unwrap();
    session.load(o, org::notes).unwrap();
    session.load(o, org::labels).unwrap();
    // Outside the identity map, in the same transaction.
    session
        .execute(
            diesel::insert_into(team::table).values((team::name.eq("red"), team::org_id.eq(1))),
        )
        .unwrap();
    session.take_log();
    (session, o)
}

on_all_databases! {
    fn expire_reaches_collections(db: &TestDb) {
        let (mut session, o) = with_another_team(db);
        session.load(o, org::teams).unwrap();
        assert_no_sql!(session);
        session.expire(o).unwrap();
        session.load(o, org::teams).unwrap();
        assert_sql!(session, "S team");
        assert_eq!(session[o].teams.len(&session).unwrap(), 1);
    }

    fn a_bare_touch_puts_nothing_into_a_collection(db: &TestDb) {
        let mut session = db.session_for(schema());
        let acme = session.add(org("acme"));
        let gone = session.add(Note::builder().text("gone").org(acme).build());
        let there = session.add(Note::builder().text("there").org(acme).build());
        session.commit().unwrap();
        db.execute("DELETE FROM note WHERE text = 'gone'");
        session.rollback().unwrap();
        session.load_all(&[acme], org::notes).unwrap();
        assert_eq!(session[acme].notes.handles(&session).unwrap(), [there]);
        let _ = &mut session[gone];
        assert_eq!(session[acme].notes.handles(&session).unwrap(), [there]);
        session[gone].org = None;
        session[gone].org = Some(acme.into());
        assert_eq!(session[acme].notes.handles(&session).unwrap(), [there]);

        session.rollback().unwrap();
        let _ = &mut session[gone];
        session.load_all(&[acme], org::notes).unwrap();
        assert_eq!(session[acme].notes.handles(&session).unwrap(), [there]);
        session.replace(acme, org::notes, &[]).unwrap();
        assert!(!session.is_dirty(gone) && session.is_dirty(there));
    }

    fn an_edit_that_is_taken_back_puts_nothing_into_a_collection(db: &TestDb) {
        let mut session = without_autoflush(db);
        let acme = session.add(org("acme"));
        let gone = session.add(Note::builder().text("gone").org(acme).build());
        let there = session.add(Note::builder().text("there").org(acme).build());
        session.commit().unwrap();
        db.execute("DELETE FROM note WHERE text = 'gone'");
        session[gone].org = None;
        session.load(acme, org::notes).unwrap();
        session[gone].org = Some(acme.into());
        assert!(!session.is_dirty(gone));
        assert_eq!(session[acme].notes.handles(&session).unwrap(), [there]);
        let _ = &mut session[there];
        assert_eq!(session[acme].notes.handles(&session).unwrap(), [there]);
        // Nothing is written, and so nothing is missed.
        session.commit().unwrap();
        assert_eq!(db.rows("note", "text, org_id"), ["there|1"]);
    }

    fn an_edit_that_is_taken_back_leaves_its_object_in_the_collection(db: &TestDb) {
        let mut session = without_autoflush(db);
        let [acme, other] = ["acme", "other"].map(|name| session.add(org(name)));
        let note = session.add(Note::builder().text("n").org(acme).build());
        session.commit().unwrap();
        session[note].org = Some(other.into());
        session.load_all(&[acme, other], org::notes).unwrap();
        assert_eq!(session[other].notes.handles(&session).unwrap(), [note]);
        session[note].org = Some(acme.into());
        assert_eq!(session[acme].notes.handles(&session).unwrap(), [note]);
        assert_eq!(session[other].notes.len(&session).unwrap(), 0);
        assert!(!session.is_dirty(note));
    }

    fn refresh_reaches_collections(db: &TestDb) {
        let (mut session, o) = with_another_team(db);
        session.refresh(&[o]).unwrap();
        session.take_log();
        session.query::<Org>().eager(org::teams).all().unwrap();
        assert_sql!(session, "S org; S team");
        assert_eq!(session[o].teams.len(&session).unwrap(), 1);
    }

    fn a_rollback_reaches_collections_also_when_nothing_was_written(db: &TestDb) {
        let mut session = db.session_for(schema());
        session.add(org("acme"));
        session.commit().unwrap();
        session.clear();
        let o = session.get_one::<Org>(1).unwrap();
        session.load(o, org::teams).unwrap();
        session.rollback().unwrap();
        db.execute("INSERT INTO team (name, org_id) VALUES ('red', 1)");
        assert_eq!(session[o].teams.len(&session).unwrap(), 0);
        session.load(o, org::teams).unwrap();
        assert_eq!(session[o].teams.len(&session).unwrap(), 1);
    }

    fn what_is_loaded_into_one_collection_is_gone_from_another(db: &TestDb) {
        for way in ["load", "eager", "joined", "replace", "cohort"] {
            let mut session = db.session_for(schema![]);
            schema().create_all(&mut session).unwrap();
            let [one, two] = ["one", "two"].map(|name| session.add(org(name)));
            let red = session.add(Team::builder().name("red").org(one).build());
            session.commit().unwrap();
            db.execute("UPDATE team SET org_id = (SELECT id FROM org WHERE name = 'two')");
            match way {
                "load" => session.load(two, org::teams).unwrap(),
                "cohort" => session.load_all(&[two], org::teams).unwrap(),
                "replace" => session.replace(two, org::teams, &[red]).unwrap(),
                _ => {
                    let two = session.query::<Org>().filter(org::name.eq("two"));
                    match way {
                        "eager" => two.eager(org::teams).all().unwrap(),
                        _ => two.eager(org::teams.joined()).all().unwrap(),
                    };
                }
            }
            assert_eq!(session[two].teams.handles(&session).unwrap(), [red], "{way}");
            assert_eq!(session[one].teams.len(&session).unwrap(), 0, "{way}");
            schema().drop_all(&mut session).unwrap();
        }
    }

    fn one_collection_is_expired_alone(db: &TestDb) {
        let (mut session, o) = with_another_team(db);
        session.expire_only(o, org::teams).unwrap();
        assert!(!session.is_stale(o));
        session.load(o, org::notes).unwrap();
        assert_no_sql!(session);
        session.load(o, org::teams).unwrap();
        assert_sql!(session, "S team");
        assert_eq!(session[o].teams.len(&session).unwrap(), 1);
    }

    fn the_collection_of_a_new_object_is_expired_alone(db: &TestDb) {
        let mut session = db.session_for(schema());
        let o = session.add(org("acme"));
        let red = session.add(Team::builder().name("red").org(o).build());
        session.flush().unwrap();
        session
            .execute(diesel::insert_into(team::table).values((team::name.eq("x"), team::org_id.eq(1))))
            .unwrap();
        session.expire_only(o, org::teams).unwrap();
        assert_eq!(session[o].teams.handles(&session).unwrap(), [red]);
        session.load(o, org::teams).unwrap();
        assert_eq!(session[o].teams.len(&session).unwrap(), 2);
    }

    fn the_target_of_a_reference_is_expired_alone(db: &TestDb) {
        let mut session = db.session_for(schema());
        let o = session.add(org("acme"));
        let red = session.add(Team::builder().name("red").org(o).build());
        session.commit().unwrap();
        session.query::<Team>().eager(team::org).all().unwrap();
        session.expire_only(red, team::org).unwrap();
        assert!(session.is_stale(o) && !session.is_stale(red));
        session.take_log();
        session.load(red, team::org).unwrap();
        assert_sql!(session, "S org");
    }

    fn one_column_is_refreshed_alone(db: &TestDb) {
        let (mut session, o) = with_another_team(db);
        session.execute(diesel::update(org::table).set((org::size.eq(7), org::name.eq("x")))).unwrap();
        session[o].name = "edited".to_owned();
        session.take_log();
        session.refresh_column(&[o], org::size).unwrap();
        assert_sql!(session, "S org");
        assert_eq!((session[o].name.as_str(), session[o].size), ("edited", 7));
        session[o].size = 8;
        session.refresh_column(&[o], org::size).unwrap();
        assert_eq!(session[o].size, 7);
        session.take_log();
        session.flush().unwrap();
        assert_sql!(session, "U org[name] x1");
    }

    fn a_collection_of_an_object_that_was_added_is_read_again_later(db: &TestDb) {
        let mut session = db.session_for(schema());
        let o = session.add(org("acme"));
        session.commit().unwrap();
        db.execute("INSERT INTO team (name, org_id) VALUES ('red', 1)");
        db.execute("INSERT INTO org_seat (city, org_id) VALUES ('Rome', 1)");
        db.execute("INSERT INTO label (name) VALUES ('old')");
        db.execute("INSERT INTO org_label VALUES (1, 1)");
        let found = session.query::<Org>().eager(org::teams).eager(org::labels).all().unwrap();
        assert_eq!(found, [o]);
        assert_eq!(session[o].teams.len(&session).unwrap(), 1);
        assert_eq!(session[o].labels.len(&session).unwrap(), 1);
        session.load(o, org::seat).unwrap();
        assert_eq!(session[o].seat.get(&session).unwrap().unwrap().city, "Rome");
    }

    fn a_collection_of_an_object_that_was_added_is_current_in_its_transaction(db: &TestDb) {
        let mut session = db.session_for(schema());
        let o = session.add(org("acme"));
        session.add(Note::builder().text("n").org(o).build());
        session.flush().unwrap();
        session.take_log();
        session.load(o, org::notes).unwrap();
        session.load(o, org::seat).unwrap();
        assert_no_sql!(session);
    }

    fn replace_takes_out_what_another_session_put_in(db: &TestDb) {
        let mut session = db.session_for(schema());
        let o = session.add(org("acme"));
        let mine = session.add(Team::builder().name("mine").build());
        let seat = session.add(OrgSeat::builder().city("Oslo").build());
        session.commit().unwrap();
        db.execute("INSERT INTO team (name, org_id) VALUES ('theirs', 1)");
        db.execute("INSERT INTO org_seat (city, org_id) VALUES ('Rome', 1)");
        session.replace(o, org::teams, &[mine]).unwrap();
        session.link(o, org::seat, seat).unwrap();
        session.commit().unwrap();
        assert_eq!(db.rows("team", "name, org_id"), ["mine|1", "theirs|NULL"]);
        assert_eq!(db.rows("org_seat", "city, org_id"), ["Oslo|1", "Rome|NULL"]);
    }

    fn an_evicted_member_of_a_many_to_many_collection_is_loaded_again(db: &TestDb) {
        let mut session = db.session_for(schema());
        let label = session.add(Label::builder().name("a").build());
        let o = session.add(org("acme"));
        session.link(o, org::labels, label).unwrap();
        session.commit().unwrap();
        session.query::<Org>().eager(org::labels).all().unwrap();
        session.evict(label).unwrap();
        assert!(session[o].labels.iter(&session).is_err());
        session.load(o, org::labels).unwrap();
        assert_eq!(session[o].labels.len(&session).unwrap(), 1);
        let label = session[o].labels.handles(&session).unwrap()[0];
        session.evict(label).unwrap();
        session.query::<Org>().eager(org::labels).all().unwrap();
        assert_eq!(session[o].labels.len(&session).unwrap(), 1);
    }

    fn a_new_reference_to_an_evicted_object_goes_on_with_its_key(db: &TestDb) {
        let mut session = db.session_for(schema());
        let o = session.add(org("acme"));
        session.commit().unwrap();
        session.add(Team::builder().name("red").org(o).build());
        session.evict(o).unwrap();
        session.commit().unwrap();
        assert_eq!(db.rows("team", "name, org_id"), ["red|1"]);
    }

    fn a_reference_to_a_row_that_is_not_there_says_so(db: &TestDb) {
        let mut session = db.session_for(schema());
        db.execute("CREATE TABLE loose (id BIGINT PRIMARY KEY, org_id BIGINT NOT NULL)");
        db.execute("INSERT INTO loose VALUES (1, 0)");
        let loose = session.get_one::<Loose>(1).unwrap();
        let error = session[loose].org.get(&session).unwrap_err();
        assert!(matches!(error, Error::NotInMemory { .. }), "{error}");
        session.query::<Loose>().eager(loose::org).all().unwrap();
        let error = session[loose].org.get(&session).unwrap_err();
        assert!(matches!(error, Error::NotFound { entity: "Org", .. }), "{error}");
        session.commit().unwrap();
        let error = session[loose].org.get(&session).unwrap_err();
        assert!(matches!(error, Error::NotInMemory { .. }), "{error}");
        session.query::<Loose>().eager(loose::org.joined()).all().unwrap();
        let error = session[loose].org.get(&session).unwrap_err();
        assert!(matches!(error, Error::NotFound { entity: "Org", .. }), "{error}");
    }

    fn rows_in_bulk_are_in_the_collection_of_an_object_that_is_new(db: &TestDb) {
        let mut session = db.session_for(schema());
        let acme = session.add(org("acme"));
        session.flush().unwrap();
        // The session has no other objects of their entity.
        let red = Team { org: Some(ForeignKey::to_key(1)), ..Team::builder().name("red").build() };
        session.bulk_insert([red]).unwrap();
        session.load(acme, org::teams).unwrap();
        assert_eq!(session[acme].teams.len(&session).unwrap(), 1);
    }

    fn rows_that_a_condition_moves_are_in_the_collection_of_an_object_that_is_new(db: &TestDb) {
        let mut session = db.session_for(schema());
        db.execute("INSERT INTO team (name) VALUES ('red')");
        let acme = session.add(org("acme"));
        session.flush().unwrap();
        session.query::<Team>().update(team::org_id.eq(1)).unwrap();
        session.load(acme, org::teams).unwrap();
        assert_eq!(session[acme].teams.len(&session).unwrap(), 1);
    }
}

/// A foreign table without constraints on its references.
#[derive(Entity, Debug)]
#[entity(table = "loose")]
pub struct Loose {
    pub id: i64,
    pub org: ForeignKey<Org>,
}
