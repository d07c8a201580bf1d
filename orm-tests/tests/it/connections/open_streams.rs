//! Results that are still open: a stream borrows its session, and an abandoned one holds nothing.

use orm_runtime::prelude::*;
use orm_tests::{TestDb, on_all_databases};

use crate::people::{Address, User, people, person, user};

on_all_databases! {
    fn an_abandoned_stream_is_in_nobodys_way(db: &TestDb) {
        let mut session = people(db);
        let mut stream = session.query::<User>().order_by(user::id).stream().unwrap();
        assert_eq!(stream.next().unwrap().unwrap().name, "jack");
        drop(stream);
        // The same connection sends the next statements.
        assert_eq!(session.query::<User>().count().unwrap(), 4);
        session.add(person("bob", 1));
        session.commit().unwrap();

        let first = session.query::<User>().stream().unwrap().next();
        first.unwrap().unwrap();
        // The stream is gone, and the transaction with `release`.
        session.release().unwrap();
        let mut other = db.session();
        schema![User, Address].drop_all(&mut other).unwrap();
    }

    fn a_session_can_drop_what_it_has_streamed(db: &TestDb) {
        let mut session = people(db);
        session.query::<User>().stream().unwrap().next().unwrap().unwrap();
        schema![User, Address].drop_all(&mut session).unwrap();
        assert!(!session.in_transaction());
    }
}
