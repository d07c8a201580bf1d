//! The parts of a type name in upper case: the name itself and its size in parentheses.

/// Returns the name and the size of a type.
pub(super) fn sized(ty: &str) -> (&str, &str) {
    ty.find('(').map_or((ty, ""), |open| (ty[..open].trim_end(), &ty[open..]))
}

/// Returns `true` if a float with this many binary digits has single precision.
pub(super) fn is_single(size: &str) -> bool {
    let digits = size.trim_matches(['(', ')']).parse::<u32>();
    digits.is_ok_and(|digits| digits <= 24)
}

pub(super) fn or_one(size: &str) -> &str {
    if size.is_empty() { "(1)" } else { size }
}

/// Adds a scale of 0 to a size that has none.
pub(super) fn with_scale(size: &str) -> String {
    match size.strip_suffix(')') {
        Some(digits) if !digits.contains(',') => format!("{digits},0)"),
        _ => size.to_owned(),
    }
}
