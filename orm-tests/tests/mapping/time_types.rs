//! Dates and times of the crates `time` and `jiff`.

use jiff::Timestamp;
use jiff::civil;
use orm_runtime::prelude::*;
use orm_runtime::{Schema, column::Now};
use orm_tests::{TestDb, assert_matches, on_all_databases, on_one_database};
use time::macros::datetime;
use time::{OffsetDateTime, PrimitiveDateTime};

/// Two entities of one table, one for each crate: what one writes, the other reads.
mod of_time {
    use orm_runtime::prelude::*;
    use time::{Date, OffsetDateTime, PrimitiveDateTime, Time};

    #[derive(Entity, Debug, Clone, PartialEq)]
    #[entity(table = "moments")]
    pub(super) struct Moment {
        pub(super) id: i64,
        pub(super) date: Date,
        pub(super) time: Time,
        pub(super) stamp: PrimitiveDateTime,
        pub(super) instant: Option<OffsetDateTime>,
    }
}

mod of_jiff {
    use jiff::Timestamp;
    use jiff::civil::{Date, DateTime, Time};
    use orm_runtime::prelude::*;

    #[derive(Entity, Debug, Clone, PartialEq)]
    #[entity(table = "moments")]
    pub(super) struct Moment {
        pub(super) id: i64,
        pub(super) date: Date,
        pub(super) time: Time,
        pub(super) stamp: DateTime,
        pub(super) instant: Option<Timestamp>,
    }
}

mod of_chrono {
    use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc};
    use orm_runtime::prelude::*;

    #[derive(Entity, Debug, Clone, PartialEq)]
    #[entity(table = "moments")]
    pub(super) struct Moment {
        pub(super) id: i64,
        pub(super) date: NaiveDate,
        pub(super) time: NaiveTime,
        pub(super) stamp: NaiveDateTime,
        pub(super) instant: Option<DateTime<Utc>>,
    }
}

use of_jiff::{Moment as JiffMoment, moment as jiff_moment};
use of_time::{Moment as TimeMoment, moment as time_moment};

#[derive(Entity, Debug, Clone, PartialEq)]
#[entity(table = "days")]
struct Day {
    #[entity(primary_key)]
    day: civil::Date,
    #[entity(primary_key)]
    hour: time::Time,
    name: String,
}

/// All three databases have the years from 1,000 to 9,999, and jiff ends a day earlier.
const MOMENTS: [PrimitiveDateTime; 6] = [
    datetime!(1970-01-01 00:00),
    datetime!(2024-02-29 23:59:59.999999),
    datetime!(1999-12-31 12:00:00.1),
    datetime!(2100-03-01 02:30:00.000001),
    datetime!(1000-01-01 00:00),
    datetime!(9999-12-30 21:59:59.999999),
];

fn at(id: i64, stamp: PrimitiveDateTime) -> TimeMoment {
    let instant = (id % 3 != 0).then(|| stamp.assume_utc());
    TimeMoment { id, date: stamp.date(), time: stamp.time(), stamp, instant }
}

fn jiff_of(moment: &TimeMoment) -> JiffMoment {
    let (time, date) = (moment.stamp.time(), moment.stamp.date());
    let number = |part: u8| i8::try_from(part).unwrap();
    let stamp = civil::date(date.year() as i16, number(date.month().into()), number(date.day()))
        .at(
            number(time.hour()),
            number(time.minute()),
            number(time.second()),
            time.nanosecond() as i32,
        );
    let instant = moment.instant.map(|_| jiff::tz::Offset::UTC.to_timestamp(stamp).unwrap());
    JiffMoment { id: moment.id, date: stamp.date(), time: stamp.time(), stamp, instant }
}

fn rows(moments: &[PrimitiveDateTime]) -> Vec<TimeMoment> {
    (1..).zip(moments).map(|(id, &moment)| at(id, moment)).collect()
}

