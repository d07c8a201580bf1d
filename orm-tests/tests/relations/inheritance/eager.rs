//! Eager loading of relationships of some subtypes, for objects of all subtypes.

use orm_runtime::prelude::*;
use orm_tests::{TestDb, assert_sql, on_all_databases};

use super::model::*;
use super::people::*;

/// Stores two companies with people. Two of the engineers have the boss as manager.
fn companies(session: &mut Session) {
    let acme = session.add(Company::builder().name("acme").build());
    let bell = session.add(Company::builder().name("bell").build());
    let max = session.add(manager("max"));
    let mut bob = boss("bob");
    bob.manager.person.notes = [Note::builder().text("by bob").build()].into_iter().collect();
    let bob = session.add(bob);
    for (name, manager) in [("eve", bob.upcast()), ("eli", bob.upcast()), ("ed", max)] {
        let mut engineer = engineer(name);
        engineer.manager = manager.into();
        engineer.person.company = acme.into();
        session.add(engineer);
    }
    let mut tim = temp("tim");
    tim.person.company = bell.into();
    tim.mentor = bob.into();
    session.add(tim);
    session[bob].company = bell.into();
    session.commit().unwrap();
    session.clear();
    session.take_log();
}

on_all_databases! {
    fn a_path_may_begin_at_any_level(db: &TestDb) {
        let mut session = db.session_for(people());
        companies(&mut session);
        let everyone = session
            .query::<Staff>()
            .eager(person::company)
            .eager(manager::engineers.then(person::company))
            .eager(temp::mentor)
            .eager(person::notes)
            .all()
            .unwrap();
        assert_sql!(session, "S inh_person; S inh_company; S inh_person; S inh_note");
        let kinds: Vec<_> = everyone.iter().filter_map(|&it| session.subtype_of(it)).collect();
        let mut told = Vec::new();
        for kind in kinds {
            match kind {
                StaffHandle::Manager(it) => told.push(session[it].engineers.len(&session).unwrap()),
                StaffHandle::Boss(it) => {
                    told.push(session[it].engineers.len(&session).unwrap());
                    assert_eq!(session[it].notes.len(&session).unwrap(), 1);
                    let company = session[it].company.get(&session).unwrap().unwrap();
                    assert_eq!(company.name, "bell");
                }
                StaffHandle::Temp(it) => {
                    assert_eq!(session[it].mentor.get(&session).unwrap().unwrap().name, "bob");
                }
                StaffHandle::Engineer(it) => {
                    assert!(session[it].notes.is_empty(&session).unwrap());
                }
                StaffHandle::Person(_) => panic!("there is none"),
            }
        }
        told.sort_unstable();
        assert_eq!(told, [1, 2]);
    }

    fn where_no_object_is_of_the_kind_nothing_is_sent(db: &TestDb) {
        let mut session = db.session_for(people());
        companies(&mut session);
        let temps = session.query::<Temp>().eager(manager::engineers).all().unwrap();
        assert_sql!(session, "S inh_person");
        assert_eq!(temps.len(), 1);
        let named = person::name.ne("bob").and(person::name.ne("max"));
        session.query::<Person>().filter(named).eager(manager::engineers).all().unwrap();
        assert_sql!(session, "S inh_person");
    }

    fn a_kind_loads_what_its_base_has(db: &TestDb) {
        let mut session = db.session_for(people());
        companies(&mut session);
        let engineers = session.query::<Engineer>().eager(person::company).all().unwrap();
        assert_sql!(session, "S inh_person; S inh_company");
        for &engineer in &engineers {
            assert_eq!(session[engineer].company.get(&session).unwrap().unwrap().name, "acme");
            session.load(engineer, person::notes).unwrap();
            session.load(engineer, engineer::manager).unwrap();
        }
        // Each statement is for all objects that were loaded together.
        assert_sql!(session, "S inh_note; S inh_person");
        session.load_all(&engineers, engineer::manager.then(person::notes)).unwrap();
        assert_sql!(session, "S inh_note");
    }

    fn loading_for_objects_of_all_kinds_leaves_the_others_out(db: &TestDb) {
        let mut session = db.session_for(people());
        companies(&mut session);
        let everyone = session.query::<Staff>().all().unwrap();
        session.take_log();
        session.load_all(&everyone, manager::engineers).unwrap();
        assert_sql!(session, "S inh_person");
        for &one in &everyone {
            session.load(one, manager::engineers).unwrap();
        }
        assert_sql!(session, "");
    }

    fn collections_of_a_base_hold_all_kinds_and_go_on_to_one(db: &TestDb) {
        let mut session = db.session_for(people());
        companies(&mut session);
        let companies = session
            .query::<Company>()
            .order_by(company::name.asc())
            .eager(company::people.then(manager::engineers))
            .all()
            .unwrap();
        assert_sql!(session, "S inh_company; S inh_person; S inh_person");
        let bell = session[companies[1]].people.handles(&session).unwrap();
        assert_eq!(names(&session, &bell), ["bob", "tim"]);
        let bob = bell.iter().find_map(|&it| session.downcast::<Boss>(it)).unwrap();
        assert_eq!(session[bob].engineers.len(&session).unwrap(), 2);
    }

    fn what_is_joined_is_of_the_kind_that_has_it(db: &TestDb) {
        let mut session = db.session_for(people());
        companies(&mut session);
        let everyone = session
            .query::<Staff>()
            .eager(person::company.joined())
            .eager(manager::engineers.joined())
            .all()
            .unwrap();
        assert_sql!(session, "S inh_person");
        assert_eq!(everyone.len(), 6);
        let bosses = session.handles::<Boss>();
        assert_eq!(session[bosses[0]].engineers.len(&session).unwrap(), 2);
        assert_eq!(session[bosses[0]].company.get(&session).unwrap().unwrap().name, "bell");

        session.clear();
        let pairs = session.query::<Staff>().join(person::company).all().unwrap();
        assert_eq!(pairs.len(), 5);
        for (one, company) in pairs {
            let bell = matches!(session.subtype_of(one), Some(StaffHandle::Boss(_) | StaffHandle::Temp(_)));
            assert_eq!(session[company].name == "bell", bell);
        }
        let pairs = session.query::<Engineer>().join(engineer::manager).all().unwrap();
        let managers: Vec<_> = pairs.iter().map(|pair| pair.1).collect();
        assert_eq!(names(&session, &managers), ["bob", "bob", "max"]);
    }

    fn conditions_go_along_the_relationships_of_every_level(db: &TestDb) {
        let mut session = db.session_for(people());
        companies(&mut session);
        let at_bell = || person::company.has(company::name.eq("bell"));
        let found = session.query::<Staff>().filter(at_bell()).all().unwrap();
        assert_eq!(names(&session, &found), ["bob", "tim"]);
        let found = session.query::<Temp>().filter(at_bell()).all().unwrap();
        assert_eq!(names(&session, &found), ["tim"]);
        let found = session.query::<Staff>().filter(manager::engineers.exists()).all().unwrap();
        assert_eq!(names(&session, &found), ["bob", "max"]);
        let of_a_boss = engineer::manager.has(manager::status.eq("plans").and(person::name.eq("bob")));
        let found = session.query::<Engineer>().filter(of_a_boss).all().unwrap();
        assert_eq!(names(&session, &found), ["eli", "eve"]);
        let ordered = session
            .query::<Engineer>()
            .order_by((person::company.column(company::name).asc(), person::name.asc()))
            .all()
            .unwrap();
        assert_eq!(session[ordered[0]].name, "ed");
        let found = session.query::<Company>().filter(company::people.has_any(person::name.eq("tim")));
        assert_eq!(found.count().unwrap(), 1);
        let busy = session.query::<Manager>().order_by(manager::engineers.count().desc()).first();
        let busy = busy.unwrap().unwrap();
        assert_eq!(session[busy].name, "bob");
    }

    fn a_reference_to_another_subtype_finds_nothing_in_memory(db: &TestDb) {
        let mut session = db.session_for(schema![AnyAnimal]);
        let animal = |name: &str| Animal::builder().name(name).build();
        let rex = session.add(Dog::builder().animal(animal("rex")).good(true).build());
        session.add(Cat::builder().animal(animal("tom")).lives(9).chases(rex).build());
        session.commit().unwrap();
        // Both are in one table, so the database cannot refuse it.
        let by_key: ForeignKey<Dog, String> = "tom".into();
        let kit = session.add(Cat::builder().animal(animal("kit")).lives(9).chases(by_key).build());
        session.commit().unwrap();
        session.clear();
        let cats = session.query::<Cat>().order_by(animal::name.asc()).all().unwrap();
        session.take_log();
        session.load(cats[0], cat::chases).unwrap();
        assert_sql!(session, "");
        session.load(cats[1], cat::chases).unwrap();
        assert_sql!(session, "S inh_animal");
        assert_eq!(session[cats[1]].chases.get(&session).unwrap().unwrap().name, "rex");
        let nothing = session[cats[0]].chases.get(&session).unwrap_err();
        assert!(matches!(nothing, Error::NotInMemory { entity: "Dog", .. }), "{nothing}");
        assert!(!session[cats[0]].chases.is_loaded(&session));
        session.load(cats[0], cat::chases).unwrap();
        assert_sql!(session, "");
        assert!(session.try_get(kit).is_none());
    }

    fn a_key_without_a_row_of_the_kind_may_have_one_of_another(db: &TestDb) {
        let mut session = db.session_for(schema![AnyAnimal]);
        let animal = |name: &str| Animal::builder().name(name).build();
        session.add(Cat::builder().animal(animal("tom")).lives(9).build());
        session.commit().unwrap();
        let no_dog: ForeignKey<Dog, String> = "tom".into();
        let mut kit = Cat::builder().animal(animal("kit")).lives(9).chases(no_dog).build();
        kit.animal.parent = Some("tom".into());
        session.add(kit);
        session.commit().unwrap();
        session.clear();
        let kit = session.query::<Cat>().filter(animal::name.eq("kit")).one().unwrap();
        session.take_log();
        for _ in 0..2 {
            session.load(kit, cat::chases).unwrap();
        }
        assert_sql!(session, "S inh_animal");
        session.load(kit, animal::parent).unwrap();
        assert_sql!(session, "S inh_animal");
        assert_eq!(session[kit].parent.get(&session).unwrap().unwrap().name, "tom");
    }
}
