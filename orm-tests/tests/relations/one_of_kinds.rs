//! Enums of references in a hierarchy: of a kind with a table of its own, and of one that shares the
//! table of its base.

use orm_runtime::prelude::*;
use orm_tests::{TestDb, on_all_databases};

/// Where a parcel is.
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
#[entity(table = "loads", kinds = Loads)]
pub struct Load {
    pub id: Auto<i64>,
    pub kind: Discriminator<LoadKind>,
}

/// Is nowhere.
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

/// Has a table of its own.
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
    #[entity(kind = LoadKind::Letter)]
    Letter(Letter),
    #[entity(kind = LoadKind::Parcel)]
    Parcel(Parcel),
    #[entity(kind = LoadKind::Pallet)]
    Pallet(Pallet),
}

on_all_databases! {
    fn kinds_are_of_one_of_several(db: &TestDb) {
        let schema = schema![Depot, Shop, Loads];
        let mut session = db.session_for(schema.clone());
        assert_eq!(schema.verify(&mut session).unwrap(), [], "what was made is what was wanted");
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
}
