//! Tables in a circle of references that may all be NULL: as few rows as possible are written
//! twice.

use orm_runtime::prelude::*;
use orm_tests::{TestDb, assert_sql, on_all_databases};

#[derive(Entity, Clone, Debug)]
#[entity(table = "owners")]
pub struct Owner {
    pub id: Auto<i64>,
    pub favorite: Option<ForeignKey<Toy>>,
}

#[derive(Entity, Clone, Debug)]
#[entity(table = "toys")]
pub struct Toy {
    pub id: Auto<i64>,
    pub owner: Option<ForeignKey<Owner>>,
    pub copy_of: Option<ForeignKey<Toy>>,
}

/// Adds an owner with this number of toys, one of which is the favourite.
fn owner(session: &mut Session, toys: usize) -> (Handle<Owner>, Vec<Handle<Toy>>) {
    let owner = session.add(Owner::builder().build());
    let toys = session.add_all((0..toys).map(|_| Toy::builder().owner(owner).build()));
    session[owner].favorite = Some(toys[0].into());
    (owner, toys)
}

on_all_databases! {
    fn the_side_with_fewer_rows_is_written_twice(db: &TestDb) {
        let mut session = db.session_for(schema![Owner, Toy]);
        session.take_log();
        let (ada, toys) = owner(&mut session, 5);
        session.flush().unwrap();
        assert_sql!(session, "I owners x1; I toys x5; U owners[favorite_id] x1");
        session.commit().unwrap();
        assert_eq!(db.rows("owners", "id, favorite_id"), ["1|1"]);
        assert_eq!(db.rows("toys", "id, owner_id")[4], "5|1");

        session.take_log();
        for toy in toys {
            session.delete(toy).unwrap();
        }
        session.delete(ada).unwrap();
        session.flush().unwrap();
        let log = orm_tests::trace(&session.take_log());
        assert!(log.ends_with("U owners[favorite_id] x1; D toys x5; D owners x1"), "{log}");
        session.commit().unwrap();
        assert_eq!((db.count("owners"), db.count("toys")), (0, 0));
    }

    fn many_circles_share_their_statements(db: &TestDb) {
        let mut session = db.session_for(schema![Owner, Toy]);
        session.take_log();
        for _ in 0..20 {
            owner(&mut session, 3);
        }
        let plain = session.add(Owner::builder().build());
        session.add(Toy::builder().owner(plain).build());
        session.flush().unwrap();
        assert_sql!(session, "I owners x1; I owners x20; I toys x61; U owners[favorite_id] x20");
        session.commit().unwrap();
        let met = "owners JOIN toys ON toys.id = favorite_id AND owner_id = owners.id";
        assert_eq!(db.count(met), 20);
    }

    fn a_circle_inside_a_table_stays_as_it_is(db: &TestDb) {
        let mut session = db.session_for(schema![Owner, Toy]);
        session.take_log();
        let (_, toys) = owner(&mut session, 2);
        session[toys[0]].copy_of = Some(toys[1].into());
        session[toys[1]].copy_of = Some(toys[0].into());
        session.commit().unwrap();
        session.take_log();
        assert_eq!(db.rows("toys", "id, owner_id, copy_of_id"), ["1|1|2", "2|1|1"]);
        assert_eq!(db.rows("owners", "id, favorite_id"), ["1|1"]);
    }
}
