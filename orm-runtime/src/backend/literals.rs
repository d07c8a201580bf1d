//! Values as SQL literals, for a reader.

use std::fmt::Write;

use super::{Dialect, hidden_values};

/// How much of a long value is shown.
const MOST_CHARACTERS: usize = 200;
const MOST_BYTES: usize = 64;
#[cfg(feature = "postgres")]
const MOST_ELEMENTS: usize = 20;

/// Returns a string as a literal.
pub(super) fn text(dialect: Dialect, text: &str) -> String {
    if let Some(mark) = hidden_values::mark(text.as_bytes()) {
        return mark;
    }
    match text.char_indices().nth(MOST_CHARACTERS) {
        None => dialect.text_literal(text),
        Some((end, _)) => {
            let begin = dialect.text_literal(&format!("{}…", &text[..end]));
            format!("{begin} /* {} characters */", text.chars().count())
        }
    }
}

/// Returns bytes as hexadecimal digits between two texts.
pub(super) fn bytes(open: &str, bytes: &[u8], close: &str) -> String {
    if let Some(mark) = hidden_values::mark(bytes) {
        return mark;
    }
    let mut literal = open.to_owned();
    for byte in bytes.iter().take(MOST_BYTES) {
        let _ = write!(literal, "{byte:02X}");
    }
    literal.push_str(close);
    if bytes.len() > MOST_BYTES {
        let _ = write!(literal, " /* {MOST_BYTES} of {} bytes */", bytes.len());
    }
    literal
}

/// Returns a comment in the place of a value that has no literal.
#[cfg(any(feature = "postgres", feature = "mysql"))]
pub(super) fn without_literal(ty: &str, bytes: &[u8]) -> String {
    format!("/* {ty}, {} bytes */", bytes.len())
}

/// Returns an array of literals.
#[cfg(feature = "postgres")]
pub(super) fn array(elements: &[String], ty: &str) -> String {
    let shown = elements.iter().take(MOST_ELEMENTS).map(String::as_str).collect::<Vec<_>>();
    let mut literal = format!("ARRAY[{}", shown.join(", "));
    if elements.len() > MOST_ELEMENTS {
        let _ = write!(literal, ", …]::{ty}[] /* {MOST_ELEMENTS} of {} values */", elements.len());
    } else {
        let _ = write!(literal, "]::{ty}[]");
    }
    literal
}

/// Returns a time of day, with a fraction only if it has one.
#[cfg(any(feature = "postgres", feature = "mysql"))]
pub(super) fn clock(hour: u64, minute: u64, second: u64, micros: u64) -> String {
    let mut clock = format!("{hour:02}:{minute:02}:{second:02}");
    if micros > 0 {
        let _ = write!(clock, ".{micros:06}");
    }
    clock
}
