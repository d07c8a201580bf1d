//! Hooks, which run before an object is written and after it is read.

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};

use orm_runtime::ObjectState;
use orm_runtime::prelude::*;
use orm_tests::{TestDb, assert_matches, assert_no_sql, assert_sql, on_all_databases};

thread_local! {
    /// The hooks that have run, in order. Each test has its own thread.
    static CALLS: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

fn call(what: &str, name: &str) {
    CALLS.with_borrow_mut(|calls| calls.push(format!("{what} {name}")));
}

fn calls() -> Vec<String> {
    CALLS.take()
}

#[derive(Entity, Debug)]
#[entity(table = "members", hooks)]
struct Member {
    id: Auto<i64>,
    name: String,
    #[entity(default)]
    edits: i32,
    notes: Deferred<Option<String>>,
    #[entity(skip)]
    greeting: String,
}

impl Member {
    fn new(name: &str) -> Self {
        call("new", name);
        Member::builder().name(name).build()
    }
}

impl Hooks for Member {
    fn before_insert(&mut self) {
        call("insert", &self.name);
        self.name.make_ascii_lowercase();
        assert_ne!(self.name, "panics", "the hook has a bug");
    }

    fn before_update(&mut self) {
        call("update", &self.name);
        self.edits += 1;
    }

    fn before_delete(&mut self) {
        call("delete", &self.name);
        self.id = Auto::from(1_000);
        self.edits = -1;
    }

    fn after_load(&mut self) {
        call("load", &self.name);
        self.greeting.push_str(&format!("hello {}", self.name));
        if self.name == "changes its key" {
            self.id = Auto::from(99);
        }
    }
}

/// Opens a session with the committed members ada, bob and cy, which have the keys 1 to 3 and are
/// not in memory.
fn members(db: &TestDb) -> Session {
    let mut session = db.session_for(schema![Member]);
    session.add_all(["Ada", "Bob", "Cy"].map(Member::new));
    session.commit().unwrap();
    session.clear();
    session.take_log();
    calls();
    session
}

on_all_databases! {
    // E21
    fn a_loaded_object_is_not_built_by_the_constructor(db: &TestDb) {
        let mut session = db.session_for(schema![Member]);
        let ada = session.add(Member::new("ada"));
        session.flush().unwrap();
        assert_eq!(calls(), ["new ada", "insert ada"]);
        let key = session.key(ada).unwrap();
        session.clear();
        let ada = session.get_one::<Member>(key).unwrap();
        assert_eq!(calls(), ["load ada"]);
        assert_eq!(session[ada].greeting, "hello ada");
    }

    fn hooks_run_before_the_plan_in_the_order_of_the_statements(db: &TestDb) {
        let mut session = db.session_for(schema![Member]);
        let members = session.add_all(["Zoe", "Ada", "Mia"].map(Member::new));
        calls();
        session.commit().unwrap();
        assert_eq!(calls(), ["insert Zoe", "insert Ada", "insert Mia"]);
        assert_sql!(session, "I members x3");
        assert_eq!(db.rows("members", "id, name, edits"), ["1|zoe|0", "2|ada|0", "3|mia|0"]);
        // They are changed in reverse order, and one of them is set to the value it has.
        session[members[2]].name = "mia 2".to_owned();
        session[members[1]].name = "ada".to_owned();
        session[members[0]].name = "zoe 2".to_owned();
        session.commit().unwrap();
        assert_eq!(calls(), ["update zoe 2", "update mia 2"]);
        assert_sql!(session, "U members[name,edits] x2");
        assert_eq!(db.rows("members", "id, name, edits"), ["1|zoe 2|1", "2|ada|0", "3|mia 2|1"]);
        session.delete(members[2]).unwrap();
        session.delete(members[0]).unwrap();
        session.commit().unwrap();
        assert_eq!(calls(), ["delete zoe 2", "delete mia 2"]);
        assert_sql!(session, "D members x2");
        assert_eq!(db.rows("members", "id, name"), ["2|ada"]);
        session.commit().unwrap();
        assert_eq!(calls(), [""; 0]);
    }

    fn what_a_hook_does_to_a_deleted_object_comes_back_with_a_rollback(db: &TestDb) {
        let mut session = members(db);
        let ada = session.get_one::<Member>(1).unwrap();
        session.delete(ada).unwrap();
        session.flush().unwrap();
        assert_eq!(session[ada].edits, -1);
        session.rollback().unwrap();
        assert_eq!((session[ada].edits, session[ada].id), (0, Auto::from(1)));
        assert_eq!(session.state(ada), ObjectState::Persistent);
        assert_eq!(session.find::<Member>(1), Some(ada));
        session.commit().unwrap();
        assert_eq!(db.count("members"), 3);
    }

    fn a_failed_flush_runs_the_hooks_again(db: &TestDb) {
        let mut session = members(db);
        let clash = session.add(Member::builder().id(1).name("Clash").build());
        assert_matches!(session.commit(), Err(Error::Constraint(_)));
        assert_eq!(session[clash].name, "clash");
        session[clash].id = Auto::from(7);
        session.commit().unwrap();
        assert_eq!(calls(), ["insert Clash", "insert clash"]);
        assert_eq!(db.rows("members", "name"), ["ada", "bob", "clash", "cy"]);
    }

    fn pending_sql_runs_no_hook(db: &TestDb) {
        let mut session = members(db);
        session.add(Member::new("Dee"));
        calls();
        assert_eq!(session.pending_sql().unwrap().len(), 1);
        assert_eq!(calls(), [""; 0]);
    }

    fn after_load_runs_whenever_an_object_takes_the_values_of_a_row(db: &TestDb) {
        let mut session = members(db);
        let ada = session.get_one::<Member>(1).unwrap();
        assert_eq!(calls(), ["load ada"]);
        // The object is in memory and current.
        session.get_one::<Member>(1).unwrap();
        session[ada].edits = 5;
        session.query::<Member>().filter(member::id.eq(1)).one().unwrap();
        assert_eq!(calls(), ["update ada"]);
        assert_eq!(session[ada].greeting, "hello ada");
        session.commit().unwrap();
        // It is stale: the skipped field keeps its value.
        db.execute("UPDATE members SET name = 'ada 2' WHERE id = 1");
        session.get_one::<Member>(1).unwrap();
        assert_eq!(calls(), ["load ada 2"]);
        assert_eq!(session[ada].greeting, "hello adahello ada 2");
        session.refresh(&[ada]).unwrap();
        let found = session.query::<Member>().filter(member::id.eq(1)).populate_existing();
        found.one().unwrap();
        assert_eq!(calls(), ["load ada 2", "load ada 2"]);
        session.load(ada, member::notes).unwrap();
        assert_eq!(calls(), [""; 0]);
        // Loaded values are not written back.
        session.take_log();
        session.flush().unwrap();
        assert_no_sql!(session);
    }

    fn after_load_runs_for_rows_that_are_not_tracked(db: &TestDb) {
        let mut session = members(db);
        let by_key = |session: &mut Session| -> Vec<String> {
            let rows = session.query::<Member>().order_by(member::id.asc()).rows().unwrap();
            rows.into_iter().map(|row| row.greeting).collect()
        };
        assert_eq!(by_key(&mut session), ["hello ada", "hello bob", "hello cy"]);
        let streamed = session.query::<Member>().order_by(member::id.asc()).stream().unwrap();
        let streamed: Vec<_> = streamed.map(|row| row.unwrap().greeting).collect();
        assert_eq!(streamed, ["hello ada", "hello bob", "hello cy"]);
        assert_eq!(calls().len(), 6);
        let cy = session.from_sql::<Member>("SELECT * FROM members WHERE id = 3").one().unwrap();
        assert_eq!(session[cy].greeting, "hello cy");
        assert_eq!(calls(), ["load cy"]);
    }

    fn after_load_cannot_change_the_key(db: &TestDb) {
        let mut session = members(db);
        let ada = session.get_one::<Member>(1).unwrap();
        session.commit().unwrap();
        db.execute("UPDATE members SET name = 'changes its key' WHERE id <> 3");
        let error = session.get::<Member>(2).unwrap_err();
        assert_eq!(
            error.to_string(),
            "Member 2 cannot be loaded: its after_load changes the key"
        );
        assert_matches!(session.refresh(&[ada]), Err(Error::InvalidState { .. }));
        assert_matches!(session.query::<Member>().rows(), Err(Error::InvalidState { .. }));
        assert_eq!((&*session[ada].name, session[ada].id), ("ada", Auto::from(1)));
        assert!(session[ada].greeting.starts_with("hello ada"));
        assert_eq!(session.find::<Member>(2), None);
        let cy = session.get_one::<Member>(3).unwrap();
        session[cy].name = "cy 2".to_owned();
        session.commit().unwrap();
        assert_eq!(db.count("members WHERE name = 'cy 2'"), 1);
    }

    fn bulk_inserts_run_the_hook_of_each_row(db: &TestDb) {
        let mut session = members(db);
        session.bulk_insert(["Dee", "Eve"].map(Member::new)).unwrap();
        let bob = Member::builder().id(2).name("Bobby").build();
        session.bulk_upsert([bob]).run().unwrap();
        session.commit().unwrap();
        let mut names = db.rows("members", "name");
        names.sort();
        assert_eq!(names, ["ada", "bobby", "cy", "dee", "eve"]);
        assert_eq!(calls(), ["new Dee", "new Eve", "insert Dee", "insert Eve", "insert Bobby"]);
    }

    fn set_based_statements_run_no_hook(db: &TestDb) {
        let mut session = members(db);
        let bob = member::name.eq("bob");
        assert_eq!(session.query::<Member>().filter(bob).update(member::name.eq("Rob")).unwrap(), 1);
        assert_eq!(session.query::<Member>().filter(member::id.eq(1)).delete().unwrap(), 1);
        session.commit().unwrap();
        assert_eq!(calls(), [""; 0]);
        assert_eq!(db.rows("members", "name, edits"), ["Rob|0", "cy|0"]);
    }

    fn a_hook_that_panics_leaves_the_session_in_order(db: &TestDb) {
        let mut session = members(db);
        let ada = session.get_one::<Member>(1).unwrap();
        session[ada].edits = 3;
        let first = session.add(Member::new("First"));
        let bad = session.add(Member::new("Panics"));
        session.take_log();
        assert!(catch_unwind(AssertUnwindSafe(|| session.flush())).is_err());
        assert_no_sql!(session);
        assert_eq!(session.state(first), ObjectState::Pending);
        assert_eq!(session.state(bad), ObjectState::Pending);
        assert_eq!(session[ada].edits, 3);
        let inside = session.transaction(|session| {
            session[bad].name = "mended".to_owned();
            session.flush()
        });
        inside.unwrap();
        assert_eq!(db.rows("members", "name"), ["ada", "bob", "cy", "first", "mended"]);
        assert_eq!(db.rows("members", "id, edits")[0], "1|4");
    }
}
