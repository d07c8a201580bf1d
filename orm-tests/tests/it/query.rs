//! Queries for entities.

use orm_runtime::SessionOptions;
use orm_runtime::prelude::*;
use orm_tests::{TestDb, assert_matches, assert_no_sql, assert_sql, on_all_databases};

use crate::people::{Address, User, address, all, execute, names, people, person, user};

#[derive(Entity, Debug)]
#[entity(table = "nowhere")]
struct Nowhere {
    id: Auto<i64>,
}

#[derive(Entity, Debug)]
#[entity(table = "visits")]
struct Visit {
    id: Auto<i64>,
    pages: u32,
    #[entity(default)]
    rate: f64,
}

on_all_databases! {
    fn several_filters_all_have_to_hold(db: &TestDb) {
        let mut session = people(db);
        let found = session
            .query::<User>()
            .filter(user::age.gt(26))
            .filter(user::name.like("%e%"))
            .all()
            .unwrap();
        assert_eq!(names(&session, &found), ["fred"]);
        assert_sql!(session, "S users");
    }

    fn a_filter_with_or_does_not_swallow_the_next_one(db: &TestDb) {
        let mut session = people(db);
        let found = session
            .query::<User>()
            .filter(user::name.eq("jack").or(user::name.eq("ed")))
            .filter(user::age.lt(30))
            .all()
            .unwrap();
        assert_eq!(names(&session, &found), ["ed"]);
    }

    fn a_null_does_not_match(db: &TestDb) {
        let mut session = people(db);
        let ask = |session: &mut Session, condition: Condition<'_, User>| {
            let found = session.query::<User>().filter(condition).order_by(user::id).all().unwrap();
            names(session, &found).join(" ")
        };
        let is = |part| Condition::<User>::all().and(part);
        assert_eq!(ask(&mut session, is(user::fullname.eq("Jack Bean"))), "jack");
        let not = Condition::<User>::all().and(user::fullname.ne("Jack Bean"));
        assert_eq!(ask(&mut session, not), "ed");
        assert_eq!(ask(&mut session, !is(user::fullname.eq("Jack Bean"))), "ed");
        let found = session.query::<User>().filter(user::fullname.is_null()).count().unwrap();
        assert_eq!(found, 2);
        let found = session.query::<User>().filter(user::fullname.is_not_null()).count().unwrap();
        assert_eq!(found, 2);
        let none = session.query::<User>().filter(user::fullname.eq(None::<String>)).count();
        assert_eq!(none.unwrap(), 2, "None is NULL");
    }

    fn a_condition_is_put_together_at_run_time(db: &TestDb) {
        let mut session = people(db);
        let ask = |session: &mut Session, condition: Condition<'_, User>| {
            let found = session.query::<User>().filter(condition).order_by(user::id).all().unwrap();
            names(session, &found).join(" ")
        };
        assert_eq!(ask(&mut session, Condition::all()), "jack ed fred chuck");
        assert_eq!(ask(&mut session, Condition::any()), "");
        assert_eq!(ask(&mut session, !Condition::any()), "jack ed fred chuck");
        assert!(Condition::<User>::any().is_empty());
        let young = ["ed", "fred"].into_iter().fold(Condition::any(), |any: Condition<'_, User>, name| {
            any.or(user::name.eq(name))
        });
        assert!(!young.is_empty());
        assert_eq!(ask(&mut session, young), "ed fred");
        let nested = Condition::<User>::any()
            .or(Condition::<User>::all().and(user::age.gt(40)).and(user::name.like("j%")))
            .or(user::name.eq("ed"))
            .and(user::age.ne(25));
        assert_eq!(ask(&mut session, nested), "jack", "(… or …) and …");
        let other_order = Condition::<User>::all()
            .and(user::age.ne(25))
            .and(user::name.eq("fred"))
            .or(user::name.eq("ed"));
        assert_eq!(ask(&mut session, other_order), "ed fred", "(… and …) or …");
        let negated = !Condition::<User>::all().and(user::name.eq("ed")).and(user::age.eq(25));
        assert_eq!(ask(&mut session, negated.and(user::age.lt(40))), "fred chuck");
        assert_eq!(ask(&mut session, !!Condition::<User>::all().and(user::name.eq("ed"))), "ed");
    }

    fn a_condition_borrows_what_it_compares_with(db: &TestDb) {
        let mut session = people(db);
        let name = String::from("ed");
        let condition = Condition::<User>::all().and(user::name.eq(&name));
        let found = session.query::<User>().filter(condition).one().unwrap();
        assert_eq!(session[found].name, name);
    }

    fn a_filter_may_be_left_out(db: &TestDb) {
        let mut session = people(db);
        for (wanted, found) in [(None, 4), (Some("ed"), 1), (Some("nobody"), 0)] {
            let query = session.query::<User>();
            let query = query.filter_opt(wanted.map(|name| user::name.eq(name)));
            assert_eq!(query.all().unwrap().len(), found, "{wanted:?}");
        }
    }

    fn rows_come_in_the_order_asked_for(db: &TestDb) {
        let mut session = people(db);
        let twin = User { fullname: Some("Ed Wood".to_owned()), ..person("bob", 47) };
        session.add(twin);
        let found = session.query::<User>().order_by(user::name).all().unwrap();
        assert_eq!(names(&session, &found), ["bob", "chuck", "ed", "fred", "jack"]);
        let order = (user::age.desc(), user::name.desc());
        let found = session.query::<User>().order_by(order).all().unwrap();
        assert_eq!(names(&session, &found), ["jack", "bob", "chuck", "fred", "ed"]);
        let query = session.query::<User>().order_by(user::age.desc()).order_by(user::name.asc());
        let found = query.all().unwrap();
        assert_eq!(names(&session, &found), ["bob", "jack", "chuck", "fred", "ed"]);
    }

    fn a_page_is_cut_out_by_limit_and_offset(db: &TestDb) {
        let mut session = people(db);
        let page = |session: &mut Session, limit: Option<i64>, offset: Option<i64>| {
            let mut query = session.query::<User>().order_by(user::id);
            if let Some(limit) = limit {
                query = query.limit(limit);
            }
            if let Some(offset) = offset {
                query = query.offset(offset);
            }
            let found = query.all().unwrap();
            names(session, &found).join(" ")
        };
        assert_eq!(page(&mut session, Some(2), None), "jack ed");
        assert_eq!(page(&mut session, Some(2), Some(1)), "ed fred");
        assert_eq!(page(&mut session, None, Some(3)), "chuck");
        assert_eq!(page(&mut session, None, Some(9)), "");
        assert_eq!(page(&mut session, Some(0), None), "");
        assert_eq!(page(&mut session, Some(-1), Some(-1)), "", "a negative number is treated as 0");
        assert_eq!(page(&mut session, Some(i64::MAX), Some(2)), "fred chuck");
    }

    // F07
    fn a_join_gives_an_object_as_often_as_its_row_comes(db: &TestDb) {
        use diesel::{JoinOnDsl, QueryDsl};
        let mut session = people(db);
        let joined = || {
            user::table
                .inner_join(address::table.on(address::user_id.eq(user::id)))
                .select((user::id, user::name, user::fullname, user::age))
                .order(user::id)
        };
        let before = session.statements();
        let found = session.load_query::<User>(joined()).unwrap();
        assert_eq!(names(&session, &found), ["jack", "ed", "ed", "ed", "fred"]);
        assert_eq!(session.len(), 3);
        assert_eq!(found[1], found[2]);
        let found = session.load_query::<User>(joined().distinct()).unwrap();
        assert_eq!(names(&session, &found), ["jack", "ed", "fred"]);
        assert_eq!(session.statements() - before, 2);
    }

    fn distinct_drops_no_object(db: &TestDb) {
        let mut session = people(db);
        let found = session.query::<User>().distinct().order_by(user::id).all().unwrap();
        assert_eq!(names(&session, &found), ["jack", "ed", "fred", "chuck"]);
        let ids: Vec<i64> =
            session.query::<Address>().distinct().order_by(address::user_id).select(address::user_id)
                .load().unwrap();
        assert_eq!(ids, [7, 8, 9]);
    }

    fn first_is_one_row_or_none(db: &TestDb) {
        let mut session = people(db);
        let found = session.query::<User>().order_by(user::age).first().unwrap().unwrap();
        assert_eq!(session[found].name, "ed");
        assert_eq!(session.len(), 1, "no other row is read");
        assert_eq!(session.query::<User>().limit(0).first().unwrap(), None, "a limit of 0 returns no row");
        let third = session.query::<User>().order_by(user::age).offset(2).first().unwrap().unwrap();
        assert_eq!(session[third].name, "chuck");
        let none = session.query::<User>().filter(user::age.gt(99)).first().unwrap();
        assert_eq!(none, None);
        assert_sql!(session, "S users; S users; S users; S users");
    }

    fn one_is_neither_none_nor_several(db: &TestDb) {
        let mut session = people(db);
        let one = session.query::<User>().filter(user::name.eq("ed")).one().unwrap();
        let same = session.query::<User>().filter(user::name.eq("ed")).one_or_none().unwrap();
        assert_eq!(same, Some(one));
        let error = session.query::<User>().filter(user::age.gt(99)).one().unwrap_err();
        assert_matches!(&error, Error::NotFound { entity: "User", key: None });
        assert_eq!(error.to_string(), "there is no User");
        let none = session.query::<User>().filter(user::age.gt(99)).one_or_none().unwrap();
        assert_eq!(none, None);
        for result in [
            session.query::<User>().one().map(Some),
            session.query::<User>().one_or_none(),
            session.query::<User>().limit(3).one_or_none(),
        ] {
            let error = result.unwrap_err();
            assert_matches!(&error, Error::MultipleFound { entity: "User" });
            assert!(error.to_string().contains("use all() or first()"), "{error}");
        }
    }

    fn count_loads_nothing(db: &TestDb) {
        let mut session = people(db);
        assert_eq!(session.query::<User>().count().unwrap(), 4);
        assert_eq!(session.query::<User>().filter(user::age.gt(26)).count().unwrap(), 3);
        assert_eq!(session.query::<User>().order_by(user::name.desc()).count().unwrap(), 4);
        assert_eq!(session.query::<User>().limit(3).count().unwrap(), 3);
        assert_eq!(session.query::<User>().order_by(user::id).offset(3).count().unwrap(), 1);
        assert_eq!(session.query::<User>().limit(3).offset(2).count().unwrap(), 2);
        assert_eq!(session.query::<User>().distinct().count().unwrap(), 4);
        assert_eq!(session.query::<User>().limit(0).count().unwrap(), 0);
        assert!(session.is_empty());
        assert_sql!(session, ["S users"; 8].join("; "));
    }

    fn exists_is_one_select(db: &TestDb) {
        let mut session = people(db);
        assert!(session.query::<User>().exists().unwrap());
        assert!(session.query::<User>().filter(user::name.eq("ed")).exists().unwrap());
        assert!(!session.query::<User>().filter(user::name.eq("eddy")).exists().unwrap());
        assert!(!session.query::<User>().order_by(user::id).limit(1).offset(4).exists().unwrap());
        assert!(session.is_empty());
        assert_sql!(session, ["S users"; 4].join("; "));
    }

    fn undefer_reads_the_column_with_the_row(db: &TestDb) {
        let mut session = people(db);
        let jack = session.get_one::<User>(7).unwrap();
        session[jack].age = 48;
        assert_matches!(session[jack].portrait.get(), Err(Error::NotLoaded { field: "portrait", .. }));
        session.take_log();
        let found =
            session.query::<User>().undefer(user::portrait).order_by(user::id).all().unwrap();
        assert_sql!(session, "U users[age] x1; S users");
        assert_eq!(found[0], jack);
        assert_eq!(session[jack].portrait.get().unwrap().as_deref(), Some(&[1, 2, 3][..]));
        assert_eq!(session[jack].age, 48, "the other fields stay");
        assert_eq!(session[found[1]].portrait.get().unwrap(), &None);
        session.load(jack, user::portrait).unwrap();
        assert_no_sql!(session);
        assert!(!session.is_dirty(jack));
    }

    // E01
    fn a_row_is_one_object_whatever_finds_it(db: &TestDb) {
        let mut session = people(db);
        let jack = session.get_one::<User>(7).unwrap();
        assert_sql!(session, "S users");
        assert_eq!(session.get_one::<User>(7).unwrap(), jack);
        assert_no_sql!(session);
        assert_eq!(session.query::<User>().order_by(user::id).all().unwrap()[0], jack);
        assert_eq!(session.query::<User>().filter(user::name.eq("jack")).one().unwrap(), jack);
        assert_sql!(session, "S users; S users");
        session.clear();
        let again = session.get_one::<User>(7).unwrap();
        assert_ne!(again, jack);
        assert_eq!(session.try_get(jack).map(|user| &user.name), None);
    }

    // E02
    fn a_query_overwrites_edits_only_when_asked_to(db: &TestDb) {
        drop(people(db));
        let options = SessionOptions { autoflush: false, ..SessionOptions::default() };
        let mut session = db.session_with(options);
        let jack = session.get_one::<User>(7).unwrap();
        execute(&mut session, "UPDATE users SET name = 'theirs' WHERE id = 7");
        session[jack].name = "mine".to_owned();
        session.take_log();

        assert_eq!(session.query::<User>().filter(user::id.eq(7)).one().unwrap(), jack);
        assert_eq!(session[jack].name, "mine");
        assert!(session.is_dirty(jack));

        let query = session.query::<User>().filter(user::id.eq(7)).populate_existing();
        assert_eq!(query.one().unwrap(), jack);
        assert_eq!(session[jack].name, "theirs");
        assert!(!session.is_dirty(jack));
        assert_sql!(session, "S users; S users");

        session.flush().unwrap();
        assert_no_sql!(session);
        session.commit().unwrap();
        assert_eq!(db.rows("users", "id, name")[0], "7|theirs");
    }

    // E04: reading a stale object never sends SQL; it shows the values that were read last.
    fn objects_are_stale_after_a_commit_and_one_query_renews_them(db: &TestDb) {
        let mut session = people(db);
        let users = all(&mut session);
        session.commit().unwrap();
        db.execute("UPDATE users SET age = age + 1");
        assert!(users.iter().all(|&user| session.is_stale(user)));
        assert_eq!(session[users[0]].age, 47);
        assert_no_sql!(session);
        assert_eq!(session.query::<User>().order_by(user::id).all().unwrap(), users);
        assert_sql!(session, "S users");
        let ages = users.map(|user| session[user].age);
        assert_eq!(ages, [48, 26, 30, 38]);
        assert!(users.iter().all(|&user| !session.is_stale(user)));
        assert_eq!(session.get_one::<User>(9).unwrap(), users[2]);
        assert_no_sql!(session);
    }

    // E04: get() refreshes one object, get_many() refreshes the others together.
    fn stale_objects_are_renewed_by_key(db: &TestDb) {
        let mut session = people(db);
        let users = all(&mut session);
        session.commit().unwrap();
        db.execute("UPDATE users SET age = age + 1");
        session.take_log();
        assert_eq!(session.get_one::<User>(7).unwrap(), users[0]);
        assert_sql!(session, "S users");
        assert_eq!(session[users[0]].age, 48);
        assert!(session.is_stale(users[1]));
        let found = session.get_many::<User>([10, 9, 8, 7]).unwrap();
        assert_sql!(session, "S users");
        assert_eq!(found, [users[3], users[2], users[1], users[0]].map(Some));
        assert_eq!(users.map(|user| session[user].age), [48, 26, 30, 38]);
    }

    fn a_stale_object_with_edits_keeps_them(db: &TestDb) {
        let mut session = people(db);
        let [jack, ..] = all(&mut session);
        session.commit().unwrap();
        session[jack].age = 60;
        db.execute("UPDATE users SET fullname = 'Theirs' WHERE id = 7");
        session.query::<User>().all().unwrap();
        session.commit().unwrap();
        assert_eq!(db.rows("users", "id, fullname, age")[0], "7|Theirs|60", "only the edit is written");
    }

    fn rows_are_plain_structs_that_nobody_tracks(db: &TestDb) {
        let mut session = people(db);
        let rows = session.query::<User>().order_by(user::id).undefer(user::portrait).rows().unwrap();
        assert_sql!(session, "S users");
        assert!(session.is_empty());
        assert_eq!(rows.iter().map(|row| row.age).sum::<i32>(), 138);
        assert_eq!(rows[0].portrait.get().unwrap().as_deref(), Some(&[1, 2, 3][..]));
        assert_eq!(rows[2].fullname, None);
    }

    fn unsigned_and_floating_values_can_be_compared(db: &TestDb) {
        let mut session = db.session_for(schema![Visit]);
        for (pages, rate) in [(1, 0.5), (u32::MAX, 2.5)] {
            session.add(Visit::builder().pages(pages).rate(rate).build());
        }
        let long = session.query::<Visit>().filter(visit::pages.gt(val(10_u32))).one().unwrap();
        assert_eq!(session[long].pages, u32::MAX);
        let between = session.query::<Visit>().filter(visit::rate.between(0.25, 1.0)).one().unwrap();
        assert_eq!(session[between].pages, 1);
    }

    fn a_query_that_the_database_refuses_is_an_error_and_the_session_works_on(db: &TestDb) {
        let mut session = people(db);
        let error = session.query::<Nowhere>().all().unwrap_err();
        assert_matches!(&error, Error::Database(_));
        assert!(error.to_string().contains("nowhere"), "{error}");
        assert_eq!(session.query::<User>().count().unwrap(), 4);
        session.add(person("bob", 1));
        session.commit().unwrap();
        assert_eq!(db.count("users"), 5);
    }
}
