//! The first steps: a table, new rows, a change, a query, and what an error leaves behind.
//!
//! `cargo run --example quickstart`

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use orm_runtime::prelude::*;

#[derive(Entity)]
#[entity(table = "user_account")]
struct User {
    id: Auto<i64>, // the primary key, made by the database
    #[entity(unique, length = 30)]
    name: String,
    fullname: Option<String>,            // Option is NULL
    portrait: Deferred<Option<Vec<u8>>>, // not selected unless asked for
}

fn main() -> Result<()> {
    let mut session = Session::open("sqlite://:memory:")?;
    schema![User].create_all(&mut session)?;

    // New objects are written by the next flush, many rows to a statement.
    let ada = session.add(User::builder().name("ada").portrait(vec![137, 80, 78, 71]).build());
    session.add(User::builder().name("alan").fullname("Alan Turing").build());
    session.add(User::builder().name("grace").fullname("Grace Hopper").build());
    session.commit()?;

    // Reading an object is a field read, changing it an assignment. Only what changed is written.
    session[ada].fullname = Some("Ada Lovelace".to_owned());
    for sql in session.pending_sql()? {
        println!("{sql}");
    }
    session.commit()?;

    // Any Diesel expression is a condition.
    let users =
        session.query::<User>().filter(user::name.like("a%")).order_by(user::name.asc()).all()?;
    for &user in &users {
        let User { id, name, fullname, .. } = &session[user];
        println!("{id} {name}: {}", fullname.as_deref().unwrap_or("?"));
    }
    assert_eq!(users[0], ada, "one row is one object");

    // In a new session a deferred column is not there until it is loaded.
    session.clear();
    let ada = session.get_one::<User>(1)?;
    assert!(session[ada].portrait.get().is_err());
    session.load(ada, user::portrait)?;
    println!(
        "the portrait has {} bytes",
        session[ada].portrait.get()?.as_ref().map_or(0, Vec::len)
    );

    // An error names the row and the column, and loses nothing: mend the object and go on.
    let second = session.add(User::builder().name("grace").build());
    if let Err(error) = session.commit() {
        println!("{error}");
    }
    session[second].name = "grace2".to_owned();
    session.commit()?;
    println!("{} users", session.query::<User>().count()?);
    Ok(())
}
