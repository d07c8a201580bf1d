//! The parts of the identity map: the store uses no other part, and the fields of a struct are
//! visible at most in its own folder.

use std::fs;
use std::path::Path;

use super::cycles::Modules;
use super::{code, files};

fn runtime() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../orm-runtime/src")
}

#[test]
fn the_store_uses_no_other_part_of_the_map() {
    let modules = Modules::read(&runtime());
    let wrong = beyond("map::store", &modules);
    assert!(wrong.is_empty(), "these modules of the store use another part:\n{}", wrong.join("\n"));
    assert!(beyond("map::graph", &modules).len() > 10, "the graph uses the store");
}

#[test]
fn a_module_that_uses_another_part_is_found() {
    let modules = Modules::of([
        (
            "map",
            "mod graph;\nmod store;\npub(crate) use graph::Graph;\npub(crate) use store::Arena;",
        ),
        ("map::graph", "use super::store::Arena;"),
        ("map::store", "mod arena;\nmod slot;\npub(crate) use arena::Arena;"),
        ("map::store::arena", "use super::slot::Slot;\nuse crate::map::Arena;"),
        ("map::store::slot", "fn slot() { crate::map::Graph::slot() }"),
    ]);
    assert_eq!(beyond("map::store", &modules), ["map::store::slot: map::graph"]);
}

#[test]
fn fields_of_the_map_are_seen_in_their_own_folder_at_most() {
    let mut wrong = Vec::new();
    for file in files(&runtime().join("map")) {
        let path = file.strip_prefix(runtime()).unwrap().with_extension("");
        let text = fs::read_to_string(&file).unwrap();
        let seen = fields_seen_elsewhere(path.iter().count(), &text);
        wrong.extend(seen.into_iter().map(|field| format!("{}: {field}", path.display())));
    }
    assert!(wrong.is_empty(), "these fields are seen in other folders:\n{}", wrong.join("\n"));
}

#[test]
fn a_field_that_is_seen_elsewhere_is_found() {
    let text = "pub struct Slot {\n    pub(super) at: u32,\n    pub(crate) age: u32,\n    key: u32,\n}\n\
                impl Slot {\n    pub(crate) fn at(&self) -> u32 {\n        State::new(self.at)\n    }\n}\n\
                struct Key(pub(in crate::map) u32);\npub(super) const FIRST: u32 = 2;\n";
    assert_eq!(fields_seen_elsewhere(3, text), ["age", "Key"]);
    assert_eq!(fields_seen_elsewhere(2, text), ["at", "age", "Key"]);
}

/// Returns the modules below a part that use modules of their room outside the part.
fn beyond(part: &str, modules: &Modules) -> Vec<String> {
    let is_below = |module: &str| {
        module.strip_prefix(part).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
    };
    let below = modules.names().filter(|module| is_below(module));
    let used = below.flat_map(|module| {
        let others = modules.used_by(module).into_iter().filter(|used| !is_below(used));
        others.map(move |used| format!("{module}: {used}"))
    });
    used.collect()
}

/// Returns the fields that are visible outside the folder of a file at this depth below `src`. A
/// field that a file in a part's folder shows to `super` is visible only in this folder.
fn fields_seen_elsewhere(depth: usize, text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for line in code(text).lines().map(str::trim) {
        let (field, name) = match line.split_once('(') {
            Some((head, tuple)) if head.contains("struct ") && tuple.starts_with("pub") => {
                let name = head.split("struct ").nth(1).unwrap();
                (tuple, name.split('<').next().unwrap().to_owned())
            }
            _ => (line, field_name(line).unwrap_or_default().to_owned()),
        };
        let stays = field.starts_with("pub(super)") && depth > 2;
        if field.starts_with("pub") && !name.is_empty() && !stays {
            found.push(name);
        }
    }
    found
}

/// Returns the name of a field with a visibility.
fn field_name(line: &str) -> Option<&str> {
    let shown = line.strip_prefix("pub")?;
    let name = match shown.strip_prefix('(') {
        Some(scope) => scope.split_once(')')?.1,
        None => shown,
    };
    let (name, rest) = name.trim_start().split_once(':')?;
    let is_name = name.chars().all(|c| c.is_alphanumeric() || c == '_');
    (is_name && rest.starts_with(' ')).then_some(name)
}
