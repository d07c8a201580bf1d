//! Points in time that the database writes, and others, are comparable with those of the program.

use chrono::{DateTime, Utc};
use orm_runtime::prelude::*;
use orm_runtime::schema::DifferenceKind;
use orm_tests::{TestDb, on_all_databases, on_one_database};

#[derive(Entity, Debug, Clone)]
#[entity(table = "inst_row")]
struct Row {
    id: i64,
    #[entity(db_default = "CURRENT_TIMESTAMP", unique)]
    made: Generated<DateTime<Utc>>,
    #[entity(db_default = "'2024-01-02 03:04:05'")]
    known: Generated<DateTime<Utc>>,
    ended: Option<DateTime<Utc>>,
}

fn point(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn count(session: &mut Session, condition: impl orm_runtime::query::Predicate<Row>) -> i64 {
    session.query::<Row>().filter(condition).count().unwrap()
}

on_all_databases! {
    fn a_time_of_the_database_is_equal_to_itself(db: &TestDb) {
        let before = Utc::now() - chrono::TimeDelta::seconds(2);
        let mut session = db.session_for(schema![Row]);
        let row = session.add(Row::builder().id(1).build());
        session.commit().unwrap();
        let row = session.get_one::<Row>(session.key(row).unwrap()).unwrap();
        let made = *session[row].made.get().unwrap();
        assert!(made > before, "{made}");
        assert_eq!(count(&mut session, row::made.eq(val(made))), 1);
        assert_eq!(count(&mut session, row::made.lt(val(made))), 0);
        assert_eq!(count(&mut session, row::made.ge(val(made))), 1);
        assert_eq!(count(&mut session, row::known.eq(val(point("2024-01-02T03:04:05Z")))), 1);
        assert!(schema![Row].verify(&mut session).unwrap().is_empty());
        // A unique column accepts a time only once.
        session.add(Row::builder().id(2).made(made).build());
        assert!(session.commit().is_err());
        session.rollback().unwrap();
        assert!(schema![Row].diff(&mut session).unwrap().is_empty());
    }
}

on_one_database! {
    Sqlite;
    fn times_of_others_in_another_form_are_a_difference(db: &TestDb) {
        let mut session = db.session_for(schema![Row]);
        for (n, form) in ["2024-02-29T12:00:00", "2024-02-29 12:00:00", "2024-02-29T13:00:00+01:00"]
            .into_iter()
            .enumerate()
        {
            let made = format!("2020-01-01 00:00:0{n}.000000+00:00");
            db.execute(&format!("INSERT INTO inst_row (id, made, ended) VALUES ({n}, '{made}', '{form}')"));
            let found = schema![Row].verify(&mut session).unwrap();
            assert_eq!(found.len(), 1, "{form}");
            assert_eq!(
                (found[0].entity(), found[0].field(), found[0].kind()),
                ("Row", Some("ended"), DifferenceKind::Different)
            );
            session.rollback().unwrap();
            // The fix that the difference names.
            let text = found[0].to_string();
            let (_, cure) = text.split_once("with ").unwrap();
            db.execute(cure);
            assert!(schema![Row].verify(&mut session).unwrap().is_empty());
            let at = point("2024-02-29T12:00:00Z");
            assert_eq!(count(&mut session, row::ended.eq(val(at))), n as i64 + 1);
            session.rollback().unwrap();
        }
    }
}
