//! Keys in columns of a fixed length, which the database pads with spaces.

use orm_runtime::prelude::*;
use orm_tests::{TestDb, assert_sql, on_all_databases};

#[derive(Entity, Clone, Debug)]
#[entity(table = "coins")]
pub struct Coin {
    #[entity(primary_key, length = 5)]
    pub code: String,
    pub name: String,
    #[entity(inverse = coin, order_by = id)]
    pub prices: HasMany<Price>,
}

#[derive(Entity, Clone, Debug)]
#[entity(table = "prices")]
pub struct Price {
    pub id: Auto<i64>,
    #[entity(column = "coin_code", on_delete = cascade)]
    pub coin: ForeignKey<Coin, String>,
}

fn others(db: &TestDb) -> Session {
    let auto = match db.dialect() {
        Dialect::Sqlite => "INTEGER PRIMARY KEY",
        Dialect::Postgres => "BIGSERIAL PRIMARY KEY",
        Dialect::Mysql => "BIGINT AUTO_INCREMENT PRIMARY KEY",
        _ => unreachable!("a database without tests"),
    };
    db.execute("CREATE TABLE coins (code CHAR(5) NOT NULL PRIMARY KEY, name VARCHAR(30) NOT NULL)");
    db.execute(&format!(
        "CREATE TABLE prices (id {auto}, coin_code CHAR(5) NOT NULL REFERENCES coins (code))"
    ));
    db.execute("INSERT INTO coins VALUES ('EUR', 'Euro'), ('US', 'Dollar')");
    db.execute("INSERT INTO prices (coin_code) VALUES ('EUR'), ('EUR'), ('US')");
    db.session()
}

on_all_databases! {
    fn they_are_found_changed_and_deleted(db: &TestDb) {
        let mut session = others(db);
        let eur = session.get_one::<Coin>("EUR").unwrap();
        assert_eq!(session[eur].code, "EUR");
        session.query::<Coin>().eager(coin::prices).all().unwrap();
        assert_sql!(session, "S coins; S coins; S prices");
        let us = session.find::<Coin>("US").unwrap();
        assert_eq!(session[eur].prices.len(&session).unwrap(), 2);
        assert_eq!(session[us].prices.len(&session).unwrap(), 1);
        session[eur].name = "euro".into();
        session[us].name = "dollar".into();
        session.commit().unwrap();
        assert_eq!(db.rows("coins", "name"), ["dollar", "euro"]);
        session.refresh(&[eur, us]).unwrap();
        session.delete(eur).unwrap();
        session.commit().unwrap();
        assert_eq!((db.count("coins"), db.count("prices")), (1, 1));
    }
}
