//! Columns and aggregates instead of objects.

use diesel::dsl::{count, count_star, max, min, sum};
use orm_runtime::prelude::*;
use orm_tests::{TestDb, assert_matches, assert_sql, on_all_databases};

use crate::people::{Address, User, address, people, person, user};

on_all_databases! {
    fn columns_come_as_values(db: &TestDb) {
        let mut session = people(db);
        let names: Vec<String> =
            session.query::<User>().order_by(user::name).select(user::name).load().unwrap();
        assert_eq!(names, ["chuck", "ed", "fred", "jack"]);
        let rows: Vec<(i64, Option<String>)> = session
            .query::<User>()
            .filter(user::age.lt(30))
            .order_by(user::id)
            .select((user::id, user::fullname))
            .load()
            .unwrap();
        assert_eq!(rows, [(8, Some("Ed Wood".to_owned())), (9, None)]);
        assert_sql!(session, "S users; S users");
        assert!(session.is_empty(), "no object is loaded");
    }

    fn expressions_can_be_selected(db: &TestDb) {
        let mut session = people(db);
        let older: Vec<i32> = session
            .query::<User>()
            .order_by(user::age)
            .limit(2)
            .offset(1)
            .select(user::age + 10)
            .load()
            .unwrap();
        assert_eq!(older, [39, 47]);
    }

    fn an_aggregate_is_one_row(db: &TestDb) {
        let mut session = people(db);
        let oldest: Option<i32> = session.query::<User>().select(max(user::age)).one().unwrap();
        let total: Option<i64> = session.query::<User>().select(sum(user::age)).one().unwrap();
        let (all, named): (i64, i64) =
            session.query::<User>().select((count_star(), count(user::fullname))).one().unwrap();
        assert_eq!((oldest, total, all, named), (Some(47), Some(138), 4, 2));
        let none: Option<i32> = session
            .query::<User>()
            .filter(user::age.gt(99))
            .select(min(user::age))
            .one()
            .unwrap();
        assert_eq!(none, None, "there is a row, with NULL in it");
    }

    fn groups_have_their_aggregates(db: &TestDb) {
        let mut session = people(db);
        let by_user: Vec<(i64, i64, Option<String>)> = session
            .query::<Address>()
            .group_by(address::user_id)
            .order_by(count_star().desc())
            .order_by(address::user_id)
            .select((address::user_id, count_star(), min(address::email)))
            .load()
            .unwrap();
        let expected = [(8, 3, "ed@bettyboop.com"), (7, 1, "jack@bean.com"), (9, 1, "fred@fred.com")];
        assert_eq!(by_user, expected.map(|(user, n, email)| (user, n, Some(email.to_owned()))));
        assert_sql!(session, "S addresses");
    }

    fn having_chooses_groups_and_filter_chooses_rows(db: &TestDb) {
        let mut session = people(db);
        let several: Vec<(i64, i64)> = session
            .query::<Address>()
            .filter(address::email.ne("ed@lala.com"))
            .group_by(address::user_id)
            .having(count_star().gt(1))
            .having(address::user_id.gt(7))
            .select((address::user_id, count_star()))
            .load()
            .unwrap();
        assert_eq!(several, [(8, 2)]);
        let first: Vec<i64> = session
            .query::<Address>()
            .group_by(address::user_id)
            .order_by(address::user_id.desc())
            .limit(2)
            .select(address::user_id)
            .load()
            .unwrap();
        assert_eq!(first, [9, 8]);
    }

    fn groups_may_have_several_columns(db: &TestDb) {
        let mut session = people(db);
        session.add(person("jim", 47));
        let ages: Vec<(i32, Option<String>, i64)> = session
            .query::<User>()
            .group_by((user::age, user::fullname))
            .order_by((user::age, count_star()))
            .select((user::age, user::fullname, count_star()))
            .load()
            .unwrap();
        assert_eq!(ages.len(), 5, "47 with a name and 47 without");
        let ages: Vec<(i32, i64)> = session
            .query::<User>()
            .group_by(user::age)
            .having(count_star().eq(2))
            .select((user::age, count_star()))
            .load()
            .unwrap();
        assert_eq!(ages, [(47, 2)]);
    }

    fn the_first_and_the_only_row_differ_from_none(db: &TestDb) {
        let mut session = people(db);
        let first: Option<String> =
            session.query::<User>().order_by(user::age.desc()).select(user::name).first().unwrap();
        assert_eq!(first.as_deref(), Some("jack"));
        let none: Option<String> =
            session.query::<User>().filter(user::age.gt(99)).select(user::name).first().unwrap();
        assert_eq!(none, None);
        let missing = session.query::<User>().filter(user::age.gt(99)).select(user::name);
        assert_matches!(missing.one::<String>(), Err(Error::NotFound { entity: "User", .. }));
        let several = session.query::<User>().select(user::name).one::<String>();
        assert_matches!(several, Err(Error::MultipleFound { entity: "User" }));
    }

    fn distinct_values_come_once(db: &TestDb) {
        let mut session = people(db);
        session.add(person("jim", 47));
        let mut ages: Vec<i32> =
            session.query::<User>().distinct().select(user::age).load().unwrap();
        ages.sort_unstable();
        assert_eq!(ages, [25, 29, 37, 47]);
        assert_sql!(session, "I users x1; S users");
    }

    fn a_deferred_column_can_be_selected_by_name(db: &TestDb) {
        let mut session = people(db);
        let portrait: Option<Vec<u8>> = session
            .query::<User>()
            .filter(user::id.eq(7))
            .select(user::portrait)
            .one()
            .unwrap();
        assert_eq!(portrait, Some(vec![1, 2, 3]));
    }
}
