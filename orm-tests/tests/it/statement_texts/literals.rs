//! Values as literals: a database that runs the text stores the same values.

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use orm_runtime::prelude::*;
use orm_tests::{TestDb, on_all_databases};
use rust_decimal::Decimal;
use serde_json::{Value, json};
use uuid::Uuid;

#[derive(DbEnum, Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weather {
    Sunny,
    VeryWet,
}

#[derive(Entity, Debug, Clone, PartialEq)]
#[entity(table = "literal_values")]
struct Sample {
    id: i64,
    words: String,
    note: Option<String>,
    tiny: i16,
    number: i32,
    big: i64,
    real: f64,
    yes: bool,
    raw: Vec<u8>,
    day: NaiveDate,
    clock: NaiveTime,
    stamp: NaiveDateTime,
    instant: Option<DateTime<Utc>>,
    #[entity(precision = 20, scale = 4)]
    price: Decimal,
    tag: Uuid,
    doc: Json<Value>,
    weather: Weather,
    count: u32,
}

fn sample(id: i64, words: &str, stamp: &str, price: &str, weather: Weather) -> Sample {
    let stamp: NaiveDateTime = stamp.parse().unwrap();
    Sample {
        id,
        words: words.to_owned(),
        note: (id % 2 == 0).then(|| format!("note {words}")),
        tiny: i16::MIN,
        number: -7,
        big: i64::MAX,
        real: if id == 1 { 0.1 } else { -1.5e300 },
        yes: id == 1,
        raw: vec![0, 39, 92, 255],
        day: stamp.date(),
        clock: stamp.time(),
        stamp,
        instant: (id != 3).then(|| stamp.and_utc()),
        price: price.parse().unwrap(),
        tag: Uuid::from_u128(0x0123_4567_89ab_cdef_0123_4567_89ab_cdef),
        doc: Json(json!({ "it's": ["\"", "\\", null, 1.5], "ü": {} })),
        weather,
        count: u32::MAX,
    }
}

on_all_databases! {
    fn the_text_of_a_flush_stores_what_the_flush_would_store(db: &TestDb) {
        let samples = [
            sample(1, "it's \\ \"ü\"\n\t%_", "2024-02-29T23:59:59.000001", "12.5000", Weather::Sunny),
            sample(2, "", "1999-12-31T00:00:00", "-0.0001", Weather::VeryWet),
            sample(3, "?, $1 -- /* :x */ '", "2038-06-01T12:30:00.5", "1234567890123456.7891", Weather::Sunny),
        ];
        for together in [false, true] {
            let mut session = db.session_for(schema![Sample]);
            session.execute(diesel::sql_query("DELETE FROM literal_values")).unwrap();
            session.commit().unwrap();
            let mut texts = Vec::new();
            for sample in samples.clone() {
                session.add(sample);
                if !together {
                    texts.extend(session.pending_debug_sql().unwrap());
                    session.rollback().unwrap();
                }
            }
            if together {
                texts = session.pending_debug_sql().unwrap();
                session.rollback().unwrap();
            }
            session.clear();
            for text in &texts {
                db.execute(text);
            }
            let rows = session.query::<Sample>().order_by(sample::id.asc()).rows().unwrap();
            assert_eq!(rows, samples, "{texts:#?}");
            session.rollback().unwrap();
        }
    }

    fn the_text_of_a_query_finds_what_the_query_finds(db: &TestDb) {
        let mut session = db.session_for(schema![Sample]);
        let first = sample(1, "it's \\", "2024-02-29T23:59:59.000001", "12.5", Weather::Sunny);
        session.add(first.clone());
        session.add(sample(2, "other", "1999-12-31T00:00:00", "-0.5", Weather::VeryWet));
        session.commit().unwrap();
        let query = session
            .query::<Sample>()
            .filter(sample::words.eq(first.words.as_str()))
            .filter(sample::note.eq(None::<String>))
            .filter(sample::big.eq(first.big).and(sample::number.lt(-6)))
            .filter(sample::yes.eq(true))
            .filter(sample::raw.eq(&first.raw))
            .filter(sample::stamp.eq(first.stamp).and(sample::day.eq(first.day)))
            .filter(sample::clock.eq(first.clock))
            .filter(sample::instant.eq(orm_runtime::column::val(first.stamp.and_utc())))
            .filter(sample::price.eq(orm_runtime::column::val(first.price)))
            .filter(sample::tag.eq(orm_runtime::column::val(first.tag)))
            .filter(sample::weather.eq(Weather::Sunny))
            .filter(sample::id.in_list([1, 2, 3]));
        let text = query.to_debug_sql(db.dialect()).unwrap().remove(0);
        assert_eq!(query.all().unwrap().len(), 1);
        session.clear();
        let text = orm_runtime::query::SqlText::audited(text.clone());
        assert_eq!(session.from_sql::<Sample>(text.clone()).all().unwrap().len(), 1, "{text:?}");
    }
}
