//! The log of a session in short form.

use orm_runtime::observe::StatementRecord;

/// Returns the statements that a session has sent, in a short form that is the same on all
/// databases: `I users x2` for two inserted rows, `U users[name] x1` for one row updated in these
/// columns, `D users x1` for one deleted row, and `S users` for a SELECT. Consecutive statements
/// with the same verb, table and columns are one entry with the sum of their rows, however many
/// statements a database needs for them. SELECTs are listed separately.
///
/// BEGIN, COMMIT and savepoints are left out. So are statements that ask about the connection or
/// the catalogue and not about a table, such as those for the keys of the last INSERT or, once for
/// each table and session, for how keys are generated.
pub fn trace(log: &[StatementRecord]) -> String {
    let mut entries: Vec<(String, Option<usize>)> = Vec::new();
    let mut shapes: Vec<String> = Vec::new();
    for record in log.iter().filter(|record| !record.is_transaction_control()) {
        let Some(Entry { words, shape, writes }) = Entry::of(&record.sql) else { continue };
        let rows = writes.then(|| record.rows.unwrap_or_default());
        match (entries.last_mut(), rows) {
            (Some((last, Some(sum))), Some(rows))
                if *last == words && shapes.last() == Some(&shape) =>
            {
                *sum += rows;
            }
            _ => {
                entries.push((words, rows));
                shapes.push(shape);
            }
        }
    }
    let texts = entries.into_iter().map(|(words, rows)| match rows {
        Some(rows) => format!("{words} x{rows}"),
        None => words,
    });
    texts.collect::<Vec<_>>().join("; ")
}

struct Entry {
    words: String,
    /// What must be equal for two statements to be one entry.
    shape: String,
    writes: bool,
}

impl Entry {
    fn of(sql: &str) -> Option<Self> {
        let sql = sql.replace(['"', '`'], "");
        if sql.starts_with("SELECT CAST(") && sql.contains(" information_schema.") {
            return None;
        }
        let (verb, rest) = sql.split_once(' ').unwrap_or((&sql, ""));
        let entry =
            |words: String, shape: &str, writes| Entry { words, shape: shape.into(), writes };
        Some(match verb {
            "INSERT" => {
                let rest = rest.trim_start_matches("INTO ");
                let columns = rest.split_once('(').map_or("", |(_, columns)| columns);
                let columns = columns.split_once(')').map_or("", |(columns, _)| columns);
                entry(format!("I {}", name(rest)), columns, true)
            }
            "UPDATE" => {
                let columns = assigned(rest.split_once(" SET ").map_or("", |(_, set)| set));
                entry(format!("U {}[{}]", name(rest), columns.join(",")), "", true)
            }
            "DELETE" => entry(format!("D {}", name(rest.trim_start_matches("FROM "))), "", true),
            "SELECT" => {
                let tables = rest.split(" FROM ").skip(1).filter(|after| !after.starts_with('('));
                let table = name(tables.into_iter().next()?);
                if sql.contains(" sqlite_master ") {
                    return None;
                }
                entry(format!("S {table}"), "", false)
            }
            _ => entry(sql.chars().take(40).collect(), "", false),
        })
    }
}

/// Returns the first word.
fn name(text: &str) -> &str {
    text.split([' ', '(', ')', ',', '\n']).next().unwrap_or_default()
}

/// Returns the columns of a SET clause.
fn assigned(set: &str) -> Vec<&str> {
    let mut columns = Vec::new();
    let mut depth = 0_i32;
    let mut start = 0;
    let ends = [" WHERE ", " FROM ", " RETURNING "];
    for (at, c) in set.char_indices() {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            ',' if depth == 0 => {
                columns.push(&set[start..at]);
                start = at + 1;
            }
            ' ' if depth == 0 && ends.iter().any(|end| set[at..].starts_with(end)) => {
                columns.push(&set[start..at]);
                return columns.into_iter().map(column).collect();
            }
            _ => {}
        }
    }
    columns.push(&set[start..]);
    columns.into_iter().map(column).collect()
}

/// Returns the column of one assignment. Diesel writes the table before it on some databases.
fn column(assignment: &str) -> &str {
    let left = assignment.split_once(" = ").map_or(assignment, |(left, _)| left).trim();
    left.rsplit_once('.').map_or(left, |(_, column)| column)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(sql: &str) -> Option<String> {
        Entry::of(sql).map(|entry| entry.words)
    }

    #[test]
    fn statements_of_every_dialect_have_the_same_words() {
        let update = Some("U users[name,age]".to_owned());
        let one = r#"UPDATE "users" SET "name" = ?, "age" = ? WHERE "id" = ?"#;
        let values = r#"UPDATE "users" SET "name" = v.column2, "age" = v.column3 FROM (VALUES (?, ?, ?)) AS v WHERE "users"."id" = v.column1"#;
        let case = "UPDATE `users` SET `name` = CASE WHEN `id` = ? THEN ? END, `age` = CASE WHEN `id` = ? THEN ? END WHERE `id` IN (?)";
        assert_eq!(words(one), update);
        assert_eq!(words(values), update);
        assert_eq!(words(case), update);
        assert_eq!(
            words(r#"SELECT count(*) FROM (SELECT "a" FROM "users") AS c"#),
            Some("S users".into())
        );
        assert_eq!(words("SELECT last_insert_rowid()"), None);
        assert_eq!(words(r#"DELETE FROM "users" WHERE "id" = ?"#), Some("D users".into()));
    }
}
