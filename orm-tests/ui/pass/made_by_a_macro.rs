// A macro of the user can generate the struct, its names and its types.
use diesel::prelude::QueryDsl;
use orm_runtime::prelude::*;

macro_rules! entity {
    ($name:ident, $field:ident: $ty:ty, $length:literal) => {
        #[derive(Entity)]
        struct $name {
            id: Auto<i64>,
            $field: $ty,
            #[entity(length = $length, default = "none")]
            note: String,
        }
    };
}

entity!(City, name: Option<String>, 30);

fn main() {
    let city = City::builder().id(7).name("London").build();
    assert_eq!((city.id.get(), city.name.as_deref()), (Some(7), Some("London")));
    assert_eq!(city.note, "none");
    let _ = city::table.filter(city::name.eq("London"));
}
