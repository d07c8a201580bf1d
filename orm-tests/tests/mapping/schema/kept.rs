//! What the mapping does not mention stays, whichever step runs: the catalogue before and after.

use orm_runtime::{
    Dialect, Schema,
    metadata::{
        CheckMeta, ColumnMeta, ColumnType, EntityMeta, ForeignKeyMeta, GeneratedBy, OnDelete,
    },
};
use orm_tests::{TestDb, on_one_database};

use super::tables::{ID, TEAM, column, made, nullable, table, varchar};

/// Returns everything in the database's catalogue about its tables, with a line for each fact.
pub(crate) fn catalogue(db: &TestDb) -> Vec<String> {
    let asked: &[&str] = match db.dialect() {
        Dialect::Sqlite => &[
            "SELECT type || ' ' || name || ' ' || coalesce(sql, '') FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'",
            "SELECT 'sequence ' || name || seq FROM sqlite_sequence",
        ],
        Dialect::Postgres => &[
            "SELECT concat_ws(' ', 'column', c.relname, a.attname, format_type(atttypid, atttypmod), attnotnull, \
             attcollation::regcollation, attstorage, attcompression, attstattarget, attidentity, attgenerated, \
             pg_get_expr(adbin, adrelid), col_description(c.oid, attnum)) FROM pg_attribute a JOIN pg_class c \
             ON c.oid = attrelid LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum WHERE \
             relnamespace = current_schema()::regnamespace AND attnum > 0 AND NOT attisdropped AND relkind = 'r'",
            "SELECT 'index ' || pg_get_indexdef(i.indexrelid) FROM pg_index i JOIN pg_class c ON \
             c.oid = indrelid WHERE relnamespace = current_schema()::regnamespace",
            "SELECT concat_ws(' ', 'rule', conrelid::regclass, conname, pg_get_constraintdef(oid)) FROM \
             pg_constraint WHERE contype <> 'n' AND connamespace = current_schema()::regnamespace",
            "SELECT 'trigger ' || pg_get_triggerdef(t.oid) FROM pg_trigger t JOIN pg_class c ON c.oid = tgrelid \
             WHERE NOT tgisinternal AND relnamespace = current_schema()::regnamespace",
        ],
        Dialect::Mysql => &[
            "SELECT CONCAT_WS(' ', 'column', table_name, column_name, column_type, character_set_name, \
             collation_name, is_nullable, COALESCE(NULLIF(column_default, 'NULL'), 'none'), extra, column_comment, \
             generation_expression) FROM information_schema.columns WHERE table_schema = DATABASE()",
            "SELECT CONCAT_WS(' ', 'index', table_name, index_name, non_unique, seq_in_index, column_name, \
             sub_part, index_type, index_comment) FROM information_schema.statistics WHERE \
             table_schema = DATABASE()",
            "SELECT CONCAT_WS(' ', 'reference', table_name, constraint_name, update_rule, delete_rule) FROM \
             information_schema.referential_constraints WHERE constraint_schema = DATABASE()",
            "SELECT CONCAT_WS(' ', 'check', c.constraint_name, c.check_clause) FROM \
             information_schema.check_constraints c WHERE c.constraint_schema = DATABASE()",
            "SELECT CONCAT_WS(' ', 'trigger', trigger_name, action_statement) FROM \
             information_schema.triggers WHERE trigger_schema = DATABASE()",
        ],
        _ => unreachable!("a database without tests"),
    };
    let mut oracle = db.oracle();
    let lines = asked.iter().flat_map(|sql| {
        // The first column is the line.
        let (column, rest) = sql.split_once(" FROM ").unwrap();
        oracle.texts(&format!("{column} AS value FROM {rest}"))
    });
    lines.collect()
}

