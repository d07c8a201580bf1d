//! Values that the database refuses: the error names the entity and the key.

use orm_runtime::prelude::*;
use orm_runtime::{SessionOptions, error::DatabaseErrorKind};
use orm_tests::{TestDb, on_all_databases};

#[derive(Entity, Debug, Clone)]
#[entity(table = "refused_note")]
struct Note {
    id: i64,
    text: String,
    small: i32,
}

fn note(id: i64) -> Note {
    Note::builder().id(id).text("fine").small(1).build()
}

/// Checks the database's error about a row that a flush cannot write.
fn refused(session: &mut Session, key: &str) {
    let error = session.flush().unwrap_err();
    assert!(error.is_violation(DatabaseErrorKind::Value), "{error}");
    let text = error.to_string();
    assert!(text.starts_with(&format!("Note {key}: the value does not fit its column")), "{text}");
    let Error::Constraint(violation) = error else { panic!("{text}") };
    assert_eq!(violation.entity, "Note");
    assert_eq!(violation.key.as_deref(), Some(key));
}

on_all_databases! {
    fn a_text_with_a_nul_is_named(db: &TestDb) {
        let mut session = db.session_for(schema![Note]);
        let notes = session.add_all((1..=3).map(note));
        session[notes[1]].text = "a\0b".to_owned();
        if db.dialect() == Dialect::Postgres {
            refused(&mut session, "2");
            session[notes[1]].text = "fine".to_owned();
        }
        session.commit().unwrap();
        assert_eq!(db.count("refused_note"), 3);
    }

    fn a_column_of_others_with_less_room_is_named(db: &TestDb) {
        if db.dialect() == Dialect::Sqlite {
            return;
        }
        db.execute(
            "CREATE TABLE refused_note (id BIGINT PRIMARY KEY, text VARCHAR(6) NOT NULL, \
             small SMALLINT NOT NULL)",
        );
        let mut session = db.session_with(SessionOptions::default());
        let notes = session.add_all((1..=3).map(note));
        session[notes[2]].small = 70_000;
        refused(&mut session, "3");
        session[notes[2]].small = 7;
        session[notes[0]].text = "too long".to_owned();
        refused(&mut session, "1");
        session[notes[0]].text = "fits".to_owned();
        session.commit().unwrap();
    }
}
