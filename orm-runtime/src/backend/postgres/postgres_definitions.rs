//! Schema statements that only PostgreSQL has.

use crate::backend::Dialect;
use crate::backend::definition_forms::Missing;

/// Changes a statement so that it succeeds if what it creates exists.
pub(super) fn if_missing(statement: &str, missing: Missing<'_>) -> Vec<String> {
    let is_there = match missing {
        Missing::View(_) => "duplicate_table",
        Missing::Type | Missing::Reference(_) => "duplicate_object",
    };
    let body = format!("BEGIN\n    {statement};\nEXCEPTION WHEN {is_there} THEN\n    NULL;\nEND");
    let mut tag = "$orm$".to_owned();
    while body.contains(&tag) {
        tag.insert(1, 'x');
    }
    vec![format!("DO {tag}\n{body}\n{tag}")]
}

/// Returns the default that is the next value of a sequence.
pub(super) fn next_value(sequence: &str) -> String {
    format!("nextval({})", Dialect::Postgres.text_literal(sequence))
}

/// Returns the sequence of `nextval('"schema"."name"'::regclass)`.
pub(super) fn counted_by(expression: &str) -> Option<(Option<String>, String)> {
    let quoted = expression.trim().strip_prefix("nextval('")?.strip_suffix(')')?;
    let quoted = quoted.strip_suffix("::regclass").unwrap_or(quoted).strip_suffix('\'')?;
    let mut parts: Vec<String> = Vec::new();
    let (mut part, mut inside) = (String::new(), false);
    for c in quoted.replace("''", "'").chars() {
        match c {
            '"' => inside = !inside,
            '.' if !inside => parts.push(std::mem::take(&mut part)),
            c => part.push(c),
        }
    }
    Some((parts.pop(), part))
}