/// Applies the differences whose text contains one of these words, and accepts all others. Returns
/// the lines that the catalogue no longer has, and its new lines.
pub(crate) fn ended(db: &TestDb, schema: &Schema, about: &[&str]) -> (Vec<String>, Vec<String>) {
    let mut session = db.session();
    let differences = schema.verify(&mut session).unwrap();
    let words: Vec<String> = differences.iter().map(ToString::to_string).collect();
    let is_meant = |words: &String| about.iter().any(|about| words.contains(about));
    assert!(words.iter().any(is_meant), "{words:#?}");
    let others: Vec<String> = words.into_iter().filter(|words| !is_meant(words)).collect();
    let schema = schema.clone().accept(others);
    let before = catalogue(db);
    let migration = schema.diff(&mut session).unwrap();
    assert_eq!(migration.destructive().count(), 0, "{migration}");
    migration.apply(&mut session).unwrap_or_else(|error| panic!("{error}\n{migration}"));
    let left = schema.verify(&mut session).unwrap();
    assert!(left.is_empty(), "{left:#?}\n{migration}");
    let after = catalogue(db);
    let without = |a: &[String], b: &[String]| {
        a.iter().filter(|line| !b.contains(line)).cloned().collect::<Vec<_>>()
    };
    (without(&before, &after), without(&after, &before))
}

/// Checks that one line has changed, and only by this replacement.
pub(crate) fn only_changes(changed: (Vec<String>, Vec<String>), pairs: &[(&str, &str)]) {
    let (gone, new) = changed;
    assert_eq!(gone.len(), 1, "{gone:#?} {new:#?}");
    let mut expected = gone[0].clone();
    for (from, to) in pairs {
        assert!(expected.contains(from), "{from} in {expected}");
        expected = expected.replacen(from, to, 1);
    }
    // SQLite quotes the name of a table that was renamed.
    let plain = |line: &str| {
        let line = line.replacen("\"item\"", "item", 1);
        // MariaDB shows the display width of integers.
        let line = line.replace("int(11)", "int").replace("int(20)", "int");
        line.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    assert_eq!(new.iter().map(|line| plain(line)).collect::<Vec<_>>(), [plain(&expected)]);
}

fn team() -> &'static EntityMeta {
    &TEAM
}

const COLUMNS: [ColumnMeta; 6] = [
    ID,
    varchar("name", 30),
    nullable("age", ColumnType::BigInt),
    made(nullable("twice", ColumnType::BigInt), GeneratedBy::Computed("age * 3")),
    made(column("made", ColumnType::Timestamp), GeneratedBy::Default("CURRENT_TIMESTAMP")),
    varchar("plain", 12),
];

static ITEM: EntityMeta = EntityMeta {
    checks: &[CheckMeta { name: Some("grown"), condition: "age > 17" }],
    ..table("Item", &COLUMNS)
};

