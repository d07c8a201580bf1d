//! Value objects: several columns as one field.

use orm_runtime::column::{Embedded, TypeDecorator};
use orm_runtime::prelude::*;
use orm_tests::{TestDb, assert_matches, assert_sql, on_all_databases};
use rust_decimal::Decimal;

mod geo {
    use super::*;

    #[derive(Embed, Debug, Clone, PartialEq)]
    pub(super) struct Position {
        pub(super) lat: f64,
        #[entity(column = "lng")]
        pub(super) lon: f64,
    }
}

#[derive(DbEnum, Debug, Clone, Copy, PartialEq, Eq)]
pub enum Currency {
    Eur,
    Usd,
}

#[derive(Embed, Debug, Clone, PartialEq)]
struct Price {
    #[entity(precision = 10, scale = 2)]
    amount: Decimal,
    currency: Currency,
}

#[derive(Embed, Debug, Clone, PartialEq)]
struct Place {
    street: String,
    #[entity(length = 40)]
    city: String,
    zip: Option<String>,
    #[entity(embed)]
    at: Option<geo::Position>,
}

#[derive(DbType, Debug)]
pub struct Joined;

impl TypeDecorator for Joined {
    type Value = (u8, u8);
    type Stored = String;

    fn to_stored(value: &(u8, u8)) -> Result<String, orm_runtime::column::BoxError> {
        Ok(format!("{}/{}", value.0, value.1))
    }

    fn from_stored(stored: String) -> Result<(u8, u8), orm_runtime::column::BoxError> {
        let (a, b) = stored.split_once('/').ok_or("two parts")?;
        Ok((a.parse()?, b.parse()?))
    }
}

#[derive(Embed, Debug, Clone, PartialEq)]
struct Odd {
    #[entity(with = Joined)]
    pair: (u8, u8),
}

#[derive(Entity, Debug, Clone)]
#[entity(index(home_city, name))]
struct Customer {
    id: Auto<i64>,
    #[entity(embed)]
    home: Place,
    name: String,
    #[entity(embed, prefix = "ship_", columns(zip = "postcode", at_lat = "ship_latitude"))]
    shipping: Option<Place>,
    #[entity(embed, prefix = "")]
    limit: Option<Price>,
    #[entity(embed)]
    odd: Option<Odd>,
    portrait: Deferred<Option<Vec<u8>>>,
}

fn place(city: &str) -> Place {
    Place { street: "Main 1".to_owned(), city: city.to_owned(), zip: None, at: None }
}

fn customer(name: &str) -> Customer {
    Customer::builder().name(name).home(place("London")).build()
}

#[test]
fn a_value_object_is_its_columns() {
    let names: Vec<_> = Customer::META.columns.iter().map(|column| column.name).collect();
    assert_eq!(
        names,
        [
            "id",
            "name",
            "portrait",
            "home_street",
            "home_city",
            "home_zip",
            "home_at_lat",
            "home_at_lng",
            "ship_street",
            "ship_city",
            "postcode",
            "ship_latitude",
            "ship_at_lng",
            "amount",
            "currency",
            "odd_pair"
        ]
    );
    let city = &Customer::META.columns[4];
    assert_eq!((city.field, city.length, city.nullable), ("home.city", Some(40), false));
    let lat = &Customer::META.columns[6];
    assert_eq!((lat.field, lat.nullable), ("home.at.lat", true));
    assert_eq!(Customer::META.columns[13].digits, Some((10, 2)));
    assert_eq!(Customer::META.indexes[0].columns, [4, 1]);
    assert_eq!(Place::META.len(), 5);
}

