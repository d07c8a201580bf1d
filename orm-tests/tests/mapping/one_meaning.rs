//! Conditions and orders mean the same on every database.

use chrono::{NaiveDate, NaiveDateTime, NaiveTime};
use orm_runtime::Schema;
use orm_runtime::prelude::*;
use orm_tests::{TestDb, on_all_databases, on_one_database};

#[derive(Entity, Debug, Clone)]
#[entity(table = "one_meaning")]
struct Thing {
    id: i64,
    name: String,
    note: Option<String>,
    rank_of: Option<i32>,
    at: Option<NaiveDateTime>,
    clock: Option<NaiveTime>,
    owner: Option<ForeignKey<Owner>>,
}

#[derive(Entity, Debug, Clone)]
#[entity(table = "one_meaning_owner")]
struct Owner {
    id: i64,
    #[entity(order_by(rank_of))]
    things: HasMany<Thing>,
}

fn schema_of_things() -> Schema {
    schema![Owner, Thing]
}

fn thing(id: i64, name: &str) -> Thing {
    Thing {
        id,
        name: name.to_owned(),
        note: None,
        rank_of: None,
        at: None,
        clock: None,
        owner: None,
    }
}

fn found(session: &mut Session, condition: Condition<'_, Thing>) -> Vec<i64> {
    let query = session.query::<Thing>().filter(condition).order_by(thing::id.asc());
    query.select(thing::id).load().unwrap()
}

fn all() -> Condition<'static, Thing> {
    Condition::all()
}

fn ranks(session: &mut Session) -> [Vec<Option<i32>>; 6] {
    let mut load = |order: orm_runtime::query::Sorted<thing::rank_of>| {
        let query = session.query::<Thing>().order_by((order, thing::id.asc()));
        query.select(thing::rank_of).load::<Option<i32>>().unwrap()
    };
    let (asc, desc) = (thing::rank_of.asc(), thing::rank_of.desc());
    [
        load(asc),
        load(desc),
        load(asc.nulls_first()),
        load(desc.nulls_first()),
        load(asc.nulls_last()),
        load(desc.nulls_last()),
    ]
}

