//! Random swaps, moves, deletions and new rows, compared with a model of the rows.

use std::collections::BTreeMap;

use orm_runtime::prelude::*;
use orm_tests::{Random, TestDb, on_all_databases};

use super::model::{Card, Desk, Member, Playlist, Track, names, track};

/// Swaps the names of some members, deletes others, and adds new ones with the released names.
fn trade_names(
    random: &mut Random,
    session: &mut Session,
    model: &mut BTreeMap<u32, String>,
    rows: &mut BTreeMap<u32, Handle<Member>>,
    next: &mut u32,
) {
    let mut free: Vec<String> = Vec::new();
    let mut moving: Vec<u32> = Vec::new();
    for id in model.keys().copied().collect::<Vec<_>>() {
        match random.below(0..10) {
            0..2 => {
                session.delete(rows.remove(&id).unwrap()).unwrap();
                free.extend(model.remove(&id));
            }
            2..7 => {
                free.push(model[&id].clone());
                moving.push(id);
            }
            _ => {}
        }
    }
    for n in 0..random.below(0..3) {
        free.push(format!("new{next}-{n}"));
    }
    for n in (1..free.len()).rev() {
        free.swap(n, random.below(0..n + 1));
    }
    for id in moving {
        let name = free.pop().unwrap();
        session[rows[&id]].name.clone_from(&name);
        model.insert(id, name);
    }
    for name in free.into_iter().filter(|_| random.percent(70)) {
        let handle = session.add(Member::builder().name(&*name).build());
        rows.insert(*next, handle);
        model.insert(*next, name);
        *next += 1;
    }
}

on_all_databases! {
    fn names_go_from_hand_to_hand(db: &TestDb) {
        let mut random = Random::from_env(11);
        let mut session = db.session_for(schema![Member, Card, Desk]);
        let (mut model, mut rows, mut next) = (BTreeMap::new(), BTreeMap::new(), 0);
        for n in 0..12 {
            rows.insert(n, session.add(Member::builder().name(format!("m{n}")).build()));
            model.insert(n, format!("m{n}"));
            next = n + 1;
        }
        session.commit().unwrap();
        for round in 0..60 {
            trade_names(&mut random, &mut session, &mut model, &mut rows, &mut next);
            session.commit().unwrap_or_else(|error| panic!("round {round}: {error}"));
            let wanted = |(id, name): (&u32, &String)| {
                (session.key(rows[id]).unwrap(), name.clone())
            };
            let mut wanted: Vec<_> = model.iter().map(wanted).collect();
            wanted.sort();
            let wanted: Vec<_> = wanted.into_iter().map(|(id, name)| format!("{id}|{name}")).collect();
            assert_eq!(names(db), wanted, "round {round}");
        }
    }

    fn tracks_go_from_place_to_place(db: &TestDb) {
        let mut random = Random::from_env(12);
        let mut session = db.session_for(schema![Playlist, Track]);
        let mut lists: Vec<_> =
            (0..3).map(|_| session.add(Playlist::builder().build())).collect();
        let mut tracks: BTreeMap<(usize, i32), Handle<Track>> = BTreeMap::new();
        for (n, &list) in lists.iter().enumerate() {
            for position in 1..6 {
                tracks.insert((n, position), session.add(track(list, position, "t")));
            }
        }
        session.commit().unwrap();
        for round in 0..60 {
            // Some are deleted, and others take their places, or new ones are added at the end of a
            // list, some in a new list.
            if random.percent(20) {
                lists.push(session.add(Playlist::builder().build()));
            }
            let mut moving: Vec<Handle<Track>> = Vec::new();
            let mut places: Vec<(usize, i32)> = Vec::new();
            for (place, track) in std::mem::take(&mut tracks) {
                match random.below(0..10) {
                    0 => {
                        session.delete(track).unwrap();
                        places.push(place);
                    }
                    1..5 => {
                        moving.push(track);
                        places.push(place);
                    }
                    _ => {
                        tracks.insert(place, track);
                    }
                }
            }
            for n in 0..random.below(1..4) {
                places.push((random.below(0..lists.len()), 100 * (round + 1) + n as i32));
            }
            for n in (1..places.len()).rev() {
                places.swap(n, random.below(0..n + 1));
            }
            for handle in moving {
                let (list, position) = places.pop().unwrap();
                session[handle].playlist = lists[list].into();
                session[handle].position = position;
                tracks.insert((list, position), handle);
            }
            for (list, position) in places {
                tracks.insert((list, position), session.add(track(lists[list], position, "n")));
            }
            session.commit().unwrap_or_else(|error| panic!("round {round}: {error}"));
            let row = |(&(list, position), track): (&(usize, i32), &Handle<Track>)| {
                (session.key(*track).unwrap(), session.key(lists[list]).unwrap(), position)
            };
            let mut wanted: Vec<_> = tracks.iter().map(row).collect();
            wanted.sort_unstable();
            let wanted: Vec<_> =
                wanted.into_iter().map(|(id, list, position)| format!("{id}|{list}|{position}")).collect();
            assert_eq!(db.rows("tracks", "id, playlist_id, position"), wanted, "round {round}");
        }
    }
}
