//! Checks that the short pieces of code in the README are in the program `readme`, line by line.

#[test]
fn every_line_of_the_readme_is_run() {
    let program: Vec<&str> = include_str!("../readme.rs").lines().map(str::trim).collect();
    let readme = include_str!("../../README.md");
    let pieces: Vec<&str> =
        readme.split("```rs\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    assert!(pieces.len() >= 5, "the README has {} pieces", pieces.len());
    for line in pieces.iter().flat_map(|piece| piece.lines()).map(str::trim) {
        assert!(program.contains(&line), "examples/readme.rs has no line {line:?}");
    }
}
