//! A page that shows many objects, and for each of them whether the reader may edit it.
//!
//! The story: a page of a web program took over a minute. A watch of slow requests, which dumps the
//! stack of whoever waits, showed the same function each time: "may this user edit this object?".
//! For one object the function is right and fast. The page called it for each of its objects, and
//! each call queried the database.
//!
//! The program answers the question in three ways, for every reader, and compares the answers:
//! for each object, by one condition in a query, and by a map that is loaded at once. The first way
//! sends up to two statements for each object, the others send two in all.
//!
//! `cargo run --example authorisation_page`

#![allow(clippy::print_stdout, reason = "an example prints what it does")]
#![allow(unreachable_pub, reason = "the type of a column is public because Diesel's columns are")]

use std::collections::{HashMap, HashSet};

use orm_runtime::observe::{Budget, StatementReport};
use orm_runtime::prelude::*;

#[derive(Entity)]
struct Person {
    id: Auto<i64>,
    #[entity(unique, length = 40)]
    name: String,
}

#[derive(Entity)]
struct Team {
    id: Auto<i64>,
    #[entity(unique, length = 40)]
    name: String,
    members: HasMany<Membership>,
}

/// What a member of a team may do.
#[derive(DbEnum, Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// To read the team's documents.
    Reader,
    /// To read and to edit them.
    Editor,
}

#[derive(Entity)]
#[entity(unique(person, team))]
struct Membership {
    id: Auto<i64>,
    person: ForeignKey<Person>,
    team: ForeignKey<Team>,
    role: Role,
}

/// A document. Its owner may edit it, and so may the editors of its team, unless it is archived.
#[derive(Entity)]
struct Document {
    id: Auto<i64>,
    #[entity(unique, length = 40)]
    title: String,
    owner: ForeignKey<Person>,
    team: ForeignKey<Team>,
    archived: bool,
}

/// The number of documents on the page.
const PAGE: i64 = 60;

/// A line of the page: a title, and whether the reader may edit the document.
type Line = (String, bool);

/// Returns the page for a reader, given by key.
type Page = fn(&mut Session, i64) -> Result<Vec<Line>>;

fn main() -> Result<()> {
    let mut session = Session::open("sqlite://:memory:")?;
    schema![Person, Team, Membership, Document].create_all(&mut session)?;
    fill(&mut session)?;

    // The answers are the same for every reader.
    let readers: Vec<i64> =
        session.query::<Person>().order_by(person::id.asc()).select(person::id).load()?;
    for &reader in &readers {
        let page = request(&mut session, reader, for_each_object)?;
        assert_eq!(request(&mut session, reader, by_condition)?, page);
        assert_eq!(request(&mut session, reader, by_map)?, page);
    }

    let reader = readers[2];
    let page = request(&mut session, reader, by_condition)?;
    let editable = page.iter().filter(|(_, may_edit)| *may_edit).count();
    println!("{} documents, and the reader may edit {editable} of them:", page.len());
    for (title, may_edit) in page.iter().take(8) {
        println!("  {title}{}", if *may_edit { "  [edit]" } else { "" });
    }

    // The report of a request names the place that queries over and over.
    let report = StatementReport::new();
    session.observe(report.clone());
    let pages: [(&str, Page); 3] = [
        ("for each object", for_each_object),
        ("by one condition in a query", by_condition),
        ("by a map, loaded at once", by_map),
    ];
    println!();
    for (name, page) in pages {
        report.take();
        request(&mut session, reader, page)?;
        let summary = report.take();
        println!("{name}: {} statements", summary.statements);
        for repeated in summary.repeated(5) {
            let shape = repeated.shape;
            let place = shape.place.map_or_else(String::new, |place| place.to_string());
            let entity = shape.entity.unwrap_or_default();
            println!("  {} times, {} of {entity} at {place}", repeated.count, shape.cause);
            println!("    {}", repeated.cure);
        }
    }

    // A budget holds the number: an error in a test, a warning in production.
    let budget = || Budget::at_most(2).of::<Membership>(1);
    session.expect_statements(budget(), |session| request(session, reader, by_condition))?;
    session.expect_statements(budget(), |session| request(session, reader, by_map))?;
    let in_production = budget().or_warn(|error| {
        let text = error.to_string();
        println!("\nwarning: {}", text.lines().next().unwrap_or_default());
    });
    session
        .expect_statements(in_production, |session| request(session, reader, for_each_object))?;
    Ok(())
}

