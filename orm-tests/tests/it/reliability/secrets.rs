//! No password and no value appears in anything that may be printed.

use orm_runtime::prelude::*;
use orm_runtime::{SessionFactory, SessionOptions};
use orm_tests::{TestDb, on_all_databases};

use super::{Account, Country, Item, account, country, item, session_on};

/// A value that must not appear anywhere.
const VALUE: &str = "5ent1nel-value";
const PASSWORD: &str = "5ent1nel-password";

/// Everything that was printed.
#[derive(Default)]
struct Printed(Vec<String>);

impl Printed {
    fn error(&mut self, error: &Error) {
        self.0.push(format!("{error}"));
        self.0.push(format!("{error:?}"));
        self.0.push(format!("{error:#?}"));
        let mut source = std::error::Error::source(error);
        while let Some(error) = source {
            self.0.push(format!("{error} {error:?}"));
            source = error.source();
        }
    }

    fn session(&mut self, session: &mut Session) {
        self.0.push(format!("{session:?} {:#?}", session.map()));
        self.0.extend(session.take_log().iter().map(|record| format!("{record:?}")));
        self.0.push(format!("{:?}", session.pending_sql()));
    }

    fn is_free_of(&self, secret: &str) {
        for text in &self.0 {
            assert!(!text.contains(secret), "it shows the secret: {text}");
        }
        assert!(self.0.iter().any(|text| text.len() > 10));
    }
}

