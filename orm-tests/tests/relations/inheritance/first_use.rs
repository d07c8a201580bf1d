//! The first use of inheritance, on a realistic schema.

use diesel::dsl::{count_star, max};
use orm_runtime::prelude::*;
use orm_runtime::{Schema, query::Lock};
use orm_tests::{TestDb, assert_matches, assert_sql, on_all_databases};

use super::library::shelf::{Item, item};
use super::library::*;

fn library() -> Schema {
    schema![Medium, AnyParty, Tag, Loan]
}

fn titled(title: &str) -> Item {
    Item::builder().title(title).cover(format!("cover of {title}")).build()
}

fn novel(title: &str, isbn: &str) -> Book {
    let size = Size { width: 12, height: 19 };
    let book = Book::builder().item(titled(title)).isbn(isbn).genre(Genre::Crime).size(size);
    book.text(format!("text of {title}")).build()
}

fn placard(title: &str, number: &str) -> Poster {
    Poster::builder().item(titled(title)).number(number).build()
}

fn human(name: &str) -> Human {
    Human::builder().party(Party::builder().name(name).build()).build()
}

fn firm(name: &str) -> Firm {
    Firm::builder().party(Party::builder().name(name).build()).build()
}

/// Stores a medium of each subtype. None of them is in memory.
fn filled(db: &TestDb) -> Session {
    let mut session = db.session_for(library());
    let book = session.add(novel("Emma", "1"));
    let film = session.add(Film::builder().item(titled("Emma, the film")).based_on(book).build());
    let poster = session.add(placard("Emma, the poster", "P1"));
    session[poster].size = Some(Size { width: 60, height: 90 });
    session[poster].genre = Some(Genre::Love);
    session.add(Leaflet::builder().item(titled("Hours")).build());
    session.add(Map::builder().item(titled("Town")).build());
    let ada = session.add(human("ada"));
    let acme = session.add(firm("acme"));
    session[ada].favourite = book.into();
    session[acme].flagship = film.into();
    session[film].maker = acme.into();
    session[book].owner = acme.into();
    session[poster].owner = ada.into();
    session.link(book, book::authors, ada).unwrap();
    for name in ["new", "old"] {
        let tag = session.add(Tag::builder().name(name).build());
        session.link(book, item::tags, tag).unwrap();
        session.link(tag, tag::items, poster).unwrap();
    }
    session.add(Loan::builder().item(poster).to("bob").build());
    session.commit().unwrap();
    session.clear();
    session.take_log();
    session
}

