//! A column whose type the program defines.

use diesel::backend::Backend;
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::serialize::{self, Output, ToSql};
use diesel::sql_types::Text;
use orm_runtime::column::ColumnValue;
use orm_runtime::prelude::*;
use orm_tests::{TestDb, assert_matches, assert_no_sql, assert_sql, on_all_databases};

#[derive(Debug, Clone, Copy, PartialEq, AsExpression, FromSqlRow)]
#[diesel(sql_type = Text)]
enum Colour {
    Red,
    Green,
}

impl Colour {
    fn as_str(self) -> &'static str {
        match self {
            Colour::Red => "red",
            Colour::Green => "green",
        }
    }
}

impl ColumnValue for Colour {
    fn same(&self, other: &Self) -> bool {
        self == other
    }
}

impl<DB: Backend> ToSql<Text, DB> for Colour
where
    str: ToSql<Text, DB>,
{
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, DB>) -> serialize::Result {
        self.as_str().to_sql(out)
    }
}

impl<DB: Backend> FromSql<Text, DB> for Colour
where
    String: FromSql<Text, DB>,
{
    fn from_sql(bytes: DB::RawValue<'_>) -> deserialize::Result<Self> {
        match String::from_sql(bytes)?.as_str() {
            "red" => Ok(Colour::Red),
            "green" => Ok(Colour::Green),
            _ => Err("no such colour".into()),
        }
    }
}

#[derive(Entity, Debug, Clone, PartialEq)]
#[entity(table = "car")]
struct Car {
    id: Auto<i64>,
    #[entity(sql_type = Text)]
    colour: Colour,
    #[entity(sql_type = Text)]
    inside: Option<Colour>,
    #[entity(sql_type = Text)]
    top: Deferred<Option<Colour>>,
}

fn car(colour: Colour) -> Car {
    Car::builder().colour(colour).build()
}

on_all_databases! {
    fn a_type_of_the_program_is_a_column(db: &TestDb) {
        let mut session = db.session_for(schema![Car]);
        let cars = session.add_all([Colour::Red, Colour::Green, Colour::Red].map(car));
        session[cars[0]].inside = Some(Colour::Green);
        session[cars[0]].top.set(Some(Colour::Red));
        session.commit().unwrap();
        assert_eq!(
            db.rows("car", "id, colour, inside, top"),
            ["1|red|green|red", "2|green|NULL|NULL", "3|red|NULL|NULL"]
        );
        let red = session
            .query::<Car>()
            .filter(car::colour.eq(Colour::Red))
            .order_by(car::id.asc())
            .all()
            .unwrap();
        assert_eq!(red, [cars[0], cars[2]]);
        assert_eq!(session.query::<Car>().filter(car::inside.is_null()).count().unwrap(), 2);
        session.load(cars[0], car::top).unwrap();
        assert_eq!(session[cars[0]].top.get().unwrap(), &Some(Colour::Red));
        session.take_log();
        session[cars[0]].colour = Colour::Red;
        session.flush().unwrap();
        assert_no_sql!(session);
        for &handle in &cars {
            session[handle].colour = Colour::Green;
        }
        session.commit().unwrap();
        assert_sql!(session, "U car[colour] x2");
        assert_eq!(db.rows("car", "id, colour"), ["1|green", "2|green", "3|green"]);
    }

    fn a_value_that_the_type_refuses_is_an_error_that_names_row_and_column(db: &TestDb) {
        let mut session = db.session_for(schema![Car]);
        session.add_all([Colour::Red, Colour::Green].map(car));
        session.commit().unwrap();
        db.execute("UPDATE car SET colour = 'blue' WHERE id = 2");
        let error = session.query::<Car>().order_by(car::id.asc()).all().unwrap_err();
        assert_matches!(&error, Error::Decode { entity: "Car", key, column, .. }
            if key.as_deref() == Some("2") && column == "colour");
        assert!(error.to_string().contains("no such colour"), "{error}");
        assert_eq!(session.query::<Car>().filter(car::id.eq(1)).all().unwrap().len(), 1);
    }
}
