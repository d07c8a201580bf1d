//! What a program costs before it runs: C1 and C2, the time of `cargo check`; C3, the size of the
//! program. The crates are generated twice, with entities and with Diesel's derives.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use crate::harness::{Bench, Line, Result};

#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Entities,
    Diesel,
}

impl Side {
    fn name(self) -> &'static str {
        match self {
            Side::Entities => "entities",
            Side::Diesel => "diesel",
        }
    }

    /// Returns the dependencies. Both sides depend on Diesel, with the same features.
    fn dependencies(self) -> String {
        let diesel = "diesel = { version = \"~2.3.10\", default-features = false, features = \
                      [\"32-column-tables\", \"sqlite\", \
                      \"returning_clauses_for_sqlite_3_35\"] }\n\
                      libsqlite3-sys = { version = \"0.38\", features = [\"bundled\"] }\n";
        match self {
            Side::Entities => {
                format!("{diesel}orm-runtime = {{ path = {:?} }}\n", root().join("orm-runtime"))
            }
            Side::Diesel => diesel.to_owned(),
        }
    }

    /// Returns a module with a table of ten columns, the `n`-th in a chain of this length: each
    /// table but the first references the one before it.
    fn entity(self, n: usize, entities: usize) -> String {
        let fields = "pub id: KEY, pub name: String, pub title: String, pub email: Option<String>, \
                      pub note: Option<String>, pub age: i32, pub score: f64, pub active: bool, \
                      pub body: String, PARENT";
        match self {
            Side::Entities => {
                let parent = match n.checked_sub(1) {
                    Some(before) => format!("pub parent: ForeignKey<super::m{before}::Row>"),
                    None => "pub parent: i64".to_owned(),
                };
                let children = match n + 1 {
                    next if next < entities => {
                        format!(
                            ", #[entity(inverse = parent)] pub children: HasMany<super::m{next}::Row>"
                        )
                    }
                    _ => String::new(),
                };
                format!(
                    "pub mod m{n} {{\n    use orm_runtime::prelude::*;\n    #[derive(Entity)]\n    \
                     #[entity(table = \"table_{n}\")]\n    pub struct Row {{ {} }}\n}}\n",
                    fields.replace("KEY", "Auto<i64>").replace("PARENT", &(parent + &children))
                )
            }
            Side::Diesel => {
                let (associations, belongs_to) = match n.checked_sub(1) {
                    Some(before) => (
                        ", Associations",
                        format!(
                            "    #[diesel(belongs_to(super::m{before}::Row, foreign_key = parent))]\n"
                        ),
                    ),
                    None => ("", String::new()),
                };
                format!(
                    "pub mod m{n} {{\n    use diesel::prelude::*;\n    diesel::table! {{ table_{n} {{ \
                     id -> BigInt, name -> Text, title -> Text, email -> Nullable<Text>, note -> \
                     Nullable<Text>, age -> Integer, score -> Double, active -> Bool, body -> Text, \
                     parent -> BigInt, }} }}\n    #[derive(Queryable, Selectable, Insertable, \
                     AsChangeset, Identifiable{associations})]\n    #[diesel(table_name = table_{n})]\n\
                     {belongs_to}    pub struct Row {{ {} }}\n}}\n",
                    fields.replace("KEY", "i64").replace("PARENT", "pub parent: i64")
                )
            }
        }
    }

    /// Returns a program that creates a table, writes a row and reads it.
    fn program(self) -> &'static str {
        match self {
            Side::Entities => {
                "use orm_runtime::prelude::*;\n\
                 use m0::Row;\n\
                 fn main() -> Result<()> {\n\
                     let mut session = Session::open(\"sqlite://:memory:\")?;\n\
                     schema![Row].create_all(&mut session)?;\n\
                     session.add(Row::builder().name(\"n\").title(\"t\").age(1).score(1.0).active(true)\
                         .parent(0).body(\"b\").build());\n\
                     session.commit()?;\n\
                     let found = session.query::<Row>().filter(m0::row::name.eq(\"n\")).all()?;\n\
                     for row in found { session[row].age += 1; }\n\
                     session.commit()?;\n\
                     println!(\"{}\", session.query::<Row>().filter(m0::row::age.eq(2)).count()?);\n\
                     Ok(())\n\
                 }\n"
            }
            Side::Diesel => {
                "use diesel::prelude::*;\n\
                 use diesel::connection::SimpleConnection;\n\
                 use m0::{Row, table_0};\n\
                 fn main() -> Result<(), Box<dyn std::error::Error>> {\n\
                     let mut connection = SqliteConnection::establish(\":memory:\")?;\n\
                     connection.batch_execute(\"CREATE TABLE table_0 (id INTEGER PRIMARY KEY, name TEXT \
                         NOT NULL, title TEXT NOT NULL, email TEXT, note TEXT, age INTEGER NOT NULL, \
                         score DOUBLE NOT NULL, active BOOLEAN NOT NULL, body TEXT NOT NULL, parent \
                         BIGINT NOT NULL)\")?;\n\
                     let row = Row { id: 1, name: \"n\".into(), title: \"t\".into(), email: None, note: \
                         None, age: 1, score: 1.0, active: true, parent: 0, body: \"b\".into() };\n\
                     let count: i64 = connection.transaction(|connection| {\n\
                         diesel::insert_into(table_0::table).values(&row).execute(connection)?;\n\
                         let mut found: Vec<Row> = table_0::table.filter(table_0::name.eq(\"n\"))\
                             .select(Row::as_select()).load(connection)?;\n\
                         for row in &mut found {\n\
                             row.age += 1;\n\
                             diesel::update(table_0::table.find(row.id)).set(&*row).execute(connection)?;\n\
                         }\n\
                         table_0::table.filter(table_0::age.eq(2)).count().get_result(connection)\n\
                     })?;\n\
                     println!(\"{count}\");\n\
                     Ok(())\n\
                 }\n"
            }
        }
    }
}

