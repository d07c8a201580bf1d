//! Decimals that the database gives: they have the digits of their column, as written ones do.

use orm_runtime::prelude::*;
use orm_tests::{TestDb, on_all_databases};
use rust_decimal::Decimal;

#[derive(Entity, Debug)]
#[entity(table = "decimal_fees")]
struct Fee {
    id: Auto<i64>,
    name: Option<String>,
    #[entity(precision = 12, scale = 2, db_default = "0")]
    amount: Generated<Decimal>,
    #[entity(precision = 4, scale = 1, db_default = "-7")]
    rate: Generated<Option<Decimal>>,
    #[entity(precision = 6, scale = 3, db_default = "'1.5'")]
    plain: Decimal,
    #[entity(precision = 5, scale = 2)]
    later: Deferred<Option<Decimal>>,
}

fn fee() -> Fee {
    Fee::builder().plain(Decimal::ONE).build()
}

fn text(value: Option<&Decimal>) -> Option<String> {
    value.map(Decimal::to_string)
}

on_all_databases! {
    fn a_default_has_the_digits_of_its_column(db: &TestDb) {
        let schema = schema![Fee];
        let mut session = db.session_for(schema.clone());
        assert_eq!(schema.verify(&mut session).unwrap(), []);
        let fee = session.add(fee());
        session.flush().unwrap();
        assert_eq!(text(session[fee].amount.get()), Some("0.00".to_owned()));
        assert_eq!(text(session[fee].rate.get().and_then(Option::as_ref)), Some("-7.0".to_owned()));
        session.commit().unwrap();
        db.execute("INSERT INTO decimal_fees (name) VALUES ('by another program')");
        let query = session.query::<Fee>().filter(fee::name.is_not_null());
        let other = query.rows().unwrap().remove(0);
        assert_eq!(text(other.amount.get()), Some("0.00".to_owned()));
        assert_eq!(other.plain.to_string(), "1.500");
        assert_eq!(session.query::<Fee>().filter(fee::amount.eq(Decimal::ZERO)).count().unwrap(), 2);
    }

    fn a_value_of_the_program_gets_the_digits_in_any_wrapper(db: &TestDb) {
        let mut session = db.session_for(schema![Fee]);
        let mut new = fee();
        new.amount.set(Decimal::new(15, 1));
        new.rate.set(Some(Decimal::TWO));
        new.later.set(Some(Decimal::ONE));
        let fee = session.add(new);
        session.commit().unwrap();
        session.refresh(&[fee]).unwrap();
        session.load(fee, fee::later).unwrap();
        assert_eq!(text(session[fee].amount.get()), Some("1.50".to_owned()));
        assert_eq!(text(session[fee].rate.get().and_then(Option::as_ref)), Some("2.0".to_owned()));
        assert_eq!(text(session[fee].later.get().unwrap().as_ref()), Some("1.00".to_owned()));

        session[fee].amount.set(Decimal::new(1_505, 3));
        let error = session.flush().unwrap_err().to_string();
        assert!(error.contains("amount the value has 3 digits after the decimal point"), "{error}");
        session[fee].amount.set(Decimal::ONE);
        session[fee].later.set(Some(Decimal::from(10_000)));
        let error = session.flush().unwrap_err().to_string();
        assert!(error.contains("later the value has 5 digits before the decimal point"), "{error}");
    }
}
