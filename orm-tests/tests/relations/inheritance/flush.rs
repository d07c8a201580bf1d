//! The rows of subtypes in their tables: inserted base first, updated if they change, deleted in
//! reverse.

use orm_runtime::Schema;
use orm_runtime::prelude::*;
use orm_tests::{TestDb, assert_matches, assert_no_sql, assert_sql, on_all_databases};

use super::model::*;

pub(super) fn schema() -> Schema {
    schema![Company, Staff, Note]
}

fn animals() -> Schema {
    schema![AnyAnimal]
}

pub(super) fn person(name: &str) -> Person {
    Person::builder().name(name).build()
}

pub(super) fn engineer(name: &str, status: &str) -> Engineer {
    Engineer::builder().person(person(name)).status(status).build()
}

pub(super) fn manager(name: &str, status: &str) -> Manager {
    Manager::builder().person(person(name)).status(status).build()
}

pub(super) fn boss(name: &str, golf: i32) -> Boss {
    Boss::builder().manager(manager(name, "busy")).golf(golf).build()
}

pub(super) fn temp(name: &str) -> Temp {
    Temp::builder().person(person(name)).agency("agency").build()
}

fn dog(name: &str) -> Dog {
    Dog::builder().animal(Animal::builder().name(name).build()).good(true).build()
}

fn cat(name: &str) -> Cat {
    Cat::builder().animal(Animal::builder().name(name).build()).lives(9).build()
}

on_all_databases! {
    fn g04_each_table_has_its_own_statements(db: &TestDb) {
        let mut session = db.session_for(schema());
        session.take_log();
        let dilbert = session.add(engineer("dilbert", "regular"));
        let wally = session.add(manager("wally", "idle"));
        let catbert = session.add(boss("catbert", 4));
        session.add(person("joe"));
        let temp = session.add(temp("ted"));
        session.flush().unwrap();
        // The common columns are one INSERT; the subtype with more columns in that table
        // needs another.
        assert_sql!(
            session,
            "I inh_person x4; I inh_person x1; I inh_engineer x1; I inh_manager x2; I inh_boss x1"
        );
        let ids = [session[dilbert].id.get(), session[catbert].id.get(), session[temp].id.get()];
        assert!(ids.iter().all(Option::is_some), "{ids:?}");

        session[dilbert].status = "away".to_owned();
        session.flush().unwrap();
        assert_sql!(session, "U inh_engineer[status] x1");
        session[dilbert].name = "Dilbert".to_owned();
        session.flush().unwrap();
        assert_sql!(session, "U inh_person[name] x1");
        session[catbert].name = "Catbert".to_owned();
        session[catbert].golf = 5;
        session[wally].status = "asleep".to_owned();
        session[catbert].status = "evil".to_owned();
        session.flush().unwrap();
        assert_sql!(session, "U inh_person[name] x1; U inh_manager[status] x2; U inh_boss[golf] x1");

        session.clear();
        let catbert = session.query::<Boss>().one().unwrap();
        assert_eq!(
            (&*session[catbert].name, &*session[catbert].status, session[catbert].golf),
            ("Catbert", "evil", 5)
        );
        session.take_log();
        session.delete(catbert).unwrap();
        session.flush().unwrap();
        let log = session.take_log();
        let trace = orm_tests::trace(&log);
        assert!(trace.ends_with("D inh_boss x1; D inh_manager x1; D inh_person x1"), "{trace}");
        assert_eq!(session.query::<Staff>().count().unwrap(), 4);
        session.rollback().unwrap();
    }

    fn kinds_refer_to_each_other_in_one_flush(db: &TestDb) {
        let mut session = db.session_for(schema());
        session.take_log();
        let company = session.add(Company::builder().name("acme").build());
        let dilbert = session.add(engineer("dilbert", "regular"));
        let ted = session.add(temp("ted"));
        let boss = session.add(boss("catbert", 1));
        let bosses = session.downcast::<Manager>(boss).unwrap();
        session[dilbert].manager = Some(bosses.into());
        session[dilbert].company = Some(company.into());
        session[ted].mentor = Some(dilbert.upcast::<Person>().into());
        let note = Note::builder().text("hello").author(dilbert.upcast::<Person>()).build();
        session.add(note);
        session.flush().unwrap();
        assert_sql!(
            session,
            "I inh_company x1; I inh_person x1; I inh_manager x1; I inh_boss x1; I inh_person x1; \
             I inh_engineer x1; I inh_person x1; I inh_note x1"
        );
        session.commit().unwrap();
        session.clear();
        let dilbert = session.query::<Engineer>().one().unwrap();
        let boss = session.query::<Boss>().one().unwrap();
        let key = session[boss].id.get().unwrap();
        assert_eq!(session[dilbert].manager.as_ref().unwrap().key(), Some(&key));

        // The engineer is deleted before the manager, whichever table the manager is in.
        session[dilbert].manager = Some(session.downcast::<Manager>(boss).unwrap().into());
        session.take_log();
        let ted = session.query::<Temp>().one().unwrap();
        session.delete(ted).unwrap();
        session.delete(boss).unwrap();
        session.delete(dilbert).unwrap();
        session.flush().unwrap();
        assert_eq!(session.query::<Staff>().count().unwrap(), 0);
        session.commit().unwrap();
    }

    fn a_version_of_the_base_grows_with_any_change(db: &TestDb) {
        let mut session = db.session_for(animals());
        session.take_log();
        let rex = session.add(dog("rex"));
        let tom = session.add(cat("tom"));
        session[tom].chases = Some(rex.into());
        session.commit().unwrap();
        session.take_log();
        session[tom].lives = 8;
        session.commit().unwrap();
        assert_eq!(session[tom].version, session[rex].version + 1);

        let mut other = db.session();
        let again = other.get_one::<Cat>("tom").unwrap();
        other[again].lives = 7;
        other.commit().unwrap();
        session[tom].lives = 6;
        let error = session.flush().unwrap_err();
        assert_matches!(error, Error::StaleRow { entity: "Cat", expected: 1, matched: 0, .. });
    }

    fn a_row_is_of_its_kind_for_good(db: &TestDb) {
        let mut session = db.session_for(animals());
        let rex = session.add(dog("rex"));
        session.commit().unwrap();
        session.take_log();
        session.delete(rex).unwrap();
        session.add(cat("rex"));
        let error = session.flush().unwrap_err();
        assert_matches!(error, Error::InvalidState { entity: "Cat", action: "inserted", .. });
        assert_no_sql!(session);
    }
}
