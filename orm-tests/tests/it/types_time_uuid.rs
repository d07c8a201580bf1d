//! Dates, times and UUIDs as columns.

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Utc};
use orm_runtime::prelude::*;
use orm_tests::{TestDb, assert_matches, on_all_databases, on_one_database};
use uuid::Uuid;

use super::types::{Sample, round_trip};

#[derive(Entity, Debug, Clone, PartialEq)]
#[entity(table = "moments")]
struct Moment {
    id: i64,
    date: NaiveDate,
    time: NaiveTime,
    stamp: NaiveDateTime,
    instant: DateTime<Utc>,
    tag: Uuid,
}

#[derive(Entity, Debug, Clone, PartialEq, Default)]
#[entity(table = "maybe_moments")]
struct MaybeMoment {
    id: i64,
    date: Option<NaiveDate>,
    time: Option<NaiveTime>,
    stamp: Option<NaiveDateTime>,
    instant: Option<DateTime<Utc>>,
    tag: Option<Uuid>,
}

impl Sample for Moment {
    fn id(&mut self) -> &mut i64 {
        &mut self.id
    }
}

impl Sample for MaybeMoment {
    fn id(&mut self) -> &mut i64 {
        &mut self.id
    }
}

/// Returns a row in which every column is at one time.
fn at(text: &str, tag: u128) -> Moment {
    let stamp: NaiveDateTime = text.parse().unwrap();
    Moment {
        id: 0,
        date: stamp.date(),
        time: stamp.time(),
        stamp,
        instant: stamp.and_utc(),
        tag: Uuid::from_u128(tag),
    }
}

fn maybe(moment: &Moment) -> MaybeMoment {
    MaybeMoment {
        id: 0,
        date: Some(moment.date),
        time: Some(moment.time),
        stamp: Some(moment.stamp),
        instant: Some(moment.instant),
        tag: Some(moment.tag),
    }
}

fn stored(db: &TestDb) -> Vec<Moment> {
    db.session().query::<Moment>().order_by(moment::id.asc()).rows().unwrap()
}

on_all_databases! {
    fn moments_are_kept_to_the_microsecond(db: &TestDb) {
        round_trip(
            db,
            vec![
                at("1970-01-01T00:00:00", 0),
                at("2024-02-29T23:59:59.999999", u128::MAX),
                at("2026-03-29T02:30:00.000001", 1),
                at("2000-12-31T12:00:00.1", 1 << 127),
                at("1999-12-31T23:59:59.120000", 0x1234_5678_9abc_def0),
            ],
        );
    }

    fn moments_of_all_four_digit_years_are_kept(db: &TestDb) {
        round_trip(
            db,
            vec![
                at("1000-01-01T00:00:00", 1),
                at("1582-10-10T00:00:00", 2),
                at("1900-02-28T00:00:00", 3),
                at("9999-12-31T23:59:59.999999", 4),
            ],
        );
    }

    fn moments_before_1970_and_after_2038_are_found(db: &TestDb) {
        let mut session = db.session_for(schema![Moment]);
        let moments = ["1950-06-01T12:00:00.5", "2000-01-01T00:00:00", "2100-01-01T00:00:00"];
        session.add_all(Moment::numbered(moments.map(|text| at(text, 1))));
        session.commit().unwrap();
        for (text, earlier) in moments.into_iter().zip(0..) {
            let bound = at(text, 1);
            let mut count = |condition: Condition<'_, Moment>| {
                session.query::<Moment>().filter(condition).count().unwrap()
            };
            assert_eq!(count(Condition::all().and(moment::stamp.eq(bound.stamp))), 1);
            assert_eq!(count(Condition::all().and(moment::stamp.lt(bound.stamp))), earlier);
            assert_eq!(
                count(Condition::all().and(moment::instant.lt(val(bound.instant)))),
                earlier
            );
        }
        let stamp = at(moments[0], 1).stamp;
        let found = session.query::<Moment>().filter(moment::stamp.in_list([stamp])).count();
        assert_eq!(found.unwrap(), 1);
    }

    fn moments_may_be_null(db: &TestDb) {
        let moment = maybe(&at("2024-02-29T23:59:59.999999", 7));
        round_trip(db, vec![MaybeMoment::default(), moment, MaybeMoment::default()]);
    }

    fn a_random_uuid_is_kept(db: &TestDb) {
        let rows = (0..5).map(|_| Moment { tag: Uuid::new_v4(), ..at("2024-01-01T00:00:00", 0) });
        round_trip(db, rows.collect());
    }

    fn moments_are_compared_in_time(db: &TestDb) {
        let mut session = db.session_for(schema![Moment]);
        let moments = [
            "2024-01-01T09:00:00.5",
            "2024-01-01T09:00:00",
            "2024-01-01T10:00:00",
            "1999-12-31T23:00:00",
        ];
        session.add_all(Moment::numbered(moments.map(|text| at(text, 1))));
        session.commit().unwrap();
        let bound = at("2024-01-01T09:00:00", 1);
        let mut ids = |condition: Condition<'_, Moment>| {
            let query = session.query::<Moment>().filter(condition).order_by(moment::instant.asc());
            query.rows().unwrap().into_iter().map(|row| row.id).collect::<Vec<_>>()
        };
        assert_eq!(ids(Condition::all()), [4, 2, 1, 3]);
        assert_eq!(ids(Condition::all().and(moment::instant.gt(val(bound.instant)))), [1, 3]);
        assert_eq!(ids(Condition::all().and(moment::instant.eq(val(bound.instant)))), [2]);
        assert_eq!(ids(Condition::all().and(moment::stamp.ge(bound.stamp))), [2, 1, 3]);
        assert_eq!(ids(Condition::all().and(moment::date.lt(bound.date))), [4]);
        assert_eq!(ids(Condition::all().and(moment::time.eq(bound.time))), [2]);
    }

    fn a_uuid_is_found_by_value(db: &TestDb) {
        let mut session = db.session_for(schema![Moment]);
        session.add_all(Moment::numbered((0..3).map(|n| at("2024-01-01T00:00:00", 0xabc + n))));
        session.commit().unwrap();
        let tag = Uuid::from_u128(0xabd);
        let found = session.query::<Moment>().filter(moment::tag.eq(val(tag))).one().unwrap();
        assert_eq!(session[found].id, 2);
        let tags = [0xabc, 0xabe].map(Uuid::from_u128);
        assert_eq!(session.query::<Moment>().filter(moment::tag.in_list(tags)).count().unwrap(), 2);
    }

    fn a_point_in_time_has_microseconds(db: &TestDb) {
        let mut session = db.session_for(schema![Moment]);
        let exact = at("2024-01-01T00:00:00.123456", 1);
        let finer = exact.instant + TimeDelta::nanoseconds(789);
        session
            .add_all(Moment::numbered([Moment { instant: finer, ..exact.clone() }, exact.clone()]));
        session.commit().unwrap();
        for row in stored(db) {
            assert_eq!(row.instant, exact.instant);
        }
    }

    fn a_value_that_is_not_a_date_is_an_error_that_names_the_column(db: &TestDb) {
        let mut session = db.session_for(schema![Moment]);
        session.add(Moment { id: 1, ..at("2024-01-01T00:00:00", 1) });
        session.commit().unwrap();
        let bad = match db.dialect() {
            Dialect::Sqlite => "UPDATE moments SET date = 'soon'",
            Dialect::Postgres => "UPDATE moments SET date = 'infinity'",
            // The server itself refuses all of them except the year zero.
            Dialect::Mysql => return,
         _ => unreachable!("a database without tests"), };
        db.execute(bad);
        let error = session.get::<Moment>(1).unwrap_err();
        assert_matches!(error, Error::Decode { entity: "Moment", key, column, .. }
            if key.as_deref() == Some("1") && column == "date");
    }
}

