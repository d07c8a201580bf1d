//! The rooms of the crates use each other as the file `ROOMS` says: only downwards.

mod cycles;
mod parts;
mod session_parts;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

#[test]
fn rooms_use_only_the_rooms_below_them() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let orders = fs::read_to_string(root.join("ROOMS")).unwrap();
    let mut wrong = Vec::new();
    for line in orders.lines().filter(|line| !line.starts_with('#')) {
        let (name, rooms) = line.split_once(": ").unwrap();
        let rooms: Vec<&str> = rooms.split(' ').collect();
        wrong.extend(upward_paths(&root.join(name).join("src"), &rooms));
    }
    assert!(wrong.is_empty(), "these paths lead up:\n{}", wrong.join("\n"));
}

#[test]
fn a_path_that_leads_up_is_found() {
    let exports = exports("pub use session::{Query, Session};\npub use mapping::Entity;");
    let rooms = ["mapping", "session"];
    let look = |module: &[&str], text| upward(module, text, &rooms, &exports);
    assert_eq!(look(&["mapping", "meta"], "use crate::session::Connect;"), ["session"]);
    assert_eq!(look(&["mapping", "meta"], "let it = crate::Session::open();"), ["session"]);
    assert_eq!(look(&["mapping"], "use super::session::Connect;"), ["session"]);
    assert_eq!(look(&["mapping", "a"], "use crate::{mapping::b, session::c};"), ["session"]);
    let down: [String; 0] = [];
    assert_eq!(look(&["session", "eager", "root"], "use super::super::mapping::Entity;"), down);
    assert_eq!(look(&["mapping", "a"], "// use crate::session::Connect;"), down);
    assert_eq!(look(&["mapping", "a"], "$crate::Session::open()"), down);
    assert_eq!(look(&["mapping", "a"], "use crate::Entity;\nuse super::session::Inner;"), down);
}

#[test]
fn only_the_backend_names_a_database() {
    let files = files_outside_the_backend();
    assert!(files.len() > 100, "the files are found");
    let wrong = files.iter().flat_map(|(file, text)| {
        named_databases(text).into_iter().map(move |name| format!("{file}: {name}"))
    });
    let wrong: Vec<_> = wrong.collect();
    let cure = "ask what the database can do (`backend/databases.rs`) in place of its name";
    assert!(wrong.is_empty(), "{cure}:\n{}", wrong.join("\n"));
}

/// Checks that only these files have `cfg` for a database: Diesel's conversions are implemented for
/// each enabled database.
#[test]
fn outside_of_the_backend_only_conversions_ask_for_features_of_databases() {
    const CONVERSIONS: [&str; 3] =
        ["mapping/decorator.rs", "mapping/json_values.rs", "mapping/value.rs"];
    const DOCUMENTATION: [&str; 2] = ["lib.rs", "own_types.rs"];
    let asks = |text: &str| {
        let features = ["sqlite", "postgres", "mysql"].map(|it| format!("feature = \"{it}\""));
        features.iter().any(|feature| code(text).contains(feature))
    };
    let files = files_outside_the_backend();
    let ask = files.iter().filter(|(_, text)| asks(text)).map(|(file, _)| file.as_str());
    let known = [&CONVERSIONS[..], &DOCUMENTATION].concat();
    let others: Vec<_> = ask.filter(|file| !known.contains(file)).collect();
    assert!(others.is_empty(), "these files ask for the feature of a database: {others:?}");
}

/// Returns the files of the runtime outside the backend, by their paths in its `src`, with their
/// texts.
fn files_outside_the_backend() -> Vec<(String, String)> {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("../orm-runtime/src");
    let read = |file: PathBuf| {
        let name = file.strip_prefix(&src).unwrap().display().to_string();
        (name, fs::read_to_string(&file).unwrap())
    };
    let all = files(&src).into_iter().map(read);
    all.filter(|(name, _)| name != "backend.rs" && !name.starts_with("backend/")).collect()
}

#[test]
fn a_name_of_a_database_is_found() {
    assert_eq!(named_databases("if dialect == Dialect::Mysql {"), ["Dialect::Mysql"]);
    assert_eq!(named_databases("use Dialect::{Sqlite as A};"), ["Dialect::{"]);
    assert_eq!(named_databases("use Dialect::*;"), ["Dialect::*"]);
    let none: [&str; 0] = [];
    assert_eq!(named_databases("/// `Dialect::Mysql`\nDialect::PLAIN.quoted(name)"), none);
    assert_eq!(named_databases("#[cfg(test)]\nmod tests { Dialect::Mysql }"), none);
}

