//! Money that moves between two accounts: each transfer writes two entries and two balances, in two
//! flushes, and is wholly there or not at all.

use diesel::dsl::sql;
use diesel::sql_types::BigInt;
use orm_runtime::asynchronous::AsyncSessionFactory;
use orm_runtime::prelude::*;
use orm_runtime::transaction::Reads;
use orm_tests::TestDb;

use super::until;

#[derive(Entity, Debug)]
#[entity(table = "accounts")]
pub(super) struct Account {
    pub(super) id: i64,
    pub(super) balance: i64,
}

#[derive(Entity, Debug)]
#[entity(table = "entries")]
pub(super) struct Entry {
    pub(super) id: Auto<i64>,
    pub(super) tag: i64,
    pub(super) account_id: i64,
}

/// Creates two accounts without money.
pub(super) fn open_bank(db: &TestDb) {
    let mut session = db.session_for(schema![Account, Entry]);
    session.add_all([1, 2].map(|id| Account { id, balance: 0 }));
    session.commit().unwrap();
}

/// Moves one coin, with a reader in between.
pub(super) fn transfer(session: &mut Session, tag: i64) -> Result<()> {
    let accounts = session.query::<Account>().order_by(account::id).lock(Lock::Update).all()?;
    let [from, to] = accounts[..] else { panic!("two accounts") };
    session[from].balance -= 1;
    session.add(Entry::builder().tag(tag).account_id(1).build());
    session.flush()?;
    session[to].balance += 1;
    session.add(Entry::builder().tag(tag).account_id(2).build());
    let entries = session.query::<Entry>().filter(entry::tag.eq(tag)).count()?;
    assert_eq!(entries, 2, "the query has flushed");
    Ok(())
}

/// Returns the transfers that are stored, after checking that each is whole.
pub(super) fn stored(db: &TestDb) -> Vec<i64> {
    let tags = db.rows("entries", "tag, account_id");
    let mut tags: Vec<(i64, i64)> = tags
        .iter()
        .map(|row| row.split_once('|').map(|(a, b)| (a.parse().unwrap(), b.parse().unwrap())))
        .map(Option::unwrap)
        .collect();
    tags.sort_unstable();
    for pair in tags.chunks(2) {
        assert!(matches!(pair, [(a, 1), (b, 2)] if a == b), "half a transfer: {pair:?}");
    }
    let many = tags.len() as i64 / 2;
    let balances = db.rows("accounts", "id, balance");
    assert_eq!(balances, [format!("1|{}", -many), format!("2|{many}")], "coins are lost");
    tags.chunks(2).map(|pair| pair[0].0).collect()
}

/// Checks that all connections of a pool are back, and as they were: no transaction is open, and
/// no setting is changed.
#[track_caller]
pub(super) fn assert_clean(db: &TestDb, factory: &AsyncSessionFactory, size: u32) {
    until(|| factory.status().in_use == 0);
    assert_eq!(factory.status().waiting, 0);
    if let Some(file) = db.file() {
        // The one fails if somebody writes, the other leaves the log if somebody reads.
        db.execute("UPDATE accounts SET balance = balance");
        db.oracle().batch("PRAGMA wal_checkpoint(TRUNCATE)");
        let log = std::fs::metadata(format!("{}-wal", file.display())).unwrap();
        assert_eq!(log.len(), 0, "a transaction is open");
    }
    let alone = |options: &mut SessionOptions| {
        options.reads = Reads::Autocommit;
        options.transaction = Default::default();
    };
    let sessions = factory.sessions().configured(alone).unwrap();
    let (number, setting) = match db.dialect() {
        Dialect::Sqlite => ("0", "(SELECT timeout FROM pragma_busy_timeout)"),
        Dialect::Postgres => (
            "CAST(pg_backend_pid() AS BIGINT)",
            "(SELECT setting::bigint FROM pg_settings WHERE name = 'lock_timeout')",
        ),
        _ => ("@@in_transaction", "@@session.innodb_lock_wait_timeout"),
    };
    let mut oracle = db.oracle();
    let expected = match db.dialect() {
        Dialect::Mysql => {
            oracle.number("SELECT CAST(@@global.innodb_lock_wait_timeout AS SIGNED) AS value")
        }
        _ => 5_000,
    };
    let all: Vec<Session> = (0..size)
        .map(|_| {
            let mut session = sessions.session().unwrap();
            let mut ask = |what: &str| {
                let what = diesel::select(sql::<BigInt>(what));
                session.load_rows::<i64, _>(what).unwrap()[0]
            };
            assert_eq!(ask(setting), expected, "a setting is changed");
            let mut number = ask(number);
            if db.dialect() == Dialect::Postgres {
                number = oracle.number(&format!(
                    "SELECT count(*) AS value FROM pg_stat_activity \
                     WHERE pid = {number} AND state <> 'idle'"
                ));
            }
            assert_eq!(number, 0, "a transaction is open");
            session
        })
        .collect();
    assert_eq!(factory.status().in_use, size);
    drop(all);
}
