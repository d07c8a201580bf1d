//! Unsigned integers, and keys of these types.

use orm_runtime::prelude::*;
use orm_tests::{TestDb, assert_matches, on_all_databases};

#[derive(Entity, Debug, Clone)]
#[entity(table = "unsigned_user")]
struct User {
    id: Auto<u32>,
    #[entity(unique)]
    points: u64,
    level: u8,
    small: Option<i8>,
    visits: u16,
    notes: HasMany<Note>,
}

#[derive(Entity, Debug, Clone)]
#[entity(table = "unsigned_note")]
struct Note {
    id: Auto<u64>,
    user: ForeignKey<User, u32>,
    other: Option<ForeignKey<Thing, u64>>,
}

#[derive(Entity, Debug, Clone)]
#[entity(table = "unsigned_thing")]
struct Thing {
    id: u64,
    ticket: Ticket,
    later: Deferred<Option<u64>>,
    #[entity(db_default = "7")]
    made: Generated<u64>,
}

#[derive(DbType, Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ticket(u64);

/// Unique values that are exchanged in a circle, of types that have an unused value.
#[derive(Entity, Debug, Clone)]
#[entity(table = "unsigned_seat")]
struct Seat {
    id: i64,
    #[entity(unique)]
    ticket: u64,
    #[entity(unique)]
    place: u32,
    #[entity(unique)]
    row: u8,
    #[entity(unique)]
    weight: f32,
    #[entity(unique)]
    day: chrono::NaiveDate,
    #[entity(unique)]
    at: chrono::NaiveDateTime,
    #[entity(unique)]
    clock: chrono::NaiveTime,
    #[entity(unique)]
    instant: chrono::DateTime<chrono::Utc>,
    #[entity(unique, precision = 6, scale = 2)]
    price: rust_decimal::Decimal,
}

fn user(points: u64) -> User {
    User::builder().points(points).level(u8::MAX).visits(u16::MAX).build()
}

fn seat(id: i64) -> Seat {
    let n = u32::try_from(id).unwrap();
    let day = chrono::NaiveDate::from_ymd_opt(2024, 2, n).unwrap();
    let clock = chrono::NaiveTime::from_hms_opt(n, 0, 0).unwrap();
    Seat {
        id,
        ticket: u64::from(n),
        place: n,
        row: u8::try_from(id).unwrap(),
        weight: id as f32,
        day,
        at: day.and_time(clock),
        clock,
        instant: day.and_time(clock).and_utc(),
        price: rust_decimal::Decimal::new(id, 2),
    }
}

on_all_databases! {
    fn keys_without_a_sign_are_made_and_referred_to(db: &TestDb) {
        let mut session = db.session_for(schema![User, Thing, Note]);
        let thing = session.add(Thing::builder().id(9_u64).ticket(Ticket(3)).later(5_u64).build());
        let users = session.add_all([user(1), user(2), user(3)]);
        let note = session.add(Note::builder().user(users[1]).other(thing).build());
        assert_eq!(session[users[0]].id.get(), None);
        session.commit().unwrap();
        assert_eq!(session[users[1]].id, 2_u32);
        assert_eq!(session[note].id.get(), Some(1));
        assert_eq!(session[thing].made.get(), Some(&7));

        let mut session = db.session();
        let found = session.get_one::<User>(2_u32).unwrap();
        assert_eq!((session[found].level, session[found].visits), (u8::MAX, u16::MAX));
        session.load(found, user::notes).unwrap();
        assert_eq!(session[found].notes.iter(&session).unwrap().count(), 1);
        let many = session.get_many::<User>([1_u32, 3, 77]).unwrap();
        assert_eq!(many.iter().flatten().count(), 2);
        let thing = session.get_one::<Thing>(9_u64).unwrap();
        session.load(thing, thing::later).unwrap();
        assert_eq!(session[thing].later.get().unwrap(), &Some(5));
        assert_eq!(session[thing].ticket, Ticket(3));
        let few = session.query::<User>().filter(user::points.gt(val(1_u64)));
        assert_eq!(few.select(user::points).load::<u64>().unwrap().len(), 2);
        let listed = session.query::<User>().filter(user::points.in_list([1_u64, 3, u64::from(u32::MAX)]));
        assert_eq!(listed.count().unwrap(), 2);
        let highest = session.query::<User>().select(diesel::dsl::max(user::points));
        assert_eq!(highest.one::<Option<u64>>().unwrap(), Some(3));
        session.bulk_insert([user(70), user(80)]).unwrap();
        let set = session.query::<User>().filter(user::points.eq(val(70_u64)));
        assert_eq!(set.update(user::points.eq(val(71_u64))).unwrap(), 1);
        assert!(schema![User, Thing, Note].verify(&mut session).unwrap().is_empty());
        assert_eq!(session.query::<User>().stream().unwrap().count(), 5);
    }

    fn a_u64_has_the_room_that_the_database_has(db: &TestDb) {
        let mut session = db.session_for(schema![User]);
        let most = i64::MAX as u64;
        let user = session.add(user(most));
        session.commit().unwrap();
        session[user].points = u64::MAX;
        if db.dialect() == Dialect::Mysql {
            session.commit().unwrap();
            let mut fresh = db.session();
            assert_eq!(fresh.query::<User>().rows().unwrap()[0].points, u64::MAX);
            let all = fresh.query::<User>().filter(user::points.eq(val(u64::MAX)));
            assert_eq!(all.select(user::points).one::<u64>().unwrap(), u64::MAX);
            return;
        }
        let error = session.commit().unwrap_err();
        assert_matches!(&error, Error::Encode { entity: "User", column: "points", .. });
        assert!(error.to_string().contains("above i64::MAX"), "{error}");
        session[user].points = most - 1;
        session.commit().unwrap();
        assert_eq!(db.session().query::<User>().rows().unwrap()[0].points, most - 1);
    }

    fn a_number_below_zero_is_not_a_value_of_a_u64(db: &TestDb) {
        db.execute("CREATE TABLE unsigned_thing (id BIGINT PRIMARY KEY, ticket BIGINT, later BIGINT, made BIGINT)");
        db.execute("INSERT INTO unsigned_thing VALUES (1, -3, 1, 1)");
        let error = db.session().get::<Thing>(1_u64).unwrap_err();
        assert_matches!(&error, Error::Decode { column, .. } if column == "ticket");
    }

    fn unique_values_of_more_types_go_round_in_one_flush(db: &TestDb) {
        let mut session = db.session_for(schema![Seat]);
        let seats = session.add_all((1..=3).map(seat));
        session.commit().unwrap();
        session.take_log();
        macro_rules! rotate {
            ($($field:ident),*) => {$(
                let first = session[seats[0]].$field;
                session[seats[0]].$field = session[seats[1]].$field;
                session[seats[1]].$field = session[seats[2]].$field;
                session[seats[2]].$field = first;
                session.commit().unwrap();
                let rows = db.session().query::<Seat>().order_by(seat::id.asc()).rows().unwrap();
                assert_eq!(rows[2].$field, seat(1).$field, stringify!($field));
                assert_eq!(rows[0].$field, seat(2).$field, stringify!($field));
            )*};
        }
        rotate!(ticket, place, row, weight, day, at, clock, instant, price);
    }
}
