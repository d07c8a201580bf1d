//! What counts as a change, and what an UPDATE writes.

use orm_runtime::ObjectState;
use orm_runtime::prelude::*;
use orm_tests::{TestDb, assert_no_sql, assert_sql, on_all_databases, on_one_database};

#[derive(Entity, Debug, Clone, PartialEq)]
#[entity(table = "users")]
struct User {
    id: Auto<i64>,
    name: String,
    nick: Option<String>,
    #[entity(default)]
    picture: Vec<u8>,
    #[entity(default)]
    score: f64,
    #[entity(skip)]
    seen: u32,
}

fn named(name: &str) -> User {
    User::builder().name(name).build()
}

/// Opens a session with one stored user.
fn with_jack(db: &TestDb) -> (Session, Handle<User>) {
    let mut session = db.session_for(schema![User]);
    let jack = session.add(User { id: Auto::from(7), ..named("jack") });
    session.commit().unwrap();
    session.get_one::<User>(7).unwrap();
    session.take_log();
    (session, jack)
}

on_all_databases! {
    // A23
    fn only_a_net_change_is_written(db: &TestDb) {
        let (mut session, jack) = with_jack(db);
        session[jack].name = "jack".to_owned();
        assert!(!session.is_dirty(jack));
        session.flush().unwrap();
        assert_no_sql!(session);
        session[jack].name = "x".to_owned();
        assert!(session.is_dirty(jack));
        session[jack].name = "jack".to_owned();
        assert!(!session.is_dirty(jack));
        session.flush().unwrap();
        assert_no_sql!(session);
    }

    fn touching_a_thousand_objects_writes_nothing(db: &TestDb) {
        let mut session = db.session_for(schema![User]);
        let users = session.add_all((0..1_000).map(|n| named(&n.to_string())));
        session.commit().unwrap();
        session.take_log();
        for &user in &users {
            session[user].name.push('!');
            session[user].name.pop();
        }
        session.commit().unwrap();
        assert_no_sql!(session);
    }

    fn an_update_names_the_changed_columns_only(db: &TestDb) {
        let (mut session, jack) = with_jack(db);
        session[jack].name = "john".to_owned();
        session.flush().unwrap();
        assert_sql!(session, "U users[name] x1");
        session[jack].nick = Some("jo".to_owned());
        session[jack].score = 1.5;
        session.flush().unwrap();
        assert_sql!(session, "U users[nick,score] x1");
        session[jack].nick = None;
        session.flush().unwrap();
        assert_sql!(session, "U users[nick] x1");
        session.commit().unwrap();
        assert_eq!(db.rows("users", "id, name, nick, score"), ["7|john|NULL|1.5"]);
    }

    fn a_change_in_place_is_seen(db: &TestDb) {
        let (mut session, jack) = with_jack(db);
        session[jack].picture.push(1);
        session[jack].name.make_ascii_uppercase();
        session.flush().unwrap();
        assert_sql!(session, "U users[name,picture] x1");
        session[jack].picture[0] = 2;
        session.commit().unwrap();
        assert_sql!(session, "U users[picture] x1");
        assert_eq!(db.session().query::<User>().rows().unwrap()[0].picture, [2]);
    }

    fn several_changes_before_a_flush_are_one_update(db: &TestDb) {
        let (mut session, jack) = with_jack(db);
        for n in 0..10 {
            session[jack].score += f64::from(n);
            session[jack].name.push('k');
        }
        session.commit().unwrap();
        assert_sql!(session, "U users[name,score] x1");
    }

    fn a_change_of_a_new_object_is_part_of_its_insert(db: &TestDb) {
        let mut session = db.session_for(schema![User]);
        let ada = session.add(named("ada"));
        session[ada].nick = Some("a".to_owned());
        assert_eq!(session.state(ada), ObjectState::Pending);
        session.commit().unwrap();
        assert_sql!(session, "I users x1");
        assert_eq!(db.rows("users", "name, nick"), ["ada|a"]);
    }

    fn a_change_after_a_flush_is_compared_with_what_was_flushed(db: &TestDb) {
        let (mut session, jack) = with_jack(db);
        session[jack].name = "john".to_owned();
        session.flush().unwrap();
        session[jack].name = "john".to_owned();
        session.flush().unwrap();
        assert_sql!(session, "U users[name] x1");
        session[jack].name = "jack".to_owned();
        session.commit().unwrap();
        assert_sql!(session, "U users[name] x1");
        assert_eq!(db.rows("users", "name"), ["jack"]);
    }

    fn none_and_empty_are_not_the_same(db: &TestDb) {
        let (mut session, jack) = with_jack(db);
        session[jack].nick = Some(String::new());
        session.commit().unwrap();
        assert_sql!(session, "U users[nick] x1");
        assert_eq!(db.rows("users", "nick"), [""]);
        session[jack].nick = None;
        session.commit().unwrap();
        assert_eq!(db.rows("users", "nick"), ["NULL"]);
    }

    fn a_field_that_is_not_a_column_is_never_written_and_never_lost(db: &TestDb) {
        let (mut session, jack) = with_jack(db);
        session[jack].seen = 3;
        assert!(!session.is_dirty(jack));
        session.flush().unwrap();
        assert_no_sql!(session);
        session[jack].name = "john".to_owned();
        session.commit().unwrap();
        session.refresh(&[jack]).unwrap();
        assert_eq!((session[jack].seen, session[jack].name.as_str()), (3, "john"));
        session[jack].name = "x".to_owned();
        session.flush().unwrap();
        session.rollback().unwrap();
        assert_eq!((session[jack].seen, session[jack].name.as_str()), (3, "john"));
        let mut other = db.session();
        let same = other.get_one::<User>(7).unwrap();
        assert_eq!(other[same].seen, 0);
    }

    fn a_sign_of_zero_is_a_change(db: &TestDb) {
        let (mut session, jack) = with_jack(db);
        session[jack].score = -0.0;
        assert!(session.is_dirty(jack));
        session.commit().unwrap();
        assert_sql!(session, "U users[score] x1");
    }

    fn what_rollback_puts_back_can_be_done_again(db: &TestDb) {
        let (mut session, jack) = with_jack(db);
        for _ in 0..2 {
            session[jack].name = "john".to_owned();
            session.flush().unwrap();
            session.rollback().unwrap();
            assert_eq!(session[jack].name, "jack");
            assert!(!session.is_dirty(jack));
        }
        assert_sql!(session, "U users[name] x2");
        session[jack].name = "john".to_owned();
        session.commit().unwrap();
        assert_eq!(db.rows("users", "name"), ["john"]);
    }

    fn rollback_puts_back_edits_that_were_not_flushed(db: &TestDb) {
        let (mut session, jack) = with_jack(db);
        session[jack].name = "john".to_owned();
        session.rollback().unwrap();
        assert_eq!(session[jack].name, "jack");
        session.commit().unwrap();
        assert_no_sql!(session);
    }

    // E05, without the relationship
    fn rollback_restores_changed_new_and_deleted_objects(db: &TestDb) {
        let (mut session, jack) = with_jack(db);
        let chuck = session.add(User { id: Auto::from(10), ..named("chuck") });
        session.commit().unwrap();
        session[jack].name = "new".to_owned();
        let new = session.add(named("added"));
        assert_eq!(session.query::<User>().count().unwrap(), 3, "the query writes pending changes");
        session.delete(chuck).unwrap();
        session.flush().unwrap();
        session.rollback().unwrap();
        assert_eq!(session[jack].name, "jack");
        assert_eq!(session.state(chuck), ObjectState::Persistent);
        assert!(!session.is_dirty(chuck));
        assert_eq!(session.find::<User>(10), Some(chuck));
        assert_eq!(session.state(new), ObjectState::Transient);
        assert_eq!(session[new].name, "added", "the value of the struct is not lost");
        assert_eq!(session.query::<User>().count().unwrap(), 2);
    }

    fn new_deleted_and_changed_objects_are_dirty_until_the_flush(db: &TestDb) {
        let (mut session, jack) = with_jack(db);
        let ada = session.add(named("ada"));
        assert!(session.is_dirty(ada) && !session.is_dirty(jack));
        session.delete(jack).unwrap();
        assert!(session.is_dirty(jack));
        session.flush().unwrap();
        assert!(!session.is_dirty(ada) && !session.is_dirty(jack));
    }
}

on_one_database! { Postgres;
    fn a_nan_that_was_loaded_is_not_a_change(db: &TestDb) {
        let (mut session, jack) = with_jack(db);
        session[jack].score = f64::NAN;
        session.commit().unwrap();
        session.get_one::<User>(7).unwrap();
        session.take_log();
        assert!(session[jack].score.is_nan());
        session[jack].name = "john".to_owned();
        session.commit().unwrap();
        assert_sql!(session, "U users[name] x1");
    }
}
