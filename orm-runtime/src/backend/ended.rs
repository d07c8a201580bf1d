//! Detects whether a statement that the user sent outside the session ends the session's
//! transaction.

use std::fmt::{self, Write};

/// How a statement of the user ended a transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ended {
    RolledBack,
    Committed,
    /// PREPARE TRANSACTION: it waits at the server for its end.
    Prepared,
}

/// What the user's statements have done to the session's transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct EndedByHand {
    pub(crate) how: Ended,
    /// Another transaction was begun afterwards.
    pub(crate) begun: bool,
    /// The keywords belong to one of several statements, and may be part of a larger one: the body
    /// of a procedure.
    pub(crate) perhaps: bool,
}

impl EndedByHand {
    /// Reads one more statement, or several separated by `;`.
    pub(crate) fn note(so_far: Option<Self>, sent: &dyn fmt::Display) -> Option<Self> {
        let text = beginning(sent);
        let statements = text.split(';').map(first_words).filter(|words| !words.0.is_empty());
        let perhaps = statements.clone().count() > 1;
        let ended = |how| Some(EndedByHand { how, begun: false, perhaps });
        statements.fold(so_far, |noted, (first, second)| {
            match first.to_ascii_uppercase().as_str() {
                "ROLLBACK" | "ABORT" if !second.eq_ignore_ascii_case("TO") => {
                    ended(Ended::RolledBack)
                }
                "PREPARE" if second.eq_ignore_ascii_case("TRANSACTION") => ended(Ended::Prepared),
                "COMMIT" | "END" => ended(Ended::Committed),
                "BEGIN" | "START" => noted.map(|noted| EndedByHand { begun: true, ..noted }),
                _ => noted,
            }
        })
    }
}

/// Returns the first two words of a statement, after its comments.
fn first_words(statement: &str) -> (&str, &str) {
    let mut rest = statement.trim_start();
    loop {
        let after = if rest.starts_with("--") {
            rest.split_once('\n').map(|(_, after)| after)
        } else if rest.starts_with("/*") {
            rest.split_once("*/").map(|(_, after)| after)
        } else {
            break;
        };
        rest = after.unwrap_or_default().trim_start();
    }
    let mut words = rest.split_ascii_whitespace();
    (words.next().unwrap_or_default(), words.next().unwrap_or_default())
}

/// The part of a statement that is examined: values at its end may be long.
const MOST: usize = 64 * 1024;

fn beginning(sent: &dyn fmt::Display) -> String {
    struct Head(String);

    impl Write for Head {
        fn write_str(&mut self, text: &str) -> fmt::Result {
            self.0.push_str(text);
            if self.0.len() < MOST { Ok(()) } else { Err(fmt::Error) }
        }
    }

    let mut head = Head(String::new());
    // An error means that enough has been read.
    let _ = write!(head, "{sent}");
    if let Some(end) = head.0.find(" -- binds: ") {
        head.0.truncate(end);
    }
    head.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noted(texts: &[&str]) -> Option<EndedByHand> {
        texts.iter().fold(None, |noted, text| EndedByHand::note(noted, text))
    }

    #[test]
    fn what_ends_a_transaction_is_told_from_what_does_not() {
        let how = |texts: &[&str]| noted(texts).map(|noted| (noted.how, noted.begun));
        assert_eq!(how(&["ROLLBACK"]), Some((Ended::RolledBack, false)));
        assert_eq!(how(&["/* a */ -- b\n rollback work"]), Some((Ended::RolledBack, false)));
        assert_eq!(how(&["UPDATE t SET a = 1; COMMIT;"]), Some((Ended::Committed, false)));
        assert_eq!(how(&["prepare transaction 'a'"]), Some((Ended::Prepared, false)));
        assert_eq!(how(&["COMMIT", "BEGIN"]), Some((Ended::Committed, true)));
        assert_eq!(how(&["COMMIT", "BEGIN", "ROLLBACK"]), Some((Ended::RolledBack, false)));
        for harmless in [
            "ROLLBACK TO SAVEPOINT diesel_savepoint_1",
            "SAVEPOINT s",
            "BEGIN",
            "PREPARE find AS SELECT 1",
            "UPDATE t SET a = 'COMMIT'",
            "SELECT ? -- binds: [\"x; COMMIT\"]",
        ] {
            assert_eq!(noted(&[harmless]), None, "{harmless}");
        }
        let body = noted(&["CREATE TRIGGER t AFTER INSERT ON a BEGIN DELETE FROM b; END"]);
        assert!(body.is_some_and(|noted| noted.perhaps));
    }
}
