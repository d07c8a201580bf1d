// Diesel's own derives work on the same struct, with the table that the entity has generated.
use diesel::prelude::{Insertable, QueryDsl, Queryable, Selectable, SelectableHelper};
use diesel::sqlite::Sqlite;
use orm_runtime::prelude::*;

#[derive(Entity, Queryable, Selectable, Debug)]
#[diesel(table_name = user)]
struct User {
    #[diesel(deserialize_as = i64)]
    id: Auto<i64>,
    name: String,
    fullname: Option<String>,
}

#[derive(Insertable)]
#[diesel(table_name = user)]
struct NewUser {
    name: &'static str,
}

fn main() {
    let _ = user::table.select(<User as SelectableHelper<Sqlite>>::as_select());
    let _ = diesel::insert_into(user::table).values(NewUser { name: "ada" });
    println!("{:?}", User::builder().name("ada").build());
}
