//! The metadata from the attributes, and the values that the builder fills in.

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use orm_runtime::metadata::{ColumnMeta, ColumnType};
use orm_runtime::prelude::*;
use orm_tests::{TestDb, assert_sql, on_all_databases};
use uuid::Uuid;

#[derive(Entity, Debug, Clone, PartialEq)]
#[entity(table = "user_account")]
struct User {
    id: Auto<i64>,
    #[entity(unique, length = 30)]
    name: String,
    #[entity(column = "full_name", index)]
    fullname: Option<String>,
    #[entity(default)]
    visits: u32,
    #[entity(default = 18 + 3)]
    age: i32,
    #[entity(default = "en".to_owned())]
    language: String,
    #[entity(group = "scan")]
    portrait: Deferred<Option<Vec<u8>>>,
    #[entity(version)]
    revision: i32,
    #[entity(skip)]
    seen: bool,
}

#[derive(Entity, Debug)]
struct AllKinds {
    #[entity(primary_key)]
    a: i8,
    #[entity(primary_key)]
    b: i16,
    c: i32,
    d: i64,
    e: u8,
    f: u16,
    g: u32,
    h: f32,
    i: f64,
    j: bool,
    k: String,
    l: Vec<u8>,
    m: NaiveDate,
    n: NaiveTime,
    o: NaiveDateTime,
    p: DateTime<Utc>,
    z: Uuid,
}

// J07
#[derive(Entity, Debug, Clone, PartialEq)]
#[entity(table = "nopk")]
struct Reserved {
    #[entity(primary_key)]
    uid: i32,
    #[entity(primary_key, length = 20)]
    bar: String,
    r#type: String,
    #[entity(column = "order")]
    position: i32,
    select: Option<bool>,
}

fn column(field: &str) -> &'static ColumnMeta {
    User::META.column_of_field(field).unwrap()
}

// J08, its columns
#[test]
fn the_mapping_can_be_asked() {
    let meta = User::META;
    assert_eq!((meta.name, meta.table, meta.schema), ("User", "user_account", None));
    let names: Vec<_> = meta.columns.iter().map(|column| column.name).collect();
    let expected = ["id", "name", "full_name", "visits", "age", "language", "portrait", "revision"];
    assert_eq!(names, expected);
    assert_eq!((meta.key, meta.auto_key, meta.auto_column()), (&[0][..], true, Some(0)));
    assert_eq!(meta.version, Some(7));
    assert_eq!(meta.key_columns().map(|column| column.name).collect::<Vec<_>>(), ["id"]);
    assert_eq!(meta.column_of_field("seen"), None, "it is not a column");
    assert_eq!(meta.column_of_field("full_name"), None, "it is the name of a column");
}

#[test]
fn a_column_can_be_asked() {
    assert!(column("name").unique && !column("name").nullable && !column("name").index);
    assert_eq!((column("name").length, column("fullname").length), (Some(30), None));
    assert!(column("fullname").nullable && column("fullname").index);
    assert_eq!((column("fullname").field, column("fullname").name), ("fullname", "full_name"));
    assert!(column("portrait").deferred && column("portrait").nullable);
    assert_eq!((column("portrait").group, column("name").group), (Some("scan"), None));
    assert!(column("visits").default && column("age").default && !column("name").default);
    let id = ColumnMeta::new("id", "id", ColumnType::BigInt);
    assert_eq!(column("id"), &id);
}

#[test]
fn every_type_has_its_kind() {
    let kinds: Vec<_> = AllKinds::META.columns.iter().map(|column| column.kind).collect();
    let expected = [
        ColumnType::SmallInt, // i8
        ColumnType::SmallInt,
        ColumnType::Integer,
        ColumnType::BigInt,
        ColumnType::SmallInt, // u8
        ColumnType::Integer,  // u16
        ColumnType::BigInt,   // u32
        ColumnType::Float,
        ColumnType::Double,
        ColumnType::Bool,
        ColumnType::Text,
        ColumnType::Binary,
        ColumnType::Date,
        ColumnType::Time,
        ColumnType::Timestamp,
        ColumnType::TimestampTz,
        ColumnType::Uuid,
    ];
    assert_eq!(kinds, expected);
    assert_eq!(AllKinds::META.table, "all_kinds");
    assert_eq!((AllKinds::META.key, AllKinds::META.auto_key), (&[0, 1][..], false));
}

#[test]
fn the_builder_fills_in_what_is_not_given() {
    let user = User::builder().name("ada").build();
    assert_eq!((user.id, user.fullname.as_deref()), (Auto::default(), None));
    assert_eq!((user.visits, user.age, user.language.as_str()), (0, 21, "en"));
    assert_eq!(user.portrait.get().unwrap(), &None, "NULL is a known value");
    assert_eq!((user.revision, user.seen), (1, false));
}