on_one_database! {
    Mysql;
    fn a_column_that_mysql_says_again_is_as_it_was(db: &TestDb) {
        db.execute(
            "CREATE TABLE item (id BIGINT AUTO_INCREMENT PRIMARY KEY, \
             name VARCHAR(10) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT 'it''s -- so' \
             COMMENT 'a, b', \
             age INT NOT NULL DEFAULT 18 COMMENT 'years', \
             twice BIGINT GENERATED ALWAYS AS (age * 2) STORED COMMENT 'twice' CHECK (twice < 10000), \
             made DATETIME(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3) ON UPDATE CURRENT_TIMESTAMP(3), \
             plain VARCHAR(12) COLLATE utf8mb4_unicode_ci NOT NULL, \
             KEY twice_age (twice, age) COMMENT 'both', KEY start (name(3)), \
             CONSTRAINT grown CHECK (age > 17))",
        );
        db.oracle().batch(
            "CREATE TRIGGER item_trigger BEFORE INSERT ON item FOR EACH ROW SET NEW.age = NEW.age + 1",
        );
        let schema = Schema::new([&ITEM]);
        only_changes(ended(db, &schema, &["VARCHAR(30)"]), &[("varchar(10)", "varchar(30)")]);
        let (gone, new) = ended(db, &schema, &["the column made is DATETIME(3)"]);
        assert_eq!(gone.len(), 1, "{gone:#?}");
        assert_eq!(new[0], gone[0].replace("(3)", "(6)"));
        only_changes(ended(db, &schema, &["age is NOT NULL"]), &[(" NO ", " YES ")]);
        only_changes(ended(db, &schema, &["name has the comment"]), &[("a, b", "")]);
        only_changes(ended(db, &schema, &["the column age is INTEGER"]), &[(" int", " bigint")]);
        only_changes(ended(db, &schema, &["GENERATED ALWAYS"]), &[("* 2", "* 3")]);
        only_changes(ended(db, &schema, &["age is DEFAULT 18"]), &[("YES 18", "YES none")]);
    }

    fn what_mysql_forgets_with_a_type_is_not_a_harmless_step(db: &TestDb) {
        static TEXT: EntityMeta = table("Item", &[ID, varchar("name", 30)]);
        db.execute(
            "CREATE TABLE item (id BIGINT AUTO_INCREMENT PRIMARY KEY, \
             name DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP)",
        );
        let mut session = db.session();
        let migration = Schema::new([&TEXT]).diff(&mut session).unwrap();
        assert!(migration.destructive().count() > 0, "{migration}");
        migration.apply_with_data_loss(&mut session).unwrap();
        assert!(Schema::new([&TEXT]).verify(&mut session).unwrap().is_empty());
    }

    fn references_come_back_as_they_were(db: &TestDb) {
        static LARGE: EntityMeta = table("Item", &[ID]);
        fn large() -> &'static EntityMeta {
            &LARGE
        }
        static PART: EntityMeta = EntityMeta {
            table: "part",
            foreign_keys: &[ForeignKeyMeta::new(&[1], large, OnDelete::Nullify)],
            ..table("Part", &[ID, nullable("item", ColumnType::BigInt)])
        };
        db.execute("CREATE TABLE item (id INT AUTO_INCREMENT PRIMARY KEY)");
        db.execute(
            "CREATE TABLE part (id BIGINT AUTO_INCREMENT PRIMARY KEY, item INT, KEY others (item) COMMENT 'x', \
             CONSTRAINT leads FOREIGN KEY (item) REFERENCES item (id) ON DELETE SET NULL ON UPDATE SET NULL)",
        );
        let schema = Schema::new([&LARGE, &PART]);
        let (gone, new) = ended(db, &schema, &["is INTEGER"]);
        assert!(gone.iter().all(|line| line.starts_with("column")), "{gone:#?}");
        assert_eq!(gone.len(), new.len());
    }
}

on_one_database! {
    Postgres;
    fn a_column_that_changes_on_postgres_is_otherwise_as_it_was(db: &TestDb) {
        db.oracle().batch(
            "CREATE TABLE item (id BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, \
             name VARCHAR(10) COLLATE \"C\" NOT NULL DEFAULT 'x', age INTEGER NOT NULL DEFAULT 18, \
             twice BIGINT GENERATED ALWAYS AS (age * 2) STORED, made TIMESTAMP NOT NULL DEFAULT now(), \
             plain VARCHAR(12) NOT NULL, CONSTRAINT grown CHECK (age > 17), \
             CONSTRAINT both_of CHECK (twice > age), UNIQUE NULLS NOT DISTINCT (twice)); \
             ALTER TABLE item ALTER COLUMN name SET STORAGE EXTERNAL; \
             ALTER TABLE item ALTER COLUMN name SET STATISTICS 77; \
             COMMENT ON COLUMN item.name IS 'its name'; \
             CREATE INDEX patterns ON item (name text_pattern_ops DESC); \
             CREATE INDEX of_twice ON item (lower(name), twice DESC NULLS LAST) WHERE twice > 5; \
             CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'; \
             CREATE TRIGGER item_trigger BEFORE INSERT ON item FOR EACH ROW EXECUTE FUNCTION nothing();",
        );
        let schema = Schema::new([&ITEM]);
        only_changes(ended(db, &schema, &["VARCHAR(30)"]), &[("(10)", "(30)")]);
        only_changes(ended(db, &schema, &["age is NOT NULL"]), &[(" t - ", " f - ")]);
        only_changes(ended(db, &schema, &["name has the comment"]), &[(" its name", "")]);
        only_changes(ended(db, &schema, &["age is DEFAULT 18"]), &[(" 18", "")]);
        only_changes(ended(db, &schema, &["GENERATED ALWAYS"]), &[("* 2", "* 3")]);
        let (gone, new) = ended(db, &schema, &["the column age is INTEGER"]);
        assert!(gone.iter().all(|line| line.contains("item age integer") || line.contains("twice")));
        assert_eq!(gone.len(), new.len(), "{gone:#?} {new:#?}");
    }

    fn rights_on_a_column_that_is_made_again_are_not_a_harmless_step(db: &TestDb) {
        db.oracle().batch(
            "CREATE TABLE item (id BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, \
             twice BIGINT GENERATED ALWAYS AS (2) STORED); GRANT SELECT (twice) ON item TO PUBLIC",
        );
        static TWICE: EntityMeta = table(
            "Item",
            &[ID, made(nullable("twice", ColumnType::BigInt), GeneratedBy::Computed("3"))],
        );
        let migration = Schema::new([&TWICE]).diff(&mut db.session()).unwrap();
        assert!(migration.destructive().count() > 0, "{migration}");
    }
}

