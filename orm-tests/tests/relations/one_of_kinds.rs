//! Enums of references in a hierarchy: in a subtype with a separate table, and in one that shares
//! the table of its base.

use orm_runtime::prelude::*;
use orm_tests::{TestDb, on_all_databases};

/// The place of a parcel.
#[derive(OneOf, Clone, Debug)]
pub enum Stop {
    #[entity(on_delete = cascade)]
    Depot(ForeignKey<Depot>),
    Shop(ForeignKey<Shop>),
}

#[derive(Entity, Clone, Debug)]
#[entity(table = "stop_depots")]
pub struct Depot {
    pub id: Auto<i64>,
    pub parcels: HasMany<Parcel>,
    pub pallets: HasMany<Pallet>,
}

#[derive(Entity, Clone, Debug)]
#[entity(table = "stop_shops")]
pub struct Shop {
    pub id: Auto<i64>,
}

#[derive(DbEnum, Debug, Clone, Copy, PartialEq, Eq)]
pub enum LoadKind {
    Letter,
    Parcel,
    Pallet,
}

#[derive(Entity, Clone, Debug)]
#[entity(table = "loads", hierarchy = Loads)]
pub struct Load {
    pub id: Auto<i64>,
    pub kind: Discriminator<LoadKind>,
}

/// Has no place.
#[derive(Entity, Clone, Debug)]
pub struct Letter {
    #[entity(base)]
    pub load: Load,
}

/// Is in the table of all loads.
#[derive(Entity, Clone, Debug)]
pub struct Parcel {
    #[entity(base)]
    pub load: Load,
    #[entity(one_of)]
    pub stop: Stop,
}

/// Has a separate table.
#[derive(Entity, Clone, Debug)]
#[entity(table = "pallets")]
pub struct Pallet {
    #[entity(base)]
    pub load: Load,
    #[entity(one_of)]
    pub place: Stop,
}

#[derive(Entity, Clone, Debug)]
pub enum Loads {
    #[entity(discriminator = LoadKind::Letter)]
    Letter(Letter),
    #[entity(discriminator = LoadKind::Parcel)]
    Parcel(Parcel),
    #[entity(discriminator = LoadKind::Pallet)]
    Pallet(Pallet),
}

on_all_databases! {
    fn kinds_are_of_one_of_several(db: &TestDb) {
        let schema = schema![Depot, Shop, Loads];
        let mut session = db.session_for(schema.clone());
        assert_eq!(schema.verify(&mut session).unwrap(), [], "the created tables are the declared ones");
        for sql in [
            "INSERT INTO stop_depots VALUES (1)",
            "INSERT INTO stop_shops VALUES (1)",
            "INSERT INTO loads (id, kind) VALUES (1, 'letter'), (3, 'pallet')",
            "INSERT INTO loads (id, kind, stop_depot_id) VALUES (2, 'parcel', 1)",
            "INSERT INTO pallets (id, place_shop_id) VALUES (3, 1)",
        ] {
            db.execute(sql);
        }
        let refused = |sql: &str| db.oracle().try_execute(sql).is_err();
        assert!(refused("UPDATE loads SET stop_shop_id = 1 WHERE id = 2"), "it is of two");
        assert!(refused("UPDATE pallets SET place_depot_id = 1"), "it is of two");
        assert!(refused("UPDATE pallets SET place_shop_id = NULL"), "it is of none");
    }
    fn kinds_move_from_one_to_another(db: &TestDb) {
        let mut session = db.session_for(schema![Depot, Shop, Loads]);
        let depot = session.add(Depot::builder().build());
        let shop = session.add(Shop::builder().build());
        let load = || Load::builder().build();
        session.add(Letter::builder().load(load()).build());
        let parcel = session.add(Parcel::builder().load(load()).stop(depot).build());
        let pallet = session.add(Pallet::builder().load(load()).place(shop).build());
        session.commit().unwrap();
        let stops = "id, stop_depot_id, stop_shop_id";
        let places = "id, place_depot_id, place_shop_id";
        assert_eq!(db.rows("loads", stops), ["1|NULL|NULL", "2|NULL|NULL", "3|1|NULL"]);
        assert_eq!(db.rows("pallets", places), ["2|NULL|1"]);

        session[parcel].stop = shop.into();
        session[pallet].place = depot.into();
        session.commit().unwrap();
        assert_eq!(db.rows("loads", stops)[2], "3|NULL|1");
        assert_eq!(db.rows("pallets", places), ["2|1|NULL"]);
        session.clear();
        let depot = session.query::<Depot>().eager(depot::pallets).one().unwrap();
        assert_eq!(session[depot].pallets.len(&session).unwrap(), 1);
        session.delete(depot).unwrap();
        session.commit().unwrap();
        assert_eq!(db.count("loads"), 2);
    }
}
