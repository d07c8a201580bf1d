//! Entities over views, which are read like others, created and compared, and never written.

use orm_runtime::prelude::*;
use orm_runtime::{Schema, metadata::EntityMeta};
use orm_tests::{TestDb, on_all_databases};

use super::tables::{ID, nullable, table};

#[derive(Entity, Debug)]
#[entity(table = "shop_sale")]
pub struct Sale {
    id: Auto<i64>,
    #[entity(length = 20)]
    city: String,
    cents: i32,
    #[entity(inverse = sale)]
    lines: HasMany<Line>,
}

#[derive(Entity, Debug)]
#[entity(table = "shop_line")]
pub struct Line {
    id: Auto<i64>,
    sale: ForeignKey<Sale>,
}

/// Is listed before the view that it selects from.
#[derive(Entity, Debug)]
#[entity(table = "big_sale", view = "SELECT id, city FROM paid_sale WHERE cents > 100")]
pub struct BigSale {
    #[entity(primary_key)]
    id: i64,
    #[entity(length = 20)]
    city: String,
}

#[derive(Entity, Debug)]
#[entity(
    table = "paid_sale",
    view = "SELECT id, id AS sale_id, city, cents FROM shop_sale WHERE cents > 0;"
)]
pub struct PaidSale {
    #[entity(primary_key)]
    id: i64,
    sale: ForeignKey<Sale>,
    #[entity(length = 20)]
    city: String,
    cents: i32,
}

/// Declares no length for its strings.
#[derive(Entity, Debug)]
#[entity(table = "summary", view = "SELECT id, city, upper(city) AS shout FROM shop_sale")]
pub struct Summary {
    #[entity(primary_key)]
    id: i64,
    city: String,
    shout: String,
}

#[derive(Entity, Debug)]
#[entity(table = "report", view)]
pub struct Report {
    #[entity(primary_key)]
    id: i64,
}

fn all() -> Schema {
    schema![BigSale, PaidSale, Line, Sale]
}

fn words(session: &mut Session, schema: &Schema) -> Vec<String> {
    // Other sessions have committed since.
    session.rollback().unwrap();
    schema.verify(session).unwrap().iter().map(ToString::to_string).collect()
}

