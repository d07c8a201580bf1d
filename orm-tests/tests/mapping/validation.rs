//! Validation: an object that may not be written stops the flush before its first statement.

use orm_runtime::ObjectState;
use orm_runtime::prelude::*;
use orm_tests::{TestDb, assert_matches, assert_no_sql, assert_sql, on_all_databases};

#[derive(Entity, Debug)]
#[entity(table = "accounts", hooks)]
struct Account {
    id: Auto<i64>,
    email: String,
    owner: String,
    #[entity(default)]
    balance: i32,
}

impl Hooks for Account {
    fn before_insert(&mut self) {
        self.email.retain(|c| c != ' ');
    }

    fn validate(&self) -> Result<(), ValidationError> {
        match (self.email.contains('@'), self.owner.is_empty(), self.balance) {
            (false, true, _) => {
                Err(ValidationError::new("email", "has no @").and("owner", "is empty"))
            }
            (false, ..) => Err(ValidationError::new("email", "has no @")),
            (_, true, _) => Err(ValidationError::new("owner", "is empty")),
            (.., ..0) => Err(ValidationError::new("balance", format!("is below {}", 0))),
            _ => Ok(()),
        }
    }
}

#[derive(Entity, Debug)]
#[entity(table = "banks")]
struct Bank {
    #[entity(primary_key)]
    name: String,
}

fn account(email: &str, owner: &str) -> Account {
    Account::builder().email(email).owner(owner).build()
}

fn session_for(db: &TestDb) -> Session {
    db.session_for(schema![Bank, Account])
}

/// Returns the message of an error that refuses an object.
fn refused<T>(result: Result<T>) -> String {
    match result {
        Err(error @ Error::Invalid(_)) => error.to_string(),
        Err(other) => panic!("another error: {other}"),
        Ok(_) => panic!("it is not refused"),
    }
}

on_all_databases! {
    fn an_invalid_object_stops_the_flush_before_its_first_statement(db: &TestDb) {
        let mut session = session_for(db);
        let bank = session.add(Bank { name: "n".to_owned() });
        let good = session.add(account("ada @example.org", "ada"));
        let bad = session.add(account("bob", ""));
        let error = session.flush().unwrap_err();
        assert_eq!(
            error.to_string(),
            "Account (new) is not valid: email has no @, owner is empty"
        );
        assert_no_sql!(session);
        assert!(!session.in_transaction());
        let Error::Invalid(refused) = error else { panic!("another error") };
        assert_eq!((refused.entity, &refused.key), ("Account", &None));
        assert_eq!(refused.handle::<Account>(), Some(bad));
        assert_eq!(refused.handle::<Bank>(), None);
        let fields: Vec<_> = refused.error.field_errors().iter().map(|p| &*p.field).collect();
        assert_eq!(fields, ["email", "owner"]);
        assert_eq!(session.state(bank), ObjectState::Pending);
        for account in [good, bad] {
            assert_eq!((session.state(account), session.key(account)), (ObjectState::Pending, None));
        }
        // The changes of the hook stay, like every edit.
        assert_eq!(session[good].email, "ada@example.org");
        session[bad].email = "bob@example.org".to_owned();
        session[bad].owner = "bob".to_owned();
        session.commit().unwrap();
        assert_sql!(session, "I banks x1; I accounts x2");
        assert_eq!(db.rows("accounts", "id, email"), ["1|ada@example.org", "2|bob@example.org"]);
    }

    fn an_invalid_change_names_the_key(db: &TestDb) {
        let mut session = session_for(db);
        let [ada, bob] =
            ["ada", "bob"].map(|name| session.add(account(&format!("{name}@example.org"), name)));
        session.commit().unwrap();
        session.take_log();
        session[ada].balance = 5;
        session[bob].balance = -1;
        assert_eq!(refused(session.commit()), "Account 2 is not valid: balance is below 0");
        assert_no_sql!(session);
        assert_eq!((session[ada].balance, session[bob].balance), (5, -1));
        assert!(session.is_dirty(ada) && session.is_dirty(bob));
        session[bob].balance = 1;
        session.commit().unwrap();
        assert_sql!(session, "U accounts[balance] x2");
        assert_eq!(db.rows("accounts", "id, balance"), ["1|5", "2|1"]);
    }

    fn only_what_is_inserted_or_updated_is_judged(db: &TestDb) {
        let mut session = session_for(db);
        db.execute("INSERT INTO accounts (email, owner, balance) VALUES ('', '', 0), ('', '', 0)");
        let mut all = session.query::<Account>().order_by(account::id.asc()).all().unwrap();
        let [kept, deleted] = [all.remove(0), all.remove(0)];
        session[kept].balance = 0;
        session[deleted].balance = -7;
        session.delete(deleted).unwrap();
        let not_added = session.add(account("", ""));
        session.delete(not_added).unwrap();
        session.commit().unwrap();
        assert_eq!(db.count("accounts"), 1);
        session[kept].balance = 1;
        assert_eq!(
            refused(session.commit()),
            "Account 1 is not valid: email has no @, owner is empty"
        );
    }

    fn a_query_that_flushes_first_says_so(db: &TestDb) {
        let mut session = session_for(db);
        session.add(account("bob", "bob"));
        assert_eq!(
            refused(session.query::<Bank>().all()),
            "Account (new) is not valid: email has no @ (a query flushed the pending changes first)"
        );
        assert_no_sql!(session);
    }

    fn a_refused_object_undoes_the_scope_it_is_flushed_in(db: &TestDb) {
        let mut session = session_for(db);
        let kept = session.add(account("ada@example.org", "ada"));
        let inner = session.savepoint(|session| {
            session.add(Bank { name: "inside".to_owned() });
            session.flush()?;
            session[kept].owner.clear();
            Ok(())
        });
        assert_eq!(refused(inner), "Account 1 is not valid: owner is empty");
        assert_eq!(session[kept].owner, "ada");
        session.commit().unwrap();
        assert_eq!(db.count("banks"), 0);
        assert_eq!(db.rows("accounts", "owner"), ["ada"]);
    }

    fn a_bulk_insert_refuses_before_the_chunk_is_sent(db: &TestDb) {
        let mut session = session_for(db);
        let rows = [account("ada@example.org", "ada"), account("bob", "bob")];
        assert_eq!(
            refused(session.bulk_insert(rows)),
            "Account (row 2) is not valid: email has no @"
        );
        assert_no_sql!(session);
        let named = Account::builder().id(7).email("cy").owner("cy").build();
        let error = session.bulk_upsert([named]).run().unwrap_err();
        assert_eq!(error.to_string(), "Account 7 (row 1) is not valid: email has no @");
        assert_matches!(error, Error::Invalid(row) if row.handle::<Account>().is_none());
        session.bulk_insert([account("ada@example.org", "ada")]).unwrap();
        session.commit().unwrap();
        assert_eq!(db.count("accounts"), 1);
    }
}
