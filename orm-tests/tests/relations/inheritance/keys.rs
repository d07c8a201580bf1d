//! Subtypes whose key has two columns and is not generated: three tables deep, with a version.

use orm_runtime::Schema;
use orm_runtime::prelude::*;
use orm_tests::{TestDb, assert_matches, assert_no_sql, assert_sql, on_all_databases};

/// The subtypes of vehicles.
#[derive(DbEnum, Debug, Clone, Copy, PartialEq, Eq)]
pub enum VehicleKind {
    Car,
    Taxi,
    Bike,
}

/// An abstract base with a key of two columns.
#[derive(Entity, Clone, Debug)]
#[entity(table = "inh_vehicle", hierarchy = AnyVehicle)]
pub struct Vehicle {
    #[entity(primary_key, length = 20)]
    pub maker: String,
    #[entity(primary_key)]
    pub number: i32,
    pub kind: Discriminator<VehicleKind>,
    pub color: Option<i32>,
    #[entity(version)]
    pub version: i32,
    #[entity(columns(tows_maker, tows_number))]
    pub tows: Option<ForeignKey<Vehicle, (String, i32)>>,
}

/// Has a separate table.
#[derive(Entity, Clone, Debug)]
#[entity(table = "inh_car")]
pub struct Car {
    #[entity(base)]
    pub vehicle: Vehicle,
    pub doors: i32,
}

/// Extends a subtype.
#[derive(Entity, Clone, Debug)]
#[entity(table = "inh_taxi")]
pub struct Taxi {
    #[entity(base)]
    pub car: Car,
    pub fare: i32,
    #[entity(columns(follows_maker, follows_number))]
    pub follows: Option<ForeignKey<Car, (String, i32)>>,
}

/// Has its columns in the table of the base.
#[derive(Entity, Clone, Debug)]
pub struct Bike {
    #[entity(base)]
    pub vehicle: Vehicle,
    pub gears: i32,
}

/// All subtypes.
#[derive(Entity, Clone, Debug)]
pub enum AnyVehicle {
    #[entity(discriminator = VehicleKind::Car)]
    Car(Car),
    #[entity(discriminator = VehicleKind::Taxi)]
    Taxi(Taxi),
    #[entity(discriminator = VehicleKind::Bike)]
    Bike(Bike),
}

fn schema() -> Schema {
    schema![AnyVehicle]
}

fn car(number: i32) -> Car {
    let vehicle = Vehicle::builder().maker("m").number(number).build();
    Car::builder().vehicle(vehicle).doors(4).build()
}

fn taxi(number: i32) -> Taxi {
    Taxi::builder().car(car(number)).fare(10).build()
}

fn bike(number: i32) -> Bike {
    let vehicle = Vehicle::builder().maker("m").number(number).build();
    Bike::builder().vehicle(vehicle).gears(7).build()
}

fn numbers(session: &mut Session) -> Vec<i32> {
    session
        .query::<Vehicle>()
        .order_by(vehicle::number.asc())
        .select(vehicle::number)
        .load()
        .unwrap()
}

