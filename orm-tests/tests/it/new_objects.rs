//! Errors about objects whose keys the database has not generated yet: all name them alike.

use orm_runtime::prelude::*;
use orm_tests::{TestDb, on_all_databases};

#[derive(Entity, Debug, Clone)]
#[entity(table = "new_team", hooks)]
struct Team {
    id: Auto<i64>,
    #[entity(unique, length = 20)]
    name: String,
    players: HasMany<Player>,
}

#[derive(Entity, Debug, Clone)]
#[entity(table = "new_player")]
struct Player {
    id: Auto<i64>,
    team: ForeignKey<Team>,
    photo: Deferred<Vec<u8>>,
}

impl Hooks for Team {
    fn validate(&self) -> Result<(), ValidationError> {
        if self.name.is_empty() { Err(ValidationError::new("name", "is empty")) } else { Ok(()) }
    }
}

fn team(name: &str) -> Team {
    Team::builder().name(name).build()
}

on_all_databases! {
    fn an_object_without_a_key_is_new(db: &TestDb) {
        let mut session = db.session_for(schema![Team, Player]);
        let reds = session.add(team("reds"));
        session.commit().unwrap();
        let mut texts = Vec::new();
        let mut refused = |error: Error| texts.push(error.to_string());

        let blues = session.add(team("reds"));
        refused(session.flush().unwrap_err());
        session[blues].name = String::new();
        refused(session.flush().unwrap_err());
        session.rollback().unwrap();
        refused(session.delete(blues).unwrap_err());

        session.add(Player::builder().photo(vec![1]).build());
        refused(session.flush().unwrap_err());
        session.rollback().unwrap();

        let mut unset = Player::builder().team(reds).photo(vec![1]).build();
        unset.photo = Deferred::default();
        session.add(unset);
        refused(session.flush().unwrap_err());
        session.rollback().unwrap();

        refused(session.attach(team("greens")).unwrap_err());
        let condition = player::team.eq(blues);
        refused(session.query::<Player>().filter(condition).all().unwrap_err());
        for text in &texts {
            assert!(text.starts_with("Team (new)") || text.starts_with("Player (new)"), "{text}");
        }
        assert_eq!(texts.len(), 7);
    }
}
