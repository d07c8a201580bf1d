//! Only the files of a part of a session use its fields.
//!
//! Rust allows a private field to be used in the file of its struct and in that file's folder. So
//! it is enough to check two things: the fields are private, and no other part has its folder below
//! the file of the struct.

use std::fs;
use std::path::Path;

use super::{code, files};

/// The parts, by the files that define them.
const PARTS: [(&str, &str); 8] = [
    ("session/parts.rs", "Session"),
    ("session/server.rs", "Server"),
    ("session/server/transaction_state.rs", "TransactionState"),
    ("session/listeners.rs", "Listeners"),
    ("session/query.rs", "Query"),
    ("session/flush/write/send_inserts.rs", "Inserts"),
    ("select/select_state.rs", "SelectState"),
    ("select/select_state.rs", "Select"),
];

#[test]
fn the_fields_of_a_part_are_named_in_its_own_files_only() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("../orm-runtime/src");
    for (file, part) in PARTS {
        let text = code(&fs::read_to_string(src.join(file)).unwrap());
        let fields = fields(&text, part).unwrap_or_else(|| panic!("{part} is not in {file}"));
        assert!(!fields.is_empty(), "{part} has fields");
        let seen: Vec<_> = fields.iter().filter(|field| field.starts_with("pub")).collect();
        assert!(seen.is_empty(), "fields of {part} that others can name: {seen:?}");
    }
    for room in ["session.rs", "select.rs"] {
        let text = code(&fs::read_to_string(src.join(room)).unwrap());
        assert!(!text.contains("struct "), "{room} has all parts below it, and so no struct");
    }
}

#[test]
fn a_query_sends_by_its_session_alone() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("../orm-runtime/src");
    let text = code(&fs::read_to_string(src.join("session/query.rs")).unwrap());
    let names: Vec<_> = fields(&text, "Query").unwrap();
    assert_eq!(
        names,
        ["session: &'q mut Session", "select: SelectState<'q>", "entity: PhantomData<fn() -> T>"]
    );
    for file in files(&src.join("select")) {
        let text = code(&fs::read_to_string(&file).unwrap());
        assert!(!text.contains("Connection"), "{} sends statements", file.display());
    }
}

#[test]
fn the_server_knows_no_objects() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("../orm-runtime/src/session");
    let folder = files(&src.join("server"));
    for file in folder.into_iter().chain([src.join("server.rs")]) {
        let text = code(&fs::read_to_string(&file).unwrap());
        for name in ["IdentityMap", "super::Session", "session::Session"] {
            assert!(!text.contains(name), "{} names {name}", file.display());
        }
    }
}

#[test]
fn fields_are_read() {
    let text = "struct A {\n    a: u8,\n    pub(super) b: Vec<(u8, u8)>,\n}\nstruct Ab { c: u8 }";
    assert_eq!(fields(text, "A").unwrap(), ["a: u8", "pub(super) b: Vec<(u8, u8)>"]);
    assert_eq!(fields(text, "Ab").unwrap(), ["c: u8"]);
    assert_eq!(fields(text, "B"), None);
}

/// The fields of a struct, with what is said of who may name them.
fn fields(text: &str, name: &str) -> Option<Vec<String>> {
    let start = text.match_indices(&format!("struct {name}")).find(|(at, found)| {
        let next = text[at + found.len()..].chars().next();
        next.is_some_and(|next| !next.is_alphanumeric() && next != '_')
    });
    let body = &text[start?.0..];
    let body = &body[body.find('{')? + 1..];
    let body = &body[..body.find('}')?];
    let (mut fields, mut depth) = (vec![String::new()], 0);
    for c in body.chars() {
        match c {
            '(' | '[' | '<' => depth += 1,
            ')' | ']' => depth -= 1,
            '>' if !fields.last()?.ends_with('-') => depth -= 1,
            _ => {}
        }
        match c {
            ',' if depth == 0 => fields.push(String::new()),
            c => fields.last_mut()?.push(c),
        }
    }
    let fields = fields.iter().map(|field| field.trim().to_owned());
    Some(fields.filter(|field| !field.is_empty()).collect())
}
