//! What the session reads on its own is not what the user has seen: an object with pending changes
//! keeps the version that they were made to.

use orm_runtime::prelude::*;
use orm_tests::{TestDb, on_all_databases};

#[derive(Entity, Debug)]
#[entity(table = "fv_club")]
pub struct Club {
    pub id: Auto<i64>,
    pub name: String,
    #[entity(inverse = club)]
    pub players: HasMany<Player>,
    #[entity(inverse = club)]
    pub games: HasMany<Game>,
}

/// Stays without a club when the club is deleted.
#[derive(Entity, Debug)]
#[entity(table = "fv_player")]
pub struct Player {
    pub id: Auto<i64>,
    pub name: String,
    #[entity(version)]
    pub version: i32,
    #[entity(on_delete = nullify)]
    pub club: Option<ForeignKey<Club>>,
}

/// Is deleted with its club.
#[derive(Entity, Debug)]
#[entity(table = "fv_game")]
pub struct Game {
    pub id: Auto<i64>,
    pub name: String,
    #[entity(version)]
    pub version: i32,
    #[entity(on_delete = cascade)]
    pub club: ForeignKey<Club>,
}

struct Stored {
    session: Session,
    club: Handle<Club>,
    player: Handle<Player>,
    game: Handle<Game>,
}

/// Stores a club with a player and a game, and has someone else change both.
fn changed_elsewhere(db: &TestDb) -> Stored {
    let mut session = db.session_for(schema![Club, Player, Game]);
    let club = session.add(Club::builder().name("c").build());
    let player = session.add(Player::builder().name("p").club(club).build());
    let game = session.add(Game::builder().name("g").club(club).build());
    session.commit().unwrap();
    db.execute("UPDATE fv_player SET name = 'theirs', version = 2");
    db.execute("UPDATE fv_game SET name = 'theirs', version = 2");
    Stored { session, club, player, game }
}

/// Commits, which is refused because of an object of this entity.
fn is_refused(session: &mut Session, entity: &str) {
    let error = session.commit().unwrap_err();
    assert!(matches!(&error, Error::StaleRow { entity: of, .. } if *of == entity), "{error}");
    session.rollback().unwrap();
}

on_all_databases! {
    fn a_deletion_does_not_write_an_edit_over_what_others_wrote(db: &TestDb) {
        let Stored { mut session, club, player, .. } = changed_elsewhere(db);
        session[player].name = "mine".to_owned();
        session.delete(club).unwrap();
        is_refused(&mut session, "Player");
        assert_eq!(db.rows("fv_player", "name, version, club_id"), ["theirs|2|1"]);
    }

    fn a_deletion_does_not_take_an_edited_object_along_that_others_wrote(db: &TestDb) {
        let Stored { mut session, club, game, .. } = changed_elsewhere(db);
        session[game].name = "mine".to_owned();
        session.delete(club).unwrap();
        is_refused(&mut session, "Game");
        assert_eq!(db.rows("fv_game", "name, version"), ["theirs|2"]);
    }

    fn a_deletion_along_with_another_does_not_delete_what_others_wrote(db: &TestDb) {
        for kept in ["Player", "Game"] {
            let Stored { mut session, club, player, game } = changed_elsewhere(db);
            match kept {
                "Player" => session.delete(player).unwrap(),
                _ => session.delete(game).unwrap(),
            }
            session.delete(club).unwrap();
            is_refused(&mut session, kept);
            assert_eq!(db.count("fv_player") + db.count("fv_game"), 2);
            schema![Club, Player, Game].drop_all(&mut session).unwrap();
        }
    }

    fn a_deletion_takes_the_new_version_of_objects_without_changes(db: &TestDb) {
        let Stored { mut session, club, player, .. } = changed_elsewhere(db);
        let _ = &mut session[player];
        session.delete(club).unwrap();
        session.commit().unwrap();
        assert_eq!(db.rows("fv_player", "name, version, club_id"), ["theirs|3|NULL"]);
        assert_eq!(db.count("fv_game"), 0);
        session.refresh(&[player]).unwrap();
        assert_eq!((&*session[player].name, session[player].version), ("theirs", 3));
    }

    fn a_change_of_a_collection_does_not_write_an_edit_over_what_others_wrote(db: &TestDb) {
        for way in ["unlink", "replace"] {
            let Stored { mut session, club, player, .. } = changed_elsewhere(db);
            session[player].name = "mine".to_owned();
            match way {
                "unlink" => session.unlink(club, club::players, player).unwrap(),
                _ => session.replace(club, club::players, &[]).unwrap(),
            }
            is_refused(&mut session, "Player");
            assert_eq!(db.rows("fv_player", "name, version, club_id"), ["theirs|2|1"], "{way}");
            schema![Club, Player, Game].drop_all(&mut session).unwrap();
        }
    }

    fn what_the_user_reads_again_is_written(db: &TestDb) {
        let Stored { mut session, club, player, .. } = changed_elsewhere(db);
        session[player].name = "mine".to_owned();
        session.delete(club).unwrap();
        is_refused(&mut session, "Player");
        session.refresh(&[player]).unwrap();
        assert_eq!(session[player].name, "theirs");
        session[player].name = "mine".to_owned();
        session.delete(club).unwrap();
        session.commit().unwrap();
        assert_eq!(db.rows("fv_player", "name, version, club_id"), ["mine|3|NULL"]);
    }
}
