//! The report of the example `fund_report` is the same text on every database.

#![cfg(feature = "servers")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::Path;
use std::process::Command;

#[test]
fn the_report_is_the_same_on_every_database() {
    let expected = include_str!("../expected/fund_report.txt");
    assert_eq!(report("sqlite://:memory:"), expected);
    for name in ["ORM_TEST_POSTGRES", "ORM_TEST_MYSQL"] {
        let Ok(url) = std::env::var(name) else {
            assert!(std::env::var("ORM_TEST_ALL").is_err(), "{name} is not set");
            continue;
        };
        assert_eq!(report(&url), expected, "{name}");
    }
}

/// Returns the output of the built example, which is beside the folder of this test.
fn report(url: &str) -> String {
    let test = std::env::current_exe().unwrap();
    let program = test.parent().and_then(Path::parent).unwrap().join("examples/fund_report");
    assert!(program.exists(), "build it with: cargo build -p orm-examples --example fund_report");
    let output = Command::new(program).arg(url).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}
