//! What must not compile, and what the compiler says then: one rule a file, under `ui/<topic>`.
//!
//! The messages are those of the toolchain named below; another words and wraps them differently.
//! Where one changes, `TRYBUILD=overwrite cargo test -p orm-tests --test ui` writes the new one, which
//! has to be read: it must name the cure.

use std::fs;
use std::process::Command;

/// The toolchain whose messages are in the `.stderr` files.
const TOOLCHAIN: &str = "rustc 1.95.";

#[test]
fn unusual_mappings_compile() {
    trybuild::TestCases::new().pass("ui/pass/*.rs");
}

/// The cases that must compile are in a test of their own: without one of these, all others are checked by
/// one run of cargo, with every core.
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
