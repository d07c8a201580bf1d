//! Entities with unique values of every kind.

use orm_runtime::prelude::*;
use orm_tests::TestDb;

/// Has a name that cannot be NULL, and a badge that can.
#[derive(Entity, Clone, Debug)]
#[entity(table = "members")]
pub struct Member {
    pub id: Auto<i64>,
    #[entity(unique, length = 20)]
    pub name: String,
    #[entity(unique)]
    pub badge: Option<i32>,
    #[entity(default)]
    pub age: i32,
    #[entity(version)]
    pub version: i32,
    #[entity(inverse = member, delete_orphan)]
    pub card: HasOne<Card>,
    #[entity(inverse = member)]
    pub desk: HasOne<Desk>,
}

/// Always belongs to one member: neither NULL nor another value can replace it.
#[derive(Entity, Clone, Debug)]
#[entity(table = "cards")]
pub struct Card {
    pub id: Auto<i64>,
    #[entity(unique, on_delete = cascade)]
    pub member: ForeignKey<Member>,
    #[entity(length = 20)]
    pub text: String,
}

/// Belongs to one member, or to nobody.
#[derive(Entity, Clone, Debug)]
#[entity(table = "desks")]
pub struct Desk {
    pub id: Auto<i64>,
    #[entity(unique, on_delete = nullify)]
    pub member: Option<ForeignKey<Member>>,
}

/// Connects two members, once in each direction.
#[derive(Entity, Clone, Debug)]
#[entity(table = "friends", unique(one, other))]
pub struct Friend {
    pub id: Auto<i64>,
    #[entity(on_delete = cascade)]
    pub one: ForeignKey<Member>,
    #[entity(on_delete = cascade)]
    pub other: ForeignKey<Member>,
}

#[derive(Entity, Clone, Debug)]
#[entity(table = "playlists")]
pub struct Playlist {
    pub id: Auto<i64>,
    #[entity(order_by = position, delete_orphan)]
    pub tracks: HasMany<Track>,
}

/// Each position has one track.
#[derive(Entity, Clone, Debug)]
#[entity(table = "tracks", unique(playlist, position))]
pub struct Track {
    pub id: Auto<i64>,
    #[entity(on_delete = cascade)]
    pub playlist: ForeignKey<Playlist>,
    pub position: i32,
    #[entity(length = 20)]
    pub title: String,
}

/// Has a value that only a few rows can have.
#[derive(Entity, Clone, Debug)]
#[entity(table = "switches", unique(room, is_on))]
pub struct Switch {
    #[entity(primary_key)]
    pub id: i32,
    #[entity(primary_key)]
    pub room: i32,
    pub is_on: bool,
}

/// Returns the names of members.
pub fn names(db: &TestDb) -> Vec<String> {
    db.rows("members", "id, name")
}

/// Opens a session with stored members of these names.
pub fn members<const N: usize>(db: &TestDb, names: [&str; N]) -> (Session, [Handle<Member>; N]) {
    let mut session = db.session_for(schema![Member, Card, Desk]);
    let members = names.map(|name| session.add(Member::builder().name(name).build()));
    session.commit().unwrap();
    session.take_log();
    (session, members)
}

/// Opens a session with a stored list of tracks at the positions 1, 2 and so on.
pub fn playlist(db: &TestDb, titles: &[&str]) -> (Session, Handle<Playlist>, Vec<Handle<Track>>) {
    let mut session = db.session_for(schema![Playlist, Track]);
    let list = session.add(Playlist::builder().build());
    let tracks = session.add_all((1..).zip(titles).map(|(n, title)| track(list, n, title)));
    session.commit().unwrap();
    session.take_log();
    (session, list, tracks)
}

pub fn track(list: Handle<Playlist>, position: i32, title: &str) -> Track {
    Track::builder().playlist(list).position(position).title(title).build()
}
