//! References that have no constraint or no index in the database.

use orm_runtime::prelude::*;
use orm_tests::{TestDb, on_all_databases};

#[derive(Entity, Debug)]
pub struct Shelf {
    #[entity(primary_key, length = 8)]
    code: String,
    #[entity(inverse = shelf)]
    books: HasMany<Volume>,
}

#[derive(Entity, Debug)]
pub struct Volume {
    id: Auto<i64>,
    #[entity(no_constraint, no_index, on_delete = cascade, column = "shelf_code")]
    shelf: ForeignKey<Shelf, String>,
    #[entity(no_constraint, on_delete = nullify, column = "other_id")]
    other: Option<ForeignKey<Shelf, String>>,
    #[entity(no_index, column = "third_id")]
    third: Option<ForeignKey<Shelf, String>>,
}

fn all() -> orm_runtime::Schema {
    // In any order: only the constraint of `third` requires one.
    schema![Volume, Shelf]
}

fn shelf(code: &str) -> Shelf {
    Shelf::builder().code(code).build()
}

on_all_databases! {
    fn a_reference_without_a_constraint_is_none_in_the_database(db: &TestDb) {
        let sql = all().create_sql(db.dialect()).join(";\n");
        assert_eq!(sql.matches("FOREIGN KEY").count(), 1, "{sql}");
        assert_eq!(sql.matches("INDEX ").count(), 1, "{sql}");
        let mut session = db.session_for(all());
        assert_eq!(all().verify(&mut session).unwrap(), []);
        assert!(all().diff(&mut session).unwrap().is_empty());
        db.execute("INSERT INTO volume (shelf_code) VALUES ('none')");
    }

    fn a_constraint_that_is_there_all_the_same_is_a_difference(db: &TestDb) {
        let mut session = db.session();
        let sql = all().create_sql(db.dialect());
        for sql in &sql {
            db.oracle().batch(sql);
        }
        if db.dialect() == orm_runtime::Dialect::Sqlite {
            return;
        }
        db.execute("ALTER TABLE volume ADD CONSTRAINT more FOREIGN KEY (shelf_code) REFERENCES shelf (code)");
        let found = all().verify(&mut session).unwrap();
        assert_eq!(
            found.iter().map(ToString::to_string).collect::<Vec<_>>(),
            ["Volume.shelf_id: the reference (shelf_code) → shelf (code) is in the database but not in the mapping"]
        );
    }

    fn the_flush_follows_it_and_the_session_cascades(db: &TestDb) {
        let mut session = db.session_for(all());
        session.take_log();
        let (one, two) = (session.add(shelf("one")), session.add(shelf("two")));
        let first = session.add(Volume::builder().shelf(one).build());
        let mut second = Volume::builder().shelf(two).build();
        second.other = Some(one.into());
        session.add(second);
        session.commit().unwrap();
        let log = session.take_log();
        let tables: Vec<bool> = log.iter().filter(|it| it.sql.starts_with("INSERT")).map(|it| it.sql.contains("shelf_code")).collect();
        assert_eq!(tables, [false, true], "referenced rows are written first");
        session.clear();
        let one = session.get::<Shelf>("one".to_owned()).unwrap().unwrap();
        session.delete(one).unwrap();
        session.commit().unwrap();
        assert_eq!(db.rows("volume", "shelf_code, other_id"), ["two|NULL"]);
        assert!(session.state(first) != orm_runtime::ObjectState::Persistent);
    }

    fn a_key_to_which_rows_refer_without_a_constraint_stays(db: &TestDb) {
        let mut session = db.session_for(all());
        let one = session.add(shelf("one"));
        session.add(Volume::builder().shelf(one).build());
        session.commit().unwrap();
        session[one].code = "uno".to_owned();
        let error = session.commit().unwrap_err().to_string();
        assert!(error.contains("no_constraint"), "{error}");
        session.rollback().unwrap();
        assert_eq!(db.rows("shelf", "code"), ["one"]);
    }
}
