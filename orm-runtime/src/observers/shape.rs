//! The shape of a statement: its text without the number of values.

/// Returns the shape of a statement. Statements that differ only in how many values a list or how
/// many rows an INSERT has are of one shape.
pub(crate) fn shape(sql: &str) -> String {
    let mut shape = String::with_capacity(sql.len());
    let mut rest = sql.chars().peekable();
    let mut quote = None;
    while let Some(c) = rest.next() {
        match quote {
            Some(end) => {
                shape.push(c);
                quote = quote.filter(|_| c != end);
            }
            None if matches!(c, '\'' | '"' | '`') => {
                shape.push(c);
                quote = Some(c);
            }
            None if c == '$' && rest.peek().is_some_and(char::is_ascii_digit) => {
                while rest.next_if(char::is_ascii_digit).is_some() {}
                placeholder(&mut shape);
            }
            None if c == '?' => placeholder(&mut shape),
            None if c == ')' => {
                shape.push(c);
                // One row of an INSERT stands for all.
                const ROWS: &str = "(?), (?)";
                if shape.ends_with(ROWS) {
                    shape.truncate(shape.len() - ", (?)".len());
                }
            }
            None => shape.push(c),
        }
    }
    shape
}

/// Appends a placeholder, unless it continues a list of placeholders.
fn placeholder(shape: &mut String) {
    match shape.ends_with("?, ") {
        true => shape.truncate(shape.len() - ", ".len()),
        false => shape.push('?'),
    }
}

#[cfg(test)]
mod tests {
    use super::shape;

    #[test]
    fn lists_and_rows_of_any_length_have_one_shape() {
        for (sql, wanted) in [
            ("SELECT a FROM t WHERE id IN (?, ?, ?)", "SELECT a FROM t WHERE id IN (?)"),
            (
                "SELECT a FROM t WHERE id IN ($1, $2) AND b = $3",
                "SELECT a FROM t WHERE id IN (?) AND b = ?",
            ),
            (
                "INSERT INTO t (a, b) VALUES (?, ?), (?, ?), (?, ?)",
                "INSERT INTO t (a, b) VALUES (?)",
            ),
            ("SELECT '$1, ?' FROM \"a?\", t", "SELECT '$1, ?' FROM \"a?\", t"),
            ("SELECT f(?), (SELECT ?)", "SELECT f(?), (SELECT ?)"),
        ] {
            assert_eq!(shape(sql), wanted);
        }
    }
}