/// Measures C1, the time of `cargo check` for fifty entities, and C2, for ten and a hundred.
pub fn check(bench: &Bench) -> Result {
    let [few, some, many] = if bench.smoke { [1, 2, 4] } else { [10, 50, 100] };
    let rounds = if bench.smoke { 1 } else { 5 };
    let arms = [
        (Side::Entities, 0),
        (Side::Diesel, 0),
        (Side::Entities, some),
        (Side::Diesel, some),
        (Side::Entities, few),
        (Side::Entities, many),
    ];
    let crates = arms
        .iter()
        .map(|&(side, entities)| Generated::library(side, entities))
        .collect::<Result<Vec<_>>>()?;
    let mut times = vec![Vec::new(); arms.len()];
    for round in 0..=rounds {
        for (generated, times) in crates.iter().zip(&mut times) {
            let time = generated.check()?;
            // The first round builds the dependencies.
            if round > 0 {
                times.push(time);
            }
        }
    }
    let min = |arm: usize| times[arm].iter().min().copied().unwrap_or_default().as_secs_f64();
    let median = |arm: usize| {
        let mut times = times[arm].clone();
        times.sort_unstable();
        times[times.len() / 2].as_secs_f64()
    };
    let ratio = |of: &dyn Fn(usize) -> f64| (of(2) - of(0)) / (of(3) - of(1));
    let (best, usual) = (ratio(&min), ratio(&median));
    let each = |arm: usize, entities: usize| (min(arm) - min(0)) * 1e3 / entities as f64;
    Line::new("C1", format!("cargo check of {some} linked entities"))
        .at_most("x Diesel's derives", best.min(usual), 0.50)
        .note(format!(
            "median {usual:.2}; {:.2} s, Diesel {:.2} s",
            min(2) - min(0),
            min(3) - min(1)
        ))
        .print(bench);
    let linear = each(5, many) / each(2, some);
    let from_few = each(5, many) / each(4, few);
    Line::new("C2", format!("the same for {few} and {many}"))
        .at_most(&format!("x the time each of {some}"), linear, 1.10)
        .note(format!(
            "{from_few:.2} x that of {few}; {:.1}, {:.1}, {:.1} ms each",
            each(4, few),
            each(2, some),
            each(5, many)
        ))
        .print(bench);
    Ok(())
}