/// Returns the page as a request does, with nothing in memory.
fn request(session: &mut Session, reader: i64, page: Page) -> Result<Vec<Line>> {
    session.clear();
    page(session, reader)
}

/// Returns the page as it was first written: the function for one object, in a loop.
fn for_each_object(session: &mut Session, reader: i64) -> Result<Vec<Line>> {
    let mut lines = Vec::new();
    for document in documents(session)? {
        let may_edit = may_edit(session, reader, document)?;
        lines.push((session[document].title.clone(), may_edit));
    }
    Ok(lines)
}

/// Returns whether a reader may edit a document. Sends up to two statements.
fn may_edit(session: &mut Session, reader: i64, document: Handle<Document>) -> Result<bool> {
    let Document { owner, archived, .. } = &session[document];
    if *archived || owner.key() == Some(&reader) {
        return Ok(!*archived);
    }
    let team = session.related(document, document::team)?.one()?;
    session
        .related(team, team::members)?
        .filter(membership::person.eq(reader))
        .filter(membership::role.eq(Role::Editor))
        .exists()
}

/// Returns the page with the rule as a condition. The database answers for all documents at once.
fn by_condition(session: &mut Session, reader: i64) -> Result<Vec<Line>> {
    let documents = documents(session)?;
    let keys: Vec<i64> = documents.iter().filter_map(|&one| session[one].id.get()).collect();
    let editable: Vec<i64> = session
        .query::<Document>()
        .filter(document::id.in_list(keys))
        .filter(editable_by(reader))
        .select(document::id)
        .load()?;
    let editable: HashSet<i64> = editable.into_iter().collect();
    let line = |&one: &Handle<Document>| {
        let Document { id, title, .. } = &session[one];
        (title.clone(), id.get().is_some_and(|id| editable.contains(&id)))
    };
    Ok(documents.iter().map(line).collect())
}

/// Returns the rule as a condition. A query can also filter by it: "the documents that I may edit",
/// with a limit, is one statement.
fn editable_by(reader: i64) -> Condition<'static, Document> {
    let edits = membership::person.eq(reader).and(membership::role.eq(Role::Editor));
    let by_team = document::team.then(team::members).has_any(edits);
    Condition::all()
        .and(document::archived.eq(false))
        .and(Condition::<Document>::any().or(document::owner.eq(reader)).or(by_team))
}

/// Returns the page with the reader's roles in a map. The rule runs in memory.
fn by_map(session: &mut Session, reader: i64) -> Result<Vec<Line>> {
    let documents = documents(session)?;
    let roles: Vec<(i64, Role)> = session
        .query::<Membership>()
        .filter(membership::person.eq(reader))
        .select((membership::team_id, membership::role))
        .load()?;
    let roles: HashMap<i64, Role> = roles.into_iter().collect();
    let line = |&one: &Handle<Document>| {
        let Document { title, owner, team, archived, .. } = &session[one];
        let role = team.key().and_then(|team| roles.get(team));
        let is_allowed = owner.key() == Some(&reader) || role == Some(&Role::Editor);
        (title.clone(), is_allowed && !*archived)
    };
    Ok(documents.iter().map(line).collect())
}

fn documents(session: &mut Session) -> Result<Vec<Handle<Document>>> {
    session.query::<Document>().order_by(document::title.asc()).limit(PAGE).all()
}

/// Adds eight persons, ten teams with some of them as members, and 90 documents.
fn fill(session: &mut Session) -> Result<()> {
    let names = ["ada", "alan", "barbara", "donald", "edsger", "grace", "margaret", "tony"];
    let persons = names.map(|name| session.add(Person::builder().name(name).build()));
    let teams: Vec<Handle<Team>> = (0..10)
        .map(|number| session.add(Team::builder().name(format!("team {number}")).build()))
        .collect();
    for (at, &team) in teams.iter().enumerate() {
        for (number, &person) in persons.iter().enumerate() {
            let role = match (at * 5 + number * 3) % 4 {
                0 => Role::Editor,
                1 => Role::Reader,
                _ => continue,
            };
            session.add(Membership::builder().person(person).team(team).role(role).build());
        }
    }
    for number in 0..90 {
        let document = Document::builder()
            .title(format!("Document {number:02}"))
            .owner(persons[number * 7 % persons.len()])
            .team(teams[number * 3 % teams.len()])
            .archived(number % 9 == 4)
            .build();
        session.add(document);
    }
    session.commit()
}
