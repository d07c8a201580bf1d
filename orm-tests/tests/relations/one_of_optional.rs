//! An `Option` of an enum of references: an object that belongs to at most one of several others.
//! The variants have attributes.

use orm_runtime::Schema;
use orm_runtime::prelude::*;
use orm_tests::{TestDb, assert_sql, on_all_databases};

/// The place of a thing, if it has one.
#[derive(OneOf, Clone, Debug, PartialEq)]
pub enum Place {
    #[entity(columns(shelf_line, shelf_number), on_delete = nullify)]
    Shelf(ForeignKey<Shelf, (String, i32)>),
    #[entity(unique, column = "inside")]
    Inside(ForeignKey<Thing>),
    #[entity(on_delete = nullify, comment = "where it is lent from")]
    Lent(ForeignKey<Thing>),
}

#[derive(Entity, Clone, Debug)]
#[entity(table = "shelves")]
pub struct Shelf {
    #[entity(primary_key, length = 10)]
    pub line: String,
    #[entity(primary_key)]
    pub number: i32,
    pub things: HasMany<Thing>,
}

#[derive(Entity, Clone, Debug)]
#[entity(table = "things", unique(place_shelf_line, name))]
pub struct Thing {
    pub id: Auto<i64>,
    #[entity(length = 30)]
    pub name: String,
    #[entity(one_of, prefix = "at_")]
    pub place: Option<Place>,
    #[entity(inverse = place_inside)]
    pub content: HasOne<Thing>,
    #[entity(inverse = place_lent)]
    pub lent: HasMany<Thing>,
}

fn schema() -> Schema {
    schema![Shelf, Thing]
}

fn shelf(line: &str) -> Shelf {
    Shelf::builder().line(line).number(1).build()
}

fn thing(name: &str) -> Thing {
    Thing::builder().name(name).build()
}

/// Returns the places of the things, in the order of their keys.
fn places(db: &TestDb) -> Vec<String> {
    db.rows("things", "id, at_shelf_line, at_shelf_number, at_inside, at_lent_id")
}

#[test]
fn variants_have_separate_attributes() {
    let columns: Vec<_> = Thing::META.columns.iter().map(|it| (it.field, it.name)).collect();
    let expected = [
        ("id", "id"),
        ("name", "name"),
        ("place_shelf_line", "at_shelf_line"),
        ("place_shelf_number", "at_shelf_number"),
        ("place_inside_id", "at_inside"),
        ("place_lent_id", "at_lent_id"),
    ];
    assert_eq!(columns, expected);
    assert!(Thing::META.foreign_keys.iter().all(|key| key.nullable));
    assert!(Thing::META.columns[4].unique);
    assert_eq!(Thing::META.columns[5].comment, Some("where it is lent from"));
    let nullable = |column: &orm_runtime::metadata::ColumnMeta| column.nullable;
    assert!(Thing::META.columns[2..].iter().all(nullable));
    let _ = (thing::place_shelf, thing::place_shelf_line, thing::place_inside_id);
}

