//! Values are converted to the precision of their columns, or refused, before they are written, and
//! only if they are written.

use chrono::{DateTime, NaiveDateTime, NaiveTime, Utc};
use orm_runtime::prelude::*;
use orm_tests::{TestDb, assert_matches, assert_no_sql, assert_sql, on_all_databases};
use rust_decimal::Decimal;

#[derive(Entity, Debug, Clone)]
#[entity(table = "fit_ware")]
struct Ware {
    id: i64,
    #[entity(length = 5)]
    name: String,
    #[entity(precision = 12, scale = 2)]
    price: Decimal,
    #[entity(length = 3)]
    note: Option<String>,
}

/// Creates the tables with more room than the mapping declares, as another program would.
fn wares_of_others(db: &TestDb) -> (Session, Handle<Ware>) {
    let price = if db.dialect() == Dialect::Sqlite { "TEXT" } else { "NUMERIC(12, 4)" };
    db.execute(&format!(
        "CREATE TABLE fit_ware (id BIGINT PRIMARY KEY, name VARCHAR(50) NOT NULL, price {price} NOT \
         NULL, note VARCHAR(50))"
    ));
    db.execute("INSERT INTO fit_ware VALUES (1, 'much too long', '-0.0050', 'long too')");
    let mut session = db.session();
    let ware = session.get_one::<Ware>(1).unwrap();
    session.take_log();
    (session, ware)
}

fn invalid(error: Error) -> (String, String) {
    let Error::Invalid(invalid) = error else { panic!("{error}") };
    (invalid.error.field_errors()[0].field.to_string(), invalid.to_string())
}

#[derive(Embed, Debug, Clone, PartialEq)]
struct Place {
    #[entity(length = 4)]
    street: String,
    since: DateTime<Utc>,
}

#[derive(Entity, Debug, Clone)]
#[entity(table = "fit_event")]
struct Event {
    id: i64,
    at: DateTime<Utc>,
    local: NaiveDateTime,
    clock: Option<NaiveTime>,
    later: Deferred<Option<NaiveDateTime>>,
    #[entity(embed)]
    place: Place,
}

