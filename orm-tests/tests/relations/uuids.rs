//! UUIDs that another program has written in capitals, which are different strings for the
//! database.

use orm_runtime::prelude::*;
use orm_tests::{TestDb, assert_sql, on_all_databases};
use uuid::Uuid;

#[derive(Entity, Clone, Debug)]
#[entity(table = "owners")]
pub struct Owner {
    pub id: Uuid,
    pub name: String,
    #[entity(inverse = owner, order_by = name)]
    pub things: HasMany<Thing>,
}

#[derive(Entity, Clone, Debug)]
#[entity(table = "things")]
pub struct Thing {
    pub id: Uuid,
    pub name: String,
    #[entity(on_delete = cascade)]
    pub owner: ForeignKey<Owner, Uuid>,
}

const ADA: Uuid = Uuid::from_u128(0xaaaa_bbbb_cccc_dddd_eeee_ffff_0000_0001);
const BOB: Uuid = Uuid::from_u128(0xaaaa_bbbb_cccc_dddd_eeee_ffff_0000_0002);
const CUP: Uuid = Uuid::from_u128(0xaaaa_bbbb_cccc_dddd_eeee_ffff_0000_0003);
const PEN: Uuid = Uuid::from_u128(0xaaaa_bbbb_cccc_dddd_eeee_ffff_0000_0004);
const NEW: Uuid = Uuid::from_u128(0xaaaa_bbbb_cccc_dddd_eeee_ffff_0000_0005);

/// Creates the tables of another program, in which `ada` has a cup and a pen.
fn others(db: &TestDb) -> Session {
    let uuid = match db.dialect() {
        Dialect::Sqlite => "TEXT",
        Dialect::Postgres => "UUID",
        Dialect::Mysql => "CHAR(36) CHARACTER SET ascii COLLATE ascii_bin",
        _ => unreachable!("a database without tests"),
    };
    db.execute(&format!(
        "CREATE TABLE owners (id {uuid} NOT NULL PRIMARY KEY, name VARCHAR(30) NOT NULL)"
    ));
    db.execute(&format!(
        "CREATE TABLE things (id {uuid} NOT NULL PRIMARY KEY, name VARCHAR(30) NOT NULL, \
         owner_id {uuid} NOT NULL, FOREIGN KEY (owner_id) REFERENCES owners (id))"
    ));
    let text = |uuid: Uuid| uuid.to_string().to_uppercase();
    for (owner, name) in [(ADA, "ada"), (BOB, "bob")] {
        db.execute(&format!("INSERT INTO owners VALUES ('{}', '{name}')", text(owner)));
    }
    for (thing, name) in [(CUP, "cup"), (PEN, "pen")] {
        let (thing, owner) = (text(thing), text(ADA));
        db.execute(&format!("INSERT INTO things VALUES ('{thing}', '{name}', '{owner}')"));
    }
    db.session()
}

on_all_databases! {
    fn they_are_found(db: &TestDb) {
        let mut session = others(db);
        let ada = session.get_one::<Owner>(ADA).unwrap();
        assert_sql!(session, "S owners");
        assert_eq!(session.get::<Owner>(NEW).unwrap(), None);
        let mut session = db.session();
        let found = session.get_many::<Owner>([ADA, NEW, BOB]).unwrap();
        assert!(found[0].is_some() && found[1].is_none() && found[2].is_some());
        assert_eq!(session.key(ada), None, "of another session");
        let ada = found[0].unwrap();
        session.load(ada, owner::things).unwrap();
        let names = session[ada].things.iter(&session).unwrap().map(|thing| thing.name.clone());
        assert_eq!(names.collect::<Vec<_>>(), ["cup", "pen"]);

        for path in [owner::things.order_by(thing::name.asc()), owner::things.joined()] {
            let mut session = db.session();
            session.query::<Owner>().eager(path).all().unwrap();
            let ada = session.find::<Owner>(ADA).unwrap();
            assert_eq!(session[ada].things.len(&session).unwrap(), 2);
            let cup = session.find::<Thing>(CUP).unwrap();
            assert_eq!(session[cup].owner.handle(&session).unwrap(), ada);
        }
        let mut session = db.session();
        let things = session.query::<Thing>().eager(thing::owner).all().unwrap();
        assert_eq!(session[things[0]].owner.get(&session).unwrap().name, "ada");
        let listed = session.query::<Thing>().filter(thing::id.in_list([CUP, PEN])).count();
        assert_eq!(listed.unwrap(), 2);
    }

    fn they_are_changed_and_deleted(db: &TestDb) {
        let mut session = others(db);
        let things = session.get_many::<Thing>([CUP, PEN]).unwrap();
        let [cup, pen] = [things[0].unwrap(), things[1].unwrap()];
        session[cup].name = "mug".into();
        session[pen].name = "pencil".into();
        session.commit().unwrap();
        assert_eq!(db.rows("things", "name"), ["mug", "pencil"]);
        // A new row references the owner by the owner's spelling.
        let ada = session.get_one::<Owner>(ADA).unwrap();
        session.add(Thing::builder().id(NEW).name("new").owner(ada).build());
        session.commit().unwrap();
        session.refresh(&[cup, pen]).unwrap();
        session.delete(cup).unwrap();
        session.commit().unwrap();
        assert_eq!(db.rows("things", "name"), ["new", "pencil"]);
        session.delete(ada).unwrap();
        session.commit().unwrap();
        assert_eq!((db.count("things"), db.count("owners")), (0, 1));
    }
}
