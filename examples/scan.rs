//! Scans a table of pictures that does not fit into memory, changes it on the way, and continues
//! after it was stopped: `cargo run --release --example scan -- [PICTURES] [URL]`.
//!
//! The story: an archive of pictures, indexed by their hashes so that no picture is there twice.
//! Filling it was fast. Reading it was not: a loop over all pictures did not print the first hash
//! until the client had read all rows, with their bytes, and every object stayed in the session
//! until the machine had no memory left. Reading with LIMIT and OFFSET helped at first, and became
//! slower with each page. Reading a few rows at a time overwrote the changes of objects that came
//! again.
//!
//! Here each way of reading holds a part of the table. `1000000` as the first argument takes about
//! a minute with `--release`, and as much memory as `20000`, the default. The peak of the memory is
//! written to the standard error.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "an example prints what it does")]

use orm_runtime::prelude::*;
use orm_runtime::query::PageCursor;

/// How many pictures are in memory at once.
const BATCH: usize = 1_000;

/// By how many KB the peak may grow while the table is read.
const FLAT: u64 = 24_000;

#[derive(Entity)]
#[entity(table = "scan_picture")]
struct Picture {
    id: Auto<i64>,
    #[entity(unique, length = 16)]
    hash: String,
    /// Read when a picture is looked at, and not when a list of hashes is.
    bytes: Deferred<Vec<u8>>,
    #[entity(default)]
    checked: i32,
}

/// Where a scan goes on. The row is written in the transaction of the pictures that it counts.
#[derive(Entity)]
#[entity(table = "scan_progress")]
struct Progress {
    #[entity(primary_key, length = 20)]
    job: String,
    cursor: Option<String>,
}

/// The picture in the file with this number. Each 50th file is a copy of an earlier one.
fn picture(file: u64) -> Picture {
    let content = if file % 50 == 49 { file / 2 } else { file };
    // Some function that scatters numbers, in place of a checksum of the file.
    let hash = content.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    Picture::builder().hash(format!("{hash:016x}")).bytes(vec![hash as u8; 200]).build()
}

fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let files = arguments.next().and_then(|number| number.parse().ok()).unwrap_or(20_000);
    let url = arguments.next().unwrap_or_else(|| "sqlite://:memory:".to_owned());
    let mut session = Session::open(&url)?;
    schema![Picture, Progress].drop_all(&mut session)?;
    schema![Picture, Progress].create_all(&mut session)?;

    fill(&mut session, files)?;
    let before = peak();
    list(&mut session)?;
    if let Err(stopped) = check(&mut session) {
        println!("{stopped}");
        session.rollback()?;
        session.clear(); // as after a new start
        check(&mut session)?;
    }
    let growth = peak().zip(before).map(|(after, before)| after - before);
    eprintln!("the peak grew by {} KB", growth.unwrap_or_default());
    println!("memory stays flat: {}", growth.is_none_or(|growth| growth < FLAT));

    let twice = session.query::<Picture>().filter(picture::checked.gt(1)).count()?;
    let missed = session.query::<Picture>().filter(picture::checked.eq(0)).count()?;
    println!("checked twice: {twice}, not checked: {missed}");

    show(&mut session)?;
    session.rollback()?;
    schema![Picture, Progress].drop_all(&mut session)
}

/// Puts the pictures of all files into the table. A picture that is there already is ignored.
fn fill(session: &mut Session, files: u64) -> Result<()> {
    let pictures = (0..files).map(picture);
    session.bulk_upsert(pictures).on(picture::hash).do_nothing().run()?;
    session.add(Progress::builder().job("check").build());
    session.commit()?;
    session.clear();
    let pictures = session.query::<Picture>().count()?;
    println!(
        "{files} files, {pictures} pictures, {} copies",
        i64::try_from(files).unwrap_or(0) - pictures
    );
    session.rollback()
}

/// Goes over all hashes, in their order, without objects in the session.
fn list(session: &mut Session) -> Result<()> {
    let (mut rows, mut sum) = (0_u64, 0_u64);
    for picture in session.query::<Picture>().order_by(picture::hash.asc()).stream()? {
        let hash = picture?.hash;
        rows += 1;
        sum = sum.rotate_left(1) ^ u64::from_str_radix(&hash, 16).unwrap_or(0);
    }
    println!("{rows} hashes in order, sum {sum:016x}, {} objects in the session", session.len());
    Ok(())
}

/// Changes each picture once, in the order of the hashes, from where the last call has stopped.
fn check(session: &mut Session) -> Result<()> {
    let progress = session.get_one::<Progress>("check")?;
    let saved = session[progress].cursor.clone();
    let cursor = saved.as_deref().map(str::parse::<PageCursor>).transpose()?;
    let (mut pages, mut pictures, mut most) = (0, 0, 0);
    let query = session.query::<Picture>().order_by(picture::hash.asc());
    query.pages(BATCH).at(cursor).each(|session, page| {
        for &picture in page {
            session[picture].checked += 1;
        }
        // What was done, and where it ended, are stored together.
        session[progress].cursor = page.end().map(PageCursor::to_string);
        session.commit()?;
        pages += 1;
        pictures += page.len();
        most = most.max(session.len());
        match (&saved, pages) {
            // A picture that comes before the place is not visited, and one after it is.
            (None, 5) => {
                let late = |hash: &str| Picture::builder().hash(hash).bytes(vec![1]).build();
                session.add(Picture { checked: 1, ..late("0000000000000000") });
                session.add(late("ffffffffffffffff"));
                session.commit()?;
                Err(Error::application(format!("stopped after {pictures} pictures")))
            }
            _ => Ok(()),
        }
    })?;
    println!("checked {pictures} more, with at most {most} objects in the session");
    Ok(())
}

/// Shows the last pictures of the table, and the page before them.
fn show(session: &mut Session) -> Result<()> {
    let query = |session: &mut Session, cursor: Option<PageCursor>| {
        let pictures = session.query::<Picture>().order_by(picture::hash.desc());
        pictures.undefer(picture::bytes).pages(3).at(cursor).load()
    };
    let first = query(session, None)?;
    let second = query(session, first.next)?;
    let back = query(session, second.previous)?;
    for &picture in back.iter().chain(&second.objects) {
        let picture = &session[picture];
        println!("{} {} bytes", picture.hash, picture.bytes.get()?.len());
    }
    Ok(())
}

/// Returns the peak of the memory in KB, where the system tells it.
fn peak() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.split_whitespace().next()?.parse().ok()
}
