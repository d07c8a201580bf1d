//! The peak memory of a process, measured in a separate process.

use std::process::{Command, ExitCode};

use diesel::prelude::{Connection, RunQueryDsl, SqliteConnection};
use orm_runtime::prelude::*;

use crate::harness::Result;
use crate::model::{Comment, File, Item, User, comment, plain};

/// Runs `work` (see [`child`]) in a separate process, and returns by how many KB its peak grew.
pub fn growth(work: &str, file: &File, rows: usize) -> Result<f64> {
    let output = Command::new(std::env::current_exe()?)
        .args(["--peak", work, &file.path().display().to_string(), &rows.to_string()])
        .output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into());
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().parse()?)
}

/// Runs in the child process. The arguments are the name of the work, the database file and the
/// number of rows.
pub fn child(arguments: &[String]) -> ExitCode {
    let [work, path, rows] = arguments else { return ExitCode::FAILURE };
    match rows.parse().map_err(Into::into).and_then(|rows| run(work, path, rows)) {
        Ok(growth) => {
            println!("{growth}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run(work: &str, path: &str, rows: i64) -> Result<i64> {
    let mut session = Session::open(&format!("sqlite://{path}"))?;
    let mut connection = SqliteConnection::establish(path)?;
    let before = kilobytes("VmRSS:")?;
    match work {
        "stream" => {
            let mut bytes = 0;
            for item in session.query::<Item>().limit(rows).stream()? {
                bytes += item?.name.len();
            }
            std::hint::black_box(bytes);
        }
        "batches" => {
            let comments = session.query::<Comment>().filter(comment::id.le(rows));
            comments.eager(comment::post).batches(1_000, |session, comments| {
                std::hint::black_box((session.len(), comments));
                Ok::<_, orm_runtime::Error>(())
            })?;
        }
        "session" => drop(std::hint::black_box(session.query::<User>().all()?)),
        _ => drop(std::hint::black_box(plain::users::table.load::<plain::User>(&mut connection)?)),
    }
    Ok(kilobytes("VmHWM:")? - before)
}

/// Reads a line of the process's status.
fn kilobytes(line: &str) -> Result<i64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let found = status.lines().find_map(|text| text.strip_prefix(line));
    let number = found.and_then(|text| text.split_whitespace().next());
    Ok(number.ok_or("the system does not tell how much memory is in use")?.parse()?)
}
