//! The attributes of a whole table: indexes, conditions, foreign keys, comments. Their SQL text is
//! tested in `schema`, and their effect in the database here.

use orm_runtime::prelude::*;
use orm_runtime::{error::DatabaseErrorKind, metadata::OnDelete};
use orm_tests::{TestDb, assert_matches, on_all_databases};

#[derive(Entity, Debug, Clone)]
#[entity(comment = "where one sits; it's the hall's")]
#[entity(unique(line, name), unique(columns(holder), name = "one_seat_each", where = "holder > 0"))]
#[entity(index(price), index(columns(line, price), where = "price > 10", name = "dear_seats"))]
#[entity(check = "price >= 0", check(name = "line_is_small", condition = "line < 100"))]
struct Seat {
    id: Auto<i64>,
    line: i32,
    #[entity(length = 20, comment = "as it is painted on")]
    name: String,
    holder: i32,
    #[entity(default = 1)]
    price: i32,
}

#[derive(Entity, Debug)]
struct Country {
    #[entity(primary_key, length = 2)]
    code: String,
}

#[derive(Entity, Debug)]
struct City {
    #[entity(primary_key)]
    country: String,
    #[entity(primary_key)]
    number: i32,
}

#[derive(Entity, Debug)]
#[entity(foreign_key(columns(country, city), references = City, on_delete = cascade))]
struct House {
    id: Auto<i64>,
    #[entity(length = 255)]
    country: String,
    city: i32,
    #[entity(references = Country, length = 2)]
    made_in: String,
    #[entity(references = House, on_delete = nullify)]
    beside: Option<i64>,
}

fn seat(line: i32, name: &str, holder: i32) -> Seat {
    Seat::builder().line(line).name(name).holder(holder).build()
}

#[test]
fn what_is_said_is_there_as_data() {
    let meta = Seat::META;
    assert_eq!(meta.comment, Some("where one sits; it's the hall's"));
    assert_eq!(meta.indexes.len(), 4);
    assert!(meta.indexes[0].unique && meta.indexes[0].columns == [1, 2]);
    assert_eq!(meta.indexes[1].name, Some("one_seat_each"));
    assert_eq!(meta.indexes[3].condition, Some("price > 10"));
    assert_eq!(meta.checks[1].name, Some("line_is_small"));
    assert_eq!(meta.columns[2].comment, Some("as it is painted on"));
    let references = House::META.foreign_keys;
    let targets: Vec<_> = references.iter().map(|key| (key.target)().name).collect();
    assert_eq!(targets, ["Country", "House", "City"]);
    assert_eq!(references[1].on_delete, OnDelete::Nullify);
    assert_eq!((references[2].columns, references[2].on_delete), (&[1, 2][..], OnDelete::Cascade));
}

on_all_databases! {
    fn columns_are_unique_together(db: &TestDb) {
        let mut session = db.session_for(schema![Seat]);
        session.add_all([seat(1, "a", 0), seat(1, "b", 0), seat(2, "a", 0)]);
        session.commit().unwrap();
        let second = session.add(seat(1, "a", 0));
        let error = session.commit().unwrap_err();
        assert!(error.is_violation(DatabaseErrorKind::Unique), "{error}");
        session[second].name = "c".to_owned();
        session.commit().unwrap();
        assert_eq!(db.count("seat"), 4);
    }

    fn an_index_with_a_condition_is_unique_where_it_holds(db: &TestDb) {
        let mut session = db.session_for(schema![Seat]);
        session.add_all([seat(1, "a", 0), seat(1, "b", 0), seat(1, "c", 7)]);
        session.commit().unwrap();
        let second = session.add(seat(1, "d", 7));
        let error = session.commit().unwrap_err();
        assert!(error.is_violation(DatabaseErrorKind::Unique), "{error}");
        assert!(error.to_string().contains(if db.dialect() == Dialect::Sqlite { "holder" } else { "one_seat_each" }), "{error}");
        session[second].holder = 0;
        session.commit().unwrap();
        // An update of other columns does not violate the condition.
        let seats = session.query::<Seat>().all().unwrap();
        for &seat in &seats {
            session[seat].price += 20;
        }
        session.commit().unwrap();
        session.bulk_insert([seat(3, "x", 9)]).unwrap();
        session.commit().unwrap();
        assert_eq!(db.count("seat"), 5);
    }

    fn a_condition_holds_for_every_row(db: &TestDb) {
        let mut session = db.session_for(schema![Seat]);
        let first = session.add(seat(1, "a", 0));
        session[first].price = -1;
        let error = session.commit().unwrap_err();
        assert!(error.is_violation(DatabaseErrorKind::Check), "{error}");
        session[first].price = 0;
        session[first].line = 100;
        let error = session.commit().unwrap_err();
        assert_matches!(&error, Error::Constraint(violation)
            if violation.constraint().is_some_and(|name| name.contains("line_is_small")));
        session[first].line = 99;
        session.commit().unwrap();
    }

    fn references_hold_and_say_what_a_delete_does(db: &TestDb) {
        // In an order in which no table could be created or dropped.
        let schema = schema![House, City, Country];
        let mut session = db.session_for(schema.clone());
        session.add(Country { code: "de".to_owned() });
        let city = session.add(City { country: "de".to_owned(), number: 1 });
        session.add(City { country: "de".to_owned(), number: 2 });
        session.flush().unwrap();
        let house = |city, beside: Option<i64>| {
            let house = House::builder().country("de").city(city).made_in("de");
            house.maybe_beside(beside).build()
        };
        let first = session.add(house(1, None));
        session.flush().unwrap();
        let id = session[first].id.get();
        let second = session.add(house(2, id));
        session.commit().unwrap();

        let stray = session.add(house(3, None));
        let error = session.commit().unwrap_err();
        assert!(error.is_violation(DatabaseErrorKind::ForeignKey), "{error}");
        session.delete(stray).unwrap();
        let country = session.get_one::<Country>("de".to_owned()).unwrap();
        session.delete(country).unwrap();
        let error = session.commit().unwrap_err();
        assert!(error.is_violation(DatabaseErrorKind::ForeignKey), "{error}");
        session.rollback().unwrap();

        session.delete(city).unwrap();
        session.commit().unwrap();
        assert_eq!(db.rows("house", "city, beside"), ["2|NULL"]);
        session.refresh(&[second]).unwrap();
        assert_eq!(session[second].beside, None);
        schema.drop_all(&mut session).unwrap();
        schema.create_all(&mut session).unwrap();
        assert_eq!(db.count("house"), 0);
    }

    fn comments_are_kept(db: &TestDb) {
        let mut session = db.session_for(schema![Seat]);
        session.commit().unwrap();
        let found = match db.dialect() {
            Dialect::Sqlite => "SELECT count(*) AS value FROM sqlite_master WHERE name = 'seat' AND sql LIKE '%it''s the hall%' AND sql LIKE '%painted on%'".to_owned(),
            Dialect::Postgres => format!("SELECT count(*) AS value FROM pg_description WHERE objoid = '{}.seat'::regclass", db.name()),
            Dialect::Mysql => format!("SELECT count(*) AS value FROM information_schema.columns c JOIN information_schema.tables t USING (table_schema, table_name) WHERE table_schema = '{}' AND table_comment LIKE '%it''s the hall%' AND column_comment LIKE '%painted on%'", db.name()),
         _ => unreachable!("a database without tests"), };
        let expected = if db.dialect() == Dialect::Postgres { 2 } else { 1 };
        assert_eq!(db.oracle().number(&found), expected);
    }
}
