//! Points in time on SQLite, which compares them as text: the single format in which they are
//! written.

use crate::backend::definition_forms::Instants;

pub(super) const INSTANTS: Instants = Instants {
    format: FORMAT,
    // A year with more digits begins with a sign.
    pattern: "'????-??-?? ??:??:??.??????+00:00'",
    default_of: default_of_instant,
};

/// The `strftime` format of a point in time.
const FORMAT: &str = "'%Y-%m-%d %H:%M:%f000+00:00'";

/// Returns a default for a point in time, in the format that the program writes.
fn default_of_instant(expression: &str) -> String {
    let inner = expression.trim();
    if inner.eq_ignore_ascii_case("CURRENT_TIMESTAMP") {
        return format!("strftime({FORMAT}, 'now')");
    }
    match inner.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\'')) {
        Some(literal) => match in_utc(literal) {
            Some((date, clock)) => format!("'{date} {clock}.000000+00:00'"),
            None => expression.to_owned(),
        },
        None if inner.eq_ignore_ascii_case("NULL") => expression.to_owned(),
        None => format!("strftime({FORMAT}, {inner})"),
    }
}

/// Returns the date and the time of a literal with second precision, so that a constant stays a
/// constant.
fn in_utc(literal: &str) -> Option<(&str, &str)> {
    let literal = literal.strip_suffix('Z').unwrap_or(literal);
    let (date, clock) = literal.split_once([' ', 'T'])?;
    let is = |text: &str, form: &str| {
        text.len() == form.len()
            && text
                .bytes()
                .zip(form.bytes())
                .all(|(c, f)| if f == b'0' { c.is_ascii_digit() } else { c == f })
    };
    (is(date, "0000-00-00") && is(clock, "00:00:00")).then_some((date, clock))
}

#[cfg(test)]
mod tests {
    use super::default_of_instant;

    #[test]
    fn defaults_are_brought_to_one_form() {
        for (said, made) in [
            ("current_timestamp", "strftime('%Y-%m-%d %H:%M:%f000+00:00', 'now')"),
            ("datetime('now')", "strftime('%Y-%m-%d %H:%M:%f000+00:00', datetime('now'))"),
            ("'2024-01-01 00:00:00'", "'2024-01-01 00:00:00.000000+00:00'"),
            ("'2024-01-01T00:00:00Z'", "'2024-01-01 00:00:00.000000+00:00'"),
            ("'2024-01-01 00:00:00.5+00:00'", "'2024-01-01 00:00:00.5+00:00'"),
            ("NULL", "NULL"),
        ] {
            assert_eq!(default_of_instant(said), made);
        }
    }
}
