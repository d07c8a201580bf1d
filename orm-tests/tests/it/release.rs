//! Transactions that have only read, which are ended by `release` and by every call that reads the
//! schema.

use orm_runtime::prelude::*;
use orm_runtime::{ObjectState, SessionOptions};
use orm_tests::{TestDb, assert_matches, assert_sql, on_all_databases};

use crate::people::{User, execute, people, person, user};

/// The same table with one more column.
#[derive(Entity, Debug, Clone)]
#[entity(table = "users")]
struct Grown {
    id: Auto<i64>,
    #[entity(unique, length = 40)]
    name: String,
    fullname: Option<String>,
    age: i32,
    portrait: Deferred<Option<Vec<u8>>>,
    nick: Option<String>,
}

on_all_databases! {
    fn a_transaction_that_has_read_is_ended(db: &TestDb) {
        let mut session = people(db);
        let ed = session.query::<User>().filter(user::name.eq("ed")).one().unwrap();
        assert!(session.in_transaction());
        session[ed].age = 50;
        let new = session.add(person("bob", 1));
        session.take_log();
        session.release().unwrap();
        assert!(!session.in_transaction());
        assert!(session.is_stale(ed), "as after a commit");
        assert_sql!(session, "");
        session.release().unwrap();

        // The change is still pending.
        assert_eq!(session[ed].age, 50);
        assert_eq!(session.state(new), ObjectState::Pending);
        session.commit().unwrap();
        assert_eq!(db.count("users"), 5);
        assert_eq!(db.rows("users WHERE name = 'ed'", "name, age"), ["ed|50"]);
    }

    fn a_transaction_that_has_written_is_not(db: &TestDb) {
        let mut session = people(db);
        session.add(person("bob", 1));
        session.flush().unwrap();
        let error = session.release().unwrap_err();
        assert_matches!(&error, Error::Configuration(_));
        assert!(error.to_string().contains("commit() or rollback()"), "{error}");
        assert!(session.in_transaction());
        session.commit().unwrap();
        assert_eq!(db.count("users"), 5);

        execute(&mut session, "DELETE FROM users WHERE name = 'bob'");
        assert_matches!(session.release(), Err(Error::Configuration(_)));
        session.rollback().unwrap();
        let inside: Result<()> = session.savepoint(|session| session.release());
        assert_matches!(inside, Err(Error::Configuration(_)));
    }

    fn looking_at_the_schema_leaves_no_transaction(db: &TestDb) {
        let mut session = people(db);
        assert_eq!(schema![User].verify(&mut session).unwrap(), []);
        assert!(!session.in_transaction());
        assert!(schema![User].diff(&mut session).unwrap().is_empty());
        assert!(!session.in_transaction());
        session.query::<User>().count().unwrap();
        assert_eq!(schema![User].verify(&mut session).unwrap(), []);
        assert!(!session.in_transaction(), "a transaction that has only read is ended first");
        session.add(person("bob", 1));
        session.flush().unwrap();
        assert_eq!(schema![User].verify(&mut session).unwrap(), []);
        assert!(session.in_transaction(), "a transaction that has written is not");
        session.rollback().unwrap();
    }

    fn a_schema_is_compared_with_the_database_of_now(db: &TestDb) {
        let mut session = people(db);
        // On MySQL even a reader blocks a change of the table.
        if db.dialect() != Dialect::Mysql {
            session.query::<User>().count().unwrap();
        }
        db.execute("CREATE INDEX by_age ON users (age)");
        let found = schema![User].verify(&mut session).unwrap();
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].to_string().contains("(age)"), "{}", found[0]);
        // The steps of a diff run in a separate transaction.
        session.query::<User>().count().unwrap();
        db.execute("UPDATE users SET age = 1 WHERE name = 'ed'");
        schema![Grown].diff(&mut session).unwrap().apply_with_data_loss(&mut session).unwrap();
        assert_eq!(db.count("users"), 4);
    }
}

#[cfg(feature = "servers")]
#[test]
fn a_statement_of_the_schema_says_who_holds_the_lock() {
    for dialect in [Dialect::Postgres, Dialect::Mysql] {
        TestDb::with(dialect, |db| {
            let mut reader = people(db);
            reader.query::<User>().count().unwrap();
            let options = SessionOptions { ddl_lock_timeout_ms: 300, ..SessionOptions::default() };
            let mut session = db.session_with(options);
            let error = schema![User].drop_all(&mut session).unwrap_err();
            let text = error.to_string();
            assert_matches!(&error, Error::Conflict(_));
            assert!(text.contains("locks are held by"), "{text}");
            assert!(text.contains("idle in transaction, its transaction began"), "{text}");
            if db.dialect() == Dialect::Postgres {
                assert!(text.contains("on users"), "{text}");
            }
            assert!(!session.in_transaction());
            assert_eq!(db.count("users"), 4);
            reader.release().unwrap();
            schema![User].drop_all(&mut session).unwrap();
        });
    }
}
