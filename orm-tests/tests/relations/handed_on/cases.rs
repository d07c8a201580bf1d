//! What is written, in which order and in how many statements.

use orm_runtime::prelude::*;
use orm_runtime::{ObjectState, error::DatabaseErrorKind};
use orm_tests::{TestDb, assert_matches, assert_no_sql, assert_sql, on_all_databases};

use super::model::{Card, Desk, Friend, Member, Playlist, member, members, names, playlist, track};

fn rename(session: &mut Session, member: Handle<Member>, name: &str) {
    session[member].name = name.into();
}

/// Sends a flush, and asserts that it sends what the plan showed before, in this number of
/// statements.
fn flush_as_shown(session: &mut Session, statements: usize) {
    let shown = session.pending_sql().unwrap();
    session.take_log();
    session.flush().unwrap();
    let log = session.take_log();
    let writes = |sql: &str| ["INSERT", "UPDATE", "DELETE"].iter().any(|it| sql.starts_with(it));
    let sent: Vec<&String> =
        log.iter().map(|record| &record.sql).filter(|sql| writes(sql)).collect();
    assert_eq!(shown.iter().collect::<Vec<_>>(), sent);
    assert_eq!(sent.len(), statements, "{sent:#?}");
}

on_all_databases! {
    fn two_rows_trade_a_value(db: &TestDb) {
        let (mut session, [a, b]) = members(db, ["a", "b"]);
        rename(&mut session, a, "b");
        rename(&mut session, b, "a");
        session[a].age = 7;
        flush_as_shown(&mut session, 3);
        session.commit().unwrap();
        assert_eq!(db.rows("members", "id, name, age, version"), ["1|b|7|2", "2|a|0|2"]);
        // The version has increased once, as in memory.
        rename(&mut session, a, "c");
        session.commit().unwrap();
        assert_eq!(names(db), ["1|c", "2|a"]);
    }

    fn three_rows_pass_a_value_on_in_a_circle(db: &TestDb) {
        let (mut session, all) = members(db, ["a", "b", "c"]);
        for (member, name) in all.into_iter().zip(["b", "c", "a"]) {
            rename(&mut session, member, name);
        }
        flush_as_shown(&mut session, 2);
        session.commit().unwrap();
        assert_eq!(names(db), ["1|b", "2|c", "3|a"]);
    }

    fn a_value_that_may_be_null_is_null_meanwhile(db: &TestDb) {
        let (mut session, all) = members(db, ["a", "b", "c", "d"]);
        for (n, &member) in (1..).zip(&all) {
            session[member].badge = Some(n);
        }
        session.commit().unwrap();
        for (member, badge) in all.into_iter().zip([2, 1, 4, 3]) {
            session[member].badge = Some(badge);
        }
        flush_as_shown(&mut session, 2);
        session.commit().unwrap();
        assert_eq!(db.rows("members", "id, badge"), ["1|2", "2|1", "3|4", "4|3"]);
    }

    fn a_value_is_taken_after_it_is_given_up(db: &TestDb) {
        let (mut session, [a, b, c]) = members(db, ["a", "b", "c"]);
        // There is an order: c, b, a.
        rename(&mut session, a, "b");
        rename(&mut session, b, "c");
        rename(&mut session, c, "d");
        flush_as_shown(&mut session, 3);
        session.commit().unwrap();
        assert_eq!(names(db), ["1|b", "2|c", "3|d"]);
    }

    fn a_long_row_moves_by_one_in_two_statements(db: &TestDb) {
        let titles: Vec<String> = (1..=60).map(|n| format!("t{n}")).collect();
        let (mut session, list, tracks) =
            playlist(db, &titles.iter().map(String::as_str).collect::<Vec<_>>());
        for &track in &tracks {
            session[track].position += 1;
        }
        session.add(track(list, 1, "first"));
        flush_as_shown(&mut session, 3);
        session.commit().unwrap();
        let rows = db.rows("tracks", "position, title");
        assert_eq!((rows[0].as_str(), rows[1].as_str(), rows[60].as_str()), ("1|first", "2|t1", "61|t60"));
    }

    fn a_short_row_moves_by_one_in_order(db: &TestDb) {
        let (mut session, list, tracks) = playlist(db, &["a", "b", "c"]);
        for &track in &tracks {
            session[track].position += 1;
        }
        session.add(track(list, 1, "first"));
        flush_as_shown(&mut session, 4);
        session.commit().unwrap();
        assert_eq!(db.rows("tracks", "position, title"), ["1|first", "2|a", "3|b", "4|c"]);
    }

    fn a_deleted_row_hands_its_value_to_a_new_one(db: &TestDb) {
        let (mut session, [a, _]) = members(db, ["a", "b"]);
        session.delete(a).unwrap();
        let new = session.add(Member::builder().name("a").build());
        let other = session.add(Member::builder().name("c").build());
        session.flush().unwrap();
        assert_sql!(session, "S cards; S desks; D members x1; I members x2");
        session.commit().unwrap();
        assert_eq!(names(db), ["2|b", "3|a", "4|c"]);
        assert_eq!((session.state(new), session.state(other)), (ObjectState::Persistent, ObjectState::Persistent));
    }

    fn a_deleted_row_hands_its_value_to_a_changed_one(db: &TestDb) {
        let (mut session, [a, b]) = members(db, ["a", "b"]);
        session.delete(a).unwrap();
        rename(&mut session, b, "a");
        session.flush().unwrap();
        assert_sql!(session, "S cards; S desks; D members x1; U members[name,version] x1");
        session.commit().unwrap();
        assert_eq!(names(db), ["2|a"]);
    }

    fn what_refers_to_a_deleted_row_goes_before_it(db: &TestDb) {
        let (mut session, [a, b]) = members(db, ["a", "b"]);
        session.add(Card::builder().member(a).text("x").build());
        session.add(Desk::builder().member(a).build());
        session.commit().unwrap();
        session.delete(a).unwrap();
        let new = session.add(Member::builder().name("a").build());
        session.add(Card::builder().member(new).text("y").build());
        rename(&mut session, b, "c");
        session.commit().unwrap();
        assert_eq!(names(db), ["2|c", "3|a"]);
        assert_eq!(db.rows("cards", "member_id, text"), ["3|y"]);
        assert_eq!(db.rows("desks", "id, member_id"), ["1|NULL"]);
    }

    fn a_row_that_is_needed_until_the_new_one_is_there_waits(db: &TestDb) {
        let (mut session, [a]) = members(db, ["a"]);
        let card = session.add(Card::builder().member(a).text("x").build());
        session.commit().unwrap();
        // The card can leave the old member only for the new one, which takes the name.
        let new = session.add(Member::builder().name("a").build());
        session[card].member = new.into();
        session.delete(a).unwrap();
        session.take_log();
        session.flush().unwrap();
        assert_sql!(
            session,
            "S cards; S desks; U members[name] x1; I members x1; U cards[member_id] x1; D members x1"
        );
        session.commit().unwrap();
        assert_eq!(names(db), ["2|a"]);
        assert_eq!(db.rows("cards", "id, member_id"), ["1|2"]);
    }

    fn a_collection_is_replaced_at_the_same_positions(db: &TestDb) {
        let (mut session, list, _) = playlist(db, &["a", "b", "c"]);
        session.load(list, playlist::tracks).unwrap();
        let new: Vec<_> =
            (1..).zip(["x", "y"]).map(|(n, title)| session.add(track(list, n, title))).collect();
        session.replace(list, playlist::tracks, &new).unwrap();
        session.take_log();
        session.flush().unwrap();
        assert_sql!(session, "D tracks x3; I tracks x2");
        session.commit().unwrap();
        assert_eq!(db.rows("tracks", "position, title"), ["1|x", "2|y"]);
        let titles: Vec<_> = session[list].tracks.iter(&session).unwrap().map(|it| it.title.clone()).collect();
        assert_eq!(titles, ["x", "y"]);
    }

    fn rows_trade_the_owner_at_one_position(db: &TestDb) {
        let (mut session, one, tracks) = playlist(db, &["a"]);
        let two = session.add(Playlist::builder().build());
        let other = session.add(track(two, 1, "b"));
        session.commit().unwrap();
        // The owner cannot be NULL, so they temporarily get other positions, although these did not
        // change.
        session[tracks[0]].playlist = two.into();
        session[other].playlist = one.into();
        flush_as_shown(&mut session, 2);
        session.commit().unwrap();
        assert_eq!(db.rows("tracks", "id, playlist_id, position"), ["1|2|1", "2|1|1"]);
    }

    fn a_partner_is_deleted_and_replaced(db: &TestDb) {
        let (mut session, [a, b]) = members(db, ["a", "b"]);
        let old = session.add(Card::builder().member(a).text("old").build());
        session.commit().unwrap();
        session.load(a, member::card).unwrap();
        let new = session.add(Card::builder().text("new").build());
        session.replace(a, member::card, &[new]).unwrap();
        session.take_log();
        session.flush().unwrap();
        assert_sql!(session, "D cards x1; I cards x1");
        session.commit().unwrap();
        assert_eq!(db.rows("cards", "member_id, text"), ["1|new"]);
        assert!(session.try_get(old).is_none());

        // The partner of another member takes the place of a deleted one.
        let of_b = session.add(Card::builder().member(b).text("b").build());
        session.commit().unwrap();
        session.delete(new).unwrap();
        session[of_b].member = a.into();
        session.commit().unwrap();
        assert_eq!(db.rows("cards", "member_id, text"), ["1|b"]);
    }

    fn partners_are_traded(db: &TestDb) {
        let (mut session, [a, b]) = members(db, ["a", "b"]);
        let [one, two] = [a, b].map(|member| session.add(Desk::builder().member(member).build()));
        session.commit().unwrap();
        session[one].member = Some(b.into());
        session[two].member = Some(a.into());
        flush_as_shown(&mut session, 2);
        session.commit().unwrap();
        assert_eq!(db.rows("desks", "id, member_id"), ["1|2", "2|1"]);

        // One is deleted, and the other moves to its place, so there is an order.
        session[one].member = None;
        session[two].member = Some(b.into());
        flush_as_shown(&mut session, 2);
        session.commit().unwrap();
        assert_eq!(db.rows("desks", "id, member_id"), ["1|NULL", "2|2"]);
        let desks = session.query::<Member>().eager(member::desk).order_by(member::id).all().unwrap();
        assert!(session[desks[0]].desk.get(&session).unwrap().is_none());
        assert!(session[desks[1]].desk.get(&session).unwrap().is_some());
    }

    fn a_trade_that_cannot_be_is_refused_before_anything_is_sent(db: &TestDb) {
        let (mut session, [a, b]) = members(db, ["a", "b"]);
        let [one, two] =
            [a, b].map(|member| session.add(Card::builder().member(member).text("x").build()));
        session.commit().unwrap();
        let before = db.rows("cards", "id, member_id");
        session[one].member = b.into();
        session[two].member = a.into();
        rename(&mut session, a, "c");
        session.take_log();
        let error = session.flush().unwrap_err();
        assert_matches!(
            &error,
            Error::UniqueCircular { entity: "Card", from, to: Some(to), columns, .. }
                if columns == &["member_id"] && [from.as_str(), to.as_str()].contains(&"1")
                    && [from.as_str(), to.as_str()].contains(&"2")
        );
        let text = error.to_string();
        for word in ["Card", "member_id", "1", "2", "two steps"] {
            assert!(text.contains(word), "{text}");
        }
        assert_no_sql!(session);
        assert_eq!(db.rows("cards", "id, member_id"), before);
        // The edits are still there, and the suggested fix works.
        session.delete(two).unwrap();
        session.commit().unwrap();
        assert_eq!(db.rows("cards", "id, member_id"), ["1|2"]);
        assert_eq!(names(db), ["1|c", "2|b"]);
    }

    fn a_flush_that_fails_is_undone_with_what_was_parked(db: &TestDb) {
        let (mut session, [a, b, _]) = members(db, ["a", "b", "c"]);
        rename(&mut session, a, "b");
        rename(&mut session, b, "a");
        let bad = session.add(Member::builder().name("c").build());
        let error = session.commit().unwrap_err();
        assert_matches!(&error, Error::Constraint(violation)
            if violation.error.kind == DatabaseErrorKind::Unique && violation.handle() == Some(bad));
        assert_eq!(names(db), ["1|a", "2|b", "3|c"]);
        rename(&mut session, bad, "d");
        session.flush().unwrap();
        // Later work in the same transaction, with a savepoint.
        rename(&mut session, a, "a");
        rename(&mut session, b, "b");
        let worse = session.add(Member::builder().name("c").build());
        assert!(session.flush().is_err());
        session.delete(worse).unwrap();
        session.commit().unwrap();
        assert_eq!(db.rows("members", "name"), ["a", "b", "c", "d"]);

        rename(&mut session, a, "b");
        rename(&mut session, b, "a");
        session.flush().unwrap();
        session.rollback().unwrap();
        assert_eq!((session[a].name.as_str(), session[b].name.as_str()), ("a", "b"));
        assert_eq!(db.rows("members", "name"), ["a", "b", "c", "d"]);
    }

    fn a_row_that_others_have_changed_is_found_out(db: &TestDb) {
        let (mut session, [a, b]) = members(db, ["a", "b"]);
        rename(&mut session, a, "b");
        rename(&mut session, b, "a");
        db.execute("UPDATE members SET version = 5 WHERE id = 2");
        assert_matches!(session.commit().unwrap_err(), Error::StaleRow { .. });
        assert_eq!(names(db), ["1|a", "2|b"]);
    }

    fn a_row_and_its_new_form_take_no_detour(db: &TestDb) {
        let (mut session, [a, b]) = members(db, ["a", "b"]);
        // Only the case changes; and a value that no row has needs no order.
        rename(&mut session, a, "A");
        rename(&mut session, b, "c");
        flush_as_shown(&mut session, 1);
        session[a].age = 1;
        session[b].age = 2;
        session.delete(a).unwrap();
        flush_as_shown(&mut session, 2);
        session.commit().unwrap();
        assert_eq!(db.rows("members", "id, name, age"), ["2|c|2"]);
    }

    fn texts_that_differ_in_case_alone_may_be_one_value(db: &TestDb) {
        let (mut session, [a, b]) = members(db, ["a", "b"]);
        rename(&mut session, a, "B");
        rename(&mut session, b, "A");
        session.commit().unwrap();
        assert_eq!(names(db), ["1|B", "2|A"]);
    }

    fn the_key_of_a_deleted_row_goes_to_another(db: &TestDb) {
        let mut session = db.session_for(schema![super::tables::Numbered]);
        let numbered = |id| super::tables::Numbered { id, name: format!("n{id}") };
        let rows = session.add_all((1..=3).map(numbered));
        session.commit().unwrap();
        session.delete(rows[0]).unwrap();
        session[rows[1]].id = 1;
        session[rows[2]].id = 2;
        session.commit().unwrap();
        assert_eq!(db.rows("numbered", "id, name"), ["1|n2", "2|n3"]);
        assert_eq!(session.find::<super::tables::Numbered>(1), Some(rows[1]));
        assert_eq!(session.find::<super::tables::Numbered>(3), None);
        // A key and a unique value together.
        let new = session.add(super::tables::Numbered { id: 3, name: "n3".into() });
        session[rows[1]].id = 2;
        session[rows[2]].id = 1;
        session[rows[2]].name = "n2".into();
        session[rows[1]].name = "n5".into();
        session.commit().unwrap();
        assert_eq!(db.rows("numbered", "id, name"), ["1|n2", "2|n5", "3|n3"]);
        assert_eq!(session.find::<super::tables::Numbered>(3), Some(new));
    }

    fn an_association_with_a_separate_key_is_created_again(db: &TestDb) {
        let (mut session, [a, b]) = members(db, ["a", "b"]);
        schema![Friend].create_all(&mut session).unwrap();
        let friend = |one, other| Friend::builder().one(one).other(other).build();
        let old = session.add(friend(a, b));
        session.commit().unwrap();
        session.delete(old).unwrap();
        session.add(friend(a, b));
        session.add(friend(b, a));
        session.take_log();
        session.flush().unwrap();
        assert_sql!(session, "D friends x1; I friends x2");
        session.commit().unwrap();
        assert_eq!(db.rows("friends", "one_id, other_id"), ["1|2", "2|1"]);

        // New members take the places of old ones, and also their names and friends.
        for member in [a, b] {
            session.delete(member).unwrap();
        }
        let [c, d] = ["a", "b"].map(|name| session.add(Member::builder().name(name).build()));
        session.add(friend(c, d));
        session.commit().unwrap();
        assert_eq!(db.rows("members", "name"), ["a", "b"]);
        assert_eq!(db.rows("friends JOIN members ON members.id = one_id", "name"), ["a"]);
    }

    fn values_that_nobody_gives_up_cost_no_order(db: &TestDb) {
        let (mut session, [a, b]) = members(db, ["a", "b"]);
        // Rows with unused unique values take as many statements as rows without unique values.
        session.add_all(["c", "d"].map(|name| Member::builder().name(name).build()));
        rename(&mut session, a, "e");
        session.delete(b).unwrap();
        session.take_log();
        session.flush().unwrap();
        assert_sql!(
            session,
            "S cards; S desks; U members[name,version] x1; I members x2; D members x1"
        );
        session.rollback().unwrap();

        // A value that another row has is still refused by the database.
        rename(&mut session, a, "b");
        assert_matches!(session.flush().unwrap_err(), Error::Constraint(_));
        session.rollback().unwrap();
        assert_eq!(names(db), ["1|a", "2|b"]);
    }
}
