//! MySQL's zero dates, and times that are not times of day.

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use orm_runtime::prelude::*;
use orm_tests::{TestDb, assert_matches, on_one_database};

#[derive(Entity, Debug, Clone, PartialEq)]
#[entity(table = "zero_date")]
struct Dated {
    id: i64,
    #[entity(zero_date_as_none)]
    day: Option<NaiveDate>,
    #[entity(zero_date_as_none)]
    at: Option<NaiveDateTime>,
    #[entity(zero_date_as_none)]
    instant: Option<DateTime<Utc>>,
    #[entity(zero_date_as_none)]
    civil: Option<jiff::civil::Date>,
    #[entity(zero_date_as_none)]
    later: Deferred<Option<NaiveDate>>,
    #[entity(embed)]
    term: Term,
    #[entity(embed)]
    other: Option<Term>,
}

#[derive(Embed, Debug, Clone, PartialEq)]
struct Term {
    #[entity(zero_date_as_none)]
    ends: Option<NaiveDate>,
}

/// The same table without the attribute.
#[derive(Entity, Debug, Clone)]
#[entity(table = "zero_date")]
struct Strict {
    id: i64,
    day: Option<NaiveDate>,
    clock: Option<NaiveTime>,
}

const COLUMNS: &str = "id BIGINT PRIMARY KEY, day DATE, at DATETIME, instant DATETIME, civil DATE, \
                       later DATE, term_ends DATE, other_ends DATE, clock TIME";

fn zero(db: &TestDb) {
    if db.dialect() == Dialect::Mysql {
        db.execute("SET sql_mode = ''");
    }
    db.execute(&format!("CREATE TABLE zero_date ({COLUMNS})"));
    db.execute(
        "INSERT INTO zero_date VALUES (1, '0000-00-00', '0000-00-00 00:00:00', \
         '0000-00-00 00:00:00', '0000-00-00', '0000-00-00', '0000-00-00', '0000-00-00', NULL)",
    );
    db.execute(
        "INSERT INTO zero_date VALUES (2, '2024-02-29', '2024-02-29 12:00:00', \
         '2024-02-29 12:00:00', '2024-02-29', '2024-02-29', '2024-02-29', '2024-02-29', NULL)",
    );
}

fn is_read_as_none(db: &TestDb) {
    zero(db);
    let mut session = db.session();
    let none = Dated {
        id: 1,
        day: None,
        at: None,
        instant: None,
        civil: None,
        later: Deferred::from(None),
        term: Term { ends: None },
        other: None,
    };
    let both = session.query::<Dated>().undefer(dated::later).order_by(dated::id.asc());
    let both = both.all().unwrap();
    assert_eq!(session[both[0]], none);
    let day = NaiveDate::from_ymd_opt(2024, 2, 29);
    let dated = &session[both[1]];
    assert_eq!((dated.day, dated.term.ends), (day, day));
    assert_eq!(dated.later.get().unwrap(), &day);
    assert_eq!(dated.other, Some(Term { ends: day }));
    assert_eq!(dated.at, day.and_then(|day| day.and_hms_opt(12, 0, 0)));
    assert_eq!(dated.civil, Some(jiff::civil::date(2024, 2, 29)));

    // Unchanged values are not written.
    session[both[0]].day = day;
    session.commit().unwrap();
    assert_eq!(
        db.rows("zero_date", "id, day, at"),
        ["1|2024-02-29|0000-00-00 00:00:00", "2|2024-02-29|2024-02-29 12:00:00"]
    );
    let streamed: Result<Vec<_>> = db.session().query::<Dated>().stream().unwrap().collect();
    assert_eq!(streamed.unwrap()[0].at, None);
    let mut session = db.session();
    let first = session.from_sql::<Dated>("SELECT * FROM zero_date WHERE id = 1").one().unwrap();
    assert_eq!(session[first].term.ends, None);
    session.refresh(&[first]).unwrap();
}

on_one_database! { Mysql;
    fn the_zero_date_of_mysql_is_none_where_the_attribute_says_so(db: &TestDb) {
        is_read_as_none(db);
    }

    fn elsewhere_it_is_an_error_that_names_the_column(db: &TestDb) {
        zero(db);
        let error = db.session().get::<Strict>(1).unwrap_err();
        assert_matches!(&error, Error::Decode { entity: "Strict", column, .. } if column == "day");
        assert!(error.to_string().contains("zero_date_as_none"), "{error}");
        let mut session = db.session();
        let days = session.query::<Dated>().select(dated::day).load::<Option<NaiveDate>>();
        assert_matches!(days.unwrap_err(), Error::Decode { row: Some(1), column, .. }
            if column == "day");
        session.rollback().unwrap();
        db.execute("UPDATE zero_date SET day = '2024-02-00' WHERE id = 1");
        let error = db.session().get::<Strict>(1).unwrap_err();
        assert!(error.to_string().contains("a date without a month or a day"), "{error}");
        let error = db.session().get::<Dated>(1).unwrap_err();
        assert!(error.to_string().contains("a date without a month or a day"), "{error}");
    }

    fn a_date_that_the_calendar_does_not_have_is_not_repeated(db: &TestDb) {
        zero(db);
        db.execute("SET sql_mode = 'ALLOW_INVALID_DATES'");
        db.execute("UPDATE zero_date SET day = '2023-02-30', civil = '2023-02-30' WHERE id = 1");
        let error = db.session().get::<Strict>(1).unwrap_err();
        assert_matches!(&error, Error::Decode { entity: "Strict", column, .. } if column == "day");
        let text = error.to_string();
        assert!(text.contains("not a date") && !text.contains("30"), "{text}");
    }

    fn a_time_that_is_none_of_a_day_is_named(db: &TestDb) {
        zero(db);
        for (time, found) in [("-01:00:00", "negative"), ("30:00:00", "longer than a day")] {
            db.execute(&format!("UPDATE zero_date SET day = NULL, clock = '{time}'"));
            let error = db.session().get::<Strict>(1).unwrap_err();
            assert_matches!(&error, Error::Decode { column, .. } if column == "clock");
            let text = error.to_string();
            assert!(text.contains(found) && !text.contains("30"), "{text}");
        }
    }
}

on_one_database! { Sqlite;
    fn a_zero_date_that_came_to_sqlite_is_none_too(db: &TestDb) {
        is_read_as_none(db);
    }
}
