//! What was read in a scope that was undone is no longer believed, and a failed flush leaves
//! nothing for the next one.

use orm_runtime::ObjectState;
use orm_runtime::prelude::*;
use orm_tests::{TestDb, assert_sql, on_all_databases};

use super::model::{Label, Note, Org, OrgSeat, Tag, Team, Thing, org, schema, tag};

fn tag(name: &str, weight: i64) -> Tag {
    Tag { name: name.to_owned(), weight }
}

#[derive(Entity, Clone, Debug)]
#[entity(table = "slip", hooks)]
pub struct Slip {
    pub id: Auto<i64>,
    pub text: String,
    pub book: Option<ForeignKey<Org>>,
}

impl Hooks for Slip {
    fn validate(&self) -> Result<(), ValidationError> {
        match self.text.as_str() {
            "" => Err(ValidationError::new("text", "is empty")),
            "panic" => panic!("a hook panics"),
            _ => Ok(()),
        }
    }
}

on_all_databases! {
    fn the_object_of_an_undone_row_does_not_take_another_row(db: &TestDb) {
        let mut session = db.session_for(schema());
        session.bulk_insert([tag("x", 1)]).unwrap();
        let ghost = session.get_one::<Tag>("x".to_owned()).unwrap();
        session.rollback().unwrap();
        let new = session.add(tag("x", 2));
        session.commit().unwrap();
        assert_eq!(session.state(ghost), ObjectState::Transient);
        session[ghost].weight = 99;
        session.commit().unwrap();
        assert_eq!(db.rows("tag", "name, weight"), ["x|2"]);
        assert_eq!(session[new].weight, 2);
    }

    fn an_object_that_a_savepoint_has_read_is_of_the_row_that_was_inserted_around_it(db: &TestDb) {
        let mut session = db.session_for(schema());
        let first = session.add(tag("x", 1));
        session.flush().unwrap();
        let mut again = None;
        session.savepoint(|session| {
            session.evict(first)?;
            again = session.get::<Tag>("x".to_owned())?;
            session.rollback()
        }).unwrap();
        session.rollback().unwrap();
        db.execute("INSERT INTO tag (name, weight) VALUES ('x', 5)");
        session[again.unwrap()].weight = 9;
        let error = session.commit().unwrap_err();
        assert!(matches!(error, Error::StaleRow { entity: "Tag", .. }), "{error}");
        assert_eq!(db.rows("tag", "name, weight"), ["x|5"]);
    }

    fn an_edit_of_the_object_of_an_undone_row_is_an_error(db: &TestDb) {
        let mut session = db.session_for(schema());
        session.execute(diesel::insert_into(tag::table).values((
            tag::name.eq("x"), tag::weight.eq(1),
        ))).unwrap();
        let ghost = session.get_one::<Tag>("x".to_owned()).unwrap();
        session.rollback().unwrap();
        session[ghost].weight = 99;
        let error = session.commit().unwrap_err();
        assert!(matches!(error, Error::InvalidState { entity: "Tag", action: "written", .. }), "{error}");
        assert_eq!(session.state(ghost), ObjectState::Transient);
        session.commit().unwrap();
        assert_eq!(db.count("tag"), 0);
        session.add_again(ghost).unwrap();
        session.commit().unwrap();
        assert_eq!(db.rows("tag", "name, weight"), ["x|99"]);
    }

    fn the_object_of_a_row_that_is_there_is_written_after_a_look(db: &TestDb) {
        let mut session = db.session_for(schema());
        db.execute("INSERT INTO tag (name, weight) VALUES ('x', 1)");
        session.bulk_insert([tag("y", 1)]).unwrap();
        let x = session.get_one::<Tag>("x".to_owned()).unwrap();
        session.rollback().unwrap();
        session[x].weight = 5;
        session.take_log();
        session.flush().unwrap();
        assert_sql!(session, "S tag; U tag[weight] x1");
        session[x].weight = 6;
        session.take_log();
        session.commit().unwrap();
        assert_sql!(session, "U tag[weight] x1");
        assert_eq!(db.rows("tag", "name, weight"), ["x|6"]);
    }

    fn a_key_that_is_used_again_is_not_the_old_object(db: &TestDb) {
        let mut session = db.session_for(schema());
        let first = session.add(org("undone"));
        session.flush().unwrap();
        session.evict(first).unwrap();
        let ghost = session.query::<Org>().one().unwrap();
        session.rollback().unwrap();
        let new = session.add(org("new"));
        session.commit().unwrap();
        let deleted = session.delete(ghost);
        session.commit().unwrap();
        assert_eq!(db.rows("org", "name"), ["new"], "{deleted:?}");
        assert_ne!(session.state(new), ObjectState::Deleted);
    }

    fn an_edit_of_an_undone_row_does_not_reach_the_row_of_another(db: &TestDb) {
        let mut session = db.session_for(schema());
        session.bulk_insert([tag("x", 1), tag("y", 1)]).unwrap();
        let [x, y] = ["x", "y"].map(|key| session.get_one::<Tag>(key.to_owned()).unwrap());
        session.rollback().unwrap();
        db.execute("INSERT INTO tag (name, weight) VALUES ('x', 7), ('y', 7)");
        session[x].weight = 99;
        session.delete(y).unwrap();
        for _ in 0..2 {
            let error = session.commit().unwrap_err();
            assert!(matches!(error, Error::StaleRow { entity: "Tag", .. }), "{error}");
        }
        assert_eq!(db.rows("tag", "name, weight"), ["x|7", "y|7"]);
        session.refresh(&[x]).unwrap();
        session[x].weight += 1;
        session.add_again(y).unwrap();
        session.commit().unwrap();
        assert_eq!(db.rows("tag", "name, weight"), ["x|8", "y|7"]);
    }

    fn a_new_reference_to_the_object_of_an_undone_row_is_an_error(db: &TestDb) {
        let mut session = db.session_for(schema());
        session.bulk_insert([org("undone")]).unwrap();
        let ghost = session.query::<Org>().one().unwrap();
        session.rollback().unwrap();
        session.add(Team::builder().name("red").org(ghost).build());
        let error = session.commit().unwrap_err();
        assert!(matches!(error, Error::Reference { entity: "Team", .. }), "{error}");
    }

    fn a_new_reference_does_not_reach_the_row_of_another(db: &TestDb) {
        let mut session = db.session_for(schema());
        let undone = || diesel::insert_into(org::table).values((org::id.eq(7), org::name.eq("undone"), org::size.eq(0)));
        session.execute(undone()).unwrap();
        let ghost = session.query::<Org>().one().unwrap();
        session.rollback().unwrap();
        db.execute("INSERT INTO org (id, name, size) VALUES (7, 'other', 0)");
        session.add(Team::builder().name("red").org(ghost).build());
        let error = session.commit().unwrap_err();
        assert!(matches!(error, Error::StaleRow { entity: "Org", .. }), "{error}");
        assert_eq!(db.count("team"), 0);
        session.refresh(&[ghost]).unwrap();
        session.commit().unwrap();
        assert_eq!(db.rows("team", "name, org_id"), ["red|7"]);
    }

    fn an_object_that_was_only_reached_is_not_looked_for(db: &TestDb) {
        let mut session = db.session_for(schema());
        db.execute("INSERT INTO tag (name, weight) VALUES ('x', 1)");
        session.bulk_insert([tag("y", 1)]).unwrap();
        let [x, y] = ["x", "y"].map(|key| session.get_one::<Tag>(key.to_owned()).unwrap());
        session.rollback().unwrap();
        db.execute("UPDATE tag SET weight = 5");
        session[x].weight = 1;
        let _ = &mut session[y];
        session.take_log();
        session.flush().unwrap();
        assert_sql!(session, "");
        session[x].weight = 2;
        let error = session.commit().unwrap_err();
        assert!(matches!(error, Error::StaleRow { entity: "Tag", .. }), "{error}");
    }

    fn what_a_savepoint_has_read_is_put_back_with_it(db: &TestDb) {
        let mut session = db.session_for(schema());
        let o = session.add(org("acme"));
        session.commit().unwrap();
        session.get_one::<Org>(1).unwrap();
        session.savepoint(|session| {
            session.execute(diesel::update(org::table).set(org::name.eq("raw")))?;
            session.refresh(&[o])?;
            assert_eq!(session[o].name, "raw");
            Err::<(), _>(Error::Configuration("undo".to_owned()))
        }).unwrap_err();
        assert!(session.is_stale(o));
        assert_eq!(session[o].name, "acme");
        session.get_one::<Org>(1).unwrap();
        assert_eq!(session[o].name, "acme");
    }

    fn a_refused_flush_leaves_no_reference_half_done(db: &TestDb) {
        let mut session = db.session_for(schema![Org, Team, Note, Thing, OrgSeat, Label, Tag, Slip]);
        let [one, two] = ["one", "two"].map(|name| session.add(org(name)));
        let slip = session.add(Slip::builder().text("p").build());
        session.commit().unwrap();
        for spoiled in ["", "panic"] {
            session[slip].book = Some(one.into());
            session[slip].text = spoiled.to_owned();
            let flush = std::panic::AssertUnwindSafe(|| session.flush());
            let refused = std::panic::catch_unwind(flush);
            assert!(!matches!(refused, Ok(Ok(()))));
            session[slip].text = "mended".to_owned();
            session[slip].book = Some(ForeignKey::to_key(2));
            session.commit().unwrap();
            assert_eq!(db.rows("slip", "text, book_id"), ["mended|2"]);
        }
        // Nor after clear(), although another object may have the same slot.
        session[slip].book = Some(one.into());
        session[slip].text = String::new();
        session.flush().unwrap_err();
        session.clear();
        let slip = session.get_one::<Slip>(1).unwrap();
        session[slip].book = Some(ForeignKey::to_key(1));
        session.commit().unwrap();
        assert_eq!(db.rows("slip", "text, book_id"), ["mended|1"]);
        let _ = two;
    }

    fn a_refused_deletion_is_taken_back(db: &TestDb) {
        let mut session = db.session_for(schema![Org, Team, Note, Thing, OrgSeat, Label, Tag, Slip]);
        let one = session.add(org("one"));
        session.add(Slip::builder().text("p").book(one).build());
        session.commit().unwrap();
        session[one].size = 3;
        session.delete(one).unwrap();
        let error = session.flush().unwrap_err();
        assert!(error.to_string().contains("Org 1"), "{error}");
        session.query::<Slip>().all().unwrap_err();
        session.add_again(one).unwrap();
        assert_eq!(session.state(one), ObjectState::Persistent);
        session.query::<Slip>().all().unwrap();
        session.commit().unwrap();
        assert_eq!(db.rows("org", "name, size"), ["one|3"]);
    }

    fn objects_without_rows_do_not_pile_up(db: &TestDb) {
        let mut session = db.session_for(schema());
        let first = session.add(org("undone"));
        let mut last = first;
        for _ in 0..3000 {
            session.rollback().unwrap();
            last = session.add(org("undone"));
        }
        session.flush().unwrap();
        session.rollback().unwrap();
        assert!(session.len() <= 1002, "{}", session.len());
        assert_eq!(session.state(first), ObjectState::Detached);
        assert_eq!(session.state(last), ObjectState::Transient);
        session.add_again(last).unwrap();
        session.commit().unwrap();
        assert_eq!(db.rows("org", "name"), ["undone"]);
    }

    fn an_object_that_is_added_again_is_in_the_collection_that_it_was_last_given(db: &TestDb) {
        let mut session = db.session_for(schema());
        let (first, second) = (session.add(org("first")), session.add(org("second")));
        session.flush().unwrap();
        let mut new = None;
        session.savepoint(|session| {
            let note = session.add(Note::builder().text("n").org(first).build());
            session[note].org = Some(second.into());
            new = Some(note);
            session.rollback()
        }).unwrap();
        let note = new.unwrap();
        session.add_again(note).unwrap();
        assert_eq!(session[second].notes.handles(&session).unwrap(), [note]);
        assert!(session[first].notes.handles(&session).unwrap().is_empty());
        session.commit().unwrap();
        assert_eq!(db.rows("note", "text, org_id"), ["n|2"]);
    }

    fn what_refers_to_an_object_of_undone_work_is_written_without_looking_at_it(db: &TestDb) {
        let mut session = db.session_for(schema());
        let acme = session.add(org("acme"));
        let note = session.add(Note::builder().text("a").org(acme).build());
        session.commit().unwrap();
        session[acme].name = "within".into();
        session.flush().unwrap();
        let mut copy = session.detach(acme).unwrap();
        copy.size = 7;
        let acme = session.merge(copy).unwrap();
        session.rollback().unwrap();
        // The reference is not written, so the state of its target does not matter.
        session[note].text = "b".into();
        session.expect_statements(1, |session| session.commit()).unwrap();
        assert_eq!(db.rows("note", "text, org_id"), ["b|1"]);
        session.refresh(&[acme]).unwrap();
        assert_eq!((session[acme].name.as_str(), session[acme].size), ("acme", 0));
    }

    fn an_attached_struct_is_stored_and_clean(db: &TestDb) {
        let mut session = db.session_for(schema());
        let o = session.add(org("acme"));
        session.commit().unwrap();
        let copy = session.detach(o).unwrap();
        session.take_log();
        let o = session.attach(copy).unwrap();
        assert_eq!(session.state(o), ObjectState::Persistent);
        session.flush().unwrap();
        session[o].size = 4;
        session.flush().unwrap();
        assert_sql!(session, "U org[size] x1");
        session.add(Note::builder().text("n").org(o).build());
        session.commit().unwrap();
        assert_eq!(db.rows("note", "text, org_id"), ["n|1"]);
        let again = org("new");
        let error = session.attach(again).unwrap_err();
        assert!(matches!(error, Error::InvalidState { action: "attached", .. }), "{error}");
        let twice = session[o].clone();
        session.attach(twice).unwrap_err();
        let ghost = Org { id: Auto::from(7), ..org("ghost") };
        let ghost = session.attach(ghost).unwrap();
        session[ghost].size = 1;
        let error = session.commit().unwrap_err();
        assert!(matches!(error, Error::StaleRow { .. }), "{error}");
    }

    fn a_copy_keeps_its_references_to_what_is_not_in_memory(db: &TestDb) {
        let mut session = db.session_for(schema());
        let acme = session.add(org("acme"));
        let note = session.add(Note::builder().text("n").org(acme).build());
        session.commit().unwrap();
        session.evict(acme).unwrap();
        let copy = session.copy_graph(note).unwrap();
        assert_eq!(copy.org.as_ref().and_then(ForeignKey::key), Some(&1));
        session.merge_graph(copy).unwrap();
        let copy = session.detach_graph(note).unwrap();
        session.merge_graph(copy).unwrap();
        session.commit().unwrap();
        assert_eq!(db.rows("note", "text, org_id"), ["n|1"]);

        let (new, other) = (session.add(org("new")), session.add(org("other")));
        let note = session.add(Note::builder().text("m").org(new).build());
        let copy = session.copy_graph(note).unwrap();
        assert!(copy.org.as_ref().is_some_and(ForeignKey::is_set), "{copy:?}");
        session[note].org = Some(other.into());
        session[note].org = copy.org;
        session.commit().unwrap();
        assert_eq!(db.rows("note", "text, org_id")[0], "m|2");
    }

    fn a_graph_is_merged_without_a_flush_in_between(db: &TestDb) {
        let mut session = db.session_for(schema());
        let o = session.add(
            Org::builder().name("acme").teams([
                Team::builder().name("a").build(), Team::builder().name("b").build(),
            ]).build(),
        );
        session.commit().unwrap();
        session.load(o, org::teams).unwrap();
        let copy = session.detach_graph(o).unwrap();
        session.commit().unwrap();
        session.take_log();
        // One SELECT for the object, and one for each of the five collections in the copy.
        let o = session.expect_statements(6, |session| session.merge_graph(copy)).unwrap();
        assert_eq!(session[o].teams.len(&session).unwrap(), 2);
        let new = Org::builder().name("new").teams((0..5).map(|n| Team::builder().name(format!("t{n}")).build())).build();
        session.take_log();
        session.merge_graph(new).unwrap();
        session.commit().unwrap();
        assert_sql!(session, "I org x1; I team x5");
    }
}
