//! Random work on a graph: whatever is done, what the collections say is what the references say, in
//! memory and, where a collection is whole, in the database.

use std::collections::BTreeSet;

use orm_runtime::prelude::*;
use orm_runtime::{Lazy, ObjectState};
use orm_tests::{Random, TestDb, on_all_databases};

use crate::model::{Address, Tag, User, address, schema, user};

/// The session under test, and everything that was ever put into it.
struct Work {
    session: Session,
    users: Vec<Handle<User>>,
    addresses: Vec<Handle<Address>>,
    names: u32,
}

impl Work {
    fn user(&mut self, random: &mut Random) -> Option<Handle<User>> {
        let live: Vec<_> = self.users.iter().copied().filter(|&it| self.is_live(it)).collect();
        (!live.is_empty()).then(|| live[random.below(0..live.len())])
    }

    fn address(&mut self, random: &mut Random) -> Option<Handle<Address>> {
        let live: Vec<_> = self.addresses.iter().copied().filter(|&it| self.is_live(it)).collect();
        (!live.is_empty()).then(|| live[random.below(0..live.len())])
    }

    fn is_live<T: Entity>(&self, handle: Handle<T>) -> bool {
        matches!(self.session.state(handle), ObjectState::Pending | ObjectState::Persistent)
    }

    fn add_user(&mut self, addresses: usize) {
        self.names += 1;
        let name = format!("user {}", self.names);
        let new = |n| Address::builder().email(format!("{n}@{name}")).build();
        let addresses: Vec<_> = (0..addresses).map(new).collect();
        let user = self.session.add(User::builder().name(&*name).addresses(addresses).build());
        self.users.push(user);
        self.note();
    }

    /// Objects come into the session by literals and loads: all of them are worked on.
    fn note(&mut self) {
        self.users.extend(self.session.handles::<User>());
        self.addresses.extend(self.session.handles::<Address>());
        self.users.sort_unstable();
        self.users.dedup();
        self.addresses.sort_unstable();
        self.addresses.dedup();
    }

    /// One step; what can be refused for a good reason is.
    fn step(&mut self, random: &mut Random) -> Result<&'static str> {
        let (user, address) = (self.user(random), self.address(random));
        let what = random.below(0..22);
        match (what, user, address) {
            (0, ..) => self.add_user(random.below(0..3)),
            (1, Some(user), _) => {
                self.names += 1;
                let email = format!("{}@new", self.names);
                self.session.add(Address::builder().email(email).user(user).build());
                self.note();
            }
            (2 | 3, Some(user), Some(address)) => {
                self.session[address].user = Some(user.into());
                return Ok("by handle");
            }
            (4, Some(user), Some(address)) => {
                if let Some(id) = self.session[user].id.get() {
                    self.session[address].user = Some(ForeignKey::to_key(id));
                }
                return Ok("by key");
            }
            (5, _, Some(address)) => {
                self.session[address].user = None;
                return Ok("to nothing");
            }
            (6, _, Some(address)) => {
                self.session[address].email.push('!');
                return Ok("another column");
            }
            (7, Some(user), Some(address)) => {
                self.session.link(user, user::addresses, address)?;
                return Ok("link");
            }
            (8, Some(user), _) => {
                let now = self.session[user].addresses.handles(&self.session);
                if let Some(&first) = now.ok().as_deref().and_then(<[_]>::first) {
                    self.session.unlink(user, user::addresses, first)?;
                }
                return Ok("unlink");
            }
            (9, Some(user), Some(address)) => {
                self.session.replace(user, user::addresses, &[address])?;
                self.note();
                return Ok("replace");
            }
            (10, _, Some(address)) => {
                self.session.delete(address)?;
                return Ok("delete an address");
            }
            (11, Some(user), _) if random.below(0..3) == 0 => {
                self.session.delete(user)?;
                return Ok("delete a user");
            }
            (12, ..) => {
                self.session.flush()?;
                return Ok("flush");
            }
            (13, ..) if random.below(0..3) == 0 => {
                self.session.commit()?;
                return Ok("commit");
            }
            (14, ..) if random.below(0..3) == 0 => {
                self.session.rollback()?;
                return Ok("rollback");
            }
            (15, Some(user), _) => {
                self.session.load(user, user::addresses)?;
                self.note();
                return Ok("load");
            }
            (16, ..) => {
                let query = self.session.query::<User>();
                match random.below(0..3) {
                    0 => query.eager(user::addresses).all()?,
                    1 => query.eager(user::addresses).populate_existing().all()?,
                    _ => query.eager(user::addresses.joined()).all()?,
                };
                self.note();
                return Ok("eager");
            }
            (17, ..) => {
                self.session.query::<Address>().eager(address::user).all()?;
                self.note();
                return Ok("query addresses");
            }
            (18, _, Some(address)) if self.session.state(address) == ObjectState::Persistent => {
                // What is read again after an eviction would be all that is left of a new row that is
                // rolled back.
                self.session.commit()?;
                if self.session.state(address) == ObjectState::Persistent {
                    self.session.evict(address)?;
                }
                return Ok("evict an address");
            }
            (19, Some(user), _) if self.session.state(user) == ObjectState::Persistent => {
                if random.below(0..2) == 0 {
                    self.session.refresh(&[user])?;
                } else {
                    self.session.expire_all();
                }
                return Ok("refresh or expire");
            }
            (20, ..) => return self.nested(random),
            (21, _, Some(address)) if self.session.state(address) == ObjectState::Persistent => {
                self.session.refresh(&[address])?;
                return Ok("refresh an address");
            }
            _ => {}
        }
        Ok("add")
    }

    /// Work in a savepoint that is released, or rolled back.
    fn nested(&mut self, random: &mut Random) -> Result<&'static str> {
        let kept = random.below(0..2) == 0;
        let (user, address) = (self.user(random), self.address(random));
        let done = self.session.savepoint(|session| {
            if let (Some(user), Some(address)) = (user, address) {
                session[address].user = Some(user.into());
                session.flush()?;
                session.load(user, user::addresses)?;
            }
            match kept {
                true => Ok(()),
                false => Err(Error::Configuration("taken back".to_owned())),
            }
        });
        self.note();
        match done {
            Ok(()) => Ok("savepoint"),
            Err(Error::Configuration(_)) if !kept => Ok("savepoint, rolled back"),
            Err(error) => Err(error),
        }
    }

    /// What every collection says against what every reference says.
    fn check(&self, after: &str) {
        let session = &self.session;
        for &user in self.users.iter().filter(|&&user| self.is_live(user)) {
            let Ok(found) = session[user].addresses.handles(session) else { continue };
            let said: BTreeSet<_> = found.iter().copied().collect();
            assert_eq!(said.len(), found.len(), "twice in a collection, after {after}");
            let refers = |&&address: &&Handle<Address>| {
                self.is_live(address)
                    && session[address].user.handle(session).ok().flatten() == Some(user)
            };
            let refer: BTreeSet<_> = self.addresses.iter().filter(refers).copied().collect();
            assert_eq!(said, refer, "{:?} after {after}", session[user]);
        }
    }

    /// Whole collections of a clean session are what is in the database.
    fn check_database(&mut self, done: &str) -> Result<()> {
        self.session.flush()?;
        for user in self.users.clone() {
            if self.session.state(user) != ObjectState::Persistent {
                continue;
            }
            let Ok(said) = self.session[user].addresses.len(&self.session) else { continue };
            let Some(id) = self.session[user].id.get() else { panic!("a stored user has a key") };
            let query = self.session.query::<Address>();
            let stored = query.filter(address::user_id.eq(id)).count()?;
            assert_eq!(i64::try_from(said).ok(), Some(stored), "{:?}, {done}", self.session[user]);
        }
        Ok(())
    }
}