on_all_databases! {
    fn value_objects_are_stored_in_columns(db: &TestDb) {
        let mut session = db.session_for(schema![Customer]);
        let mut ada = customer("ada");
        ada.shipping = Some(Place {
            zip: Some("N1".to_owned()),
            at: Some(geo::Position { lat: 1.5, lon: -2.5 }),
            ..place("Paris")
        });
        ada.limit = Some(Price { amount: Decimal::new(5, 0), currency: Currency::Usd });
        ada.odd = Some(Odd { pair: (1, 2) });
        let ada = session.add(ada);
        session.add(customer("bob"));
        session.commit().unwrap();
        assert_sql!(session, "I customer x2");
        assert_eq!(
            db.rows("customer", "id, home_street, home_zip, ship_city, postcode, ship_latitude, ship_at_lng, amount, currency, odd_pair"),
            [
                "1|Main 1|NULL|Paris|N1|1.5|-2.5|5.00|usd|1/2",
                "2|Main 1|NULL|NULL|NULL|NULL|NULL|NULL|NULL|NULL"
            ]
        );
        let before = session[ada].clone();
        session.clear();
        let read = session.query::<Customer>().order_by(customer::id.asc()).all().unwrap();
        let found = &session[read[0]];
        assert_eq!((&found.home, &found.shipping), (&before.home, &before.shipping));
        assert_eq!((&found.limit, &found.odd), (&before.limit, &before.odd));
        let bob = &session[read[1]];
        assert_eq!((&bob.shipping, &bob.limit, &bob.odd), (&None, &None, &None));
    }

    fn an_update_writes_the_value_objects_that_differ(db: &TestDb) {
        let mut session = db.session_for(schema![Customer]);
        let all = session.add_all(["ada", "bob"].map(customer));
        session.commit().unwrap();
        session.take_log();
        for &handle in &all {
            session[handle].home.city = "Rome".to_owned();
        }
        session.commit().unwrap();
        let home = "home_street,home_city,home_zip,home_at_lat,home_at_lng";
        assert_sql!(session, format!("U customer[{home}] x2"));
        session[all[0]].home.at = Some(geo::Position { lat: 0.0, lon: 1.0 });
        session.commit().unwrap();
        assert_sql!(session, format!("U customer[{home}] x1"));
        session[all[0]].limit = Some(Price { amount: Decimal::ONE, currency: Currency::Eur });
        session.commit().unwrap();
        assert_sql!(session, "U customer[amount,currency] x1");
        let changes = {
            session[all[0]].limit.as_mut().unwrap().amount = Decimal::TWO;
            session.changes(all[0]).unwrap()
        };
        assert_eq!((changes.len(), changes[0].field, changes[0].column), (1, "limit.amount", "amount"));
        session.rollback().unwrap();
        assert_eq!(session[all[0]].limit.as_ref().unwrap().amount, Decimal::ONE);
        session[all[0]].limit = None;
        session.commit().unwrap();
        assert_eq!(db.rows("customer", "id, home_city, amount, currency"), ["1|Rome|NULL|NULL", "2|Rome|NULL|NULL"]);
    }

    fn columns_of_value_objects_stand_in_queries(db: &TestDb) {
        let mut session = db.session_for(schema![Customer]);
        let all = session.add_all(["ada", "bob", "eve"].map(customer));
        session[all[1]].home.city = "Rome".to_owned();
        session[all[2]].shipping = Some(place("Rome"));
        session[all[2]].limit = Some(Price { amount: Decimal::new(150, 2), currency: Currency::Eur });
        session.commit().unwrap();
        let found = session.query::<Customer>().filter(customer::home_city.eq("Rome")).all();
        assert_eq!(found.unwrap(), [all[1]]);
        let found = session.query::<Customer>().filter(customer::shipping_city.eq("Rome")).all();
        assert_eq!(found.unwrap(), [all[2]]);
        let found = session
            .query::<Customer>()
            .filter(customer::limit_amount.gt(val(Decimal::ONE)))
            .filter(customer::limit_currency.eq(Currency::Eur))
            .select((customer::name, customer::home_city))
            .load::<(String, String)>();
        assert_eq!(found.unwrap(), [("eve".to_owned(), "London".to_owned())]);
        use diesel::QueryDsl;
        let query = customer::table.order_by(customer::id.desc());
        let loaded = session.load_query::<Customer>(query).unwrap();
        assert_eq!(loaded, [all[2], all[1], all[0]]);
    }

    fn a_value_object_with_a_part_missing_names_row_and_column(db: &TestDb) {
        let mut session = db.session_for(schema![Customer]);
        session.add_all(["ada", "bob"].map(customer));
        session.commit().unwrap();
        session.clear();
        db.execute("UPDATE customer SET currency = 'eur' WHERE id = 2");
        let error = session.query::<Customer>().order_by(customer::id.asc()).all().unwrap_err();
        assert_matches!(&error, Error::Decode { entity: "Customer", key, column, .. }
            if key.as_deref() == Some("2") && column == "amount");
        assert!(error.to_string().contains("value object"), "{error}");
        session.rollback().unwrap();
        db.execute("UPDATE customer SET currency = NULL, home_at_lng = 1 WHERE id = 2");
        let error = session.query::<Customer>().order_by(customer::id.asc()).all().unwrap_err();
        assert_matches!(&error, Error::Decode { column, .. } if column == "home_at_lat");
    }

    fn digits_inside_are_checked_by_name(db: &TestDb) {
        let mut session = db.session_for(schema![Customer]);
        let ada = session.add(customer("ada"));
        session[ada].limit = Some(Price { amount: Decimal::new(1, 3), currency: Currency::Eur });
        let error = session.commit().unwrap_err();
        assert_matches!(&error, Error::Invalid(_));
        assert!(error.to_string().contains("limit.amount"), "{error}");
        session[ada].limit.as_mut().unwrap().amount = Decimal::new(1, 1);
        session.commit().unwrap();
        assert_eq!(session[ada].limit.as_ref().unwrap().amount.to_string(), "0.10");
        assert_eq!(db.rows("customer", "id, amount"), ["1|0.10"]);
    }

    fn value_objects_go_through_every_way_of_writing(db: &TestDb) {
        let mut session = db.session_for(schema![Customer]);
        session.bulk_insert((0..20).map(|n| customer(&n.to_string()))).unwrap();
        session.commit().unwrap();
        let all = session.query::<Customer>().order_by(customer::id.asc()).all().unwrap();
        for (n, &handle) in all.iter().enumerate() {
            session[handle].home.street = format!("Main {n}");
            session[handle].odd = Some(Odd { pair: (n as u8, 0) });
        }
        session.commit().unwrap();
        assert_eq!(db.rows("customer", "id, home_street, odd_pair")[7], "8|Main 7|7/0");
        let rows = session.query::<Customer>().filter(customer::id.lt(3)).rows().unwrap();
        assert_eq!(rows[1].odd, Some(Odd { pair: (1, 0) }));
        let detached = session.detach(all[0]).unwrap();
        session.clear();
        let merged = session.merge(Customer { home: place("Oslo"), ..detached }).unwrap();
        session.commit().unwrap();
        assert_eq!(session[merged].home.city, "Oslo");
        assert_eq!(db.rows("customer", "id, home_city")[0], "1|Oslo");
    }
}

