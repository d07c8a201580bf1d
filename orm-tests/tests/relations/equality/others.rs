//! The foreign tables, and their entities.

use orm_runtime::prelude::*;
use orm_tests::TestDb;

#[derive(Entity, Clone, Debug)]
#[entity(table = "langs")]
pub struct Lang {
    #[entity(primary_key, length = 10)]
    pub code: String,
    pub name: String,
    #[entity(inverse = lang)]
    pub words: HasMany<Word>,
    #[entity(inverse = lang)]
    pub anthem: HasOne<Anthem>,
    #[entity(through = Spoken)]
    pub countries: ManyToMany<Country, String>,
    #[entity(through = "heard")]
    pub heard_in: ManyToMany<Country, String>,
    #[entity(inverse = parent)]
    pub dialects: HasMany<Lang, String>,
    #[entity(column = "parent_code")]
    pub parent: Option<ForeignKey<Lang, String>>,
}

#[derive(Entity, Clone, Debug)]
#[entity(table = "words")]
pub struct Word {
    pub id: Auto<i64>,
    pub text: String,
    #[entity(column = "lang_code", on_delete = cascade)]
    pub lang: ForeignKey<Lang, String>,
}

#[derive(Entity, Clone, Debug)]
#[entity(table = "anthems")]
pub struct Anthem {
    pub id: Auto<i64>,
    #[entity(column = "lang_code", on_delete = nullify)]
    pub lang: Option<ForeignKey<Lang, String>>,
}

#[derive(Entity, Clone, Debug)]
#[entity(table = "countries")]
pub struct Country {
    #[entity(primary_key, length = 10)]
    pub code: String,
    #[entity(through = Spoken)]
    pub langs: ManyToMany<Lang, String>,
}

#[derive(Entity, Clone, Debug)]
#[entity(table = "spoken")]
pub struct Spoken {
    #[entity(primary_key, column = "lang_code", on_delete = cascade)]
    pub lang: ForeignKey<Lang, String>,
    #[entity(primary_key, column = "country_code", on_delete = cascade)]
    pub country: ForeignKey<Country, String>,
}

/// A key of a string and a number.
#[derive(Entity, Clone, Debug)]
#[entity(table = "pages")]
pub struct Page {
    #[entity(primary_key, length = 10)]
    pub book: String,
    #[entity(primary_key)]
    pub number: i32,
    #[entity(inverse = page)]
    pub notes: HasMany<Note>,
}

#[derive(Entity, Clone, Debug)]
#[entity(table = "notes")]
pub struct Note {
    pub id: Auto<i64>,
    #[entity(columns(page_book = "book", page_number = "number"), on_delete = nullify)]
    pub page: Option<ForeignKey<Page, (String, i32)>>,
}

/// Creates the tables as another program would, with rows: `EN` has the words 1 and 2, `de` has 3
/// and 4.
pub fn others(db: &TestDb) -> Session {
    let (text, auto) = match db.dialect() {
        Dialect::Sqlite => ("TEXT COLLATE NOCASE", "INTEGER PRIMARY KEY"),
        Dialect::Postgres => {
            db.execute(
                "CREATE COLLATION nocase (provider = icu, locale = 'und-u-ks-level2', \
                 deterministic = false)",
            );
            ("VARCHAR(10) COLLATE nocase", "BIGSERIAL PRIMARY KEY")
        }
        Dialect::Mysql => (
            "VARCHAR(10) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci",
            "BIGINT AUTO_INCREMENT PRIMARY KEY",
        ),
        _ => unreachable!("a database without tests"),
    };
    for table in [
        format!(
            "langs (code {text} NOT NULL PRIMARY KEY, name VARCHAR(30) NOT NULL, parent_code {text}, \
             FOREIGN KEY (parent_code) REFERENCES langs (code))"
        ),
        format!(
            "words (id {auto}, text VARCHAR(30) NOT NULL, lang_code {text} NOT NULL, \
             FOREIGN KEY (lang_code) REFERENCES langs (code))"
        ),
        format!(
            "anthems (id {auto}, lang_code {text}, FOREIGN KEY (lang_code) REFERENCES langs (code))"
        ),
        format!("countries (code {text} NOT NULL PRIMARY KEY)"),
        format!(
            "spoken (lang_code {text} NOT NULL, country_code {text} NOT NULL, \
             PRIMARY KEY (lang_code, country_code), \
             FOREIGN KEY (lang_code) REFERENCES langs (code), \
             FOREIGN KEY (country_code) REFERENCES countries (code))"
        ),
        format!(
            "heard (lang_id {text} NOT NULL, country_id {text} NOT NULL, \
             PRIMARY KEY (lang_id, country_id))"
        ),
        format!(
            "pages (book {text} NOT NULL, number INTEGER NOT NULL, PRIMARY KEY (book, number))"
        ),
        format!(
            "notes (id {auto}, book {text}, number INTEGER, \
             FOREIGN KEY (book, number) REFERENCES pages (book, number))"
        ),
    ] {
        db.execute(&format!("CREATE TABLE {table}"));
    }
    // If trailing spaces are ignored as well.
    let padded = if db.dialect() == Dialect::Mysql { "de " } else { "De" };
    for rows in [
        "langs VALUES ('EN', 'English', NULL), ('de', 'German', NULL), ('fr', 'French', NULL)"
            .into(),
        "langs VALUES ('us', 'American', 'en'), ('at', 'Austrian', 'DE')".into(),
        format!(
            "words VALUES (1, 'one', 'en'), (2, 'two', 'EN'), (3, 'drei', 'DE'), (4, 'vier', '{padded}')"
        ),
        "anthems VALUES (1, 'De'), (2, NULL)".into(),
        "countries VALUES ('GB'), ('AT')".into(),
        "spoken VALUES ('en', 'gb'), ('DE', 'at'), ('EN', 'at')".into(),
        "heard VALUES ('en', 'gb'), ('de', 'gb'), ('En', 'At')".into(),
        "pages VALUES ('Faust', 1), ('Faust', 2)".into(),
        "notes VALUES (1, 'faust', 1), (2, 'FAUST', 1), (3, 'Faust', 2)".into(),
    ] {
        db.execute(&format!("INSERT INTO {rows}"));
    }
    if db.dialect() == Dialect::Postgres {
        db.execute("SELECT setval(pg_get_serial_sequence('words', 'id'), 10)");
    }
    db.session()
}
