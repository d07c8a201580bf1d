//! Random work on both sides of an association: each side says what the rows say.

use std::collections::BTreeSet;

use orm_runtime::ObjectState;
use orm_runtime::prelude::*;
use orm_tests::{Random, TestDb, on_all_databases};

use crate::model::{Tag, User, UserTag, schema, tag, user, user_tag};

const USERS: usize = 4;
const TAGS: usize = 5;

struct Work {
    session: Session,
    users: Vec<Handle<User>>,
    tags: Vec<Handle<Tag>>,
}

impl Work {
    fn step(&mut self, random: &mut Random) -> Result<&'static str> {
        let user = self.users[random.below(0..USERS)];
        let tag = self.tags[random.below(0..TAGS)];
        let linked = self.session[user].tags.handles(&self.session);
        let linked = linked.is_ok_and(|tags| tags.contains(&tag));
        let step = random.below(0..14);
        match step {
            0 | 1 => self.session.link(user, user::tags, tag)?,
            2 | 3 => self.session.link(tag, tag::users, user)?,
            4 | 5 if linked => self.session.unlink(user, user::tags, tag)?,
            6 if linked => self.session.unlink(tag, tag::users, user)?,
            7 => {
                let some: Vec<_> =
                    self.tags.iter().copied().filter(|_| random.percent(40)).collect();
                self.session.replace(user, user::tags, &some)?;
                return Ok("replace");
            }
            8 => self.session.flush()?,
            9 => {
                self.session.query::<User>().eager(user::tags).all()?;
                return Ok("eager");
            }
            10 => self.session.load(tag, tag::users)?,
            11 if random.percent(30) => self.session.commit()?,
            12 if random.percent(30) => self.session.rollback()?,
            13 if random.percent(30) => {
                // In a session that has forgotten everything.
                self.session.commit()?;
                self.session.clear();
                self.users = self.session.query::<User>().order_by(user::id.asc()).all()?;
                self.tags = self.session.query::<Tag>().order_by(tag::name.asc()).all()?;
                return Ok("begin anew");
            }
            _ => return Ok("nothing"),
        }
        const STEPS: [&str; 14] = [
            "link",
            "link",
            "link back",
            "link back",
            "unlink",
            "unlink",
            "unlink back",
            "",
            "flush",
            "",
            "load",
            "commit",
            "rollback",
            "",
        ];
        Ok(STEPS[step])
    }

    /// What each side says against the rows in memory.
    fn check(&self, after: &str) {
        let session = &self.session;
        let live = |row: &Handle<UserTag>| {
            matches!(session.state(*row), ObjectState::Pending | ObjectState::Persistent)
        };
        let rows: BTreeSet<_> = session
            .handles::<UserTag>()
            .into_iter()
            .filter(live)
            .map(|row| {
                let row = &session[row];
                (row.user.handle(session).unwrap(), row.tag.handle(session).unwrap())
            })
            .collect();
        for &user in &self.users {
            let Ok(tags) = session[user].tags.handles(session) else { continue };
            let said: BTreeSet<_> = tags.iter().copied().collect();
            assert_eq!(said.len(), tags.len(), "twice, after {after}");
            let rows = rows.iter().filter(|(of, _)| *of == user).map(|(_, tag)| *tag);
            assert_eq!(said, rows.collect(), "tags of a user, after {after}");
        }
        for &tag in &self.tags {
            let Ok(users) = session[tag].users.handles(session) else { continue };
            let said: BTreeSet<_> = users.into_iter().collect();
            let rows = rows.iter().filter(|(_, of)| *of == tag).map(|(user, _)| *user);
            assert_eq!(said, rows.collect(), "users of a tag, after {after}");
        }
    }

    fn check_database(&mut self, after: &str) -> Result<()> {
        self.session.flush()?;
        for &user in &self.users {
            let Ok(said) = self.session[user].tags.len(&self.session) else { continue };
            let id = self.session.key(user).unwrap_or_default();
            let query = self.session.query::<UserTag>().filter(user_tag::user_id.eq(id));
            assert_eq!(i64::try_from(said).ok(), Some(query.count()?), "after {after}");
        }
        Ok(())
    }
}

on_all_databases! {
    fn both_sides_say_what_the_rows_say(db: &TestDb) {
        let mut session = db.session_for(schema());
        let new = |n: usize| User::builder().name(format!("user {n}")).build();
        let users = session.add_all((0..USERS).map(new));
        let tags = ["a", "b", "c", "d", "e"].map(|name| Tag::builder().name(name).build());
        let tags = session.add_all(tags);
        session.commit().unwrap();
        let mut work = Work { session, users, tags };
        for seed in 0..if db.dialect() == Dialect::Sqlite { 300 } else { 30 } {
            let mut random = Random::from_env(seed);
            let mut done = Vec::new();
            for _ in 0..30 {
                let step = work.step(&mut random);
                done.push(step.unwrap_or_else(|error| panic!("seed {seed}, {done:?}: {error}")));
                work.check(&format!("{done:?}, seed {seed}"));
            }
            work.check_database(&format!("{done:?}, seed {seed}")).unwrap();
            work.session.rollback().unwrap();
        }
    }
}
