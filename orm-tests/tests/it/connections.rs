//! Sessions on connections that the program opens.

mod blocks;
mod cancelled;
mod open_streams;
mod options;
mod outer;
mod parts;
mod pooling;
mod reads;

use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Mutex};

use diesel::r2d2::{ConnectionManager, Pool};
use diesel::{Connection, RunQueryDsl, SqliteConnection};
use orm_runtime::prelude::*;
use orm_runtime::{SessionOptions, connection::AnyConnection};
use orm_tests::{TestDb, assert_matches, on_all_databases, on_one_database};

use crate::people::{User, all, names, number, people, person, user};

/// Opens a Diesel connection to the database, without a session.
fn connect(db: &TestDb) -> AnyConnection {
    match db.dialect() {
        Dialect::Sqlite => SqliteConnection::establish(&path(db)).unwrap().into(),
        #[cfg(feature = "servers")]
        Dialect::Postgres => diesel::PgConnection::establish(db.url()).unwrap().into(),
        #[cfg(feature = "servers")]
        Dialect::Mysql => diesel::MysqlConnection::establish(db.url()).unwrap().into(),
        #[cfg(not(feature = "servers"))]
        other => panic!("{other:?} needs the feature `servers`"),
        _ => unreachable!("a database without tests"),
    }
}

fn path(db: &TestDb) -> String {
    db.file().unwrap().display().to_string()
}

/// A connection that returns to its owner.
struct Lent {
    connection: Option<SqliteConnection>,
    owner: Arc<Mutex<Option<SqliteConnection>>>,
}

impl Lent {
    fn by(owner: &Arc<Mutex<Option<SqliteConnection>>>) -> AnyConnection {
        let connection = owner.lock().unwrap().take();
        AnyConnection::sqlite(Lent { connection, owner: Arc::clone(owner) })
    }
}

impl Deref for Lent {
    type Target = SqliteConnection;
    fn deref(&self) -> &SqliteConnection {
        self.connection.as_ref().unwrap()
    }
}

impl DerefMut for Lent {
    fn deref_mut(&mut self) -> &mut SqliteConnection {
        self.connection.as_mut().unwrap()
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        *self.owner.lock().unwrap() = self.connection.take();
    }
}

on_all_databases! {
    fn a_session_runs_on_a_connection_of_ones_own(db: &TestDb) {
        drop(people(db));
        let mut session = Session::new(connect(db));
        assert_eq!(session.dialect(), db.dialect());
        session.add(person("bob", 1));
        session.commit().unwrap();
        assert_eq!(db.count("users"), 5);
        let options = SessionOptions { autoflush: false, ..SessionOptions::default() };
        let mut session = Session::with_options(connect(db), options);
        session.add(person("cy", 1));
        assert_eq!(session.query::<User>().count().unwrap(), 5);
    }

    fn a_session_can_get_another_connection(db: &TestDb) {
        drop(people(db));
        let mut session = Session::new(connect(db));
        let [jack, ..] = all(&mut session);
        session[jack].age = 1;
        session.flush().unwrap();
        session[jack].fullname = None;
        assert_matches!(session.reconnect(), Err(Error::Configuration(_)));
        session.reconnect_with(connect(db));
        assert!(!session.in_transaction());
        assert_eq!(db.rows("users", "id, fullname, age")[0], "7|Jack Bean|47");
        session.commit().unwrap();
        assert_eq!(db.rows("users", "id, fullname, age")[0], "7|NULL|1", "all edits are kept");
    }

    fn the_connection_of_a_session_is_in_its_transaction(db: &TestDb) {
        let mut session = people(db);
        let many = "SELECT count(*) AS value FROM users";
        session.add(person("bob", 1));
        session.flush().unwrap();
        assert_eq!(number(&mut session, many), 5);
        assert_eq!(db.count("users"), 4);
        session.rollback().unwrap();
        assert_eq!(number(&mut session, many), 4);
        assert!(session.in_transaction(), "access to it begins one");
    }

    fn a_connection_of_another_kind_is_refused(db: &TestDb) {
        #[derive(Debug)]
        enum Asked {
            Right,
            Wrong(Error),
        }
        fn ask<C: Connection + 'static>(session: &mut Session) -> Asked {
            match session.connection::<C>() {
                Ok(_) => Asked::Right,
                Err(error) => Asked::Wrong(error),
            }
        }
        let mut session = people(db);
        let mut asked = vec![(Dialect::Sqlite, ask::<SqliteConnection>(&mut session))];
        #[cfg(feature = "servers")]
        {
            asked.push((Dialect::Postgres, ask::<diesel::PgConnection>(&mut session)));
            asked.push((Dialect::Mysql, ask::<diesel::MysqlConnection>(&mut session)));
        }
        for (dialect, asked) in asked.drain(..) {
            match asked {
                Asked::Right => assert_eq!(dialect, db.dialect()),
                Asked::Wrong(error) => {
                    assert_ne!(dialect, db.dialect());
                    assert_matches!(&error, Error::Configuration(_));
                    assert!(error.to_string().contains(&format!("{:?}", db.dialect())), "{error}");
                }
            }
        }
        assert_eq!(session.query::<User>().count().unwrap(), 4);
    }

    fn a_handle_of_another_session_leads_nowhere(db: &TestDb) {
        let mut first = people(db);
        let mut second = db.session();
        let jack = first.get_one::<User>(7).unwrap();
        let other = second.get_one::<User>(7).unwrap();
        assert!(second.try_get(jack).is_none());
        assert_matches!(second.delete(jack), Err(Error::InvalidHandle { entity: "User", .. }));
        assert_matches!(second.refresh(&[other, jack]), Err(Error::InvalidHandle { .. }));
        assert_eq!(names(&second, &[other]), ["jack"]);
    }
}

