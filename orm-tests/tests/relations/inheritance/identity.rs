//! One object, however it is read and as whichever type it is viewed.

use orm_runtime::prelude::*;
use orm_runtime::{
    events::{FlushedRow, SessionListener},
    query::SqlText,
};
use orm_tests::{TestDb, assert_sql, on_all_databases};

use super::model::*;
use super::people::*;

on_all_databases! {
    fn g03_a_row_is_one_object_whichever_way_it_is_read(db: &TestDb) {
        let mut session = db.session_for(people());
        one_of_each(&mut session);
        session.clear();
        let boss = session.query::<Boss>().one().unwrap();
        let named = || person::name.eq("bob");
        let staff = session.query::<Staff>().filter(named()).one().unwrap();
        let base = session.query::<Person>().filter(named()).one().unwrap();
        let manager = session.query::<Manager>().filter(named()).one().unwrap();
        let key = session.key(boss).unwrap();
        let by_key = session.get_one::<Person>(key).unwrap();
        assert_eq!(boss.upcast::<Staff>(), staff);
        assert_eq!(boss.upcast::<Person>(), base);
        assert_eq!(boss.upcast::<Manager>(), manager);
        assert_eq!(by_key, base);

        // An edit through one view is visible in all, and is one UPDATE for each table.
        session[manager].status = "rests".to_owned();
        session[base].name = "rob".to_owned();
        assert_eq!((&*session[boss].name, &*session[boss].status), ("rob", "rests"));
        let Staff::Boss(seen) = &session[staff] else { panic!("no boss") };
        assert_eq!((&*seen.name, seen.golf), ("rob", 3));
        session.take_log();
        session.commit().unwrap();
        assert_sql!(session, "U inh_person[name] x1; U inh_manager[status] x1");
        let rows = db.rows("inh_person JOIN inh_manager ON id = person_id", "name, inh_manager.status");
        assert_eq!(rows, ["max|plans", "rob|rests"]);
    }

    fn handles_go_up_and_down_between_what_an_object_is(db: &TestDb) {
        let mut session = db.session_for(people());
        let one = one_of_each(&mut session);
        let as_person: Handle<Person> = one.boss.upcast();
        assert_eq!(session.downcast::<Manager>(as_person), Some(one.boss.upcast()));
        assert_eq!(session.downcast::<Boss>(as_person), Some(one.boss));
        assert_eq!(session.downcast::<Engineer>(as_person), None);
        assert_eq!(session.downcast::<Boss>(one.manager), None);
        assert_eq!(session.downcast::<Person>(one.temp), Some(one.temp.upcast()));
        assert!(matches!(session.subtype_of(as_person), Some(StaffHandle::Boss(boss)) if boss == one.boss));
        assert!(matches!(session.subtype_of(one.person), Some(StaffHandle::Person(_))));

        session.evict(one.boss).unwrap();
        assert_eq!(session.downcast::<Boss>(as_person), None);
        assert!(session.subtype_of(as_person).is_none());
        assert!(session.try_get(as_person).is_none() && session.try_get(one.boss).is_none());
    }

    fn objects_are_found_as_what_they_are(db: &TestDb) {
        let mut session = db.session_for(people());
        let one = one_of_each(&mut session);
        let handles = session.handles::<Manager>();
        assert_eq!(handles, [one.manager, one.boss.upcast()]);
        assert_eq!(session.handles::<Person>().len(), 5);
        assert_eq!(session.handles::<Staff>().len(), 5);
        assert_eq!(session.handles::<Temp>(), [one.temp]);
        let key = session.key(one.engineer).unwrap();
        assert_eq!(session.find::<Person>(key), Some(one.engineer.upcast()));
        assert_eq!(session.find::<Temp>(key), None);
        let managers = session.objects::<Manager>();
        assert_eq!(managers[one.boss.upcast()].status, "plans");
        let by_status = session.group_by(&handles, |manager| manager.status.clone());
        assert_eq!(by_status.get(&"plans".to_owned()), handles);
    }

    fn a_key_of_another_subtype_finds_no_object_and_sends_no_statement(db: &TestDb) {
        let mut session = db.session_for(people());
        let one = one_of_each(&mut session);
        let [engineer, manager, boss] = [
            session.key(one.engineer).unwrap(),
            session.key(one.manager).unwrap(),
            session.key(one.boss).unwrap(),
        ];
        session.query::<Staff>().all().unwrap();
        session.expect_statements(0, |session| {
            assert_eq!(session.get::<Temp>(engineer).unwrap(), None);
            assert_eq!(session.get::<Manager>(boss).unwrap(), Some(one.boss.upcast()));
            let found = session.get_many::<Manager>([boss, engineer, manager]).unwrap();
            assert_eq!(found, [Some(one.boss.upcast()), None, Some(one.manager)]);
            Ok(())
        }).unwrap();
        session.expire_all();
        assert_eq!(session.get::<Temp>(engineer).unwrap(), None);
        assert_eq!(session.state(one.engineer), orm_runtime::ObjectState::Persistent);

        // It is not in memory: one statement reads only the subtype.
        session.clear();
        session.take_log();
        let found = session.get_many::<Manager>([boss, engineer, manager]).unwrap();
        assert_sql!(session, "S inh_person");
        assert_eq!(names(&session, &found.iter().flatten().copied().collect::<Vec<_>>()), ["bob", "max"]);
        assert!(found[1].is_none());
        assert_eq!(session.get::<Temp>(engineer).unwrap(), None);
        assert!(session.get::<Engineer>(engineer).unwrap().is_some());
    }

    fn kinds_come_as_handles_that_know_theirs(db: &TestDb) {
        let mut session = db.session_for(people());
        one_of_each(&mut session);
        session.clear();
        session.take_log();
        let kinds = session.query::<Staff>().order_by(person::id.asc()).by_subtype().unwrap();
        assert_sql!(session, "S inh_person");
        let text = |kind: &StaffHandle| match *kind {
            StaffHandle::Person(person) => session[person].name.clone(),
            StaffHandle::Engineer(it) => format!("{} {:?}", session[it].name, session[it].language),
            StaffHandle::Manager(it) => format!("{} {}", session[it].name, session[it].status),
            StaffHandle::Boss(it) => format!("{} {}", session[it].name, session[it].golf),
            StaffHandle::Temp(it) => format!("{} of {}", session[it].name, session[it].agency),
        };
        let texts: Vec<String> = kinds.iter().map(text).collect();
        assert_eq!(texts, ["pat", "eve Some(\"Rust\")", "max plans", "bob 3", "tim of Quick"]);
        let managers = session.query::<Manager>().eager(manager::engineers).by_subtype().unwrap();
        assert_eq!(managers.len(), 2);
        assert!(managers.iter().any(|kind| matches!(kind, StaffHandle::Boss(_))));
    }

    fn rows_come_as_the_structs_that_were_asked_for(db: &TestDb) {
        let mut session = db.session_for(people());
        one_of_each(&mut session);
        let managers = session.query::<Manager>().order_by(person::id.asc()).rows().unwrap();
        let managers: Vec<_> = managers.iter().map(|it| (&*it.name, &*it.status)).collect();
        assert_eq!(managers, [("max", "plans"), ("bob", "plans")]);
        let everyone = session.query::<Staff>().order_by(person::id.asc()).rows().unwrap();
        assert!(matches!(&everyone[3], Staff::Boss(boss) if boss.golf == 3));
        assert!(matches!(&everyone[4], Staff::Temp(temp) if temp.agency == "Quick"));
        let mut bases = Vec::new();
        for row in session.query::<Person>().order_by(person::id.asc()).stream().unwrap() {
            let row = row.unwrap();
            bases.push((row.name.clone(), row.kind.get().unwrap()));
        }
        assert_eq!(bases[3], ("bob".to_owned(), PersonKind::Boss));
    }

    fn a_row_of_another_kind_than_the_text_asks_for_is_refused(db: &TestDb) {
        let mut session = db.session_for(schema![AnyAnimal]);
        let animal = |name: &str| Animal::builder().name(name).build();
        session.add(Dog::builder().animal(animal("rex")).good(true).build());
        session.add(Cat::builder().animal(animal("tom")).lives(9).build());
        session.commit().unwrap();
        let in_memory = session.from_sql::<Dog>("SELECT * FROM inh_animal").all().unwrap_err();
        assert_eq!(
            in_memory.to_string(),
            "Dog \"tom\": column kind cannot be read: it is in memory as a Cat, and the query is for \
             Dog: evict it to read it anew",
        );
        session.clear();
        let error = session.from_sql::<Dog>("SELECT * FROM inh_animal").all().unwrap_err();
        assert_eq!(
            error.to_string(),
            "Dog \"tom\": column kind cannot be read: the row is a Cat, not a Dog"
        );
        let dogs = session.from_sql::<Dog>("SELECT * FROM inh_animal WHERE kind = 'D'").all().unwrap();
        assert!(session[dogs[0]].good);
        assert_eq!(session.from_sql::<AnyAnimal>("SELECT * FROM inh_animal").all().unwrap().len(), 2);
        assert_eq!(session.from_sql::<Animal>("SELECT * FROM inh_animal").all().unwrap().len(), 2);
    }

    fn a_row_that_has_become_another_kind_is_not_a_silent_change(db: &TestDb) {
        let mut session = db.session_for(schema![AnyAnimal]);
        let animal = Animal::builder().name("rex").build();
        let rex = session.add(Dog::builder().animal(animal).good(true).build());
        session.commit().unwrap();
        db.execute("UPDATE inh_animal SET kind = 'C', lives = 7, good = NULL");
        session.expire_all();
        let error = session.query::<AnyAnimal>().all().unwrap_err();
        assert_eq!(
            error.to_string(),
            "AnyAnimal \"rex\": column kind cannot be read: the row is a Cat now, and in memory it is a \
             Dog: evict it to read it anew",
        );
        assert!(session.query::<Cat>().all().is_err());
        session.evict(rex).unwrap();
        let cat = session.query::<Cat>().one().unwrap();
        assert_eq!(session[cat].lives, 7);
    }

    fn a_code_that_is_none_names_entity_key_and_column(db: &TestDb) {
        let mut session = db.session_for(schema![AnyAnimal]);
        let animal = Animal::builder().name("rex").build();
        session.add(Dog::builder().animal(animal).good(true).build());
        session.commit().unwrap();
        session.clear();
        let columns = AnyAnimal::META.columns.iter().map(|column| match column.name {
            "kind" => "'X' AS kind",
            name => name,
        });
        let columns: Vec<_> = columns.collect();
        let text = format!("SELECT {} FROM inh_animal", columns.join(", "));
        let error = session.from_sql::<AnyAnimal>(SqlText::audited(text)).all().unwrap_err().to_string();
        assert!(error.starts_with("AnyAnimal \"rex\": column kind cannot be read"), "{error}");
        assert!(error.contains('X') || error.contains("variant"), "{error}");
    }

    fn stale_kinds_take_the_values_of_all_their_tables(db: &TestDb) {
        let mut session = db.session_for(people());
        let one = one_of_each(&mut session);
        session.commit().unwrap();
        db.execute("UPDATE inh_boss SET golf = 9");
        db.execute("UPDATE inh_person SET name = 'rob' WHERE name = 'bob'");
        session.expect_statements(1, |session| session.refresh(&[one.boss])).unwrap();
        assert_eq!((&*session[one.boss].name, session[one.boss].golf), ("rob", 9));

        session.commit().unwrap();
        db.execute("UPDATE inh_boss SET golf = 11");
        session.expire(one.boss).unwrap();
        session.query::<Person>().all().unwrap();
        assert_eq!(session[one.boss].golf, 11);
        session.refresh(&[one.manager.upcast::<Staff>(), one.temp.upcast()]).unwrap();
    }

    fn savepoints_and_rollbacks_put_kinds_back(db: &TestDb) {
        let mut session = db.session_for(people());
        let one = one_of_each(&mut session);
        let mut added = None;
        let undone: Result<()> = session.savepoint(|session| {
            session[one.boss].golf = 8;
            session[one.boss].name = "rob".to_owned();
            session.delete(one.engineer)?;
            added = Some(session.add(boss("new")));
            session.flush()?;
            Err(Error::Configuration("no".to_owned()))
        });
        assert!(undone.is_err());
        assert_eq!((&*session[one.boss].name, session[one.boss].golf), ("bob", 3));
        assert_eq!(session.state(one.engineer), orm_runtime::ObjectState::Persistent);
        let added = added.unwrap();
        assert_eq!(session.state(added), orm_runtime::ObjectState::Transient);
        assert_eq!(session.key(added), None);
        session.add_again(added).unwrap();
        session.delete(one.temp).unwrap();
        session.flush().unwrap();
        session.rollback().unwrap();
        assert_eq!(session.state(one.temp), orm_runtime::ObjectState::Persistent);
        session.add_again(added).unwrap();
        session.commit().unwrap();
        let counts = ["inh_person", "inh_engineer", "inh_manager", "inh_boss"].map(|it| db.count(it));
        assert_eq!(counts, [6, 1, 3, 2]);
    }

    fn differences_concern_the_columns_that_a_subtype_has(db: &TestDb) {
        let mut session = db.session_for(people());
        let one = one_of_each(&mut session);
        session[one.boss].golf = 7;
        session[one.boss].name = "rob".to_owned();
        let fields = |session: &Session| -> Vec<_> {
            let changes = session.changes(one.boss.upcast::<Person>()).unwrap();
            changes.into_iter().map(|it| (it.field, it.old, it.new)).collect()
        };
        let text = |text: &str| text.to_owned();
        assert_eq!(
            fields(&session),
            [("name", text("\"bob\""), text("\"rob\"")), ("golf", text("3"), text("7"))]
        );
        assert!(session.is_dirty(one.boss.upcast::<Staff>()));
        session.commit().unwrap();
        assert!(fields(&session).is_empty());
        let temp = session.add(temp("tom"));
        let fields: Vec<_> = session.changes(temp).unwrap().iter().map(|it| it.field).collect();
        assert_eq!(fields, ["name", "kind", "company_id", "agency", "mentor_id"]);
    }

    fn listeners_learn_of_subtypes(db: &TestDb) {
        struct Told;
        impl SessionListener for Told {
            fn after_flush(&mut self, session: &mut Session, rows: &[FlushedRow]) -> Result<()> {
                for row in rows.iter().filter(|row| row.entity != "Company") {
                    let as_one = [
                        row.handle::<Person>().is_some(),
                        row.handle::<Staff>().is_some(),
                        row.handle::<Manager>().is_some(),
                        row.handle::<Boss>().is_some(),
                        row.handle::<Company>().is_some(),
                    ];
                    let text = format!("{} {as_one:?}", row.entity);
                    session.add(Company::builder().name(text).build());
                }
                Ok(())
            }
        }
        let mut session = db.session_for(people());
        session.listen(Told);
        session.add(boss("bob"));
        session.add(temp("tim"));
        session.commit().unwrap();
        assert_eq!(
            db.rows("inh_company", "name"),
            ["Boss [true, true, true, true, false]", "Temp [true, true, false, false, false]"]
        );
    }
}
