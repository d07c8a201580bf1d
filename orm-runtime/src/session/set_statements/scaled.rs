//! The digits of decimals that a set statement assigns on SQLite, which keeps them all by itself.

use crate::backend::Dialect;
use crate::mapping::EntityMeta;

/// The SET clause with its decimals brought to the digits of their columns; nothing where it has none.
/// The other databases do it by themselves.
pub(super) fn brought_to_scale(dialect: Dialect, set: &str, table: &EntityMeta) -> Option<String> {
    if dialect != Dialect::Sqlite || table.columns.iter().all(|column| column.digits.is_none()) {
        return None;
    }
    let mut found = false;
    let assignments = assignments(set).into_iter().map(|assignment| {
        let digits = || {
            let (name, expression) = assignment.split_once(" = ")?;
            let name = name.trim().trim_matches(['`', '"']);
            let column = table.columns.iter().find(|column| column.name == name)?;
            let (precision, scale) = column.digits?;
            Some(format!("`{name}` = decimal_fit({expression}, {precision}, {scale})"))
        };
        match digits() {
            Some(fitted) => {
                found = true;
                fitted
            }
            None => assignment.to_owned(),
        }
    });
    let text = assignments.collect::<Vec<_>>().join(", ");
    found.then_some(text)
}

/// The parts of a list between commas that stand in no parentheses and in no quotes.
fn assignments(set: &str) -> Vec<&str> {
    let (mut parts, mut start, mut depth) = (Vec::new(), 0, 0_i32);
    let mut quote: Option<char> = None;
    for (at, c) in set.char_indices() {
        match (quote, c) {
            // One that is doubled ends and begins again.
            (Some(open), _) if c == open => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"' | '`') => quote = Some(c),
            (None, '(') => depth += 1,
            (None, ')') => depth -= 1,
            (None, ',') if depth == 0 => {
                parts.push(set[start..at].trim());
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(set[start..].trim());
    parts
}

#[cfg(test)]
mod tests {
    use super::assignments;

    #[test]
    fn commas_in_parentheses_and_quotes_part_nothing() {
        let set = "`a` = f(?, (1, 2)), `b,c` = 'it''s, so', d = ?";
        assert_eq!(assignments(set), ["`a` = f(?, (1, 2))", "`b,c` = 'it''s, so'", "d = ?"]);
    }
}