on_all_databases! {
    fn kinds_without_columns_are_stored_and_read(db: &TestDb) {
        let mut session = filled(db);
        let kinds = session.query::<Medium>().order_by(item::title.asc()).by_subtype().unwrap();
        assert_matches!(
            kinds.as_slice(),
            [
                MediumHandle::Book(_),
                MediumHandle::Film(_),
                MediumHandle::Poster(_),
                MediumHandle::Leaflet(_),
                MediumHandle::Map(_),
            ]
        );
        let leaflet = session.query::<Leaflet>().one().unwrap();
        let map = session.query::<Map>().one().unwrap();
        session[leaflet].title = "Hours of opening".to_owned();
        session[map].title = "Town map".to_owned();
        session.commit().unwrap();
        assert_eq!(db.count("inh_map"), 1);
        let rows = db.rows("inh_medium WHERE kind IN ('leaflet', 'map')", "title, version");
        assert_eq!(rows, ["Hours of opening|2", "Town map|2"]);
        session.refresh(&[map]).unwrap();
        assert_eq!(session[map].title, "Town map");
        session.purge(map).unwrap();
        session.commit().unwrap();
        assert_eq!((db.count("inh_map"), db.count("inh_medium")), (0, 4));
        assert_eq!(session.bulk_insert([Map::builder().item(titled("a")).build()]).unwrap(), 1);
        assert_eq!(session.query::<Map>().filter(item::title.eq("a")).update(item::title.eq("b")).unwrap(), 1);
        assert_eq!(session.query::<Map>().select(item::title).one::<String>().unwrap(), "b");
    }

    fn value_objects_and_enums_are_columns_of_kinds(db: &TestDb) {
        let mut session = filled(db);
        let book = session.query::<Book>().filter(book::genre.eq(Genre::Crime)).one().unwrap();
        let poster = session.query::<Medium>().filter(poster::size_width.gt(50)).one().unwrap();
        let poster = session.downcast::<Poster>(poster).unwrap();
        assert_eq!(session[book].size, Size { width: 12, height: 19 });
        assert_eq!(session[poster].size, Some(Size { width: 60, height: 90 }));
        session[book].size.width = 13;
        session[poster].size = None;
        session[poster].genre = None;
        session.take_log();
        session.commit().unwrap();
        assert_sql!(
            session,
            "U inh_medium[changed,version] x1; U inh_medium[changed,genre,size_width,size_height,version] x1; \
             U inh_book[size_width,size_height] x1"
        );
        session.clear();
        let rows = session.query::<Poster>().select((item::title, poster::size_width, poster::genre));
        let rows: Vec<(String, Option<i32>, Option<Genre>)> = rows.load().unwrap();
        assert_eq!(rows, [("Emma, the poster".to_owned(), None, None)]);
        let rows = session.query::<Book>().select((item::title, book::size_width, book::genre));
        let rows: Vec<(String, i32, Genre)> = rows.load().unwrap();
        assert_eq!(rows, [("Emma".to_owned(), 13, Genre::Crime)]);
    }

    fn hooks_run_of_the_base_then_of_the_kind(db: &TestDb) {
        let mut session = db.session_for(library());
        let mut invalid = novel("Emma", "");
        let new = session.add(invalid.clone());
        let error = session.flush().unwrap_err();
        assert_eq!(error.to_string(), "Book (new) is not valid: isbn is empty");
        session[new].title.clear();
        let error = session.flush().unwrap_err().to_string();
        assert!(error.contains("title is empty"), "{error}");
        invalid.isbn = "7".to_owned();
        session[new].isbn = "7".to_owned();
        session[new].title = "Emma".to_owned();
        session[new].heard.clear();
        session.commit().unwrap();
        assert_eq!(session[new].heard, ["base inserted", "book inserted"]);
        session[new].heard.clear();
        session[new].pages = 3;
        session.commit().unwrap();
        assert_eq!(session[new].heard, ["base updated", "book updated"]);
        session.clear();
        for medium in [session.query::<Medium>().one().unwrap(), session.query::<Item>().one().unwrap().upcast()] {
            assert_eq!(session[medium].heard, ["base loaded", "book loaded"]);
        }
        let rows = session.query::<Book>().rows().unwrap();
        assert_eq!(rows[0].heard, ["base loaded", "book loaded"]);
        let rows = session.query::<Item>().rows().unwrap();
        assert_eq!(rows[0].heard, ["base loaded"]);
        let error = session.bulk_insert([Map::builder().item(titled("")).build()]).unwrap_err();
        assert_matches!(error, Error::Invalid { .. });
    }

    fn deleted_kinds_are_kept(db: &TestDb) {
        let mut session = filled(db);
        let book = session.query::<Book>().one().unwrap();
        session.delete(book).unwrap();
        session.commit().unwrap();
        assert_sql!(session, "S inh_medium; U inh_medium[deleted_at,version] x1");
        assert_eq!(session.query::<Book>().count().unwrap(), 0);
        assert_eq!(session.query::<Medium>().count().unwrap(), 4);
        assert_eq!(session.query::<Medium>().unscoped(item::scopes::soft_delete).count().unwrap(), 5);
        let back = session.query::<Book>().unscoped(item::scopes::soft_delete).one().unwrap();
        assert!(session[back].deleted_at.is_some());
        session[back].deleted_at = None;
        session[back].pages = 9;
        session.commit().unwrap();
        assert_eq!(session.query::<Book>().filter(book::pages.eq(9)).count().unwrap(), 1);
        assert_eq!(session.query::<Film>().filter(item::title.like("Emma%")).delete().unwrap(), 1);
        assert_eq!((db.count("inh_film"), session.query::<Film>().count().unwrap()), (1, 0));
        session.commit().unwrap();
        assert_matches!(session.query::<Film>().unscoped_all().purge(), Err(Error::Constraint(_)));
        session.rollback().unwrap();
        let acme = session.query::<Firm>().one().unwrap();
        session[acme].flagship = None;
        session.flush().unwrap();
        assert_eq!(session.query::<Film>().unscoped_all().purge().unwrap(), 1);
        session.commit().unwrap();
        assert_eq!((db.count("inh_film"), db.count("inh_medium")), (0, 4));
    }

    fn constraints_of_kinds_are_named(db: &TestDb) {
        let mut session = filled(db);
        let violated = |session: &mut Session| match session.flush().unwrap_err() {
            Error::Constraint(violation) => {
                session.rollback().unwrap();
                violation.entity
            }
            other => panic!("{other}"),
        };
        session.add(novel("Emma again", "1"));
        assert_eq!(violated(&mut session), "Book");
        session.add(placard("Another", "P1"));
        assert_eq!(violated(&mut session), "Poster");
        let mut empty = novel("Nothing", "2");
        empty.pages = 0;
        session.add(empty);
        assert_eq!(violated(&mut session), "Book");
        assert_eq!(library().verify(&mut session).unwrap(), []);
        let mut found = |isbn: &str| {
            let found = session.get_or_create(book::isbn.eq(isbn), || novel("Found", isbn)).unwrap();
            session[found].title.clone()
        };
        assert_eq!(found("1"), "Emma");
        assert_eq!(found("3"), "Found");
    }

    fn relationships_of_base_and_kind_are_loaded(db: &TestDb) {
        let mut session = filled(db);
        let media = session.query::<Medium>()
            .order_by(item::title.asc())
            .eager(item::tags)
            .eager(item::loan)
            .eager(item::owner)
            .eager(book::authors.then(human::favourite))
            .eager(film::based_on)
            .all()
            .unwrap();
        let trace = orm_tests::trace(&session.take_log());
        assert_eq!(trace.split(';').count(), 5, "{trace}");
        let tags: Vec<_> = media.iter().map(|&it| session[it].tags.len(&session).unwrap()).collect();
        assert_eq!(tags, [2, 0, 2, 0, 0]);
        assert_eq!(session[media[2]].loan.get(&session).unwrap().unwrap().to, "bob");
        assert_eq!(session[media[0]].owner.get(&session).unwrap().unwrap().name, "acme");
        let book = session.downcast::<Book>(media[0]).unwrap();
        let ada = session[book].authors.handles(&session).unwrap()[0];
        assert_eq!(session[ada].favourite.handle(&session).unwrap(), Some(book));
        let film = session.downcast::<Film>(media[1]).unwrap();
        assert_eq!(session[film].based_on.handle(&session).unwrap(), Some(book));

        // In reverse, and joined.
        session.clear();
        let parties = session.query::<AnyParty>()
            .order_by(party::name.asc())
            .eager(party::owns.then(item::tags))
            .eager(firm::films.joined())
            .eager(human::wrote)
            .all()
            .unwrap();
        let owns: Vec<_> = parties.iter().map(|&it| session[it].owns.len(&session).unwrap()).collect();
        assert_eq!(owns, [1, 1]);
        let acme = session.downcast::<Firm>(parties[0]).unwrap();
        assert_eq!(session[acme].films.len(&session).unwrap(), 1);
        let old = session.query::<Tag>().filter(tag::name.eq("old")).eager(tag::items).one().unwrap();
        assert_eq!(session[old].items.len(&session).unwrap(), 2);

        // Conditions along relationships.
        let tagged = item::tags.has_any(tag::name.eq("old"));
        assert_eq!(session.query::<Book>().filter(tagged).count().unwrap(), 1);
        let by_ada = book::authors.has_any(party::name.eq("ada"));
        assert_eq!(session.query::<Medium>().filter(by_ada).count().unwrap(), 1);
        let lent = session.query::<Poster>().filter(item::loan.has_any(loan::to.eq("bob"))).count();
        assert_eq!(lent.unwrap(), 1);
        let favourites = session.query::<Human>().select((party::name, human::favourite.column(item::title)));
        let favourites: Vec<(String, Option<String>)> = favourites.load().unwrap();
        assert_eq!(favourites, [("ada".to_owned(), Some("Emma".to_owned()))]);
        let by_tags = session.query::<Medium>().order_by((item::tags.count().desc(), item::title.asc()));
        let by_tags: Vec<(String, i64)> = by_tags.limit(3).select((item::title, item::tags.count())).load().unwrap();
        assert_eq!(by_tags.iter().map(|it| it.1).collect::<Vec<_>>(), [2, 2, 0]);
    }

    fn deferred_columns_are_loaded_and_written(db: &TestDb) {
        let mut session = filled(db);
        let book = session.query::<Book>().one().unwrap();
        assert!(session[book].text.get().is_err() && session[book].cover.get().is_err());
        session.load(book, book::text).unwrap();
        session.load(book, item::cover).unwrap();
        assert_eq!(session[book].text.get().unwrap().as_deref(), Some("text of Emma"));
        assert_eq!(session[book].cover.get().unwrap().as_deref(), Some("cover of Emma"));
        session[book].text = Some("x".to_owned()).into();
        session.commit().unwrap();
        assert_eq!(db.rows("inh_book", "text"), ["x"]);
        session.query::<Medium>().undefer(item::cover).undefer(book::text).all().unwrap();
        session.clear();
        let rows = session.query::<Medium>().undefer(book::text).order_by(item::title.asc()).rows().unwrap();
        let Medium::Book(book) = &rows[0] else { panic!("{:?}", rows[0]) };
        assert_eq!(book.text.get().unwrap().as_deref(), Some("x"));
    }

    fn kinds_go_out_as_json_and_come_back(db: &TestDb) {
        let mut session = filled(db);
        let book = session.query::<Book>().undefer(item::cover).one().unwrap();
        let text = serde_json::to_string(&session.copy_graph(book).unwrap()).unwrap();
        assert!(text.contains("\"kind\":\"book\""), "{text}");
        let mut back: Book = serde_json::from_str(&text).unwrap();
        back.title = "Emma!".to_owned();
        back.pages = 5;
        let merged = session.merge_graph(back).unwrap();
        assert_eq!(merged, book);
        session.commit().unwrap();
        assert_eq!(db.rows("inh_medium JOIN inh_book USING (id)", "title, pages, isbn"), ["Emma!|5|1"]);

        let all = session.query::<Medium>().order_by(item::title.asc()).all().unwrap();
        let out: Vec<Medium> = all.iter().map(|&it| session.copy_graph(it).unwrap()).collect();
        session.clear();
        let text = serde_json::to_string(&out).unwrap();
        let back: Vec<Medium> = serde_json::from_str(&text).unwrap();
        assert_eq!(serde_json::to_string(&back).unwrap(), text);
        session.take_log();
        for medium in back {
            let title = medium.title.clone();
            let back = session.merge(medium).unwrap();
            assert_eq!(session[back].title, title);
        }
        session.commit().unwrap();
        let trace = orm_tests::trace(&session.take_log());
        assert!(!trace.contains("U ") && !trace.contains("I "), "{trace}");

        // Data from outside does not contain a subtype.
        let item = "{\"title\": \"New\", \"created\": \"2020-01-01T00:00:00\", \"changed\": \"2020-01-01T00:00:00\", \"version\": 0, \"tags\": null, \"loan\": null}";
        let leaflet: Leaflet = serde_json::from_str(&format!("{{\"item\": {item}}}")).unwrap();
        let new = session.add(leaflet);
        session.commit().unwrap();
        assert_eq!(session[new].kind.get(), Some(MediumKind::Leaflet));
    }

    fn every_way_to_read_kinds(db: &TestDb) {
        let mut session = filled(db);
        let mut titles = Vec::new();
        for row in session.query::<Medium>().order_by(item::title.desc()).limit(2).stream().unwrap() {
            titles.push(row.unwrap().title.clone());
        }
        assert_eq!(titles, ["Town", "Hours"]);
        let mut batches = 0;
        session.query::<Book>().filter(item::title.like("E%")).batches(1, |session, batch| {
            batches += batch.len();
            session[batch[0]].pages += 1;
            Ok(())
        }).unwrap();
        assert_eq!(batches, 1);
        session.commit().unwrap();
        let by_kind = session.query::<Item>().group_by(item::kind).order_by(item::kind.asc());
        let by_kind: Vec<(MediumKind, i64, Option<String>)> =
            by_kind.select((item::kind, count_star(), max(item::title))).load().unwrap();
        assert_eq!(by_kind.len(), 5);
        let by_genre: Vec<(Genre, i64)> =
            session.query::<Book>().group_by(book::genre).select((book::genre, count_star())).load().unwrap();
        assert_eq!(by_genre, [(Genre::Crime, 1)]);
        let of_owner = session.query::<Medium>().distinct_on(item::owner_id, item::title.asc());
        assert_eq!(of_owner.all().unwrap().len(), 3);
        let book = session.query::<Book>().lock(Lock::Update).first().unwrap().unwrap();
        let found = session.from_sql::<Poster>("SELECT * FROM inh_medium WHERE kind = 'poster'").one().unwrap();
        assert_eq!(session[found].number, "P1");
        let found = session
            .from_sql::<Book>("SELECT * FROM inh_medium JOIN inh_book USING (id) WHERE isbn = '1'")
            .one();
        assert_eq!(found.map(|it| it == book).map_err(|error| error.to_string()), Ok(true));
        assert!(session.query::<Book>().filter(book::isbn.eq("1")).exists().unwrap());
        let ids: Vec<i64> = (1..2_000).collect();
        assert_eq!(session.query::<Medium>().filter(item::id.in_list(ids)).count().unwrap(), 5);
        let films = session.query::<Film>().left_join(film::based_on).all().unwrap();
        assert_eq!(films[0].1, Some(book));
        session.commit().unwrap();
        let done: Result<i32> = session.retry(3, |session| {
            let book = session.query::<Book>().lock(Lock::Update).one()?;
            session[book].pages += 1;
            Ok(session[book].pages)
        });
        assert_eq!(done.unwrap(), 3);
        assert_eq!(db.rows("inh_book", "pages"), ["3"]);
    }
}