on_one_database! { Postgres;
    #[cfg(feature = "servers")]
    fn a_point_in_time_does_not_depend_on_the_zone_of_the_server(db: &TestDb) {
        use diesel::connection::SimpleConnection;
        let mut session = db.session_for(schema![Moment]);
        let connection = session.connection::<diesel::PgConnection>().unwrap();
        connection.batch_execute("SET TIME ZONE 'Asia/Tokyo'").unwrap();
        let moment = Moment { id: 1, ..at("2024-01-01T00:00:00.5", 1) };
        session.add(moment.clone());
        session.commit().unwrap();
        assert_eq!(session.query::<Moment>().rows().unwrap()[0], moment);
        assert_eq!(stored(db)[0], moment);
    }

    fn dates_before_christ_are_kept(db: &TestDb) {
        let early = NaiveDate::from_ymd_opt(-43, 3, 15).unwrap();
        let row = Moment {
            date: early,
            stamp: early.and_time(NaiveTime::MIN),
            ..at("0001-01-01T00:00:00", 1)
        };
        round_trip(db, vec![row.clone(), row]);
    }
}

on_one_database! { Sqlite;
    fn texts_of_other_writers_are_read(db: &TestDb) {
        let session = db.session_for(schema![Moment]);
        drop(session);
        let tag = "'67E55044-10B1-426F-9247-BB680E5FE0C8'";
        for (id, date, time, stamp, instant, tag) in [
            (1, "'2024-02-29'", "'12:30'", "'2024-02-29 12:30'", "'2024-02-29 12:30:00'", tag),
            (
                2,
                "'2024-02-29'",
                "'12:30:00'",
                "'2024-02-29T12:30:00'",
                "'2024-02-29T13:30:00+01:00'",
                "x'67e5504410b1426f9247bb680e5fe0c8'",
            ),
            (
                3,
                "'2024-02-29'",
                "'12:30:00.000'",
                "'2024-02-29 12:30:00.000'",
                "'2024-02-29 12:30:00Z'",
                tag,
            ),
        ] {
            db.execute(&format!(
                "INSERT INTO moments VALUES ({id}, {date}, {time}, {stamp}, {instant}, {tag})"
            ));
        }
        let tag = Uuid::from_u128(0x67e5_5044_10b1_426f_9247_bb68_0e5f_e0c8);
        for row in stored(db) {
            assert_eq!(row, Moment { id: row.id, tag, ..at("2024-02-29T12:30:00", 1) });
        }
    }

    fn a_uuid_is_text_that_people_can_read(db: &TestDb) {
        let mut session = db.session_for(schema![Moment]);
        session.add(Moment { id: 1, ..at("2024-02-29T12:30:00.5", 0xabc) });
        session.commit().unwrap();
        assert_eq!(
            db.rows("moments", "tag, instant"),
            ["00000000-0000-0000-0000-000000000abc|2024-02-29 12:30:00.500000+00:00"]
        );
    }
}

on_one_database! { Mysql;
    fn a_uuid_in_upper_case_is_read(db: &TestDb) {
        let mut session = db.session_for(schema![Moment]);
        session.add(Moment { id: 1, ..at("2024-02-29T12:30:00", 0xabc) });
        session.commit().unwrap();
        db.execute("UPDATE moments SET tag = upper(tag)");
        assert_eq!(stored(db)[0].tag, Uuid::from_u128(0xabc));
    }
}