fn point(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// Times and their stored values. Those before 2000 and 1970 are stored as negative numbers.
const FINE: [(&str, &str); 4] = [
    ("1985-06-30T23:59:59.999999999Z", "1985-06-30T23:59:59.999999Z"),
    ("1960-01-01T00:00:00.000000001Z", "1960-01-01T00:00:00Z"),
    ("2024-02-29T12:00:00.123456789Z", "2024-02-29T12:00:00.123456Z"),
    ("2024-02-29T12:00:00.5Z", "2024-02-29T12:00:00.5Z"),
];

fn event(id: i64, at: DateTime<Utc>) -> Event {
    let mut event = Event::builder()
        .id(id)
        .at(at)
        .local(at.naive_utc())
        .clock(at.time())
        .place(Place { street: "east".to_owned(), since: at })
        .build();
    event.later.set(Some(at.naive_utc()));
    event
}

fn same(event: &Event, at: DateTime<Utc>) {
    assert_eq!(event.at, at);
    assert_eq!(event.local, at.naive_utc());
    assert_eq!(event.clock, Some(at.time()));
    assert_eq!(event.later.get().unwrap(), &Some(at.naive_utc()));
    assert_eq!(event.place.since, at);
}

fn stored(db: &TestDb, id: i64, at: DateTime<Utc>) {
    let mut other = db.session();
    let event =
        other.query::<Event>().undefer(event::later).filter(event::id.eq(id)).one().unwrap();
    same(&other[event], at);
}

on_all_databases! {
    fn what_is_not_written_is_not_checked(db: &TestDb) {
        let (mut session, ware) = wares_of_others(db);
        session[ware].note = None;
        session.commit().unwrap();
        assert_sql!(session, "U fit_ware[note] x1");
        assert_eq!(db.rows("fit_ware", "name, note"), ["much too long|NULL"]);
        session.take_log();

        session.get_one::<Ware>(1).unwrap();
        session[ware].price = "1.005".parse().unwrap();
        session.take_log();
        let (field, _) = invalid(session.commit().unwrap_err());
        assert_eq!(field, "price");
        session[ware].price = "1.5".parse().unwrap();
        session[ware].name.push('!');
        let (field, _) = invalid(session.commit().unwrap_err());
        assert_eq!(field, "name");
        assert_no_sql!(session);
        session[ware].name = "short".to_owned();
        session.commit().unwrap();
        assert_eq!(session[ware].price.to_string(), "1.50");
    }

    fn a_text_longer_than_its_column_is_refused_before_it_is_sent(db: &TestDb) {
        let mut session = db.session_for(schema![Ware]);
        let ware = |name: &str| Ware::builder().id(1).name(name).price(Decimal::ONE).build();
        let long = session.add(ware("1234ü6"));
        let (field, text) = invalid(session.commit().unwrap_err());
        assert_eq!(field, "name");
        assert_eq!(
            text,
            "Ware 1 is not valid: name has 6 characters, and the column has room for 5 \
             (length = 5)"
        );
        assert_no_sql!(session);
        session[long].name = "ÄÖÜßé".to_owned();
        session[long].note = Some("1234".to_owned());
        assert_eq!(invalid(session.commit().unwrap_err()).0, "note");
        session[long].note = Some("123".to_owned());
        session.commit().unwrap();
        assert_eq!(db.rows("fit_ware", "name, note"), ["ÄÖÜßé|123"]);
        assert_eq!(invalid(session.bulk_insert([ware("123456")]).unwrap_err()).0, "name");
    }

    fn times_are_cut_to_microseconds_in_memory_and_in_the_row(db: &TestDb) {
        let mut session = db.session_for(schema![Event]);
        for (id, (fine, kept)) in (1..).zip(FINE) {
            let added = session.add(event(id, point(fine)));
            session.flush().unwrap();
            same(&session[added], point(kept));
            session.commit().unwrap();
            stored(db, id, point(kept));

            session.bulk_insert([event(id + 100, point(fine))]).unwrap();
            session.commit().unwrap();
            stored(db, id + 100, point(kept));

            let again = session.add(event(id + 200, point("2000-01-01T00:00:00Z")));
            session.commit().unwrap();
            let new = event(id + 200, point(fine));
            let object = &mut session[again];
            (object.at, object.local, object.clock) = (new.at, new.local, new.clock);
            (object.later, object.place) = (new.later, new.place);
            session.flush().unwrap();
            same(&session[again], point(kept));
            session.commit().unwrap();
            stored(db, id + 200, point(kept));
        }
    }

    fn a_time_that_is_cut_to_what_the_row_has_is_not_a_change(db: &TestDb) {
        let mut session = db.session_for(schema![Event]);
        let added = session.add(event(1, point(FINE[2].1)));
        session.commit().unwrap();
        session[added].at = point(FINE[2].0);
        session.take_log();
        session.flush().unwrap();
        assert_no_sql!(session);
        assert_eq!(session[added].at, point(FINE[2].1));
    }

    fn a_condition_and_a_set_statement_cut_a_point_in_time_the_same_way(db: &TestDb) {
        let mut session = db.session_for(schema![Event]);
        for (id, (fine, kept)) in (1..).zip(FINE) {
            session.add(event(id, point(fine)));
            let mut found = |at| {
                session.query::<Event>().filter(event::at.eq(val(at))).count().unwrap()
            };
            assert_eq!((found(point(fine)), found(point(kept))), (1, 1), "{fine}");
            let whole = point("2001-01-01T00:00:00Z");
            let of = |session: &mut Session, at: DateTime<Utc>| {
                let rows = session.query::<Event>().filter(event::id.eq(id));
                rows.update(event::at.eq(val(at))).unwrap();
            };
            of(&mut session, whole);
            of(&mut session, point(fine));
            let object = session.get_one::<Event>(id).unwrap();
            assert_eq!(session[object].at, point(kept));
        }
    }

    fn value_objects_are_brought_to_their_columns_too(db: &TestDb) {
        let mut session = db.session_for(schema![Event]);
        let added = session.add(event(1, point(FINE[3].1)));
        session.commit().unwrap();
        session[added].place.street = "avenue".to_owned();
        let error = session.commit().unwrap_err();
        assert_matches!(&error, Error::Invalid(_));
        assert!(error.to_string().contains("place.street has 6 characters"), "{error}");
    }
}
