//! Examples that do the same on every database.

#![cfg(feature = "servers")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::Path;
use std::process::Command;

/// The versions of the job compare what they write, and fail if it differs.
#[test]
fn every_version_of_the_job_writes_the_same_on_every_database() {
    on_every_database(|url| _ = printed("days_to_minutes", &["--counts", url]));
}

#[test]
fn the_scan_is_the_same_on_every_database() {
    let expected = concat!(env!("CARGO_MANIFEST_DIR"), "/expected/scan.txt");
    let expected = std::fs::read_to_string(expected).unwrap();
    on_every_database(|url| assert_eq!(printed("scan", &["20000", url]), expected, "{url}"));
}

fn on_every_database(run: impl Fn(&str)) {
    run("sqlite://:memory:");
    for name in ["ORM_TEST_POSTGRES", "ORM_TEST_MYSQL"] {
        match std::env::var(name) {
            Ok(url) => run(&url),
            Err(_) => assert!(std::env::var("ORM_TEST_ALL").is_err(), "{name} is not set"),
        }
    }
}

/// Runs a built example, which must succeed, and returns what it prints.
fn printed(name: &str, arguments: &[&str]) -> String {
    let test = std::env::current_exe().unwrap();
    let program = test.parent().and_then(Path::parent).unwrap().join("examples").join(name);
    assert!(program.exists(), "build it with: cargo build -p orm-examples --example {name}");
    let output = Command::new(program).args(arguments).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}