on_one_database! {
    Sqlite;
    fn boxed_and_pooled_connections_serve_as_well(db: &TestDb) {
        drop(people(db));
        let boxed = Box::new(SqliteConnection::establish(&path(db)).unwrap());
        assert_eq!(Session::new(boxed).query::<User>().count().unwrap(), 4);

        let pool = Pool::builder()
            .max_size(1)
            .build(ConnectionManager::<SqliteConnection>::new(path(db)))
            .unwrap();
        let mut session = Session::new(pool.get().unwrap());
        session.add(person("bob", 1));
        session.flush().unwrap();
        drop(session);
        let mut session = Session::new(pool.get().unwrap());
        assert_eq!(session.query::<User>().count().unwrap(), 4, "it was rolled back");
    }

    fn a_connection_goes_back_to_its_owner_without_a_transaction(db: &TestDb) {
        drop(people(db));
        let owner = Arc::new(Mutex::new(Some(SqliteConnection::establish(&path(db)).unwrap())));
        let mut session = Session::new(Lent::by(&owner));
        session.add(person("bob", 1));
        session.commit().unwrap();
        session.add(person("cy", 1));
        session.flush().unwrap();
        drop(session);
        let mut connection = owner.lock().unwrap().take().unwrap();
        let deleted = connection.transaction(|c| diesel::sql_query("DELETE FROM users").execute(c));
        assert_eq!(deleted.unwrap(), 5);
        assert_eq!(db.count("users"), 0);
    }

    fn a_session_joins_the_transaction_of_a_test(db: &TestDb) {
        drop(people(db));
        let mut connection = SqliteConnection::establish(&path(db)).unwrap();
        connection.begin_test_transaction().unwrap();
        let owner = Arc::new(Mutex::new(Some(connection)));

        let mut session = Session::new(Lent::by(&owner));
        let [jack, ..] = all(&mut session);
        session[jack].age = 1;
        session.commit().unwrap();
        session[jack].age = 2;
        session.flush().unwrap();
        session.rollback().unwrap();
        assert_eq!(session[jack].age, 1, "it has the committed value again");
        session.add(person("bob", 1));
        session.commit().unwrap();
        session.add(person("cy", 1));
        session.flush().unwrap();
        drop(session);

        let mut session = Session::new(Lent::by(&owner));
        assert_eq!(session.query::<User>().count().unwrap(), 5, "the next session sees the commits");
        let jack = session.get_one::<User>(7).unwrap();
        assert_eq!(session[jack].age, 1);
        let taken = session.savepoint(|session| {
            session.add(person("ed", 1));
            session.flush()
        });
        assert_matches!(taken, Err(Error::Constraint(_)));
        let counted = session.transaction(|session| session.query::<User>().count()).unwrap();
        assert_eq!(counted, 5);
        session.add(person("ed", 1));
        assert_matches!(session.commit(), Err(Error::Constraint(_)));
        drop(session);

        drop(owner.lock().unwrap().take());
        assert_eq!(db.count("users"), 4, "nothing of the test is stored");
        assert_eq!(db.rows("users", "id, age")[0], "7|47");
    }

    fn a_diesel_connection_stays_as_it_is(db: &TestDb) {
        let pragma = "SELECT foreign_keys AS value FROM pragma_foreign_keys";
        let mut connection = connect(db);
        SessionOptions::default().prepare(&mut connection).unwrap();
        assert_eq!(number(&mut Session::new(connection), pragma), 1);
        let options = SessionOptions { foreign_keys: false, ..SessionOptions::default() };
        let mut connection = connect(db);
        options.prepare(&mut connection).unwrap();
        assert_eq!(number(&mut Session::new(connection), pragma), 0);
    }
}

#[test]
fn a_connection_and_a_session_do_not_show_where_they_lead() {
    let db = TestDb::create(Dialect::Sqlite).unwrap();
    drop(people(&db));
    let connection = connect(&db);
    assert_eq!(format!("{connection:?}"), "AnyConnection(SQLite)");
    let mut session = Session::new(connection);
    session.query::<User>().filter(user::age.gt(1)).all().unwrap();
    let shown = format!("{session:?}");
    assert!(shown.contains("\"User\": 4") && !shown.contains("jack"), "{shown}");
}
