//! Defaults of decimals on SQLite, where decimals are text: in the form in which the program writes
//! them.

/// Returns the default of a decimal as text with this many digits after the decimal point, or with
/// those that are written. Any other expression stays as it is.
pub(super) fn decimal_default(expression: &str, scale: Option<u32>) -> String {
    in_digits(expression, scale).unwrap_or_else(|| expression.to_owned())
}

/// Returns the literal for a number, or `None` for any other expression, and for a number with more
/// digits than the column has.
fn in_digits(expression: &str, scale: Option<u32>) -> Option<String> {
    let text = expression.trim();
    let text = text.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\'')).unwrap_or(text);
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", text.strip_prefix('+').unwrap_or(text)),
    };
    let (whole, behind) = digits.split_once('.').unwrap_or((digits, ""));
    let are_digits = |text: &str| text.bytes().all(|c| c.is_ascii_digit());
    if whole.len() + behind.len() == 0 || !are_digits(whole) || !are_digits(behind) {
        return None;
    }
    let whole = match whole.trim_start_matches('0') {
        "" => "0",
        whole => whole,
    };
    let scale = scale.map_or(behind.len(), |scale| scale as usize);
    let behind = match behind.len() > scale {
        true => behind.trim_end_matches('0'),
        false => behind,
    };
    if behind.len() > scale {
        return None;
    }
    let is_zero = whole == "0" && behind.bytes().all(|c| c == b'0');
    let sign = if is_zero { "" } else { sign };
    let point = if scale == 0 { "" } else { "." };
    Some(format!("'{sign}{whole}{point}{behind:0<scale$}'"))
}

#[cfg(test)]
mod tests {
    use super::decimal_default;

    #[test]
    fn a_number_has_the_digits_of_its_column() {
        for (said, scale, made) in [
            ("0", Some(2), "'0.00'"),
            (" -0.0 ", Some(2), "'0.00'"),
            ("'1.5'", Some(2), "'1.50'"),
            ("-007.500", Some(1), "'-7.5'"),
            (".5", Some(0), ".5"),
            ("1.005", Some(2), "1.005"),
            ("+3", Some(0), "'3'"),
            ("1.50", None, "'1.50'"),
            ("10", None, "'10'"),
            ("(1 + 1)", Some(2), "(1 + 1)"),
            ("1e3", Some(2), "1e3"),
            ("''", Some(2), "''"),
            ("NULL", None, "NULL"),
        ] {
            assert_eq!(decimal_default(said, scale), made, "{said}");
        }
    }
}
