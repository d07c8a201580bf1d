//! Code that must not compile, and the compiler's messages: one rule for each file, under
//! `ui/<topic>`.
//!
//! The messages are those of the toolchain named below; other toolchains word and wrap them
//! differently. If a message changes, `TRYBUILD=overwrite cargo test -p orm-tests --test ui` writes
//! the new one. Read it: it must name the fix.

use std::fs;
use std::process::Command;

/// The toolchain whose messages are in the `.stderr` files.
const TOOLCHAIN: &str = "rustc 1.95.";

#[test]
fn unusual_mappings_compile() {
    trybuild::TestCases::new().pass("ui/pass/*.rs");
}

/// Checks the cases that must not compile. The cases that must compile are in a separate test:
/// without one of these, a single run of cargo checks all others with every core.
#[test]
fn wrong_mappings_do_not_compile_and_are_explained() {
    let cases = trybuild::TestCases::new();
    let rustc = std::env::var("RUSTC").unwrap_or_else(|_| "rustc".to_owned());
    let version = Command::new(rustc).arg("--version").output().expect("there is a compiler");
    let version = String::from_utf8_lossy(&version.stdout).into_owned();
    if !version.starts_with(TOOLCHAIN) {
        eprintln!("left out: the messages of wrong mappings, which are those of {TOOLCHAIN}x");
        return;
    }
    let topics = fs::read_dir("ui").expect("the cases are in `ui`");
    let topics = topics.map(|entry| entry.expect("`ui` can be read").file_name());
    for topic in topics.filter(|topic| topic != "pass") {
        let topic = topic.to_string_lossy();
        cases.compile_fail(format!("ui/{topic}/*.rs"));
    }
}
