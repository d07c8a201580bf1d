//! Many rows of subtypes at once: bulk inserts, set statements.

use orm_runtime::Dialect;
use orm_runtime::prelude::*;
use orm_tests::{TestDb, assert_matches, assert_sql, on_all_databases};

use super::flush::{boss, engineer, manager, person, schema, temp};
use super::model::*;

fn staff(db: &TestDb) -> Session {
    let mut session = db.session_for(schema());
    session.add(person("joe"));
    session.add(temp("ted"));
    session.add(engineer("dilbert", "regular"));
    session.add(engineer("wally", "idle"));
    session.add(manager("pointy", "busy"));
    session.add(boss("catbert", 4));
    session.add(boss("dogbert", 9));
    session.commit().unwrap();
    session.clear();
    session.take_log();
    session
}

fn names(session: &mut Session) -> Vec<String> {
    session.query::<Person>().order_by(person::name.asc()).select(person::name).load().unwrap()
}

on_all_databases! {
    fn i02_bulk_rows_of_a_kind_go_from_table_to_table(db: &TestDb) {
        let mut session = db.session_for(schema());
        session.take_log();
        let rows = (0..20).map(|n| boss(&format!("boss {n}"), n));
        assert_eq!(session.bulk_insert(rows).unwrap(), 20);
        let log = session.take_log();
        let inserts: Vec<_> =
            log.iter().filter(|it| !it.sql.starts_with("SELECT")).map(|it| &*it.sql).collect();
        let table = |sql: &str| {
            let sql = sql.replace(['"', '`'], "");
            sql.split(' ').find(|word| word.starts_with("inh_")).map(str::to_owned).unwrap()
        };
        let tables: Vec<_> =
            inserts.iter().filter(|sql| sql.contains("inh_")).map(|sql| table(sql)).collect();
        match session.dialect() {
            // Diesel does not report COPY as a statement.
            Dialect::Postgres => assert_eq!(tables[0], "inh_person"),
            _ => assert_eq!(tables, ["inh_person", "inh_manager", "inh_boss"], "{inserts:?}"),
        }
        let found: Vec<(String, i32)> = session
            .query::<Boss>()
            .order_by(boss::golf.asc())
            .select((person::name, boss::golf))
            .load()
            .unwrap();
        assert_eq!(found.len(), 20);
        assert!(found.iter().enumerate().all(|(n, (name, _))| *name == format!("boss {n}")));
    }

    fn bulk_rows_of_all_kinds(db: &TestDb) {
        let mut session = db.session_for(schema());
        let rows = (0..40).map(|n| match n % 4 {
            0 => Staff::from(engineer(&format!("{n}"), "new")),
            1 => boss(&format!("{n}"), n).into(),
            2 => temp(&format!("{n}")).into(),
            _ => person(&format!("{n}")).into(),
        });
        assert_eq!(session.bulk_insert(rows).unwrap(), 40);
        for staff in session.query::<Staff>().all().unwrap() {
            let n: i32 = session[staff].name.parse().unwrap();
            match (&session[staff], n % 4) {
                (Staff::Engineer(engineer), 0) => assert_eq!(engineer.status, "new"),
                (Staff::Boss(boss), 1) => assert_eq!(boss.golf, n),
                (Staff::Temp(temp), 2) => assert_eq!(temp.agency, "agency"),
                (Staff::Person(_), 3) => {}
                (other, _) => panic!("{n}: {other:?}"),
            }
        }
        let error = session.bulk_upsert([boss("x", 1)]).run().unwrap_err();
        assert_matches!(error, Error::Configuration(_));
        assert_eq!(session.bulk_upsert([temp("x")]).run().unwrap(), 1);
    }

    fn an_upsert_does_not_make_a_row_another_kind(db: &TestDb) {
        let mut session = staff(db);
        let before = db.rows("inh_person", "id, name");
        let with_id = |mut temp: Temp, id: i64| {
            temp.id = id.into();
            temp
        };
        let [joe, ted] = ["joe", "ted"].map(|name| {
            let query = session.query::<Person>().filter(person::name.eq(name));
            query.select(person::id).one().unwrap()
        });
        let rows = || [with_id(temp("new"), 99), with_id(temp("ted 2"), ted), with_id(temp("joe 2"), joe)];
        let error = session.bulk_upsert(rows()).run().unwrap_err();
        assert_matches!(&error, Error::Configuration(_));
        assert!(error.to_string().contains("the existing row is of another subtype"), "{error}");
        session.commit().unwrap();
        assert_eq!(db.rows("inh_person", "id, name"), before);
        session.bulk_upsert(rows()).do_nothing().run().unwrap();
        session.bulk_upsert([with_id(temp("ted 2"), ted)]).run().unwrap();
        session.commit().unwrap();
        let names = names(&mut session);
        assert!(names.iter().any(|it| it == "joe") && names.iter().any(|it| it == "ted 2"), "{names:?}");
    }

    fn an_update_is_of_one_of_the_tables(db: &TestDb) {
        let mut session = staff(db);
        let bosses = session.query::<Boss>().order_by(boss::golf.asc()).all().unwrap();
        session.take_log();
        let changed = session
            .query::<Boss>()
            .filter(person::name.eq("catbert"))
            .update(boss::golf.eq(boss::golf + 1))
            .unwrap();
        assert_eq!((changed, session[bosses[0]].golf, session[bosses[1]].golf), (1, 5, 9));

        // A column of a base, and a condition on another table.
        let changed = session
            .query::<Boss>()
            .filter(boss::golf.gt(5))
            .update(manager::status.eq("relaxed"))
            .unwrap();
        assert_eq!((changed, &*session[bosses[1]].status), (1, "relaxed"));
        let changed = session
            .query::<Manager>()
            .filter(manager::status.eq("busy"))
            .update(person::name.eq("renamed"))
            .unwrap();
        assert_eq!((changed, &*session[bosses[0]].name), (2, "renamed"));
        assert_eq!(
            names(&mut session),
            ["dilbert", "dogbert", "joe", "renamed", "renamed", "ted", "wally"]
        );

        session.clear();
        session.take_log();
        assert_eq!(session.query::<Boss>().update(boss::golf.eq(0)).unwrap(), 2);
        assert_sql!(session, "U inh_boss[golf] x2");
        assert_eq!(session.query::<Temp>().update(temp::agency.eq("other")).unwrap(), 1);
        assert_eq!(session.query::<Engineer>().update(person::name.eq("same")).unwrap(), 2);
        let error = session.query::<Boss>().update(boss::id.eq(7)).unwrap_err();
        assert_matches!(error, Error::Configuration(_));
        let error = session.query::<Staff>().update(person::kind.eq(PersonKind::Boss)).unwrap_err();
        assert_matches!(error, Error::Configuration(_));
    }

    fn a_delete_takes_the_rows_of_all_tables(db: &TestDb) {
        let mut session = staff(db);
        let catbert = session.query::<Boss>().filter(boss::golf.eq(4)).one().unwrap();
        session.take_log();
        let gone = session.query::<Manager>().filter(person::name.ne("dogbert")).delete().unwrap();
        assert_eq!(gone, 2);
        assert_sql!(session, "S inh_person; D inh_boss x1; D inh_manager x2; D inh_person x2");
        assert!(session.try_get(catbert).is_none() || session.state(catbert) == orm_runtime::ObjectState::Deleted);
        assert_eq!(names(&mut session), ["dilbert", "dogbert", "joe", "ted", "wally"]);
        assert_eq!(session.query::<Temp>().delete().unwrap(), 1);
        assert_eq!(session.query::<Engineer>().filter(engineer::status.eq("idle")).delete().unwrap(), 1);
        assert_eq!(names(&mut session), ["dilbert", "dogbert", "joe"]);
        session.rollback().unwrap();
        assert_eq!(names(&mut session).len(), 7);

        // A refused deletion leaves everything as it was, and the session still works.
        let engineer = session.query::<Engineer>().first().unwrap().unwrap();
        let boss = session.query::<Boss>().first().unwrap().unwrap();
        session[engineer].manager = Some(boss.upcast::<Manager>().into());
        session.flush().unwrap();
        let error = session.query::<Boss>().delete().unwrap_err();
        assert_matches!(error, Error::Constraint(_));
        assert_eq!(names(&mut session).len(), 7);
        session.commit().unwrap();
        assert_eq!(session.query::<Staff>().delete().unwrap(), 7);
        session.commit().unwrap();
        assert_eq!(session.query::<Staff>().count().unwrap(), 0);
    }

    fn a_column_of_a_kind_is_set_in_rows_of_that_kind(db: &TestDb) {
        let mut session = staff(db);
        let ted = session.query::<Temp>().one().unwrap();
        assert_eq!(session.query::<Staff>().update(temp::agency.eq("all")).unwrap(), 1);
        assert_eq!(session[ted].agency, "all");
        assert_eq!(session.query::<Person>().update(engineer::language.eq("rust")).unwrap(), 2);
        session.commit().unwrap();
        assert_eq!(db.rows("inh_person WHERE agency IS NOT NULL", "name"), ["ted"]);
        assert_eq!(db.rows("inh_engineer WHERE language = 'rust'", "id").len(), 2);
    }
}