#[derive(Embed, Debug, Clone, PartialEq, Default)]
struct Inner {
    remark: Option<String>,
}

/// A value object in which every field may be absent.
#[derive(Embed, Debug, Clone, PartialEq, Default)]
struct Details {
    colour: Option<String>,
    size: Option<i32>,
    #[entity(embed)]
    inner: Inner,
    #[entity(embed)]
    more: Option<Inner>,
}

#[derive(Entity, Debug, Clone)]
struct Article {
    id: Auto<i64>,
    #[entity(embed)]
    details: Option<Details>,
    #[entity(embed)]
    always: Details,
}

on_all_databases! {
    fn a_value_object_of_which_nothing_is_there_is_absent(db: &TestDb) {
        let mut session = db.session_for(schema![Article]);
        let always = Details { more: Some(Inner::default()), ..Details::default() };
        let new = Article::builder().details(always.clone()).always(always).build();
        let article = session.add(new);
        session.flush().unwrap();
        assert_eq!(session[article].details, None, "it is as it will be read");
        assert_eq!(session[article].always, Details::default());
        session.commit().unwrap();
        session.get_one::<Article>(1).unwrap();
        session.take_log();

        session[article].details = Some(Details { more: Some(Inner::default()), ..Details::default() });
        session[article].always.more = Some(Inner::default());
        session.commit().unwrap();
        assert_sql!(session, "");
        session[article].details = Some(Details { size: Some(1), ..Details::default() });
        session.commit().unwrap();
        session.get_one::<Article>(1).unwrap();
        assert_eq!(session[article].details.as_ref().unwrap().size, Some(1));
        session[article].details = Some(Details::default());
        session.commit().unwrap();
        assert_eq!(db.count("article WHERE details_size IS NULL"), 1);
        assert_eq!(session[article].details, None);
        session.take_log();
        session.bulk_insert([Article::builder().always(Details::default()).build()]).unwrap();
        session.commit().unwrap();
    }
}
