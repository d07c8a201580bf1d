//! Subtypes in one table that share a column.

use orm_runtime::prelude::*;
use orm_tests::{TestDb, assert_sql, on_all_databases};

/// The subtypes of media.
#[derive(DbEnum, Debug, Clone, Copy, PartialEq, Eq)]
pub enum MediaKind {
    Film,
    Song,
}

/// A playable medium.
#[derive(Entity, Clone, Debug)]
#[entity(table = "inh_media", hierarchy = AnyMedia)]
pub struct Media {
    pub id: Auto<i64>,
    #[entity(length = 40)]
    pub title: String,
    pub kind: Discriminator<MediaKind>,
    #[entity(inverse = media)]
    pub plays: HasMany<Play>,
}

#[derive(Entity, Clone, Debug)]
pub struct Film {
    #[entity(base)]
    pub media: Media,
    pub seconds: i32,
}

#[derive(Entity, Clone, Debug)]
pub struct Song {
    #[entity(base)]
    pub media: Media,
    pub seconds: i32,
}

#[derive(Entity, Clone, Debug)]
pub enum AnyMedia {
    #[entity(discriminator = MediaKind::Film)]
    Film(Film),
    #[entity(discriminator = MediaKind::Song)]
    Song(Song),
}

#[derive(Entity, Clone, Debug)]
#[entity(table = "inh_play")]
pub struct Play {
    pub id: Auto<i64>,
    pub media: ForeignKey<Media>,
}

on_all_databases! {
    fn a_shared_column_is_joined_counted_and_cut(db: &TestDb) {
        let mut session = db.session_for(schema![AnyMedia, Play]);
        let media = |title: &str| Media::builder().title(title).build();
        let film = session.add(Film::builder().media(media("film")).seconds(7000).build());
        let song = session.add(Song::builder().media(media("song")).seconds(200).build());
        for media in [film.upcast::<Media>(), song.upcast()] {
            session.add(Play::builder().media(media).build());
            session.add(Play::builder().media(media).build());
        }
        session.commit().unwrap();
        session.clear();
        session.take_log();

        let plays = session
            .query::<Play>()
            .order_by(play::id.asc())
            .eager(play::media.filter(media::title.eq("song")).joined())
            .all()
            .unwrap();
        assert_sql!(session, "S inh_play");
        assert!(session[plays[2]].media.get(&session).is_ok());

        session.clear();
        session.take_log();
        let first = session
            .query::<AnyMedia>()
            .order_by(media::title.asc())
            .limit(1)
            .eager(media::plays.joined())
            .all()
            .unwrap();
        assert_sql!(session, "S inh_media");
        assert_eq!(session[first[0]].plays.len(&session).unwrap(), 2);
        match &session[first[0]] {
            AnyMedia::Film(film) => assert_eq!(film.seconds, 7000),
            AnyMedia::Song(song) => panic!("{song:?}"),
        }
        assert_eq!(session.query::<AnyMedia>().distinct().count().unwrap(), 2);
        let films = session.query::<Film>().update(film::seconds.eq(7001)).unwrap();
        assert_eq!(films, 1);
        let seconds: Vec<i32> = session
            .query::<Song>()
            .filter(song::seconds.gt(0))
            .select(song::seconds.assume_not_null())
            .load()
            .unwrap();
        assert_eq!(seconds, [200]);
    }
}