on_all_databases! {
    // fact 15, scenario 40
    fn no_error_and_no_log_shows_a_value(db: &TestDb) {
        let mut session = session_on(db);
        let mut printed = Printed::default();
        session.add(account(1, 1));
        let mut first = item(VALUE);
        first.note = Some(VALUE.to_owned());
        let first = session.add(first);
        session.commit().unwrap();
        // Every constraint, in a batch and alone.
        for n in 0..4 {
            for more in [0, 3] {
                session.add_all((0..more).map(|m| item(format!("{VALUE} {n} {m}"))));
                let mut bad = item(format!("{VALUE} {n}"));
                match n {
                    0 => bad.name = VALUE.to_owned(),
                    1 => bad.amount = -1,
                    2 => bad.note = None,
                    _ => bad.owner = Some(9),
                }
                session.add(bad);
                printed.0.push(format!("{:?}", session.pending_sql()));
                printed.error(&session.flush().unwrap_err());
                printed.error(&session.query::<Item>().all().unwrap_err());
                printed.session(&mut session);
                session.rollback().unwrap();
            }
        }
        // An update, a bulk insert, a filter, a text query.
        let second = session.add(item("second"));
        session.flush().unwrap();
        session[second].name = VALUE.to_owned();
        printed.error(&session.flush().unwrap_err());
        session.rollback().unwrap();
        printed.error(&session.bulk_insert([item(VALUE), item(VALUE)]).unwrap_err());
        session.rollback().unwrap();
        session.query::<Item>().filter(item::name.eq(VALUE)).all().unwrap();
        printed.error(&session.query::<Item>().filter(item::note.eq(VALUE)).update(item::amount.eq(-5)).unwrap_err());
        session.rollback().unwrap();
        let place = if db.dialect() == Dialect::Postgres { "$1" } else { "?" };
        let text = format!("SELECT nothing FROM item WHERE name = {place}");
        let text = orm_runtime::query::SqlText::audited(text);
        let query = session.from_sql::<Item>(text).bind::<diesel::sql_types::Text, _>(VALUE);
        printed.error(&query.all().unwrap_err());
        session.rollback().unwrap();
        // An exceeded budget, and a stale row.
        let budget = session.expect_statements(7, |session| {
            session.query::<Item>().filter(item::name.eq(VALUE)).count()
        });
        printed.error(&budget.unwrap_err());
        session[first].note = Some(format!("{VALUE} again"));
        session.flush().unwrap();
        printed.session(&mut session);
        session.rollback().unwrap();
        db.execute("DELETE FROM item");
        session[first].note = Some(format!("{VALUE} again"));
        printed.error(&session.flush().unwrap_err());
        printed.session(&mut session);
        printed.is_free_of(VALUE);
    }

    fn a_value_of_the_wrong_type_is_not_shown(db: &TestDb) {
        let mut session = session_on(db);
        let mut printed = Printed::default();
        session.add(country(VALUE.repeat(20), "too long for its column"));
        if let Err(error) = session.flush() {
            printed.error(&error);
        }
        session.rollback().unwrap();
        let place = if db.dialect() == Dialect::Postgres { "$1" } else { "?" };
        let kind = if db.dialect() == Dialect::Mysql { "SIGNED" } else { "INTEGER" };
        let text = format!("SELECT code, title FROM country WHERE CAST({place} AS {kind}) = 1");
        let query = session.from_sql::<Country>(orm_runtime::query::SqlText::audited(text));
        if let Err(error) = query.bind::<diesel::sql_types::Text, _>(VALUE).all() {
            printed.error(&error);
        }
        session.rollback().unwrap();
        printed.session(&mut session);
        printed.is_free_of(VALUE);
    }

    fn a_value_that_cannot_be_read_is_not_shown(db: &TestDb) {
        let mut session = session_on(db);
        let mut printed = Printed::default();
        // The column has a different type from the field.
        db.execute("DROP TABLE item");
        db.execute("DROP TABLE account");
        db.execute("CREATE TABLE account (id BIGINT PRIMARY KEY, balance VARCHAR(40), version INTEGER)");
        db.execute(&format!("INSERT INTO account VALUES (1, '{VALUE}', 1)"));
        match session.query::<Account>().all() {
            Ok(found) => printed.0.push(format!("{:?}", found.len())),
            Err(error) => printed.error(&error),
        }
        printed.session(&mut session);
        printed.is_free_of(VALUE);
    }

    // fact 15
    fn no_password_is_shown(db: &TestDb) {
        let mut printed = Printed::default();
        let scheme = match db.dialect() {
            Dialect::Sqlite => "sqlite",
            Dialect::Postgres => "postgres",
            Dialect::Mysql => "mysql",
         _ => unreachable!("a database without tests"), };
        let urls = [
            // No server listens there.
            format!("{scheme}://orm:{PASSWORD}@127.0.0.1:1/nowhere"),
            format!("{scheme}://orm:{PASSWORD}@127.0.0.1:not-a-port/nowhere"),
            format!("{scheme}://orm:{PASSWORD}@/?{PASSWORD}=%zz"),
            format!("nothing://orm:{PASSWORD}@127.0.0.1/nowhere"),
            PASSWORD.to_owned(),
        ];
        for url in urls {
            if let Err(error) = Session::open(&url) {
                printed.error(&error);
            }
            let factory = SessionFactory::new(&url, |options| {
                options.timeout = std::time::Duration::from_millis(300);
            });
            match factory {
                Ok(factory) => printed.0.push(format!("{factory:?}")),
                Err(error) => printed.error(&error),
            }
        }
        // An open session on a URL with a password.
        let url = match db.dialect() {
            Dialect::Sqlite => db.url().to_owned(),
            Dialect::Postgres => db.url().replace("orm@", &format!("orm:{PASSWORD}@")),
            Dialect::Mysql => db.url().to_owned(),
         _ => unreachable!("a database without tests"), };
        let mut session = Session::open(&url).unwrap();
        session.log_statements(true);
        session.query::<Country>().all().unwrap_err();
        printed.session(&mut session);
        printed.0.push(format!("{:?}", SessionOptions::default()));
        printed.is_free_of(PASSWORD);
    }
}

#[cfg(feature = "servers")]
orm_tests::on_one_database! {
    Mysql;

    fn a_wrong_password_is_not_shown(db: &TestDb) {
        let mut printed = Printed::default();
        let (_, rest) = db.url().split_once("://").unwrap();
        let (login, host) = rest.split_once('@').unwrap();
        let user = login.split(':').next().unwrap_or_default();
        let url = |password: &str| format!("mysql://{user}:{password}@{host}");
        match Session::open(&url(PASSWORD)) {
            Err(error) => printed.error(&error),
            // A server that trusts its users asks for no password.
            Ok(_) => drop(Session::open(&url("another")).unwrap()),
        }
        printed.is_free_of(PASSWORD);
    }
}