#[test]
fn the_builder_takes_what_is_given_in_any_order() {
    let user = User::builder()
        .seen(true)
        .language("de")
        .age(36)
        .maybe_fullname(None)
        .portrait([1, 2])
        .name(String::from("ada"))
        .visits(7)
        .id(5)
        .build();
    assert_eq!((user.id, user.name.as_str()), (Auto::from(5), "ada"));
    assert_eq!((user.visits, user.age, user.language.as_str()), (7, 36, "de"));
    assert_eq!(user.portrait.get().unwrap().as_deref(), Some(&[1, 2][..]));
    assert_eq!((user.fullname, user.seen), (None, true));
    let user = User::builder().name("ada").fullname("Ada").build();
    assert_eq!(user.fullname.as_deref(), Some("Ada"));
}

on_all_databases! {
    // A28: the builder's default is written, and is known without a SELECT.
    fn defaults_are_stored(db: &TestDb) {
        let mut session = db.session_for(schema![User]);
        let ada = session.add(User::builder().name("ada").build());
        session.commit().unwrap();
        assert_sql!(session, "I user_account x1");
        assert_eq!((session[ada].age, session[ada].language.as_str()), (21, "en"));
        assert_eq!(
            db.rows(
                "user_account",
                "id, name, full_name, visits, age, language, portrait, revision"
            ),
            ["1|ada|NULL|0|21|en|NULL|1"]
        );
    }

    fn a_column_with_another_name_is_filtered_and_updated(db: &TestDb) {
        let mut session = db.session_for(schema![User]);
        let ada = session.add(User::builder().name("ada").fullname("Ada").build());
        session.commit().unwrap();
        assert_eq!(session.query::<User>().filter(user::fullname.eq("Ada")).one().unwrap(), ada);
        session.take_log();
        session[ada].fullname = Some("Ada L".to_owned());
        session.commit().unwrap();
        assert_sql!(session, "U user_account[full_name,revision] x1");
    }

    fn all_types_are_made_and_stored_together(db: &TestDb) {
        let mut session = db.session_for(schema![AllKinds]);
        let time: NaiveDateTime = "2024-02-29T12:30:00".parse().unwrap();
        session.add_all((1..=3).map(|a| AllKinds {
            a,
            b: 2,
            c: 3,
            d: 4,
            e: 5,
            f: 6,
            g: 7,
            h: 8.5,
            i: 9.5,
            j: true,
            k: "k".to_owned(),
            l: vec![1],
            m: time.date(),
            n: time.time(),
            o: time,
            p: time.and_utc(),
            z: Uuid::from_u128(1),
        }));
        session.commit().unwrap();
        assert_sql!(session, "I all_kinds x3");
        session.clear();
        let second = session.get_one::<AllKinds>((2, 2)).unwrap();
        let row = &session[second];
        assert_eq!((row.a, row.b, row.c, row.d, row.e, row.f, row.g), (2, 2, 3, 4, 5, 6, 7));
        assert_eq!(
            (row.h, row.i, row.j, row.k.as_str(), &row.l[..]),
            (8.5, 9.5, true, "k", &[1][..])
        );
        assert_eq!(
            (row.m, row.n, row.o, row.p, row.z),
            (time.date(), time.time(), time, time.and_utc(), Uuid::from_u128(1))
        );
    }

    // J07
    fn reserved_words_are_columns_of_a_table_with_a_natural_key(db: &TestDb) {
        let mut session = db.session_for(schema![Reserved]);
        let make = |uid, bar: &str| {
            Reserved::builder().uid(uid).bar(bar).r#type("t").position(uid).build()
        };
        let [first, second] = [make(1, "x"), make(1, "y")].map(|row| session.add(row));
        session.commit().unwrap();
        session.clear();
        session.take_log();
        let found = session.get_one::<Reserved>((1, "x".to_owned())).unwrap();
        assert_ne!(found, first);
        session[found].position = 7;
        session.flush().unwrap();
        assert_sql!(session, "S nopk; U nopk[order] x1");
        session[found].select = Some(true);
        session[found].r#type = "new".to_owned();
        session.commit().unwrap();
        assert_sql!(session, "U nopk[type,select] x1");
        let found = session
            .query::<Reserved>()
            .filter(
                reserved::r#type
                    .eq("new")
                    .and(reserved::position.gt(1))
                    .and(reserved::select.eq(true)),
            )
            .order_by(reserved::position.desc())
            .one()
            .unwrap();
        session.delete(found).unwrap();
        session.commit().unwrap();
        assert_eq!(db.rows("nopk", "uid, bar"), ["1|y"]);
        assert_eq!(session.try_get(second), None);
    }
}
