// A constant of the user is not confused with a variable of the expansion.
#![allow(non_upper_case_globals, dead_code)]

use diesel::prelude::QueryDsl;
use orm_runtime::prelude::*;

const value: u8 = 1;
const row: u8 = 1;
const pass: u8 = 1;
const column: u8 = 1;
const key: u8 = 1;
const before: u8 = 1;
const f: u8 = 1;

#[derive(Entity)]
struct Setting {
    id: Auto<i32>,
    key: String,
    value: String,
    row: i32,
    column: i32,
    pass: Deferred<Option<Vec<u8>>>,
}

mod inner {
    pub(super) use super::setting::dsl::*;
}

fn main() {
    let _ = Setting::builder().key("a").value("b").row(1).column(2).build();
    let _ = inner::setting.filter(inner::value.eq("b"));
}
