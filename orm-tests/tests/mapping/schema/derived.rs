//! The same with derived entities, through a session.

use orm_runtime::error::DatabaseErrorKind;
use orm_runtime::prelude::*;
use orm_tests::{TestDb, on_all_databases};

#[derive(Entity, Debug)]
#[entity(table = "club", comment = "clubs; it's */ quoted")]
pub struct Club {
    id: Auto<i64>,
    #[entity(unique, length = 40, comment = "as on the door")]
    name: String,
    #[entity(references = Person, on_delete = nullify)]
    founder: Option<i64>,
}

#[derive(Entity, Debug)]
#[entity(table = "person", unique(columns(club, badge), where = "badge > 0"))]
#[entity(
    index(columns(name, badge)),
    check = "badge >= 0",
    check(name = "person_named", condition = "name <> ''")
)]
pub struct Person {
    id: Auto<i64>,
    #[entity(length = 40)]
    name: String,
    #[entity(references = Club, on_delete = cascade)]
    club: i64,
    badge: i32,
    #[entity(precision = 12, scale = 2)]
    fee: rust_decimal::Decimal,
}

fn person(club: i64, badge: i32) -> Person {
    Person::builder().name("p").club(club).badge(badge).fee(rust_decimal::Decimal::ONE).build()
}

on_all_databases! {
    fn derived_entities_are_made_compared_and_dropped(db: &TestDb) {
        let schema = schema![Club, Person];
        let mut session = db.session_for(schema.clone());
        assert_eq!(schema.verify(&mut session).unwrap(), []);
        assert!(schema.diff(&mut session).unwrap().is_empty());
        let club = session.add(Club::builder().name("chess").build());
        session.commit().unwrap();
        let club_key = session.key(club).unwrap();
        let zeros = session.add_all([person(club_key, 0), person(club_key, 0), person(club_key, 1)]);
        session.commit().unwrap();
        session[club].founder = session.key(zeros[0]);
        session.commit().unwrap();
        let twin = session.add(person(club_key, 1));
        assert!(session.commit().unwrap_err().is_violation(DatabaseErrorKind::Unique));
        session.evict(twin).unwrap();
        session.rollback().unwrap();
        schema.drop_all(&mut session).unwrap();
        assert_eq!(schema.verify(&mut session).unwrap().len(), 2);
    }
}
