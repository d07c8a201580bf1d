// The expansion does not depend on the meaning of the user's names.
#![allow(dead_code, unused_macros)]

struct Result;
struct Option;
struct Some;
struct None;
struct Ok;
struct Err;
struct Vec;
struct Into;
struct From;
struct Default;
struct Clone;
struct Send;
struct Deferred;
struct Auto;
struct Row;
struct Pass;
struct Entity;
struct Name;
struct Missing;
struct Given;
mod core {}
mod std {}

macro_rules! format {
    () => {};
}

#[derive(orm_runtime::Entity)]
struct User {
    id: orm_runtime::Auto<i64>,
    name: ::std::string::String,
    #[entity(default)]
    email: ::std::string::String,
    fullname: ::core::option::Option<::std::string::String>,
    portrait: orm_runtime::Deferred<::std::vec::Vec<u8>>,
    #[entity(version)]
    version: i32,
    #[entity(skip)]
    cache: u64,
}

fn main() {
    let user = User::builder().name("ada").portrait([1]).build();
    let _ = (user.id, user.version, user.cache);
}
