//! The versions of the job of the example `days_to_minutes` write the same on every database.

#![cfg(feature = "servers")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::Path;
use std::process::Command;

#[test]
fn every_version_writes_the_same_on_every_database() {
    run("sqlite://:memory:");
    for name in ["ORM_TEST_POSTGRES", "ORM_TEST_MYSQL"] {
        match std::env::var(name) {
            Ok(url) => run(&url),
            Err(_) => assert!(std::env::var("ORM_TEST_ALL").is_err(), "{name} is not set"),
        }
    }
}

/// Runs the built example, which compares its versions and fails if they differ.
fn run(url: &str) {
    let test = std::env::current_exe().unwrap();
    let name = "days_to_minutes";
    let program = test.parent().and_then(Path::parent).unwrap().join("examples").join(name);
    assert!(program.exists(), "build it with: cargo build -p orm-examples --example {name}");
    let output = Command::new(program).args(["--counts", url]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
