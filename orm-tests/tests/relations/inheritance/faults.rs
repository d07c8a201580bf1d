//! A flush of subtypes that fails in one of their tables: nothing is written, and nothing is lost.

use orm_runtime::ObjectState;
use orm_runtime::prelude::*;
use orm_tests::{TestDb, on_all_databases};

#[derive(DbEnum, Debug, Clone, Copy, PartialEq, Eq)]
pub enum VehicleKind {
    Car,
    Bike,
}

#[derive(Entity, Clone, Debug)]
#[entity(table = "inh_vehicle", hierarchy = AnyVehicle)]
pub struct Vehicle {
    pub id: Auto<i64>,
    #[entity(length = 20)]
    pub maker: String,
    pub kind: Discriminator<VehicleKind>,
    #[entity(version)]
    pub version: i32,
}

#[derive(Entity, Clone, Debug)]
#[entity(table = "inh_car")]
pub struct Car {
    #[entity(base)]
    pub vehicle: Vehicle,
    #[entity(unique, length = 20)]
    pub plate: String,
}

#[derive(Entity, Clone, Debug)]
#[entity(table = "inh_bike")]
pub struct Bike {
    #[entity(base)]
    pub vehicle: Vehicle,
    pub gears: i32,
}

#[derive(Entity, Clone, Debug)]
pub enum AnyVehicle {
    #[entity(discriminator = VehicleKind::Car)]
    Car(Car),
    #[entity(discriminator = VehicleKind::Bike)]
    Bike(Bike),
}

fn car(maker: &str, plate: &str) -> Car {
    Car::builder().vehicle(Vehicle::builder().maker(maker).build()).plate(plate).build()
}

fn bike(maker: &str) -> Bike {
    Bike::builder().vehicle(Vehicle::builder().maker(maker).build()).gears(7).build()
}

on_all_databases! {
    fn a_row_that_a_table_of_a_kind_refuses_is_named_and_nothing_is_written(db: &TestDb) {
        let mut session = db.session_for(schema![AnyVehicle]);
        let first = session.add(car("steyr", "W-1"));
        session.commit().unwrap();
        let (second, third) = (session.add(car("puch", "W-1")), session.add(bike("puch")));
        session[first].maker = "graf".to_owned();
        let error = session.flush().unwrap_err().to_string();
        assert!(error.contains("Car") && error.contains("plate"), "{error}");
        assert_eq!(db.rows("inh_vehicle", "maker, version"), ["steyr|1"]);
        assert_eq!(session.state(second), ObjectState::Pending);
        assert_eq!((session[second].id.get(), session[third].id.get()), (None, None));
        assert_eq!((session[first].maker.as_str(), session[first].version), ("graf", 1));

        // The repaired object is written with the others.
        session[second].plate = "W-2".to_owned();
        session.commit().unwrap();
        assert_eq!(db.rows("inh_car", "plate"), ["W-1", "W-2"]);
        assert_eq!(db.count("inh_bike"), 1);
        assert_eq!(session[first].version, 2);
    }

    fn a_change_of_a_kind_alone_meets_the_version_of_its_row(db: &TestDb) {
        let mut session = db.session_for(schema![AnyVehicle]);
        let bike = session.add(bike("puch"));
        session.commit().unwrap();
        db.execute("UPDATE inh_vehicle SET version = 5");
        session[bike].gears = 8;
        let error = session.flush().unwrap_err().to_string();
        assert!(error.contains("Bike"), "{error}");
        assert_eq!(db.rows("inh_bike", "gears"), ["7"]);
        assert_eq!((session[bike].gears, session[bike].version), (8, 1));
        session.rollback().unwrap();
        let error = session.query::<Bike>().all();
        assert!(error.is_ok(), "the session still works");
    }

    fn a_rollback_takes_the_rows_of_all_tables_back(db: &TestDb) {
        let mut session = db.session_for(schema![AnyVehicle]);
        let kept = session.add(car("steyr", "W-1"));
        session.commit().unwrap();
        let new = session.add(bike("puch"));
        session[kept].plate = "W-9".to_owned();
        session.flush().unwrap();
        session.delete(kept).unwrap();
        session.flush().unwrap();
        session.rollback().unwrap();
        assert_eq!(session.state(kept), ObjectState::Persistent);
        assert_eq!(session[kept].plate, "W-1");
        assert_eq!(session.state(new), ObjectState::Transient);
        assert_eq!(db.rows("inh_car", "plate"), ["W-1"]);
        assert_eq!((db.count("inh_vehicle"), db.count("inh_bike")), (1, 0));
    }
}
