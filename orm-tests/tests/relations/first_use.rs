//! The first use of relationships: one object in place of another, a struct that comes back from
//! JSON, pairs with a limit.

use orm_runtime::ObjectState;
use orm_runtime::prelude::*;
use orm_tests::{TestDb, assert_matches, assert_sql, on_all_databases, trace};
use serde::{Deserialize, Serialize};

use crate::fixture::shop;
use crate::model::{Address, User, address, user};

#[derive(Entity, Clone, Debug, Serialize, Deserialize)]
#[entity(table = "members")]
pub struct Member {
    pub id: Auto<i64>,
    pub name: String,
    pub profile: HasOne<Profile>,
    #[entity(order_by = course_id)]
    pub entries: HasMany<Entry>,
    #[entity(through = Entry)]
    pub courses: ManyToMany<Course>,
}

#[derive(Entity, Clone, Debug, Serialize, Deserialize)]
#[entity(table = "profiles")]
pub struct Profile {
    pub id: Auto<i64>,
    pub bio: String,
    pub member: ForeignKey<Member>,
}

#[derive(Entity, Clone, Debug, Serialize, Deserialize)]
#[entity(table = "courses")]
pub struct Course {
    pub id: Auto<i64>,
    pub name: String,
    #[entity(through = Entry)]
    pub members: ManyToMany<Member>,
}

/// Its key consists of its references.
#[derive(Entity, Clone, Debug, Serialize, Deserialize)]
#[entity(table = "entries")]
pub struct Entry {
    #[entity(primary_key, on_delete = cascade)]
    pub member: ForeignKey<Member>,
    #[entity(primary_key)]
    pub course: ForeignKey<Course>,
    pub mark: i32,
}

/// Stores a member with a profile and two courses. None of them is in memory.
fn school(db: &TestDb) -> Session {
    let mut session = db.session_for(schema![Member, Profile, Course, Entry]);
    let courses = ["art", "botany"].map(|name| session.add(Course::builder().name(name).build()));
    let entries = courses.map(|course| Entry::builder().course(course).mark(1).build());
    let profile = Profile::builder().bio("likes trees").build();
    session.add(Member::builder().name("ada").profile(profile).entries(entries).build());
    session.commit().unwrap();
    session.clear();
    session.take_log();
    session
}

fn ada(session: &mut Session) -> Handle<Member> {
    let query = session.query::<Member>().eager(member::profile).eager(member::entries);
    query.eager(member::courses).one().unwrap()
}

on_all_databases! {
    fn the_only_one_replaced_by_itself_stays(db: &TestDb) {
        let mut session = school(db);
        let ada = ada(&mut session);
        let profile = session[ada].profile.handle(&session).unwrap().unwrap();
        session.replace(ada, member::profile, &[profile]).unwrap();
        assert_eq!(session[ada].profile.handle(&session).unwrap(), Some(profile));
        session.take_log();
        session.flush().unwrap();
        assert_sql!(session, "");
    }

    fn a_graph_that_went_through_json_comes_back_as_it_was(db: &TestDb) {
        let mut session = school(db);
        let ada = ada(&mut session);
        let json = serde_json::to_string(&session.copy_graph(ada).unwrap()).unwrap();
        let back: Member = serde_json::from_str(&json).unwrap();
        session.take_log();
        assert_eq!(session.merge_graph(back).unwrap(), ada);
        session.flush().unwrap();
        assert_sql!(session, "");

        // In a session without objects, with one change.
        session.clear();
        let mut back: serde_json::Value = serde_json::from_str(&json).unwrap();
        back["entries"][1]["mark"] = 2.into();
        session.take_log();
        session.merge_graph::<Member>(serde_json::from_value(back).unwrap()).unwrap();
        session.commit().unwrap();
        let sent = trace(&session.take_log());
        let written: Vec<_> = sent.split("; ").filter(|sent| !sent.starts_with('S')).collect();
        assert_eq!(written, ["U entries[mark] x1"]);
        assert_eq!(db.rows("entries", "member_id, course_id, mark"), ["1|1|1", "1|2|2"]);
    }

    fn a_limit_of_pairs_counts_pairs(db: &TestDb) {
        let mut session = shop(db);
        let query = session.query::<User>().order_by(user::name).limit(2);
        let pairs = query.join(user::addresses).all().unwrap();
        let found = pairs.iter().map(|&(user, _)| &*session[user].name);
        assert_eq!(found.collect::<Vec<_>>(), ["ed", "ed"]);
        let query = session.query::<User>().order_by(user::name).offset(1).limit(3);
        let pairs = query.left_join(user::addresses.filter(address::id.ne(4))).all().unwrap();
        let found = pairs.iter().map(|&(_, address)| address.and_then(|it| session[it].id.get()));
        assert_eq!(found.collect::<Vec<_>>(), [Some(2), Some(3), Some(5)]);
    }

    fn an_edited_reference_is_followed_without_a_flush(db: &TestDb) {
        drop(shop(db));
        let options = SessionOptions { autoflush: false, ..SessionOptions::default() };
        let mut session = db.session_with(options);
        let ed = session.get_one::<User>(8).unwrap();
        let home = session.get_one::<Address>(1).unwrap();
        session[home].user = Some(ed.into());
        assert_eq!(session.related(home, address::user).unwrap().all().unwrap(), [ed]);
    }

    fn a_filtered_one_is_read_as_a_part(db: &TestDb) {
        let mut session = school(db);
        let likes = |what: &str| member::profile.filter(profile::bio.like(format!("%{what}%")));
        let ada = session.query::<Member>().eager(likes("ships")).one().unwrap();
        assert!(session[ada].profile.part(&session).unwrap().is_none());
        session.clear();
        let ada = session.query::<Member>().eager(likes("trees")).one().unwrap();
        let found = session[ada].profile.part(&session).unwrap();
        assert_eq!(found.map(|profile| &*profile.bio), Some("likes trees"));
        assert!(session[ada].profile.get(&session).is_err());
    }

    fn an_assigned_collection_is_refused_and_not_lost(db: &TestDb) {
        let mut session = shop(db);
        let jack = session.get_one::<User>(7).unwrap();
        let new = || Address::builder().email("new@bean.com").build();
        session[jack].addresses = [new()].into_iter().collect();
        let refused = session.flush().unwrap_err().to_string();
        assert!(refused.contains("addresses was assigned to an object of the session"), "{refused}");
        assert_eq!(session[jack].addresses.pending().len(), 1);

        // Undone, and done as the error suggests.
        session[jack].addresses = HasMany::new();
        session.flush().unwrap();
        session.load(jack, user::addresses).unwrap();
        assert_eq!(session[jack].addresses.len(&session).unwrap(), 1);
        let new_one = session.add(new());
        session.replace(jack, user::addresses, &[new_one]).unwrap();
        session.rollback().unwrap();

        // An object with a pending INSERT as well.
        let waits = session.add(User::builder().name("waits").build());
        session[waits].addresses = [new()].into_iter().collect();
        assert_matches!(session.flush(), Err(Error::Invalid(_)));
        session.evict(waits).unwrap();
        session.commit().unwrap();
    }
}

