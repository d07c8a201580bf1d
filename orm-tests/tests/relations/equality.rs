//! Foreign tables whose keys are equal for the database although they differ in Rust: the database
//! says which row belongs to which.

mod others;

use orm_runtime::prelude::*;
use orm_tests::{TestDb, assert_no_sql, assert_sql, on_all_databases};

use self::others::{Country, Lang, Page, Word, country, lang, note, others, page, word};
use crate::model::{Tag, User, tag};

fn texts(session: &Session, lang: Handle<Lang>) -> Vec<String> {
    let words = session[lang].words.iter(session).unwrap();
    words.map(|word| word.text.clone()).collect()
}

/// Checks that everything that belongs to the languages is in memory, without sending a statement.
fn assert_whole(session: &mut Session) {
    session.take_log();
    let [en, de, fr] = ["EN", "de", "fr"].map(|code| session.find::<Lang>(code).unwrap());
    assert_eq!(texts(session, en), ["one", "two"]);
    assert_eq!(texts(session, de), ["drei", "vier"]);
    assert!(texts(session, fr).is_empty());
    for lang in [en, de] {
        for word in session[lang].words.handles(session).unwrap() {
            assert_eq!(session[word].lang.get(session).unwrap().code, session[lang].code);
        }
    }
    assert_no_sql!(session);
}

