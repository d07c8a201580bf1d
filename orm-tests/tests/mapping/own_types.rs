//! Types that are stored as another type: newtypes, types with conversions, types of other crates.

use std::net::Ipv4Addr;
use std::time::Duration;

use orm_runtime::prelude::*;
use orm_runtime::{
    column::{BoxError, TypeDecorator},
    metadata::ColumnType,
};
use orm_tests::{TestDb, assert_matches, assert_no_sql, assert_sql, on_all_databases};
use rust_decimal::Decimal;

#[derive(DbType, Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[db_type(try_from)]
pub struct Email(String);

impl TryFrom<String> for Email {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        if text.contains('@') { Ok(Email(text)) } else { Err("an address has an @") }
    }
}

#[derive(DbType, Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UserId(i64);

#[derive(DbType, Debug, Clone, Copy, PartialEq)]
pub struct Money(Decimal);

#[derive(DbType, Debug, Clone, Copy, PartialEq)]
pub struct Weight(f64);

/// A newtype of a newtype.
#[derive(DbType, Debug, Clone, PartialEq)]
pub struct WorkEmail(Email);

/// Two numbers in one string.
#[derive(DbType, Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Point {
    x: i32,
    y: i32,
}

impl TypeDecorator for Point {
    type Value = Self;
    type Stored = String;

    fn to_stored(value: &Self) -> Result<String, BoxError> {
        Ok(format!("{};{}", value.x, value.y))
    }

    fn from_stored(stored: String) -> Result<Self, BoxError> {
        let (x, y) = stored.split_once(';').ok_or("a point has two parts")?;
        Ok(Point { x: x.parse()?, y: y.parse()? })
    }
}

/// One value with its own conversions.
#[derive(DbType, Debug, Clone, Copy, PartialEq)]
#[db_type(decorator)]
pub struct Percent(f64);

impl TypeDecorator for Percent {
    type Value = Self;
    type Stored = i32;

    fn to_stored(value: &Self) -> Result<i32, BoxError> {
        if (0.0..=100.0).contains(&value.0) {
            return Ok((value.0 * 100.0).round() as i32);
        }
        Err("a percentage lies between 0 and 100".into())
    }

    fn from_stored(stored: i32) -> Result<Self, BoxError> {
        Ok(Percent(f64::from(stored) / 100.0))
    }
}

#[derive(DbType, Debug)]
pub struct Millis;

impl TypeDecorator for Millis {
    type Value = Duration;
    type Stored = i64;

    fn to_stored(value: &Duration) -> Result<i64, BoxError> {
        Ok(i64::try_from(value.as_millis())?)
    }

    fn from_stored(stored: i64) -> Result<Duration, BoxError> {
        Ok(Duration::from_millis(u64::try_from(stored)?))
    }
}

#[derive(DbType, Debug)]
pub struct Address;

impl TypeDecorator for Address {
    type Value = Ipv4Addr;
    type Stored = String;

    fn to_stored(value: &Ipv4Addr) -> Result<String, BoxError> {
        Ok(value.to_string())
    }

    fn from_stored(stored: String) -> Result<Ipv4Addr, BoxError> {
        Ok(stored.parse()?)
    }
}

#[derive(Entity, Debug, Clone)]
#[entity(table = "users")]
struct User {
    id: Auto<UserId>,
    #[entity(unique)]
    email: Email,
    work: Option<WorkEmail>,
    #[entity(precision = 12, scale = 2)]
    credit: Money,
    weight: Option<Weight>,
    place: Point,
    done: Percent,
    #[entity(with = Millis)]
    patience: Duration,
    #[entity(with = Address)]
    host: Option<Ipv4Addr>,
}

#[derive(Entity, Debug, Clone)]
struct Visit {
    #[entity(primary_key)]
    user: UserId,
    #[entity(primary_key)]
    place: Point,
    #[entity(primary_key)]
    email: Email,
    count: i32,
}

#[derive(Entity, Debug, Clone)]
struct Login {
    #[entity(primary_key)]
    email: Email,
    #[entity(references = User)]
    user: UserId,
}

fn email(name: &str) -> Email {
    Email(format!("{name}@example.org"))
}