on_all_databases! {
    fn a_rollback_takes_back_an_assigned_collection(db: &TestDb) {
        let mut session = db.session_for(crate::model::schema());
        let address = crate::model::Address::builder().email("a").build();
        let user = crate::model::User::builder().name("ada").addresses([address]).build();
        let ada = session.add(user);
        session.commit().unwrap();
        session[ada].addresses = std::iter::empty::<crate::model::Address>().collect();
        assert!(session.flush().is_err(), "the assigned values would be lost");
        session.rollback().unwrap();
        assert_eq!(session[ada].addresses.len(&session).unwrap(), 1);
        session.commit().unwrap();
    }

    fn what_an_entity_connects_is_not_given(db: &TestDb) {
        use crate::model::{Item, Order, User};
        let mut session = db.session_for(crate::model::schema());
        let ada = session.add(User::builder().name("ada").build());
        let mut order = Order::builder().user(ada).build();
        order.items = [Item::builder().name("pen").build()].into_iter().collect();
        session.add(order);
        let error = session.flush().unwrap_err();
        assert!(error.to_string().contains("items"), "{error}");
    }

    fn a_graph_leaves_the_session_and_comes_back(db: &TestDb) {
        use crate::model::{Address, Tag, User};
        let mut session = db.session_for(crate::model::schema());
        let tag = session.add(Tag::builder().name("blue").build());
        let homes = ["a", "b"].map(|email| Address::builder().email(email).build());
        let ada = User::builder().name("ada").addresses(homes).tags([tag]).build();
        let ada = session.add(ada);
        session.commit().unwrap();

        let mut copy = session.detach_graph(ada).unwrap();
        assert!(session.try_get(ada).is_none());
        assert!(session.handles::<Address>().is_empty(), "they were deleted with her");
        assert_eq!(session.handles::<Tag>(), [tag], "the other side stays");
        assert_eq!((copy.addresses.pending().len(), copy.tags.pending().len()), (2, 1));

        copy.name = "Ada".into();
        let ada = session.merge_graph(copy).unwrap();
        session.commit().unwrap();
        assert_eq!(session[ada].addresses.len(&session).unwrap(), 2);
        assert_eq!(db.rows("users", "name"), ["Ada"]);
        assert_eq!(db.rows("addresses", "id, user_id"), ["1|1", "2|1"]);
        assert_eq!(db.rows("user_tag", "user_id, tag_id"), ["1|blue"]);
    }

    fn a_graph_that_was_rolled_back_is_added_again_as_a_whole(db: &TestDb) {
        use crate::model::Tag;
        let mut session = db.session_for(crate::model::schema());
        let tag = session.add(Tag::builder().name("blue").build());
        let addresses = ["a", "b"].map(|email| Address::builder().email(email).build());
        let user = User::builder().name("ada").addresses(addresses).tags([tag]).build();
        let user = session.add(user);
        session.flush().unwrap();
        session.rollback().unwrap();
        assert_eq!(session.state(user), ObjectState::Transient);
        assert_eq!(session[user].addresses.len(&session).unwrap(), 2, "it is still readable");

        session.add_again(user).unwrap();
        session.commit().unwrap();
        assert_eq!(db.rows("users", "name"), ["ada"]);
        assert_eq!(db.rows("addresses", "email"), ["a", "b"]);
        assert_eq!(db.rows("user_tag", "tag_id"), ["blue"]);
    }
}