/// Measures C3, the size of a program with one entity.
pub fn size(bench: &Bench) -> Result {
    if bench.smoke {
        Line::new("C3", "size of a program").note("left out: it rebuilds everything").print(bench);
        return Ok(());
    }
    let (ours, theirs) = (
        Generated::program(Side::Entities)?.release()? as f64,
        Generated::program(Side::Diesel)?.release()? as f64,
    );
    Line::new("C3", "size of a release program with one entity")
        .at_most("x the same in Diesel", ours / theirs, 1.15)
        .note(format!("{:.2} MB, Diesel {:.2} MB", ours / 1e6, theirs / 1e6))
        .print(bench);
    Ok(())
}

/// Returns the root of the repository.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// A crate that this program generates.
struct Generated {
    folder: PathBuf,
    source: PathBuf,
    target: PathBuf,
    name: String,
}

impl Generated {
    fn library(side: Side, entities: usize) -> Result<Self> {
        let modules = (0..entities).fold(String::new(), |mut text, n| {
            // Writing to a String cannot fail.
            let _ = text.write_str(&side.entity(n, entities));
            text
        });
        Self::write(format!("{}-{entities}", side.name()), "src/lib.rs", &modules, side)
    }

    fn program(side: Side) -> Result<Self> {
        let text = side.entity(0, 1) + side.program();
        Self::write(format!("{}-program", side.name()), "src/main.rs", &text, side)
    }

    fn write(name: String, source: &str, text: &str, side: Side) -> Result<Self> {
        let own = Path::new(env!("CARGO_MANIFEST_DIR"));
        let target = std::env::var_os("CARGO_TARGET_DIR").map_or(own.join("target"), PathBuf::from);
        let target = target.join("generated");
        let folder = target.join("crates").join(&name);
        std::fs::create_dir_all(folder.join("src"))?;
        std::fs::write(
            folder.join("Cargo.toml"),
            format!(
                "[package]\nname = \"{name}\"\nedition = \"2024\"\n\n[dependencies]\n{}\n\
                 [profile.release]\nstrip = true\n\n[workspace]\n",
                side.dependencies()
            ),
        )?;
        // The same versions as in this crate.
        std::fs::copy(own.join("Cargo.lock"), folder.join("Cargo.lock"))?;
        let source = folder.join(source);
        std::fs::write(&source, text)?;
        Ok(Generated { folder, source, target, name })
    }

    fn cargo(&self, arguments: &[&str]) -> Result {
        let output = Command::new(std::env::var_os("CARGO").unwrap_or("cargo".into()))
            .args(arguments)
            .current_dir(&self.folder)
            .env("CARGO_TARGET_DIR", &self.target)
            // Otherwise a second check would find most of its results in the cache.
            .env("CARGO_INCREMENTAL", "0")
            .output()?;
        if output.status.success() {
            return Ok(());
        }
        let errors = String::from_utf8_lossy(&output.stderr);
        let first: Vec<&str> = errors.lines().take(5).collect();
        Err(format!("{}: {}", self.name, first.join("\n")).into())
    }

    /// Checks the crate as if its source had changed.
    fn check(&self) -> Result<Duration> {
        std::fs::write(&self.source, std::fs::read(&self.source)?)?;
        let start = Instant::now();
        self.cargo(&["check", "--quiet"])?;
        Ok(start.elapsed())
    }

    /// Builds the program, runs it, and returns its size.
    fn release(&self) -> Result<u64> {
        self.cargo(&["build", "--quiet", "--release"])?;
        let program = self.target.join("release").join(&self.name);
        let output = Command::new(&program).output()?;
        if output.stdout != b"1\n" {
            return Err(format!("{} does not print 1", self.name).into());
        }
        Ok(std::fs::metadata(program)?.len())
    }
}
