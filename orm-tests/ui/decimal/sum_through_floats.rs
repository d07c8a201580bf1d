// Diesel's own sum would go through floats on SQLite.
use orm_runtime::prelude::*;
use rust_decimal::Decimal;

#[derive(Entity)]
struct Line {
    id: Auto<i64>,
    #[entity(precision = 4)]
    total: Decimal,
}

fn total(session: &mut Session) -> Result<Option<Decimal>> {
    session.query::<Line>().select(diesel::dsl::sum(line::total)).one()
}

fn main() {}
