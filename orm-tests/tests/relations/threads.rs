//! What can be sent to another thread: sessions, queries, conditions. What can be shared: the
//! identity map.

use std::thread;

use orm_runtime::Query;
use orm_runtime::prelude::*;
use orm_runtime::query::Path;
use orm_tests::{TestDb, assert_sql, on_all_databases};

use crate::fixture::{shop, users};
use crate::model::{Address, User, address, user};

#[test]
fn sessions_and_conditions_are_sent_and_the_map_is_shared() {
    fn sent<T: Send>() {}
    fn shared<T: Send + Sync>() {}
    sent::<Session>();
    sent::<Query<'static, User>>();
    shared::<IdentityMap>();
    shared::<Condition<'static, User>>();
    shared::<Path<'static, User, Address>>();
}

on_all_databases! {
    fn a_condition_with_an_object_is_built_by_one_thread_and_sent_by_another(db: &TestDb) {
        let mut session = shop(db);
        let [_, ed, ..] = users(&mut session);
        let build = move || Condition::<Address>::all().and(address::user.eq(ed));
        let condition = thread::spawn(build).join().unwrap();
        session.take_log();
        let found = session.query::<Address>().filter(condition).count().unwrap();
        assert_sql!(session, "S addresses");
        assert_eq!(found, 3);
    }

    fn objects_are_read_by_many_threads_at_once(db: &TestDb) {
        let mut session = shop(db);
        let users = session.query::<User>().order_by(user::id.asc()).all().unwrap();
        let map: &IdentityMap = &session;
        let names = |users: &[Handle<User>]| -> Vec<String> {
            users.iter().map(|&user| map[user].name.clone()).collect()
        };
        let wanted = ["jack", "ed", "fred", "chuck"];
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| assert_eq!(names(&users), wanted));
            }
        });
    }
}