on_all_databases! {
    fn null_is_sorted_below_every_value_unless_it_is_said(db: &TestDb) {
        let mut session = db.session_for(schema_of_things());
        let owner = session.add(Owner::builder().id(1).build());
        session.flush().unwrap();
        for (id, rank) in [(1, Some(1)), (2, None), (3, Some(2))] {
            let owner = Some(ForeignKey::from(owner));
            session.add(Thing { rank_of: rank, owner, ..thing(id, "x") });
        }
        session.commit().unwrap();
        let up = vec![None, Some(1), Some(2)];
        let down = vec![Some(2), Some(1), None];
        let [asc, desc, asc_first, desc_first, asc_last, desc_last] = ranks(&mut session);
        assert_eq!((&asc, &asc_first), (&up, &up));
        assert_eq!((&desc, &desc_last), (&down, &down));
        assert_eq!(desc_first, [None, Some(2), Some(1)]);
        assert_eq!(asc_last, [Some(1), Some(2), None]);

        // The first row of a group, a part of a collection, and a collection in order.
        let first = session.query::<Thing>().distinct_on(thing::name, thing::rank_of.asc());
        assert_eq!(first.all().unwrap().iter().map(|&it| session[it].id).collect::<Vec<_>>(), [2]);
        let first = session.query::<Thing>()
            .distinct_on(thing::name, thing::rank_of.asc().nulls_last());
        assert_eq!(first.all().unwrap().iter().map(|&it| session[it].id).collect::<Vec<_>>(), [1]);
        let page = session.query::<Thing>().order_by(thing::rank_of.desc()).limit(1).offset(2);
        assert_eq!(page.select(thing::id).one::<i64>().unwrap(), 2);

        let mut session = db.session();
        let owners = session.query::<Owner>().eager(owner::things).all().unwrap();
        let ids = |session: &Session, owner: Handle<Owner>| -> Vec<i64> {
            session[owner].things.iter(session).unwrap().map(|it| it.id).collect()
        };
        assert_eq!(ids(&session, owners[0]), [2, 1, 3]);
        let mut session = db.session();
        let joined = owner::things.joined();
        let owners = session.query::<Owner>().eager(joined).all().unwrap();
        assert_eq!(ids(&session, owners[0]), [2, 1, 3]);
        let mut session = db.session();
        let part = owner::things.order_by(thing::rank_of.desc()).limit(2);
        let owners = session.query::<Owner>().eager(part).all().unwrap();
        let part: Vec<i64> = session[owners[0]].things.part(&session).unwrap()
            .map(|it| it.id).collect();
        assert_eq!(part, [3, 1]);
    }

    fn an_option_that_is_none_is_null_in_a_condition(db: &TestDb) {
        let mut session = db.session_for(schema_of_things());
        session.add(Thing { rank_of: Some(1), note: Some("binds: [None]".to_owned()), ..thing(1, "a") });
        session.add(Thing { rank_of: Some(2), ..thing(2, "b") });
        session.add(thing(3, "c"));
        session.commit().unwrap();
        let (none, one) = (None::<i32>, Some(1));
        assert_eq!(found(&mut session, all().and(thing::rank_of.eq(none))), [3]);
        assert_eq!(found(&mut session, all().and(thing::rank_of.ne(none))), [1, 2]);
        assert_eq!(found(&mut session, all().and(thing::rank_of.eq(one))), [1]);
        assert_eq!(found(&mut session, all().and(thing::rank_of.eq(&one))), [1]);
        assert_eq!(found(&mut session, all().and(thing::rank_of.ne(one))), [2], "NULL is neither");
        assert_eq!(found(&mut session, !all().and(thing::rank_of.eq(none))), [1, 2]);
        assert_eq!(found(&mut session, all().and(thing::rank_of.eq(none).or(thing::rank_of.eq(1)))), [1, 3]);
        let text = Some("binds: [None]");
        assert_eq!(found(&mut session, all().and(thing::note.eq(text))), [1]);
        assert_eq!(found(&mut session, all().and(thing::note.eq(None::<String>))), [2, 3]);
        assert_eq!(found(&mut session, all().and(thing::rank_of.eq(thing::rank_of))), [1, 2]);

        // In an update `eq` is an assignment.
        let set = session.query::<Thing>().filter(thing::id.eq(1)).update(thing::rank_of.eq(none));
        assert_eq!(set.unwrap(), 1);
        assert_eq!(found(&mut session, all().and(thing::rank_of.eq(none))), [1, 3]);
        let set = session.query::<Thing>().filter(thing::rank_of.eq(none))
            .update((thing::rank_of.eq(Some(9)), thing::name.eq("new")));
        assert_eq!(set.unwrap(), 2);
        assert_eq!(found(&mut session, all().and(thing::rank_of.eq(9)).and(thing::name.eq("new"))), [1, 3]);
    }

    fn patterns_distinguish_case_unless_asked_not_to(db: &TestDb) {
        let mut session = db.session_for(schema_of_things());
        let names = ["Ada", "ada", "100%", "100 Euro", "a_b", "a.b", r"back\slash", "a*b", "[x]", "wow!", "tail "];
        session.add_all((1..).zip(names).map(|(id, name)| thing(id, name)));
        session.add(Thing { note: Some("Ünder".to_owned()), ..thing(50, "noted") });
        session.commit().unwrap();
        let mut like = |condition: Condition<'_, Thing>| -> Vec<String> {
            found(&mut session, condition).into_iter()
                .map(|id| names.get(id as usize - 1).copied().unwrap_or("noted").to_owned())
                .collect()
        };
        assert_eq!(like(all().and(thing::name.like("a%"))), ["ada", "a_b", "a.b", "a*b"]);
        assert_eq!(like(all().and(thing::name.like("A%"))), ["Ada"]);
        assert_eq!(like(all().and(thing::name.ilike("A__"))), ["Ada", "ada", "a_b", "a.b", "a*b"]);
        assert_eq!(like(all().and(thing::name.like(r"a\_b"))), ["a_b"]);
        assert_eq!(like(all().and(thing::name.like(r"%\%"))), ["100%"]);
        assert_eq!(like(all().and(thing::name.like(r"back\\%"))), [r"back\slash"]);
        assert_eq!(like(all().and(thing::name.like("a*b"))), ["a*b"]);
        assert_eq!(like(all().and(thing::name.like("[x]"))), ["[x]"]);
        assert_eq!(like(all().and(thing::name.like("tail"))), [""; 0]);
        assert_eq!(like(all().and(thing::name.starts_with("100%"))), ["100%"]);
        assert_eq!(like(all().and(thing::name.starts_with("a_"))), ["a_b"]);
        assert_eq!(like(all().and(thing::name.starts_with("AD"))), [""; 0]);
        assert_eq!(like(all().and(thing::name.ends_with("!"))), ["wow!"]);
        assert_eq!(like(all().and(thing::name.contains("*"))), ["a*b"]);
        assert_eq!(like(all().and(thing::name.contains(r"\"))), [r"back\slash"]);
        assert_eq!(like(all().and(thing::name.contains("["))), ["[x]"]);
        assert_eq!(like(all().and(thing::name.contains(""))).len(), names.len() + 1);
        assert_eq!(like(all().and(thing::note.contains("nder"))), ["noted"]);
        assert_eq!(like(all().and(thing::note.starts_with("Ü"))), ["noted"]);
        assert_eq!(like(all().and(thing::note.not_like("x%"))), ["noted"], "NULL is neither");
        assert_eq!(like(all().and(thing::name.not_ilike("%a%"))).len(), 5);
    }

    fn a_time_finer_than_its_column_is_compared_as_it_is_stored(db: &TestDb) {
        let mut session = db.session_for(schema_of_things());
        let day = NaiveDate::from_ymd_opt(2024, 2, 29).unwrap();
        for (id, nanos) in [(1, 123_456_789), (2, 123_000_789), (3, 789), (4, 0), (5, 500_000_000)] {
            let at = day.and_hms_nano_opt(12, 30, 1, nanos);
            let clock = NaiveTime::from_hms_nano_opt(12, 30, 1, nanos);
            let new = session.add(Thing { at, clock, ..thing(id, "t") });
            session.flush().unwrap();
            assert_eq!(found(&mut session, all().and(thing::at.eq(at.unwrap()))).last(), Some(&id));
            assert_eq!(found(&mut session, all().and(thing::at.eq(at))).last(), Some(&id));
            let exact = all().and(thing::at.le(at)).and(thing::at.ge(at)).and(thing::id.eq(id));
            assert_eq!(found(&mut session, exact), [id]);
            let exact = all().and(thing::clock.between(clock, clock)).and(thing::id.eq(id));
            assert_eq!(found(&mut session, exact), [id]);
            assert_eq!(found(&mut session, all().and(thing::at.gt(at)).and(thing::id.eq(id))), [0; 0]);

            // And it is set to the stored value.
            let kept = (session[new].at, session[new].clock);
            let query = session.query::<Thing>().filter(thing::id.eq(id));
            query.update((thing::at.eq(at), thing::clock.eq(clock))).unwrap();
            let stored = session.query::<Thing>().filter(thing::id.eq(id));
            let stored = stored.select((thing::at, thing::clock)).one::<(Option<_>, Option<_>)>();
            assert_eq!(stored.unwrap(), kept);
        }
    }
}

on_one_database! { Postgres;
    fn a_column_that_is_never_null_can_use_its_index(db: &TestDb) {
        let mut session = db.session_for(schema_of_things());
        session.query::<Thing>().order_by((thing::name.asc(), thing::rank_of.desc())).all().unwrap();
        let sql = session.take_log().last().unwrap().sql.clone();
        assert!(sql.ends_with(r#""name" ASC, "one_meaning"."rank_of" DESC NULLS LAST"#), "{sql}");
    }
}