on_all_databases! {
    fn a_view_is_made_and_read(db: &TestDb) {
        let mut session = db.session();
        all().create_all(&mut session).unwrap();
        all().create_all(&mut session).unwrap();
        assert_eq!(words(&mut session, &all()), [""; 0]);
        assert!(all().diff(&mut session).unwrap().is_empty());
        for (city, cents) in [("rome", 0), ("oslo", 50), ("bern", 500)] {
            session.add(Sale::builder().city(city).cents(cents).build());
        }
        session.commit().unwrap();
        let paid = session.query::<PaidSale>().order_by(paid_sale::id.asc()).all().unwrap();
        let cities: Vec<&str> = paid.iter().map(|&it| session[it].city.as_str()).collect();
        assert_eq!(cities, ["oslo", "bern"]);
        assert_eq!(session.get::<BigSale>(3).unwrap().map(|it| session[it].city.clone()).as_deref(), Some("bern"));
        let sale = session.related(paid[0], paid_sale::sale).unwrap().one().unwrap();
        assert_eq!(session[sale].cents, 50);
        all().drop_all(&mut session).unwrap();
        assert_eq!(words(&mut session, &all()).len(), 4);
    }

    fn the_columns_of_a_view_are_compared(db: &TestDb) {
        let mut session = db.session();
        schema![Sale, Line].create_all(&mut session).unwrap();
        let missing = words(&mut session, &all());
        assert_eq!(
            missing,
            [
                "BigSale: the view big_sale is missing from the database",
                "PaidSale: the view paid_sale is missing from the database",
            ]
        );
        db.execute("CREATE VIEW paid_sale AS SELECT id, 'x' AS sale_id, city AS town, cents FROM shop_sale");
        let found = words(&mut session, &schema![PaidSale]);
        assert!(found.contains(&"PaidSale.city: the column city is missing from the database".to_owned()), "{found:?}");
        assert!(
            found.contains(&"PaidSale: the column town of the view paid_sale is in the database but not in the mapping".to_owned()),
            "{found:?}"
        );
        let migration = all().diff(&mut session).unwrap();
        assert_eq!(migration.destructive().count(), 0, "{migration}");
        migration.apply(&mut session).unwrap();
        assert_eq!(words(&mut session, &all()), [""; 0]);
    }

    fn how_large_a_column_of_a_view_is_makes_no_difference(db: &TestDb) {
        let mut session = db.session();
        schema![Sale, Summary].create_all(&mut session).unwrap();
        assert_eq!(words(&mut session, &schema![Sale, Summary]), [""; 0]);
        session.add(Sale::builder().city("rome").cents(50).build());
        session.commit().unwrap();
        let summary = session.query::<Summary>().one().unwrap();
        assert_eq!((session[summary].city.as_str(), session[summary].shout.as_str()), ("rome", "ROME"));
        schema![Sale, Summary].drop_all(&mut session).unwrap();
    }

    fn a_view_of_others_is_left_to_them(db: &TestDb) {
        let mut session = db.session();
        let schema = schema![Report];
        schema.create_all(&mut session).unwrap();
        assert_eq!(words(&mut session, &schema), ["Report: the view report is missing from the database"]);
        let migration = schema.diff(&mut session).unwrap();
        assert_eq!((migration.is_empty(), migration.sql().len()), (false, 0), "{migration}");
        migration.apply(&mut session).unwrap();
        db.execute("CREATE VIEW report AS SELECT 1 AS id");
        let differences = words(&mut session, &schema);
        assert!(differences.iter().all(|it| it.contains("is INTEGER in the database")), "{differences:?}");
        schema.drop_all(&mut session).unwrap();
        assert_eq!(db.count("report"), 1, "a view that the schema did not create is not dropped");
    }

    fn a_view_where_a_table_is_meant_is_never_altered(db: &TestDb) {
        static ITEM: EntityMeta =
            table("Item", &[ID, nullable("age", orm_runtime::metadata::ColumnType::Integer)]);
        let mut session = db.session();
        db.execute("CREATE VIEW item AS SELECT 1 AS id");
        let schema = Schema::new([&ITEM]);
        let differences = words(&mut session, &schema);
        assert_eq!(
            differences,
            ["Item: item is a view in the database and a table in the mapping; use #[entity(view)] for an \
              entity whose rows are only read"]
        );
        let migration = schema.diff(&mut session).unwrap();
        assert_eq!((migration.is_empty(), migration.sql().len()), (false, 0), "{migration}");
        db.execute("DROP VIEW item");
        db.execute("CREATE TABLE report (id INTEGER PRIMARY KEY)");
        assert_eq!(
            words(&mut session, &schema![Report]),
            ["Report: report is a table in the database and a view in the mapping"]
        );
        assert_eq!(schema![Report].diff(&mut session).unwrap().sql().len(), 0);
    }

    fn what_reaches_a_row_of_a_view_all_the_same_is_refused(db: &TestDb) {
        let mut session = db.session();
        db.execute("CREATE TABLE twig (id BIGINT, grove_id BIGINT)");
        schema![Grove, Leaf].create_all(&mut session).unwrap();
        db.execute("INSERT INTO grove (id) VALUES (1), (2)");
        db.execute("INSERT INTO twig (id, grove_id) VALUES (7, 1)");
        let grove = session.get::<Grove>(2).unwrap().unwrap();
        let leaf = session.get::<Leaf>(7).unwrap().unwrap();
        session.link(grove, grove::leaves, leaf).unwrap();
        let error = session.flush().unwrap_err().to_string();
        assert!(error.starts_with("Leaf 7: ") || error.contains("Leaf"), "{error}");
        assert!(error.contains("only read"), "{error}");
        session.rollback().unwrap();
        assert_eq!(db.rows("twig", "id, grove_id"), ["7|1"]);
    }
}

#[derive(Entity, Debug)]
pub struct Grove {
    #[entity(primary_key)]
    id: i64,
    #[entity(inverse = grove)]
    leaves: HasMany<Leaf>,
}

#[derive(Entity, Debug)]
#[entity(table = "leaf", view = "SELECT id, grove_id FROM twig")]
pub struct Leaf {
    #[entity(primary_key)]
    id: i64,
    grove: ForeignKey<Grove>,
}
