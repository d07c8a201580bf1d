//! Reads without BEGIN and COMMIT.

use orm_runtime::prelude::*;
use orm_runtime::transaction::{Isolation, Reads};
use orm_runtime::{SessionFactory, SessionOptions};
use orm_tests::{TestDb, assert_matches, assert_sql, on_all_databases};

use crate::people::{User, execute, people, person, user};

#[derive(Entity, Debug, Clone)]
#[entity(table = "owners")]
struct Owner {
    id: Auto<i64>,
    #[entity(length = 40)]
    name: String,
    pets: HasMany<Pet>,
}

#[derive(Entity, Debug, Clone)]
#[entity(table = "pets")]
struct Pet {
    id: Auto<i64>,
    #[entity(length = 40)]
    name: String,
    #[entity(on_delete = cascade)]
    owner: Option<ForeignKey<Owner>>,
}

fn options() -> SessionOptions {
    SessionOptions { reads: Reads::Autocommit, ..SessionOptions::default() }
}

fn control(session: &mut Session, work: impl FnOnce(&mut Session)) -> u64 {
    let before = session.transaction_statements();
    work(session);
    session.transaction_statements() - before
}

on_all_databases! {
    fn a_session_that_only_reads_begins_no_transaction(db: &TestDb) {
        drop(people(db));
        let mut session = db.session_with(options());
        let sent = control(&mut session, |session| {
            let jack = session.get_one::<User>(7).unwrap();
            assert_eq!(session[jack].name, "jack");
            assert_eq!(session.query::<User>().all().unwrap().len(), 4);
            assert_eq!(session.query::<User>().count().unwrap(), 4);
            let names: Vec<String> = session.query::<User>().select(user::name).load().unwrap();
            assert_eq!(names.len(), 4);
            assert_eq!(session.query::<User>().stream().unwrap().count(), 4);
            session.refresh(&[jack]).unwrap();
            assert!(!session.in_transaction());
            session.commit().unwrap();
            session.rollback().unwrap();
            session.release().unwrap();
        });
        assert_eq!(sent, 0);
        drop(session);
        // As many as with a transaction, without BEGIN and ROLLBACK.
        let mut session = db.session();
        let sent = control(&mut session, |session| {
            session.query::<User>().all().unwrap();
            session.release().unwrap();
        });
        assert_eq!(sent, 2);
    }

    fn no_lock_and_no_snapshot_stays(db: &TestDb) {
        drop(people(db));
        let mut session = db.session_with(options());
        assert_eq!(session.query::<User>().count().unwrap(), 4);
        db.execute("INSERT INTO users (name, age) VALUES ('new', 1)");
        assert_eq!(session.query::<User>().count().unwrap(), 5, "each SELECT sees the rows of now");
        // Whoever changes the table does not wait.
        db.execute("DROP TABLE addresses");
    }

    fn the_first_write_begins_the_transaction(db: &TestDb) {
        drop(people(db));
        let mut session = db.session_with(options());
        let sent = control(&mut session, |session| {
            let jack = session.get_one::<User>(7).unwrap();
            session[jack].age = 48;
            session.flush().unwrap();
            assert!(session.in_transaction());
            assert_eq!(session.query::<User>().filter(user::age.eq(48)).count().unwrap(), 1);
            assert_eq!(db.rows("users WHERE age = 48", "id").len(), 0);
            session.commit().unwrap();
        });
        assert_eq!(sent, 2, "BEGIN and COMMIT");
        assert_eq!(db.rows("users WHERE age = 48", "id"), ["7"]);
        assert!(!session.in_transaction());
        session.get_one::<User>(8).unwrap();
        assert!(!session.in_transaction(), "the next read is alone again");
    }

    fn a_transaction_that_is_asked_for_is_one(db: &TestDb) {
        drop(people(db));
        let mut session = db.session_with(options());
        let inside = session.transaction(|session| {
            session.query::<User>().count()?;
            Ok(session.in_transaction())
        });
        assert!(inside.unwrap());
        session.begin().unwrap();
        assert!(session.in_transaction());
        session.rollback().unwrap();
        session.query::<User>().filter(user::id.eq(7)).lock(Lock::Update).one().unwrap();
        assert!(session.in_transaction(), "a lock needs one");
        session.rollback().unwrap();
        execute(&mut session, "UPDATE users SET age = 1");
        assert!(session.in_transaction(), "so does a statement that writes");
        session.rollback().unwrap();
        session.configure(|options| options.transaction = Isolation::Serializable.into()).unwrap();
        session.query::<User>().count().unwrap();
        assert!(session.in_transaction(), "the options belong to transactions");
    }

    // What was read outside of the transaction does not decide what is deleted in it.
    fn facts_of_before_the_transaction_decide_no_write(db: &TestDb) {
        let mut session = db.session_for(schema![Owner, Pet]);
        let pets = ["rex", "tom"].map(|name| Pet::builder().name(name).build());
        session.add(Owner::builder().name("ada").pets(pets).build());
        session.commit().unwrap();
        drop(session);

        let mut session = db.session_with(options());
        let ada = session.query::<Owner>().eager(owner::pets).one().unwrap();
        assert_eq!(session[ada].pets.len(&session).unwrap(), 2);
        db.execute("INSERT INTO pets (name, owner_id) VALUES ('new', 1)");
        session.take_log();
        session.delete(ada).unwrap();
        session.commit().unwrap();
        assert_sql!(session, "S pets; D pets x3; D owners x1");
        assert_eq!(db.count("pets"), 0);
    }

    fn what_a_collection_lacks_is_read_in_the_transaction(db: &TestDb) {
        let mut session = db.session_for(schema![Owner, Pet]);
        let pets = ["rex", "tom"].map(|name| Pet::builder().name(name).build());
        session.add(Owner::builder().name("ada").pets(pets).build());
        session.commit().unwrap();
        drop(session);

        let mut session = db.session_with(options());
        let ada = session.query::<Owner>().eager(owner::pets).one().unwrap();
        let rex = session.query::<Pet>().filter(pet::name.eq("rex")).one().unwrap();
        assert!(!session.in_transaction());
        db.execute("INSERT INTO pets (name, owner_id) VALUES ('new', 1)");
        session.replace(ada, owner::pets, &[rex]).unwrap();
        assert!(session.in_transaction());
        session.commit().unwrap();
        assert_eq!(db.rows("pets WHERE owner_id = 1", "name"), ["rex"]);
    }

    fn a_rollback_restores_objects_that_were_read_before_it_began(db: &TestDb) {
        drop(people(db));
        let mut session = db.session_with(options());
        let jack = session.get_one::<User>(7).unwrap();
        session[jack].age = 1;
        session.add(person("bob", 1));
        session.flush().unwrap();
        session.rollback().unwrap();
        assert_eq!(session[jack].age, 47);
        session[jack].age = 2;
        session.commit().unwrap();
        assert_eq!(db.rows("users WHERE id = 7", "age"), ["2"]);
    }

    fn a_read_that_fails_leaves_the_session_usable(db: &TestDb) {
        drop(people(db));
        let mut session = db.session_with(options());
        db.execute("ALTER TABLE users RENAME TO hidden");
        assert_matches!(session.query::<User>().count(), Err(Error::Database(_)));
        db.execute("ALTER TABLE hidden RENAME TO users");
        assert_eq!(session.query::<User>().count().unwrap(), 4);
        session.add(person("bob", 1));
        session.commit().unwrap();
        assert_eq!(db.count("users"), 5);
    }

    fn the_sessions_of_a_factory_read_alone(db: &TestDb) {
        drop(people(db));
        let sessions: SessionFactory = db.sessions(|pool| pool.session = options());
        let mut session = sessions.session().unwrap();
        let sent = control(&mut session, |session| {
            session.expect_statements(1, |session| session.query::<User>().count()).unwrap();
        });
        assert_eq!(sent, 0);
    }
}