/// Returns the names of databases in a module's code, without its comments and unit tests.
fn named_databases(text: &str) -> Vec<&'static str> {
    const NAMES: [&str; 5] =
        ["Dialect::Sqlite", "Dialect::Postgres", "Dialect::Mysql", "Dialect::{", "Dialect::*"];
    let code = code(text);
    NAMES.into_iter().filter(|name| code.contains(name)).collect()
}

/// Checks the number of names on the first page of the documentation. The others are in modules by
/// topic.
#[test]
fn the_root_of_the_runtime_has_at_most_thirty_names() {
    let lib = Path::new(env!("CARGO_MANIFEST_DIR")).join("../orm-runtime/src/lib.rs");
    let lib = fs::read_to_string(lib).unwrap();
    let root = lib.split("pub mod prelude").next().unwrap();
    let is_type = |name: &&String| name.starts_with(char::is_uppercase);
    let names = exports(root).into_keys().filter(|name| is_type(&name)).count();
    // One more is the macro `schema!`.
    assert!(names < 30, "{names}");
    assert!(names > 20, "the names are found");
}

fn upward_paths(src: &Path, rooms: &[&str]) -> Vec<String> {
    let exports = exports(&fs::read_to_string(src.join("lib.rs")).unwrap());
    let mut wrong = Vec::new();
    for file in files(src) {
        let module = file.strip_prefix(src).unwrap().with_extension("");
        let module: Vec<&str> = module.iter().map(|part| part.to_str().unwrap()).collect();
        if module == ["lib"] {
            continue;
        }
        if !rooms.contains(&module[0]) {
            wrong.push(format!("{}: its room is not in the file ROOMS", file.display()));
            continue;
        }
        let up = upward(&module, &fs::read_to_string(&file).unwrap(), rooms, &exports);
        wrong.extend(up.into_iter().map(|to| format!("{}: to {to}", file.display())));
    }
    wrong
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else if path.extension().is_some_and(|it| it == "rs") {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// Returns the names at the root of a crate, and the rooms that they come from.
fn exports(lib: &str) -> BTreeMap<String, String> {
    let mut exports = BTreeMap::new();
    for exported in lib.split("pub use ").skip(1) {
        let exported = exported.split(';').next().unwrap();
        let room = exported.trim_start_matches("crate::").split("::").next().unwrap();
        for name in exported.split(|c: char| !c.is_alphanumeric() && c != '_') {
            exports.entry(name.to_owned()).or_insert_with(|| room.to_owned());
        }
    }
    exports
}

/// Returns the code of a module without its comments and its unit tests.
fn code(text: &str) -> String {
    let text = text.split("#[cfg(test)]\nmod tests").next().unwrap();
    let lines = text.lines().filter(|line| !line.trim_start().starts_with("//"));
    lines.collect::<Vec<_>>().join("\n")
}

/// Returns the rooms above a module's room that its code names.
fn upward(
    module: &[&str],
    text: &str,
    rooms: &[&str],
    exports: &BTreeMap<String, String>,
) -> Vec<String> {
    let level = |room: &str| rooms.iter().position(|it| *it == room);
    let own = level(module[0]);
    let mut found = Vec::new();
    for name in names_at_the_root(module.len(), &code(text)) {
        let room = if level(&name).is_some() { Some(&name) } else { exports.get(&name) };
        if let Some(room) = room.filter(|room| level(room) > own) {
            found.push(room.clone());
        }
    }
    found.dedup();
    found
}

/// Returns the names after `crate::`, and after as many `super::` as reach the root.
fn names_at_the_root(depth: usize, code: &str) -> Vec<String> {
    let mut found = Vec::new();
    for start in ["crate::".to_owned(), "super::".repeat(depth)] {
        for (at, _) in code.match_indices(&start) {
            let before = code[..at].chars().next_back().unwrap_or(' ');
            if before == '$' || before == ':' || before == '_' || before.is_alphanumeric() {
                continue;
            }
            let rest = &code[at + start.len()..];
            let names = match rest.strip_prefix('{') {
                Some(group) => first_names(group),
                None => vec![first_name(rest)],
            };
            found.extend(names);
        }
    }
    found
}

fn first_name(path: &str) -> String {
    path.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
}

/// Returns the first name of each path in a group, after its opening brace.
fn first_names(group: &str) -> Vec<String> {
    let (mut names, mut depth, mut begins) = (Vec::new(), 0, true);
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => begins = true,
            c if begins && !c.is_whitespace() => {
                names.push(first_name(&group[at..]));
                begins = false;
            }
            _ => {}
        }
    }
    names
}
