//! Statements that were sent over and over, and the call that avoids them.

use std::fmt;

use super::statement_report::ReportedShape;
use crate::backend::Cause;

/// A statement that one place in the program has sent over and over: an N+1.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Repeated<'a> {
    /// The statement.
    pub shape: &'a ReportedShape,
    /// How often it was sent.
    pub count: u64,
    /// The call that avoids it.
    pub cure: String,
}

impl<'a> Repeated<'a> {
    pub(super) fn of(shape: &'a ReportedShape) -> Self {
        Repeated { shape, count: shape.count, cure: cure(shape) }
    }
}

/// Returns the call that avoids sending a statement over and over.
fn cure(shape: &ReportedShape) -> String {
    let entity = shape.entity.unwrap_or("the entity");
    let is = |cause: Cause| shape.cause == cause.name();
    if is(Cause::Load)
        && let Some(path) = &shape.path
    {
        let path = columns(path);
        return format!(
            "load it with the objects, by `.eager({path})` on their query, or for all of them by \
             `session.load_all(&handles, {path})`"
        );
    }
    if is(Cause::Load) {
        return format!(
            "load the columns of all objects at once, by `session.load_all(&handles, …)`, or with \
             the query of {entity}, by `.undefer(…)`"
        );
    }
    if is(Cause::Get) {
        return format!(
            "load all at once, by `session.get_many::<{entity}>(keys)`; if another object \
             references them, add the relationship to its query by `.eager(…)`"
        );
    }
    if is(Cause::Refresh) {
        return "pass all handles to one call of `session.refresh(&handles)`".to_owned();
    }
    if is(Cause::Autoflush) {
        return "the loop changes objects and queries in turn: query before it changes them".into();
    }
    if is(Cause::Flush) || is(Cause::Transaction) {
        return "flush or commit once, after the loop".to_owned();
    }
    if is(Cause::Program) {
        return "send one statement with a list of values".to_owned();
    }
    match shape.kind {
        "SELECT" => format!(
            "send one query with a list, by `.filter(column.in_list(values))`, or load {entity} \
             through a relationship by `.eager(…)`"
        ),
        _ => "send one statement for all rows".to_owned(),
    }
}

/// Returns the path `User.posts.comments` as the program writes it:
/// `user::posts.then(comments)` needs the module of each entity, of which only the first is known.
fn columns(path: &str) -> String {
    let mut parts = path.split('.');
    let (entity, first) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let mut text = format!("{}::{first}", snake(entity));
    for part in parts {
        text += &format!(".then(…::{part})");
    }
    text
}

/// Converts the name of an entity to the name of its module, as the derive does by default.
fn snake(name: &str) -> String {
    let mut snake = String::new();
    for (at, c) in name.chars().enumerate() {
        if c.is_uppercase() && at > 0 {
            snake.push('_');
        }
        snake.extend(c.to_lowercase());
    }
    snake
}

impl fmt::Display for Repeated<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Repeated { shape, count, cure } = self;
        write!(f, "sent {count} times, {}: {cure}\n    {}", shape.origin(), shape.sql)
    }
}
