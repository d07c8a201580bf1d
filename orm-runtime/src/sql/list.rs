//! Parsing of lists in SQL text.

/// Returns the items of a list: the parts between commas outside parentheses and quotes.
pub(crate) fn list_items(list: &str) -> Vec<&str> {
    let (mut parts, mut start, mut depth) = (Vec::new(), 0, 0_i32);
    let mut quote: Option<char> = None;
    for (at, c) in list.char_indices() {
        match (quote, c) {
            // A doubled quote ends the string and begins it again.
            (Some(open), _) if c == open => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"' | '`') => quote = Some(c),
            (None, '(') => depth += 1,
            (None, ')') => depth -= 1,
            (None, ',') if depth == 0 => {
                parts.push(list[start..at].trim());
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(list[start..].trim());
    parts
}

#[cfg(test)]
mod tests {
    use super::list_items;

    #[test]
    fn commas_in_parentheses_and_quotes_part_nothing() {
        let set = "`a` = f(?, (1, 2)), `b,c` = 'it''s, so', d = ?";
        assert_eq!(list_items(set), ["`a` = f(?, (1, 2))", "`b,c` = 'it''s, so'", "d = ?"]);
    }
}