/// Checks that each crate reads the stored values.
fn assert_stored(db: &TestDb, moments: &[PrimitiveDateTime]) {
    let expected = rows(moments);
    let mut session = db.session();
    let read = session.query::<TimeMoment>().order_by(time_moment::id.asc()).rows().unwrap();
    assert_eq!(read, expected);
    let read = session.query::<JiffMoment>().order_by(jiff_moment::id.asc()).rows().unwrap();
    assert_eq!(read, expected.iter().map(jiff_of).collect::<Vec<_>>());
    let query = session.query::<of_chrono::Moment>().order_by(of_chrono::moment::id.asc());
    for (row, expected) in query.rows().unwrap().iter().zip(&expected) {
        let micros = (expected.stamp.assume_utc().unix_timestamp_nanos() / 1_000) as i64;
        assert_eq!(row.stamp.and_utc().timestamp_micros(), micros);
        assert_eq!(row.date.and_time(row.time), row.stamp);
        assert_eq!(row.instant, expected.instant.map(|_| row.stamp.and_utc()));
    }
}

on_all_databases! {
    fn every_way_keeps_moments_of_time(db: &TestDb) {
        let mut moments = MOMENTS;
        let mut session = db.session_for(Schema::new([TimeMoment::META]));
        session.add_all(rows(&moments));
        session.commit().unwrap();
        assert_stored(db, &moments);
        moments.rotate_left(1);
        for row in rows(&moments) {
            session.merge(row).unwrap();
        }
        session.commit().unwrap();
        assert_stored(db, &moments);
        session.query::<TimeMoment>().delete().unwrap();
        session.bulk_insert(rows(&moments)).unwrap();
        session.commit().unwrap();
        assert_stored(db, &moments);
    }

    fn every_way_keeps_moments_of_jiff(db: &TestDb) {
        let mut moments = MOMENTS;
        let rows = |moments: &[PrimitiveDateTime]| -> Vec<JiffMoment> {
            rows(moments).iter().map(jiff_of).collect()
        };
        let mut session = db.session_for(Schema::new([JiffMoment::META]));
        session.add_all(rows(&moments));
        session.commit().unwrap();
        assert_stored(db, &moments);
        moments.rotate_left(1);
        for row in rows(&moments) {
            session.merge(row).unwrap();
        }
        session.commit().unwrap();
        assert_stored(db, &moments);
        session.query::<JiffMoment>().delete().unwrap();
        session.bulk_insert(rows(&moments)).unwrap();
        session.commit().unwrap();
        assert_stored(db, &moments);
    }

    fn moments_are_found_and_ordered(db: &TestDb) {
        use diesel::dsl::{max, min};
        let mut session = db.session_for(Schema::new([TimeMoment::META]));
        session.bulk_insert(rows(&MOMENTS)).unwrap();
        let ids = session.query::<TimeMoment>().order_by(time_moment::stamp.asc()).select(time_moment::id);
        assert_eq!(ids.load::<i64>().unwrap(), [5, 1, 3, 2, 4, 6]);
        let ids = session.query::<TimeMoment>().order_by(time_moment::time.desc()).limit(2).select(time_moment::id);
        assert_eq!(ids.load::<i64>().unwrap(), [2, 6]);
        let bound = MOMENTS[1];
        let mut count = |condition: Condition<'_, TimeMoment>| {
            session.query::<TimeMoment>().filter(condition).count().unwrap()
        };
        assert_eq!(count(Condition::all().and(time_moment::stamp.lt(val(bound)))), 3);
        assert_eq!(count(Condition::all().and(time_moment::instant.ge(val(bound.assume_utc())))), 2);
        assert_eq!(count(Condition::all().and(time_moment::date.eq(val(bound.date())))), 1);
        assert_eq!(count(Condition::all().and(time_moment::time.in_list([bound.time(), time::Time::MIDNIGHT]))), 3);
        let jiff = jiff_of(&at(1, bound));
        let query = session.query::<JiffMoment>().filter(jiff_moment::instant.eq(val(jiff.instant.unwrap())));
        assert_eq!(query.count().unwrap(), 1);
        let edges = session.query::<JiffMoment>().select((min(jiff_moment::date), max(jiff_moment::instant)));
        let (first, last) = edges.one::<(Option<civil::Date>, Option<Timestamp>)>().unwrap();
        assert_eq!(first, Some(civil::date(1000, 1, 1)));
        assert_eq!(last, jiff_of(&at(4, MOMENTS[3])).instant);
    }

    fn other_zones_and_nanoseconds_are_one_point_in_time(db: &TestDb) {
        let mut session = db.session_for(Schema::new([TimeMoment::META]));
        let mut moment = at(1, datetime!(2024-02-29 12:30:00.123456));
        moment.instant = Some(datetime!(2024-02-29 14:30:00.123456789 +02:00));
        session.add(moment);
        session.commit().unwrap();
        assert_stored(db, &[datetime!(2024-02-29 12:30:00.123456)]);
    }

    fn dates_are_keys(db: &TestDb) {
        let mut session = db.session_for(schema![Day]);
        let hour = time::Time::from_hms_micro(7, 0, 0, 1).unwrap();
        let day = |day| Day { day: civil::date(2024, 1, day), hour, name: day.to_string() };
        session.add_all([day(1), day(2), day(3)]);
        session.commit().unwrap();
        let found = session.get::<Day>((civil::date(2024, 1, 2), hour)).unwrap().unwrap();
        session[found].name = "two".to_owned();
        session.commit().unwrap();
        let mut other = db.session();
        let found = other.get::<Day>((civil::date(2024, 1, 2), hour)).unwrap().unwrap();
        assert_eq!(other[found].name, "two");
        assert_eq!(other.get_many::<Day>([1, 3, 9].map(|day| (civil::date(2024, 1, day), hour))).unwrap()
            .iter().flatten().count(), 2);
    }

    fn now_is_what_the_database_keeps(db: &TestDb) {
        let mut session = db.session_for(Schema::new([TimeMoment::META]));
        let stamp = <PrimitiveDateTime as Now>::now();
        let moment = TimeMoment { instant: Some(<OffsetDateTime as Now>::now()), ..at(1, stamp) };
        session.add(moment.clone());
        session.commit().unwrap();
        assert_eq!(db.session().query::<TimeMoment>().rows().unwrap(), [moment]);
        let jiff = JiffMoment {
            stamp: <civil::DateTime as Now>::now(),
            instant: Some(<Timestamp as Now>::now()),
            id: 2,
            ..jiff_of(&at(2, stamp))
        };
        session.bulk_insert([jiff.clone()]).unwrap();
        session.commit().unwrap();
        let read = db.session().query::<JiffMoment>().filter(jiff_moment::id.eq(2)).rows().unwrap();
        assert_eq!(read, [jiff]);
    }

    fn a_value_that_is_not_a_date_is_an_error(db: &TestDb) {
        let mut session = db.session_for(Schema::new([TimeMoment::META]));
        session.add(at(1, MOMENTS[0]));
        session.commit().unwrap();
        db.execute(match db.dialect() {
            Dialect::Sqlite => "UPDATE moments SET date = '2023-02-29'",
            Dialect::Postgres => "UPDATE moments SET date = 'infinity'",
            Dialect::Mysql => "UPDATE moments SET time = '100:00:00'",
         _ => unreachable!("a database without tests"), });
        let wrong = if db.dialect() == Dialect::Mysql { "time" } else { "date" };
        let error = db.session().get::<TimeMoment>(1).unwrap_err();
        assert_matches!(error, Error::Decode { key, column, .. }
            if key.as_deref() == Some("1") && column == wrong);
        assert_matches!(db.session().get::<JiffMoment>(1).unwrap_err(), Error::Decode { .. });
    }
}

on_one_database! { Postgres;
    #[cfg(feature = "servers")]
    fn dates_before_christ_are_kept(db: &TestDb) {
        let mut session = db.session_for(Schema::new([TimeMoment::META]));
        session.add(at(1, datetime!(-0043-03-15 12:00)));
        session.commit().unwrap();
        assert_eq!(db.rows("moments", "id, date"), ["1|0044-03-15 BC"]);
        assert_eq!(db.session().query::<TimeMoment>().rows().unwrap(), [at(1, datetime!(-0043-03-15 12:00))]);
    }
}

on_one_database! { Sqlite;
    fn texts_have_one_width(db: &TestDb) {
        let mut session = db.session_for(Schema::new([TimeMoment::META]));
        session.add(at(1, datetime!(0987-02-01 2:03:04)));
        session.commit().unwrap();
        assert_eq!(
            db.rows("moments", "date, time, stamp, instant"),
            ["0987-02-01|02:03:04.000000|0987-02-01 02:03:04.000000|0987-02-01 02:03:04.000000+00:00"]
        );
    }
}
