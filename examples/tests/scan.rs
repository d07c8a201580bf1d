//! The example `scan` prints the same on every database, and holds a part of the table on each.

#![cfg(feature = "servers")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::Path;
use std::process::Command;

#[test]
fn the_scan_is_the_same_on_every_database() {
    run("sqlite://:memory:");
    for name in ["ORM_TEST_POSTGRES", "ORM_TEST_MYSQL"] {
        match std::env::var(name) {
            Ok(url) => run(&url),
            Err(_) => assert!(std::env::var("ORM_TEST_ALL").is_err(), "{name} is not set"),
        }
    }
}

/// Runs the built example, and compares what it prints.
fn run(url: &str) {
    let test = std::env::current_exe().unwrap();
    let name = "scan";
    let program = test.parent().and_then(Path::parent).unwrap().join("examples").join(name);
    assert!(program.exists(), "build it with: cargo build -p orm-examples --example {name}");
    let output = Command::new(program).args(["20000", url]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let expected = concat!(env!("CARGO_MANIFEST_DIR"), "/expected/scan.txt");
    let expected = std::fs::read_to_string(expected).unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout), expected, "{url}");
}