fn user(name: &str) -> User {
    User::builder()
        .email(email(name))
        .credit(Money(Decimal::new(15, 1)))
        .place(Point { x: 1, y: -2 })
        .done(Percent(12.5))
        .patience(Duration::from_millis(1_500))
        .build()
}

#[test]
fn the_kind_of_a_column_is_that_of_what_is_stored() {
    let kinds: Vec<ColumnType> = User::META.columns.iter().map(|column| column.kind).collect();
    use ColumnType::{BigInt, Double, Integer, Text};
    let expected = [BigInt, Text, Text, ColumnType::Decimal, Double, Text, Integer, BigInt, Text];
    assert_eq!(kinds, expected);
}

on_all_databases! {
    fn own_types_are_stored_as_what_they_are_made_of(db: &TestDb) {
        let mut session = db.session_for(schema![User]);
        let mut ada = user("ada");
        ada.work = Some(WorkEmail(email("lovelace")));
        ada.weight = Some(Weight(60.5));
        ada.host = Some(Ipv4Addr::LOCALHOST);
        let ada = session.add(ada);
        session.add(user("grace"));
        session.commit().unwrap();
        assert_eq!(session[ada].id, UserId(1));
        assert_eq!(
            db.rows("users", "id, email, work, credit, place, done, patience, host"),
            [
                "1|ada@example.org|lovelace@example.org|1.50|1;-2|1250|1500|127.0.0.1",
                "2|grace@example.org|NULL|1.50|1;-2|1250|1500|NULL"
            ]
        );
        session.clear();
        let ada = session.get_one::<User>(UserId(1)).unwrap();
        let read = &session[ada];
        assert_eq!(read.work, Some(WorkEmail(email("lovelace"))));
        assert_eq!(read.credit.0.to_string(), "1.50");
        assert_eq!((read.place, read.done), (Point { x: 1, y: -2 }, Percent(12.5)));
        assert_eq!((read.patience, read.host), (Duration::from_millis(1_500), Some(Ipv4Addr::LOCALHOST)));
    }

    fn own_types_stand_in_conditions_and_selections(db: &TestDb) {
        let mut session = db.session_for(schema![User, Login]);
        let users = session.add_all(["ada", "bob", "eve"].map(user));
        session[users[1]].patience = Duration::from_secs(60);
        session[users[2]].host = Some(Ipv4Addr::BROADCAST);
        session.flush().unwrap();
        session.add(Login { email: email("bob"), user: UserId(2) });
        session.commit().unwrap();
        let found = session.query::<User>().filter(user::email.eq(email("bob"))).one().unwrap();
        assert_eq!(found, users[1]);
        let found = session.query::<User>().filter(user::id.eq_any([UserId(3), UserId(1)]));
        assert_eq!(found.order_by(user::id.desc()).all().unwrap(), [users[2], users[0]]);
        let found = session.query::<User>().filter(user::id.in_list((1..3).map(UserId)));
        assert_eq!(found.count().unwrap(), 2);
        let patient =
            session.query::<User>().filter(user::patience.gt(val(Duration::from_secs(2))));
        assert_eq!(patient.all().unwrap(), [users[1]]);
        let host = session.query::<User>().filter(user::host.eq(val(Ipv4Addr::BROADCAST)));
        assert_eq!(host.all().unwrap(), [users[2]]);
        let at = session.query::<User>().filter(user::place.eq(Point { x: 1, y: -2 }));
        assert_eq!(at.count().unwrap(), 3);
        let rows: Vec<(UserId, Email, Option<WorkEmail>)> = session
            .query::<User>()
            .filter(user::id.eq(UserId(1)))
            .select((user::id, user::email, user::work))
            .load()
            .unwrap();
        assert_eq!(rows, [(UserId(1), email("ada"), None)]);
        let total: Option<Decimal> = session
            .query::<User>()
            .select(orm_runtime::decimal::sum(user::credit))
            .one()
            .unwrap();
        assert_eq!(total, Some(Decimal::new(450, 2)));
        // Columns of the same custom type can be compared, even those of two tables.
        use diesel::{QueryDsl, JoinOnDsl};
        let joined = session
            .load_query::<User>(
                user::table
                    .inner_join(login::table.on(login::user.eq(user::id)))
                    .select(user::all_columns),
            )
            .unwrap();
        assert_eq!(joined, [users[1]]);
    }

    fn own_types_are_keys(db: &TestDb) {
        let mut session = db.session_for(schema![User, Visit, Login]);
        let users = session.add_all(["ada", "bob"].map(user));
        session.flush().unwrap();
        let ids: Vec<UserId> = users.iter().filter_map(|&user| session[user].id.get()).collect();
        let visits = session.add_all(ids.iter().map(|&user| {
            Visit { user, place: Point { x: 0, y: 0 }, email: email("a"), count: 1 }
        }));
        session.add(Login { email: email("a"), user: ids[0] });
        session.commit().unwrap();
        session.take_log();
        for &visit in &visits {
            session[visit].count += 1;
        }
        session.commit().unwrap();
        assert_sql!(session, "U visit[count] x2");
        let key = (ids[1], Point { x: 0, y: 0 }, email("a"));
        session.clear();
        let visit = session.get_one::<Visit>(key.clone()).unwrap();
        session.take_log();
        assert_eq!(session.get::<Visit>(key).unwrap(), Some(visit));
        assert_no_sql!(session);
        session[visit].place = Point { x: 9, y: 9 };
        session.commit().unwrap();
        assert_sql!(session, "U visit[place] x1");
        let logins = session.get_many::<Login>([email("a"), email("b")]).unwrap();
        assert!(logins[0].is_some() && logins[1].is_none());
        let login = logins[0].unwrap();
        session[login].email = email("c");
        session.commit().unwrap();
        assert_eq!(db.rows("login", "email"), ["c@example.org"]);
    }

    fn keys_of_a_newtype_trade_places(db: &TestDb) {
        let mut session = db.session_for(schema![User, Login]);
        session.add(user("ada"));
        session.flush().unwrap();
        let [a, b] = ["a", "b"].map(|name| session.add(Login { email: email(name), user: UserId(1) }));
        session.commit().unwrap();
        session[a].email = email("b");
        session[b].email = email("a");
        session.commit().unwrap();
        assert_eq!(session.get::<Login>(email("a")).unwrap(), Some(b));
        assert_eq!(db.count("login"), 2);
    }

    fn a_value_that_a_type_refuses_names_row_and_column(db: &TestDb) {
        let mut session = db.session_for(schema![User]);
        session.add_all(["ada", "bob"].map(user));
        session.commit().unwrap();
        session.clear();
        for (change, column, reason) in [
            ("email = 'nothing'", "email", "an address has an @"),
            ("place = '17'", "place", "a point has two parts"),
            ("patience = -1", "patience", ""),
        ] {
            db.execute(&format!("UPDATE users SET {change} WHERE id = 2"));
            let error = session.query::<User>().order_by(user::id.asc()).all().unwrap_err();
            assert_matches!(&error, Error::Decode { entity: "User", key, column: found, .. }
                if key.as_deref() == Some("UserId(2)") && found == column);
            assert!(error.to_string().contains(reason), "{error}");
            session.rollback().unwrap();
            session.clear();
            db.execute("UPDATE users SET email = 'b@c', place = '1;1', patience = 1 WHERE id = 2");
        }
    }

    fn a_value_that_cannot_be_stored_fails_the_flush(db: &TestDb) {
        let mut session = db.session_for(schema![User]);
        let ada = session.add(user("ada"));
        session[ada].done = Percent(101.0);
        session.add(user("bob"));
        let error = session.commit().unwrap_err();
        assert_matches!(&error, Error::Encode { entity: "User", key: None, column: "done", .. });
        assert!(error.to_string().contains("between 0 and 100"), "{error}");
        session[ada].done = Percent(100.0);
        session[ada].credit = Money(Decimal::new(1_234, 3));
        let error = session.commit().unwrap_err();
        assert_matches!(&error, Error::Invalid(_));
        assert!(error.to_string().contains("credit"), "{error}");
        session[ada].credit = Money(Decimal::new(1_230, 3));
        session.commit().unwrap();
        session[ada].done = Percent(-1.0);
        let error = session.commit().unwrap_err();
        assert_matches!(&error, Error::Encode { key, column: "done", .. }
            if key.as_deref() == Some("UserId(1)"));
        session.rollback().unwrap();
        assert_eq!(db.rows("users", "id, done, credit"), ["1|10000|1.23", "2|1250|1.50"]);
    }
}
