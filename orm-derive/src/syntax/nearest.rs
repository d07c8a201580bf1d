//! The known name that is nearest to a misspelled one.

use std::mem;

/// Returns the text that follows an unknown name in a message: the known name that was probably
/// meant, or all known names.
pub(crate) fn did_you_mean(name: &str, known: &[&str]) -> String {
    let near = known.iter().map(|&other| (distance(name, other), other));
    let near = near.filter(|&(distance, other)| distance <= other.len().max(name.len()) / 3);
    match near.min_by_key(|&(distance, _)| distance) {
        Some((_, near)) => format!("did you mean `{near}`?"),
        None => {
            let known: Vec<_> = known.iter().map(|name| format!("`{name}`")).collect();
            format!("expected one of {}", known.join(", "))
        }
    }
}

/// Counts the insertions, deletions, replacements and swaps of neighbours between two names (the
/// optimal string alignment distance: Damerau 1964, by the matrix of Wagner and Fischer 1974).
fn distance(one: &str, other: &str) -> usize {
    let (one, other): (Vec<char>, Vec<char>) = (one.chars().collect(), other.chars().collect());
    let mut before = vec![0; other.len() + 1];
    let mut above: Vec<usize> = (0..=other.len()).collect();
    for (row, a) in one.iter().enumerate() {
        let mut here = vec![row + 1; other.len() + 1];
        for (column, b) in other.iter().enumerate() {
            let replaced = above[column] + usize::from(a != b);
            let mut least = replaced.min(above[column + 1] + 1).min(here[column] + 1);
            let swapped = row > 0 && column > 0 && *a == other[column - 1] && one[row - 1] == *b;
            if swapped {
                least = least.min(before[column - 1] + 1);
            }
            here[column + 1] = least;
        }
        before = mem::replace(&mut above, here);
    }
    above[other.len()]
}

#[cfg(test)]
mod tests {
    use super::did_you_mean;

    const KNOWN: &[&str] = &["length", "unique", "index"];

    #[test]
    fn a_swap_and_a_missing_letter_are_near() {
        assert_eq!(did_you_mean("lenght", KNOWN), "did you mean `length`?");
        assert_eq!(did_you_mean("uniqe", KNOWN), "did you mean `unique`?");
    }

    #[test]
    fn what_is_near_to_nothing_gets_the_whole_list() {
        assert_eq!(did_you_mean("table", KNOWN), "expected one of `length`, `unique`, `index`");
    }
}