on_all_databases! {
    fn it_may_be_of_none(db: &TestDb) {
        let schema = schema();
        let mut session = db.session_for(schema.clone());
        assert_eq!(schema.verify(&mut session).unwrap(), [], "the created tables are the declared ones");
        let shelf = session.add(shelf("a"));
        let [cup, bag, pen] = ["cup", "bag", "pen"].map(|name| session.add(thing(name)));
        session[cup].place = Some(shelf.into());
        session[pen].place = Some(Place::Inside(bag.into()));
        session.commit().unwrap();
        let expected = ["1|a|1|NULL|NULL", "2|NULL|NULL|NULL|NULL", "3|NULL|NULL|2|NULL"];
        assert_eq!(places(db), expected);
        session.clear();

        let all = session.query::<Thing>().order_by(thing::id).all().unwrap();
        let found: Vec<_> = all.iter().map(|&it| session[it].place.clone()).collect();
        let on_shelf = Place::Shelf(("a".to_owned(), 1).into());
        assert_eq!(found, [Some(on_shelf), None, Some(Place::Inside(2.into()))]);

        session.take_log();
        session[all[2]].place = Some(Place::Lent(ForeignKey::to(all[0])));
        session[all[0]].place = None;
        session.flush().unwrap();
        assert_sql!(session, "U things[at_shelf_line,at_shelf_number,at_inside,at_lent_id] x2");
        session.commit().unwrap();
        let expected = ["1|NULL|NULL|NULL|NULL", "2|NULL|NULL|NULL|NULL", "3|NULL|NULL|NULL|1"];
        assert_eq!(places(db), expected);
        let two = "UPDATE things SET at_inside = 2 WHERE id = 3";
        assert!(db.oracle().try_execute(two).is_err(), "one at most");
        let half = "UPDATE things SET at_shelf_line = 'a' WHERE id = 2";
        assert!(db.oracle().try_execute(half).is_err(), "a key is there as a whole");
    }

    fn what_is_let_go_is_of_none(db: &TestDb) {
        let mut session = db.session_for(schema());
        let shelf = session.add(shelf("a"));
        let bag = session.add(thing("bag"));
        let [cup, pen] = ["cup", "pen"].map(|name| session.add(thing(name)));
        session.link(shelf, shelf::things, cup).unwrap();
        session.link(bag, thing::content, pen).unwrap();
        session.commit().unwrap();
        assert_eq!(places(db)[1..], ["2|a|1|NULL|NULL", "3|NULL|NULL|1|NULL"]);
        session.unlink(shelf, shelf::things, cup).unwrap();
        assert_eq!(session[cup].place, None);
        // A unique reference is moved in one flush.
        session.link(bag, thing::content, cup).unwrap();
        assert_eq!(session[pen].place, None);
        session.commit().unwrap();
        assert_eq!(places(db)[1..], ["2|NULL|NULL|1|NULL", "3|NULL|NULL|NULL|NULL"]);
    }

    fn a_deleted_owner_leaves_none(db: &TestDb) {
        let mut session = db.session_for(schema());
        let shelf = session.add(shelf("a"));
        let things = ["bag", "cup", "pen"].map(|name| session.add(thing(name)));
        session[things[0]].place = Some(shelf.into());
        session[things[1]].place = Some(shelf.into());
        session.commit().unwrap();
        session.clear();
        // It is not in memory; the other one has moved.
        let shelf = session.get_one::<Shelf>(("a".to_owned(), 1)).unwrap();
        let [bag, pen] = [1, 3].map(|id| session.get_one::<Thing>(id).unwrap());
        session[bag].place = Some(Place::Lent(pen.into()));
        session.delete(shelf).unwrap();
        session.commit().unwrap();
        let expected = ["1|NULL|NULL|NULL|3", "2|NULL|NULL|NULL|NULL", "3|NULL|NULL|NULL|NULL"];
        assert_eq!(places(db), expected);
        let cup = session.get_one::<Thing>(2).unwrap();
        assert_eq!(session[cup].place, None);
    }

    fn things_in_a_circle(db: &TestDb) {
        let mut session = db.session_for(schema());
        let [bag, box_] = ["bag", "box"].map(|name| session.add(thing(name)));
        session[bag].place = Some(Place::Inside(box_.into()));
        session[box_].place = Some(Place::Lent(bag.into()));
        session.commit().unwrap();
        assert_eq!(places(db), ["1|NULL|NULL|2|NULL", "2|NULL|NULL|NULL|1"]);
        session.delete(bag).unwrap();
        session.delete(box_).unwrap();
        session.commit().unwrap();
        assert_eq!(db.count("things"), 0);
    }

    fn variants_come_by_migration(db: &TestDb) {
        let mut session = db.session();
        for sql in db_before(db.dialect()) {
            db.execute(sql);
        }
        let schema = schema();
        let differences = schema.verify(&mut session).unwrap();
        let differences: Vec<_> = differences.iter().map(ToString::to_string).collect();
        let about = |what: &str| differences.iter().any(|it| it.contains(what));
        assert!(about("at_inside") && about("things__place_check"), "{differences:#?}");
        schema.diff(&mut session).unwrap().apply(&mut session).unwrap();
        assert_eq!(schema.verify(&mut session).unwrap(), []);
        assert_eq!(places(db), ["1|NULL|NULL|NULL|NULL"]);
    }
}

/// Returns the SQL of the tables before things had places.
fn db_before(dialect: Dialect) -> [&'static str; 2] {
    let things = match dialect {
        Dialect::Sqlite => {
            "CREATE TABLE things (id INTEGER PRIMARY KEY, name VARCHAR(30) NOT NULL)"
        }
        Dialect::Postgres => {
            "CREATE TABLE things (id BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, \
             name VARCHAR(30) NOT NULL)"
        }
        Dialect::Mysql => {
            "CREATE TABLE things (id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY, \
             name VARCHAR(30) NOT NULL) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin"
        }
        _ => unreachable!("a database without tests"),
    };
    [things, "INSERT INTO things (name) VALUES ('cup')"]
}
