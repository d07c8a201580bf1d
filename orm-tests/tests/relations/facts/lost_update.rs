//! An edit is not a fact: it neither refreshes an object nor protects its other columns.

use orm_runtime::prelude::*;
use orm_runtime::query::Lock;
use orm_tests::{TestDb, assert_no_sql, assert_sql, on_all_databases};

use super::model::{Org, Tag, Team, org, schema, without_autoflush};

/// Returns a stale object, whose row has another size now.
fn changed_elsewhere(db: &TestDb) -> (Session, Handle<Org>) {
    let mut session = without_autoflush(db);
    let o = session.add(org("acme"));
    session.commit().unwrap();
    db.execute("UPDATE org SET size = 5");
    session.log_statements(true);
    (session, o)
}

on_all_databases! {
    fn an_edit_does_not_make_a_stale_object_current(db: &TestDb) {
        let (mut session, o) = changed_elsewhere(db);
        session[o].name = "edited".to_owned();
        assert!(session.is_stale(o));
        assert_eq!(session.get_one::<Org>(1).unwrap(), o);
        assert!(!session.is_stale(o));
        assert_eq!((session[o].name.as_str(), session[o].size), ("edited", 5));
        session[o].size += 1;
        session.commit().unwrap();
        assert_eq!(db.rows("org", "name, size"), ["edited|6"]);
    }

    fn a_mutable_reference_does_not_make_a_stale_object_current(db: &TestDb) {
        let (mut session, o) = changed_elsewhere(db);
        let _ = &mut session[o];
        session.query::<Org>().all().unwrap();
        assert_eq!(session[o].size, 5);
        assert!(!session.is_stale(o));
        session.take_log();
        session.flush().unwrap();
        assert_no_sql!(session);
    }

    fn an_edit_is_compared_with_the_new_row(db: &TestDb) {
        let (mut session, o) = changed_elsewhere(db);
        session[o].size = 5;
        session[o].name = "edited".to_owned();
        session.query::<Org>().all().unwrap();
        let changes = session.changes(o).unwrap();
        assert_eq!(changes.iter().map(|it| it.field).collect::<Vec<_>>(), ["name"]);
        session.take_log();
        session.flush().unwrap();
        assert_sql!(session, "U org[name] x1");
    }

    fn a_rollback_after_it_gives_the_new_row(db: &TestDb) {
        let (mut session, o) = changed_elsewhere(db);
        session[o].name = "edited".to_owned();
        session.get_one::<Org>(1).unwrap();
        session.rollback().unwrap();
        assert_eq!((session[o].name.as_str(), session[o].size), ("acme", 5));
    }

    fn a_locked_row_keeps_the_edits_and_takes_the_rest(db: &TestDb) {
        let (mut session, o) = changed_elsewhere(db);
        session[o].name = "edited".to_owned();
        session.query::<Org>().lock(Lock::Update).all().unwrap();
        assert_eq!((session[o].name.as_str(), session[o].size), ("edited", 5));
    }

    fn an_edit_of_a_row_that_is_gone_is_an_error(db: &TestDb) {
        let (mut session, o) = changed_elsewhere(db);
        db.execute("DELETE FROM org");
        session[o].name = "edited".to_owned();
        assert_eq!(session.get::<Org>(1).unwrap(), None);
        let error = session.commit().unwrap_err();
        assert!(matches!(error, Error::StaleRow { entity: "Org", .. }), "{error}");
    }

    fn a_new_object_in_place_of_a_deleted_one_is_written_whole(db: &TestDb) {
        let mut session = db.session_for(schema());
        let tag = |weight| Tag { name: "x".to_owned(), weight };
        let old = session.add(tag(1));
        session.commit().unwrap();
        db.execute("UPDATE tag SET weight = 9");
        session.delete(old).unwrap();
        let new = session.add(tag(1));
        session.commit().unwrap();
        assert_eq!(db.rows("tag", "name, weight"), ["x|1"]);
        assert_eq!(session[new].weight, 1);
    }

    fn a_reference_that_was_set_to_what_it_was_takes_the_value_of_its_row(db: &TestDb) {
        let mut session = without_autoflush(db);
        let o = session.add(org("acme"));
        session.add(Team::builder().name("red").org(o).build());
        session.commit().unwrap();
        session.clear();
        let o = session.get_one::<Org>(1).unwrap();
        let red = session.get_one::<Team>(1).unwrap();
        session.commit().unwrap();
        db.execute("UPDATE team SET org_id = NULL");
        session[red].org = None;
        session[red].org = Some(o.into());
        assert!(!session.is_dirty(red));
        session.query::<Team>().all().unwrap();
        assert!(session[red].org.is_none());
        assert!(!session.is_dirty(red));
        session.commit().unwrap();
        assert_eq!(db.rows("team", "name, org_id"), ["red|NULL"]);
    }
}
