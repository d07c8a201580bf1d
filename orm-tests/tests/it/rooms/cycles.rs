//! Inside a room, files use each other in one direction, or in circles of at most three.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use super::{code, files};

/// The longest circle of files that is allowed.
const MOST: usize = 3;

#[test]
fn no_circle_of_files_is_longer_than_three() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut long = Vec::new();
    for name in ["orm-runtime", "orm-derive"] {
        let modules = Modules::read(&root.join(name).join("src"));
        long.extend(modules.circles().into_iter().filter(|circle| circle.len() > MOST));
    }
    assert!(long.is_empty(), "these files use each other in a circle: {long:?}");
}

#[test]
fn a_circle_is_found() {
    let modules = Modules::of([
        ("room", "mod a;\nmod b;\nmod c;\nmod d;\npub use a::A;"),
        ("room::a", "use super::b::{B, other};"),
        ("room::b", "use crate::room::c::C;"),
        ("room::c", "fn c() { super::d::d() }"),
        ("room::d", "use super::A;"),
    ]);
    assert_eq!(modules.circles(), [["room::a", "room::b", "room::c", "room::d"]]);
    let modules = Modules::of([("room", "use crate::hall::H;"), ("hall", "use crate::room::R;")]);
    assert!(modules.circles().is_empty(), "the circle is between two rooms");
}

/// The modules of a crate by their paths, and the modules of the same room that they use.
pub(super) struct Modules {
    texts: BTreeMap<String, String>,
    exports: BTreeMap<(String, String), String>,
}

impl Modules {
    pub(super) fn read(src: &Path) -> Self {
        let module = |file: &Path| {
            let path = file.strip_prefix(src).unwrap().with_extension("");
            let names: Vec<_> = path.iter().map(|name| name.to_str().unwrap().to_owned()).collect();
            (names.join("::"), fs::read_to_string(file).unwrap())
        };
        Modules::of(files(src).iter().map(|file| module(file)))
    }

    pub(super) fn of<N: Into<String>, T: Into<String>>(
        texts: impl IntoIterator<Item = (N, T)>,
    ) -> Self {
        let texts: BTreeMap<String, String> =
            texts.into_iter().map(|(name, text)| (name.into(), code(&text.into()))).collect();
        let mut exports = BTreeMap::new();
        for (module, text) in &texts {
            for (path, _) in uses(text).into_iter().filter(|(_, is_public)| *is_public) {
                let name = path.rsplit("::").next().unwrap().to_owned();
                exports.insert((module.clone(), name), path);
            }
        }
        Modules { texts, exports }
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.texts.keys().map(String::as_str)
    }

    /// Returns the sets of modules of one room that use each other in a circle, each in order.
    fn circles(&self) -> Vec<Vec<String>> {
        let uses: BTreeMap<&str, BTreeSet<String>> =
            self.texts.keys().map(|module| (&**module, self.used_by(module))).collect();
        let reach = |from: &str| {
            let (mut seen, mut next) = (BTreeSet::new(), vec![from.to_owned()]);
            while let Some(module) = next.pop() {
                for used in &uses[&*module] {
                    if seen.insert(used.clone()) {
                        next.push(used.clone());
                    }
                }
            }
            seen
        };
        let reached: BTreeMap<&str, BTreeSet<String>> =
            uses.keys().map(|&module| (module, reach(module))).collect();
        let mut circles: Vec<Vec<String>> = Vec::new();
        for (&module, there) in reached.iter().filter(|(module, there)| there.contains(**module)) {
            let back = there.iter().filter(|other| reached[&***other].contains(module));
            let circle: Vec<String> = back.cloned().collect();
            if !circles.contains(&circle) {
                circles.push(circle);
            }
        }
        circles
    }

    /// Returns the other modules of its room that a module uses. A name exported by a room's root
    /// belongs to the module that defines it.
    pub(super) fn used_by(&self, module: &str) -> BTreeSet<String> {
        let text = &self.texts[module];
        let is_root = self.texts.keys().any(|other| other.starts_with(&format!("{module}::")));
        let imports = uses(text).into_iter().filter(|(_, is_public)| !(*is_public && is_root));
        let paths = imports.map(|(path, _)| path).chain(paths(text));
        let used = paths.filter_map(|path| self.resolve(module, &path, 0));
        let room = |module: &str| module.split("::").next().unwrap().to_owned();
        used.filter(|used| used != module && room(used) == room(module)).collect()
    }

    fn resolve(&self, module: &str, path: &str, depth: usize) -> Option<String> {
        let mut base: Vec<&str> = module.split("::").collect();
        let mut names = path.split("::").peekable();
        match *names.peek()? {
            "crate" => {
                names.next();
                base.clear();
            }
            "super" | "self" => {
                while let Some(&name @ ("super" | "self")) = names.peek() {
                    if name == "super" {
                        base.pop();
                    }
                    names.next();
                }
            }
            name if self.texts.contains_key(&format!("{module}::{name}")) => {}
            _ => return None,
        }
        base.extend(names);
        let found =
            (1..=base.len()).rev().find(|&n| self.texts.contains_key(&base[..n].join("::")))?;
        let owner = base[..found].join("::");
        let exported = base.get(found).map(|name| (owner.clone(), (*name).to_owned()));
        let exported = exported.and_then(|name| self.exports.get(&name)).filter(|_| depth < 4);
        exported.and_then(|path| self.resolve(&owner, path, depth + 1)).or(Some(owner))
    }
}

/// Returns the imported paths, and whether they are exported again.
fn uses(code: &str) -> Vec<(String, bool)> {
    let mut found = Vec::new();
    for statement in code.split(';') {
        let Some(at) = statement.find("use ").filter(|&at| begins_a_line(statement, at)) else {
            continue;
        };
        let line = statement[..at].lines().last().unwrap_or_default();
        let mut paths = Vec::new();
        expand("", &statement[at + 4..], &mut paths);
        found.extend(paths.into_iter().map(|path| (path, line.trim_start().starts_with("pub"))));
    }
    found
}

fn begins_a_line(code: &str, at: usize) -> bool {
    let before = code[..at].lines().last().unwrap_or_default().trim();
    before.is_empty() || code[..at].ends_with('\n') || before.starts_with("pub")
}

/// Expands a tree of imports into one path for each of its leaves.
fn expand(prefix: &str, tree: &str, paths: &mut Vec<String>) {
    let tree = tree.trim();
    let Some((before, group)) = tree.split_once('{') else {
        let path = tree.split(" as ").next().unwrap_or_default();
        paths.push(format!("{prefix}{path}"));
        return;
    };
    let prefix = format!("{prefix}{before}");
    let (mut depth, mut begins) = (0, 0);
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth > 0 => depth -= 1,
            ',' | '}' if depth == 0 => {
                if !group[begins..at].trim().is_empty() {
                    expand(&prefix, &group[begins..at], paths);
                }
                begins = at + 1;
                if c == '}' {
                    return;
                }
            }
            _ => {}
        }
    }
}

/// Returns the paths in code that begin at the crate or at the parent module.
fn paths(code: &str) -> impl Iterator<Item = String> {
    let word = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
    let words = code.split(move |c: char| !word(c) && c != '$');
    let words = words.filter(|path| path.starts_with("crate::") || path.starts_with("super::"));
    words.map(|path| path.trim_end_matches(':').to_owned())
}