on_one_database! {
    Sqlite;
    fn a_table_that_is_rebuilt_is_as_it_was(db: &TestDb) {
        static ROW: EntityMeta = EntityMeta {
            foreign_keys: &[ForeignKeyMeta::new(&[3], team, OnDelete::Cascade)],
            checks: &[CheckMeta { name: None, condition: "age < 1000" }],
            ..table(
                "Item",
                &[
                    ID,
                    varchar("name", 30),
                    nullable("age", ColumnType::BigInt),
                    nullable("team", ColumnType::Text),
                    made(nullable("twice", ColumnType::BigInt), GeneratedBy::Computed("age * 3")),
                ],
            )
        };
        let mut session = db.session();
        Schema::new([&TEAM]).create_all(&mut session).unwrap();
        db.oracle().batch(
            "CREATE TABLE item (id INTEGER PRIMARY KEY AUTOINCREMENT, -- the key\n\
               name TEXT COLLATE NOCASE NOT NULL ON CONFLICT REPLACE DEFAULT 'x',\n\
               age INT NOT NULL CHECK (age >= 0), [team] TEXT REFERENCES team (code) ON DELETE CASCADE\n\
               DEFERRABLE INITIALLY DEFERRED, twice INT AS (age * 2) STORED,\n\
               UNIQUE (name) ON CONFLICT IGNORE, CONSTRAINT pos CHECK (age < 1000)\n\
             ) STRICT;\n\
             INSERT INTO item (name, age) VALUES ('a', 1), ('b', 2), ('c', 3);\n\
             DELETE FROM item WHERE id = 3;\n\
             CREATE INDEX partly ON item (age DESC) WHERE age > 5;\n\
             CREATE UNIQUE INDEX lowered ON item (lower(name));\n\
             CREATE VIEW items AS SELECT name FROM item;\n\
             CREATE TRIGGER tr AFTER INSERT ON item BEGIN DELETE FROM team WHERE code = NEW.name; END",
        );
        let schema = Schema::new([&TEAM, &ROW]);
        only_changes(ended(db, &schema, &["age is NOT NULL"]), &[("INT NOT NULL CHECK", "INT CHECK")]);
        only_changes(
            ended(db, &schema, &["GENERATED ALWAYS"]),
            &[("AS (age * 2) STORED", "GENERATED ALWAYS AS (age * 3) STORED")],
        );
        db.execute("INSERT INTO item (name, age) VALUES ('d', 4)");
        assert_eq!(db.rows("item", "id, name, age"), ["1|a|1", "2|b|2", "4|d|4"]);
        assert_eq!(db.rows("items", "name"), ["a", "b", "d"]);
    }

    fn a_table_without_row_numbers_stays_one(db: &TestDb) {
        static CODED: EntityMeta = EntityMeta {
            auto_key: false,
            ..table("Item", &[varchar("code", 30), nullable("age", ColumnType::BigInt)])
        };
        db.execute("CREATE TABLE item (code TEXT PRIMARY KEY, age INT NOT NULL) WITHOUT ROWID");
        db.execute("CREATE TABLE counted (id INTEGER PRIMARY KEY AUTOINCREMENT)");
        let changed = ended(db, &Schema::new([&CODED]), &["age is NOT NULL"]);
        only_changes(changed, &[("INT NOT NULL", "INT")]);
    }
}