fn run(db: &TestDb, seeds: std::ops::Range<u64>, steps: usize) {
    let mut session = db.session_for(schema());
    for seed in seeds {
        session.query::<Address>().delete().unwrap();
        session.query::<User>().delete().unwrap();
        session.commit().unwrap();
        session.clear();
        let mut random = Random::from_env(seed);
        let mut work = Work { session, users: Vec::new(), addresses: Vec::new(), names: 0 };
        (0..3).for_each(|n| work.add_user(n));
        let mut done = Vec::new();
        for _ in 0..steps {
            let step = work.step(&mut random);
            let step = step.unwrap_or_else(|error| panic!("seed {seed}, {done:?}: {error}"));
            done.push(step);
            work.check(&format!("{done:?}, seed {seed}"));
        }
        let checked = work.check_database(&format!("seed {seed}, {done:?}"));
        checked.unwrap_or_else(|error| panic!("seed {seed}, {done:?}: {error}"));
        session = work.session;
        session.rollback().unwrap();
    }
}

on_all_databases! {
    fn collections_say_what_references_say(db: &TestDb) {
        // A seed is some 20 statements: servers get fewer of them.
        let seeds = if db.dialect() == Dialect::Sqlite { 0..400 } else { 0..40 };
        run(db, seeds, 40);
    }
}

#[test]
fn lazy_loads_are_for_the_cohort_by_default() {
    assert_eq!(SessionOptions::default().lazy, Lazy::Cohort);
}

on_all_databases! {
    fn a_graph_that_was_rolled_back_is_added_again_as_a_whole(db: &TestDb) {
        let mut session = db.session_for(schema());
        let tag = session.add(Tag::builder().name("blue").build());
        let addresses = ["a", "b"].map(|email| Address::builder().email(email).build());
        let user = User::builder().name("ada").addresses(addresses).tags([tag]).build();
        let user = session.add(user);
        session.flush().unwrap();
        session.rollback().unwrap();
        assert_eq!(session.state(user), ObjectState::Transient);
        assert_eq!(session[user].addresses.len(&session).unwrap(), 2, "it is readable still");

        session.add_again(user).unwrap();
        session.commit().unwrap();
        assert_eq!(db.rows("users", "name"), ["ada"]);
        assert_eq!(db.rows("addresses", "email"), ["a", "b"]);
        assert_eq!(db.rows("user_tag", "tag_id"), ["blue"]);
    }
}
