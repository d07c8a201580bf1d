// An entity can be declared in a function.
use diesel::prelude::QueryDsl;
use orm_runtime::prelude::*;

fn main() {
    #[derive(Entity)]
    struct Visit {
        #[entity(primary_key)]
        day: i32,
        #[entity(primary_key)]
        page: String,
        count: i64,
    }

    let visit = Visit::builder().day(1).page("/").count(2).build();
    assert_eq!(visit.key(), Some((1, "/".to_owned())));
    assert_eq!(visit.count, 2);
    let _ = visit::table.filter(visit::day.eq(1));
}