on_all_databases! {
    fn collections_hold_what_the_database_pairs(db: &TestDb) {
        let mut session = others(db);
        session.query::<Lang>().eager(lang::words).order_by(lang::code.asc()).all().unwrap();
        assert_sql!(session, "S langs; S words; S words");
        assert_whole(&mut session);

        // What was learned is remembered.
        session.commit().unwrap();
        session.query::<Lang>().eager(lang::words).all().unwrap();
        assert_sql!(session, "S langs; S words");
        assert_whole(&mut session);
    }

    fn joined_collections_as_well(db: &TestDb) {
        let mut session = others(db);
        session.query::<Lang>().eager(lang::words.joined()).all().unwrap();
        assert_whole(&mut session);
    }

    fn loads_as_well(db: &TestDb) {
        let mut session = others(db);
        let langs = session.query::<Lang>().all().unwrap();
        session.load(langs[0], lang::words).unwrap();
        assert_whole(&mut session);

        let mut session = db.session();
        let langs = session.query::<Lang>().all().unwrap();
        session.load_all(&langs, lang::words).unwrap();
        assert_whole(&mut session);
    }

    fn references_lead_where_the_database_says(db: &TestDb) {
        let mut session = others(db);
        let words = session.query::<Word>().eager(word::lang).order_by(word::id.asc()).all().unwrap();
        assert_sql!(session, "S words; S langs; S words");
        let codes = |session: &Session| -> Vec<String> {
            let code = |&word: &Handle<Word>| session[word].lang.get(session).unwrap().code.clone();
            words.iter().map(code).collect()
        };
        assert_eq!(codes(&session), ["EN", "EN", "de", "de"]);
        assert_eq!(session[words[0]].lang.key().unwrap(), "en", "the key keeps the spelling of the row");
        session[words[0]].text = "ONE".into();
        session.commit().unwrap();
        assert_eq!(db.rows("words", "id, text, lang_code")[0], "1|ONE|en");
        assert_sql!(session, "U words[text] x1");

        let path = word::lang.joined();
        let mut session = db.session();
        session.query::<Word>().eager(path).all().unwrap();
        let words = session.query::<Word>().order_by(word::id.asc()).all().unwrap();
        session.take_log();
        let codes = words.iter().map(|&word| session[word].lang.get(&session).unwrap().code.clone());
        assert_eq!(codes.collect::<Vec<_>>(), ["EN", "EN", "de", "de"]);
        assert_no_sql!(session);

        let mut session = db.session();
        let words = session.query::<Word>().order_by(word::id.asc()).all().unwrap();
        session.load(words[3], word::lang).unwrap();
        assert_eq!(session[words[3]].lang.get(&session).unwrap().code, "de");
        session.load(words[1], word::lang).unwrap();
        assert_eq!(session[words[1]].lang.get(&session).unwrap().code, "EN");
        session.take_log();
        // A reference of another object is known as well.
        session.load(words[0], word::lang).unwrap();
        assert_no_sql!(session);
    }

    fn a_row_is_one_object_whatever_key_finds_it(db: &TestDb) {
        let mut session = others(db);
        let en = session.get_one::<Lang>("en").unwrap();
        assert_eq!(session[en].code, "EN");
        assert_sql!(session, "S langs");
        assert_eq!(session.get::<Lang>("en").unwrap(), Some(en));
        assert_eq!(session.get::<Lang>("EN").unwrap(), Some(en));
        assert_eq!(session.find::<Lang>("en"), Some(en));
        assert_no_sql!(session);
        assert_eq!(session.get::<Lang>("eN").unwrap(), Some(en));
        assert_eq!(session.get::<Lang>("xx").unwrap(), None);
        assert_sql!(session, "S langs; S langs");

        let codes = ["DE", "EN", "xx", "De", "de", "FR", "eN"];
        let found = session.get_many::<Lang>(codes).unwrap();
        let found: Vec<_> = found.iter().map(|lang| lang.map(|lang| session[lang].code.clone())).collect();
        let expected = [Some("de"), Some("EN"), None, Some("de"), Some("de"), Some("fr"), Some("EN")];
        assert_eq!(found, expected.map(|code| code.map(str::to_owned)));
        assert_eq!(session.handles::<Lang>().len(), 3);
        session.take_log();
        session.get_many::<Lang>(["DE", "De", "fR", "FR"]).unwrap();
        assert_sql!(session, "S langs");

        let found = session.query::<Lang>().filter(lang::code.in_list(["En", "DE"].map(String::from))).count();
        assert_eq!(found.unwrap(), 2);
        let same: Handle<Lang> = session
            .get_or_create(lang::code.eq("De"), || unreachable!("it is there"))
            .unwrap();
        assert_eq!(session[same].code, "de");

        // The row is gone under every spelling of its key.
        session.get_one::<Lang>("FR").unwrap();
        session.commit().unwrap();
        db.execute("DELETE FROM langs WHERE code = 'fr'");
        assert_eq!(session.get::<Lang>("FR").unwrap(), None);
        assert_eq!(session.find::<Lang>("fr"), None);
    }

    fn associations_and_one_to_one_as_well(db: &TestDb) {
        let mut first = true;
        for path in [lang::countries.order_by(country::code.asc()), lang::countries.order_by(country::code.asc()).joined()] {
            let mut session = if std::mem::take(&mut first) { others(db) } else { db.session() };
            session.query::<Lang>().eager(path).all().unwrap();
            session.take_log();
            let countries = |session: &Session, code: &str| -> Vec<String> {
                let lang = session.find::<Lang>(code).unwrap();
                let countries = session[lang].countries.iter(session).unwrap();
                countries.map(|country| country.code.clone()).collect()
            };
            assert_eq!(countries(&session, "EN"), ["AT", "GB"]);
            assert_eq!(countries(&session, "de"), ["AT"]);
            assert!(countries(&session, "fr").is_empty());
            assert_no_sql!(session);
        }
        let mut session = db.session();
        session.query::<Lang>().eager(lang::anthem).eager(lang::dialects).eager(lang::parent).all().unwrap();
        session.take_log();
        let [en, de, us, at] = ["EN", "de", "us", "at"].map(|code| session.find::<Lang>(code).unwrap());
        assert_eq!(session[de].anthem.get(&session).unwrap().map(|anthem| anthem.id.get()), Some(Some(1)));
        assert!(session[en].anthem.get(&session).unwrap().is_none());
        assert_eq!(session[en].dialects.handles(&session).unwrap(), [us]);
        assert_eq!(session[de].dialects.handles(&session).unwrap(), [at]);
        assert_eq!(session[at].parent.handle(&session).unwrap(), Some(de));
        assert_no_sql!(session);

        // An association row is found and deleted.
        let country = session.get_one::<Country>("at").unwrap();
        session.unlink(en, lang::heard_in, country).unwrap();
        session.commit().unwrap();
        let heard = || {
            let mut rows = db.rows("heard", "lang_id, country_id");
            rows.sort();
            rows
        };
        assert_eq!(heard(), ["de|gb", "en|gb"]);
        session.load(en, lang::heard_in).unwrap();
        let gb = session[en].heard_in.handles(&session).unwrap();
        assert_eq!(gb.len(), 1);
        session.link(en, lang::heard_in, gb[0]).unwrap();
        session.replace(de, lang::heard_in, &[gb[0], country]).unwrap();
        session.commit().unwrap();
        assert_eq!(heard(), ["de|AT", "de|gb", "en|gb"]);
    }

    fn parts_and_limits_as_well(db: &TestDb) {
        let mut session = others(db);
        session
            .query::<Lang>()
            .eager(lang::words.order_by(word::id.desc()).limit(1))
            .all()
            .unwrap();
        let [en, de] = ["EN", "de"].map(|code| session.find::<Lang>(code).unwrap());
        let part = |session: &Session, lang: Handle<Lang>| -> Vec<String> {
            let words = session[lang].words.part(session).unwrap();
            words.map(|word| word.text.clone()).collect()
        };
        assert_eq!(part(&session, en), ["two"]);
        assert_eq!(part(&session, de), ["vier"]);
        let mut session = db.session();
        session.query::<Lang>().eager(lang::words.filter(word::id.gt(1))).all().unwrap();
        let [en, de] = ["EN", "de"].map(|code| session.find::<Lang>(code).unwrap());
        assert_eq!(part(&session, en), ["two"]);
        assert_eq!(part(&session, de), ["drei", "vier"]);

        assert_eq!(session.related(en, lang::words).unwrap().count().unwrap(), 2);
        let counts = session.query::<Lang>().order_by(lang::code.asc()).select((lang::code, lang::words.count()));
        let counts: Vec<(String, i64)> = counts.load().unwrap();
        let counts: Vec<i64> = counts.iter().filter(|(code, _)| code == "EN" || code == "de").map(|(_, n)| *n).collect();
        assert_eq!(counts, [2, 2]);
        assert_eq!(session.query::<Lang>().filter(lang::words.exists()).count().unwrap(), 2);
    }

    fn keys_of_several_columns_as_well(db: &TestDb) {
        for joined in [false, true] {
            let mut session = if joined { db.session() } else { others(db) };
            let path = if joined { page::notes.joined() } else { page::notes.order_by(note::id.asc()) };
            session.query::<Page>().eager(path).all().unwrap();
            session.take_log();
            let [one, two] = [1, 2].map(|n| session.find::<Page>(("Faust".to_owned(), n)).unwrap());
            let notes = |session: &Session, page: Handle<Page>| -> Vec<i64> {
                let notes = session[page].notes.iter(session).unwrap();
                notes.map(|note| note.id.get().unwrap()).collect()
            };
            assert_eq!(notes(&session, one), [1, 2]);
            assert_eq!(notes(&session, two), [3]);
            assert_no_sql!(session);
            let found = session.get_many::<Page>([("FAUST".to_owned(), 2), ("FausT".to_owned(), 2)]).unwrap();
            assert_eq!(found, [Some(two), Some(two)]);
            assert_eq!(session.get::<Page>(("fAUST".to_owned(), 1)).unwrap(), Some(one));
        }
    }

    fn what_is_written_is_in_collections_that_are_loaded(db: &TestDb) {
        let mut session = others(db);
        session.query::<Lang>().eager(lang::words).all().unwrap();
        let [en, fr] = ["EN", "fr"].map(|code| session.find::<Lang>(code).unwrap());
        session.add(Word::builder().text("un").lang("FR").build());
        session.add(Word::builder().text("deux").lang("fr").build());
        session.add(Word::builder().text("trois").lang("Fr").build());
        session.take_log();
        session.flush().unwrap();
        assert_sql!(session, "I words x3; S words");
        let mut french = texts(&session, fr);
        french.sort();
        assert_eq!(french, ["deux", "trois", "un"]);
        let one = session.get_one::<Word>(1).unwrap();
        session[one].lang = "FR".into();
        session.flush().unwrap();
        assert_eq!(texts(&session, en), ["two"]);
        assert_eq!(texts(&session, fr).len(), 4);
    }

    fn what_comes_is_in_collections_that_are_loaded(db: &TestDb) {
        let mut session = others(db);
        session.commit().unwrap();
        let fi = session.add(Lang::builder().code("FI").name("Finnish").build());
        session.commit().unwrap();
        let rows = "(20, 'yksi', 'fi'), (21, 'xy', 'us'), (22, 'kaksi', 'fi'), (23, 'z', 'us')";
        db.execute(&format!("INSERT INTO words (id, text, lang_code) VALUES {rows}"));
        session.take_log();
        session.query::<Word>().filter(word::id.between(20, 21)).all().unwrap();
        assert_sql!(session, "S words; S words");
        assert_eq!(texts(&session, fi), ["yksi"]);
        session.get_one::<Word>(22).unwrap();
        session.get_one::<Word>(23).unwrap();
        assert_sql!(session, "S words; S words");
        assert_eq!(texts(&session, fi), ["yksi", "kaksi"]);
    }

    fn spaces_at_the_end_count_in_tables_that_are_made(db: &TestDb) {
        let schema = crate::model::schema();
        let mut session = db.session_for(schema.clone());
        assert!(schema.verify(&mut session).is_ok());
        let [red, spaced] =
            ["red", "red "].map(|name| session.add(Tag::builder().name(name).build()));
        let users = [("ada", red), ("bob", spaced)]
            .map(|(name, tag)| session.add(User::builder().name(name).tags([tag]).build()));
        session.commit().unwrap();
        session.clear();
        let [red, spaced] = ["red", "red "].map(|name| session.get_one::<Tag>(name).unwrap());
        session.query::<Tag>().eager(tag::users).all().unwrap();
        for (tag, name) in [(red, "ada"), (spaced, "bob")] {
            let users = session[tag].users.iter(&session).unwrap();
            assert_eq!(users.map(|user| &*user.name).collect::<Vec<_>>(), [name]);
        }
        assert_eq!(users.len(), 2);
    }

    fn what_refers_goes_with_its_object(db: &TestDb) {
        let mut session = others(db);
        db.execute("DELETE FROM spoken");
        db.execute("DELETE FROM langs WHERE code = 'at'");
        let de = session.get_one::<Lang>("de").unwrap();
        session.delete(de).unwrap();
        session.commit().unwrap();
        assert_eq!(db.rows("words", "id"), ["1", "2"]);
        assert_eq!(db.rows("anthems", "id, lang_code"), ["1|NULL", "2|NULL"]);
        assert_eq!(db.rows("langs", "code").len(), 3);

        let page = session.get_one::<Page>(("Faust".to_owned(), 1)).unwrap();
        session.delete(page).unwrap();
        session.commit().unwrap();
        assert_eq!(db.rows("notes", "id, number"), ["1|NULL", "2|NULL", "3|2"]);
    }
}