on_all_databases! {
    fn rows_of_three_tables_are_written_in_order(db: &TestDb) {
        let mut session = db.session_for(schema());
        session.take_log();
        let first = session.add(car(1));
        let second = session.add(taxi(2));
        let third = session.add(bike(3));
        session[second].follows = Some(first.into());
        session[first].tows = Some(third.upcast::<Vehicle>().into());
        session.commit().unwrap();
        assert_sql!(
            session,
            "I inh_vehicle x1; I inh_vehicle x1; I inh_car x1; I inh_vehicle x1; I inh_car x1; I inh_taxi x1"
        );
        assert_eq!([session[first].version, session[second].version], [1, 1]);

        session[second].fare = 11;
        session.flush().unwrap();
        assert_sql!(session, "U inh_vehicle[version] x1; U inh_taxi[fare] x1");
        assert_eq!(session[second].version, 2);
        session[second].fare = 12;
        session[first].doors = 5;
        session[second].doors = 3;
        session[third].gears = 8;
        session.flush().unwrap();
        assert_sql!(
            session,
            "U inh_vehicle[version] x2; U inh_vehicle[gears,version] x1; U inh_car[doors] x2; \
             U inh_taxi[fare] x1"
        );
        session.commit().unwrap();

        session.clear();
        let taxi = session.query::<Taxi>().one().unwrap();
        assert_eq!((session[taxi].fare, session[taxi].doors, session[taxi].version), (12, 3, 3));
        let key = ("m".to_owned(), 1);
        assert_eq!(session[taxi].follows.as_ref().unwrap().key(), Some(&key));
        let all = session.query::<AnyVehicle>().all().unwrap();
        session.take_log();
        for any in all {
            session.delete(any).unwrap();
        }
        session.flush().unwrap();
        assert_sql!(
            session,
            "D inh_taxi x1; D inh_car x1; D inh_vehicle x1; D inh_car x1; D inh_vehicle x2"
        );
        session.commit().unwrap();
    }

    fn a_stale_row_is_found_in_the_base(db: &TestDb) {
        let mut session = db.session_for(schema());
        let taxi = session.add(taxi(1));
        session.commit().unwrap();
        let mut other = db.session();
        let again = other.get_one::<Taxi>(("m".to_owned(), 1)).unwrap();
        other[again].fare = 20;
        other.commit().unwrap();

        session[taxi].fare = 30;
        assert_matches!(
            session.flush().unwrap_err(),
            Error::StaleRow { entity: "Taxi", expected: 1, matched: 0, .. }
        );
        session.rollback().unwrap();
        session.refresh(&[taxi]).unwrap();
        assert_eq!((session[taxi].fare, session[taxi].version), (20, 2));
        session[taxi].fare = 30;
        session.commit().unwrap();
        assert_eq!(session[taxi].version, 3);
    }

    fn the_tables_of_kinds_follow_a_key(db: &TestDb) {
        let mut session = db.session_for(schema());
        let one = session.add(taxi(1));
        let two = session.add(car(2));
        session[one].follows = Some(two.into());
        session.commit().unwrap();
        session.take_log();
        session[one].number = 7;
        session[one].fare = 99;
        session[two].number = 8;
        session.commit().unwrap();
        session.clear();
        assert_eq!(numbers(&mut session), [7, 8]);
        let one = session.query::<Taxi>().filter(taxi::fare.eq(99)).one().unwrap();
        assert_eq!((session[one].number, session[one].doors), (7, 4));
        assert_eq!(session[one].follows.as_ref().unwrap().key(), Some(&("m".to_owned(), 8)));
    }

    fn a_new_object_takes_over_the_row_of_one_of_its_kind(db: &TestDb) {
        let mut session = db.session_for(schema());
        let old = session.add(taxi(1));
        session.commit().unwrap();
        session.refresh(&[old]).unwrap();
        session.delete(old).unwrap();
        let mut new = taxi(1);
        new.fare = 50;
        let new = session.add(new);
        session.take_log();
        session.commit().unwrap();
        assert_sql!(session, "U inh_vehicle[version] x1; U inh_taxi[fare] x1");
        session.refresh(&[new]).unwrap();
        assert_eq!((session[new].fare, session[new].version), (50, 2));

        session.delete(new).unwrap();
        session.add(bike(1));
        session.take_log();
        let error = session.commit().unwrap_err();
        assert_matches!(error, Error::InvalidState { entity: "Bike", action: "inserted", .. });
        assert_no_sql!(session);
    }

    fn a_failing_row_is_named_by_its_kind(db: &TestDb) {
        let mut session = db.session_for(schema());
        session.add(taxi(1));
        session.commit().unwrap();
        session.clear();
        session.add(car(3));
        session.add(taxi(1));
        match session.flush().unwrap_err() {
            Error::Constraint(violation) => {
                assert_eq!(violation.entity, "Taxi");
                assert_eq!(violation.key.as_deref(), Some("(\"m\", 1)"));
            }
            other => panic!("{other}"),
        }
        session.rollback().unwrap();
        assert_eq!(numbers(&mut session), [1]);
    }
}
