//! The connection itself: its cursor, DDL of the program's own, options, and a new connection.

use diesel::connection::SimpleConnection;
use diesel::{RunQueryDsl, SqliteConnection};
use orm_runtime::prelude::*;

use crate::visits::{Campaign, Visit, visit};

/// Reads from the raw connection with a cursor, which fetches a row when it is asked for one.
pub(crate) fn raw() -> Result<()> {
    let mut session = Session::open(crate::URL)?;
    let connection = session.connection::<SqliteConnection>()?;
    let paths = visit::table.select(visit::path).order_by(visit::id.asc());
    let mut cursor = paths.load_iter::<String, _>(connection)?;
    let first: Vec<String> = cursor.by_ref().take(2).collect::<diesel::QueryResult<_>>()?;
    println!("  the cursor of the raw connection: {}", first.join(", "));
    Ok(())
}

/// A view with SQL of the program's own. The entity reads it as a table.
#[derive(Entity)]
#[entity(view)]
struct SlowPage {
    #[entity(primary_key, length = 40)]
    path: String,
    visits: i64,
}

/// Sends DDL that the mapping does not speak of: a view, and a trigger. It is in the transaction
/// of the session. A stream borrows its session, so an open result cannot block the DDL.
pub(crate) fn custom_ddl() -> Result<()> {
    let mut session = Session::open(crate::URL)?;
    session.connection::<SqliteConnection>()?.batch_execute(
        "CREATE VIEW slow_page AS SELECT path, count(*) AS visits FROM visit \
         WHERE millis > 990 GROUP BY path;
         CREATE TRIGGER no_negative BEFORE INSERT ON visit WHEN new.millis < 0 \
         BEGIN SELECT raise(ABORT, 'a visit cannot take less than no time'); END;",
    )?;
    session.commit()?;
    let pages = session.query::<SlowPage>().count()?;
    println!("  {pages} pages in a view that the program has created");
    session.add(Visit::builder().minute(0).path("/").millis(-1).build());
    let refused = session.flush();
    println!("  its trigger refuses a row: {}", refused.is_err());
    session.rollback()
}

/// Opens sessions with options, and shows what they change.
pub(crate) fn options() -> Result<()> {
    for autoflush in [true, false] {
        let options = SessionOptions {
            autoflush,
            expire_on_commit: false,
            lazy: Lazy::Raise,
            busy_timeout_ms: 500,
            ..SessionOptions::default()
        };
        let mut session = Session::open_with(crate::URL, options)?;
        session.add(Campaign::builder().name("new").first(0).last(1).build());
        let found = session.query::<Campaign>().count()?;
        println!("  autoflush: {autoflush}, a query finds {found} campaigns");
        session.rollback()?;
    }
    Ok(())
}

/// Connects again, as after "the server has gone away". Objects and edits in memory are kept.
pub(crate) fn reconnect() -> Result<()> {
    let mut session = Session::open(crate::URL)?;
    let campaign = session.add(Campaign::builder().name("new").first(0).last(1).build());
    session.reconnect()?;
    session.commit()?; // with the new connection
    println!("  stored after a new connection: {:?}", session[campaign].id.get());
    Ok(())
}
