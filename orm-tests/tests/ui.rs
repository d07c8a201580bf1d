//! What must not compile, and what the compiler says then: one rule a file, under `ui/<topic>`.
//!
//! The messages are those of the toolchain that the workspace is tested with. Where one changes,
//! `TRYBUILD=overwrite cargo test -p orm-tests --test ui` writes the new one, which has to be read:
//! it must name the cure.

#[test]
fn wrong_mappings_do_not_compile_and_are_explained() {
    let cases = trybuild::TestCases::new();
    cases.pass("ui/pass/*.rs");
    for topic in ["attribute", "builder", "column", "deferred", "key", "shape", "type", "version"] {
        cases.compile_fail(format!("ui/{topic}/*.rs"));
    }
}
