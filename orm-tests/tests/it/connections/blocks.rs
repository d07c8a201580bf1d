//! Options that change after the session was created: for good, or for a block.

use orm_runtime::SessionOptions;
use orm_runtime::prelude::*;
use orm_runtime::transaction::Lazy;
use orm_tests::{TestDb, assert_matches, on_all_databases};

use crate::people::{User, people, person};

on_all_databases! {
    fn a_block_has_its_own_options(db: &TestDb) {
        let mut session = people(db);
        session.add(person("bob", 1));
        let stored = session.without_autoflush(|session| session.query::<User>().count());
        assert_eq!(stored.unwrap(), 4);
        let inside: Result<Lazy> = session.configured(
            |options| (options.lazy, options.autoflush) = (Lazy::Raise, false),
            |session| {
                assert_eq!(session.query::<User>().count()?, 4);
                session.configured(
                    |options| options.expire_on_commit = false,
                    |session| {
                        assert!(!session.options().autoflush, "it adds to those around it");
                        Ok(session.options().lazy)
                    },
                )
            },
        );
        assert_eq!(inside.unwrap(), Lazy::Raise);
        assert_eq!(*session.options(), SessionOptions::default());
        assert_eq!(session.query::<User>().count().unwrap(), 5);
    }

    fn options_come_back_after_an_error_and_a_panic(db: &TestDb) {
        let mut session = people(db);
        let failed: Result<()> = session.configured(
            |options| options.autoflush = false,
            |_| Err(Error::Configuration("changed my mind".to_owned())),
        );
        failed.unwrap_err();
        assert_eq!(*session.options(), SessionOptions::default());
        let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            session.without_autoflush(|_| std::panic::resume_unwind(Box::new("a panic")))
        }));
        let panicked: Result<(), _> = panicked;
        panicked.unwrap_err();
        assert_eq!(*session.options(), SessionOptions::default());
    }

    fn options_of_the_connection_cannot_change(db: &TestDb) {
        let mut session = people(db);
        let refused = session.configure(|options| options.foreign_keys = false);
        assert_matches!(refused, Err(Error::Configuration(text)) if text.contains("foreign_keys"));
        assert_eq!(*session.options(), SessionOptions::default());
        session.configure(|options| options.autoflush = false).unwrap();
        session.add(person("bob", 1));
        assert_eq!(session.query::<User>().count().unwrap(), 4);
    }
}
