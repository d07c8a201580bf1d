//! A field of several columns is one value: if one of its columns changes, all of them are written,
//! so that the writes of two sessions are never mixed.

use orm_runtime::prelude::*;
use orm_tests::{TestDb, assert_sql, on_all_databases};

#[derive(Embed, Debug, Clone, PartialEq)]
struct Money {
    amount: i32,
    #[entity(length = 3)]
    currency: String,
}

#[derive(Embed, Debug, Clone, PartialEq)]
struct Offer {
    #[entity(embed)]
    price: Money,
    days: Option<i32>,
}

#[derive(Entity, Clone, Debug)]
#[entity(table = "sellers")]
struct Seller {
    #[entity(primary_key, length = 2)]
    country: String,
    #[entity(primary_key)]
    number: i32,
}

#[derive(OneOf, Clone, Debug, PartialEq)]
enum Owner {
    Person(ForeignKey<Person>),
    Firm(ForeignKey<Firm>),
    #[entity(columns(seller_country, seller_number))]
    Seller(ForeignKey<Seller, (String, i32)>),
}

#[derive(Entity, Clone, Debug)]
#[entity(table = "persons")]
struct Person {
    id: Auto<i64>,
}

#[derive(Entity, Clone, Debug)]
#[entity(table = "firms")]
struct Firm {
    id: Auto<i64>,
}

#[derive(Entity, Clone, Debug)]
#[entity(table = "goods")]
struct Good {
    id: Auto<i64>,
    #[entity(default)]
    stock: i32,
    #[entity(embed)]
    price: Money,
    #[entity(embed)]
    offer: Option<Offer>,
    #[entity(columns(seller_country, seller_number))]
    seller: Option<ForeignKey<Seller, (String, i32)>>,
    #[entity(one_of)]
    owner: Owner,
}

fn money(amount: i32, currency: &str) -> Money {
    Money { amount, currency: currency.to_owned() }
}

fn seller(country: &str, number: i32) -> ForeignKey<Seller, (String, i32)> {
    ForeignKey::to_key((country.to_owned(), number))
}

/// Opens two sessions with the same good, which is stale in both.
fn two(db: &TestDb) -> [(Session, Handle<Good>); 2] {
    let mut session = db.session_for(schema![Seller, Person, Firm, Good]);
    for (country, number) in [("de", 1), ("de", 2), ("fr", 1), ("fr", 2)] {
        session.add(Seller { country: country.to_owned(), number });
    }
    let person = session.add(Person::builder().build());
    session.add(Firm::builder().build());
    let good = Good::builder().price(money(10, "EUR")).seller(seller("de", 1)).owner(person);
    let good = session.add(good.offer(Offer { price: money(9, "EUR"), days: Some(7) }).build());
    session.commit().unwrap();
    let mut other = db.session();
    let theirs = other.get_one::<Good>(1).unwrap();
    other.commit().unwrap();
    session.take_log();
    other.take_log();
    [(session, good), (other, theirs)]
}

on_all_databases! {
    fn a_value_object_is_written_as_a_whole(db: &TestDb) {
        let [(mut a, mine), (mut b, theirs)] = two(db);
        b[theirs].price = money(10, "JPY");
        b.commit().unwrap();
        assert_sql!(b, "U goods[price_amount,price_currency] x1");
        a[mine].price.amount = 25;
        assert_eq!(a.changes(mine).unwrap().len(), 1, "only the changed value differs");
        a.commit().unwrap();
        assert_sql!(a, "U goods[price_amount,price_currency] x1");
        assert_eq!(db.rows("goods", "price_amount, price_currency"), ["25|EUR"]);
    }

    fn so_is_one_inside_another(db: &TestDb) {
        let [(mut a, mine), (mut b, theirs)] = two(db);
        b[theirs].offer = Some(Offer { price: money(9, "JPY"), days: None });
        b.commit().unwrap();
        if let Some(offer) = &mut a[mine].offer {
            offer.price.amount = 8;
        }
        a.commit().unwrap();
        let columns = "offer_price_amount, offer_price_currency, offer_days";
        assert_eq!(db.rows("goods", columns), ["8|EUR|7"]);
    }

    fn so_is_a_reference_of_several_columns(db: &TestDb) {
        let [(mut a, mine), (mut b, theirs)] = two(db);
        b[theirs].seller = Some(seller("fr", 1));
        b.commit().unwrap();
        a[mine].seller = Some(seller("de", 2));
        a.commit().unwrap();
        assert_eq!(db.rows("goods", "seller_country, seller_number"), ["de|2"]);
    }

    fn so_is_an_enum_of_references(db: &TestDb) {
        let [(mut a, mine), (mut b, theirs)] = two(db);
        b[theirs].owner = Owner::Firm(ForeignKey::to_key(1));
        b.commit().unwrap();
        // The variant in the database is neither the one that was read here nor the one that is
        // written.
        a[mine].owner = Owner::Seller(seller("fr", 2));
        a.commit().unwrap();
        let columns = "owner_person_id, owner_firm_id, owner_seller_country, owner_seller_number";
        assert_eq!(db.rows("goods", columns), ["NULL|NULL|fr|2"]);
    }

    fn other_columns_are_written_alone(db: &TestDb) {
        let [(mut a, mine), _] = two(db);
        a[mine].stock = 5;
        a.commit().unwrap();
        assert_sql!(a, "U goods[stock] x1");
    }

    fn a_new_object_in_the_place_of_a_deleted_one_too(db: &TestDb) {
        let [(mut a, mine), (mut b, theirs)] = two(db);
        b[theirs].price = money(10, "JPY");
        b.commit().unwrap();
        let mut good = a[mine].clone();
        good.price.amount = 25;
        a.delete(mine).unwrap();
        a.add(good);
        a.commit().unwrap();
        assert_eq!(db.rows("goods", "price_amount, price_currency"), ["25|EUR"]);
    }
}
