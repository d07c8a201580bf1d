//! The names of constraints and indexes for which the mapping gives none.

use crate::mapping::EntityMeta;

/// The most bytes of a name on PostgreSQL; MySQL allows one more.
const MAX_NAME: usize = 63;

/// Returns `table_column_key`. Two underscores distinguish the column `b_c` of `a` from the column
/// `c` of `a_b`, and separate several columns. A name that is too long ends with a hash of the
/// whole name.
pub(super) fn object_name(meta: &EntityMeta, columns: &[usize], suffix: &str) -> String {
    let names: Vec<&str> = columns.iter().map(|&column| meta.columns[column].name).collect();
    let simple = matches!(names[..], [only] if !only.contains('_'));
    let between = if simple { "_" } else { "__" };
    shorten(format!("{}{between}{}_{suffix}", meta.table, names.join(between)))
}

/// Returns the name of an object with a condition. A hash of the condition shows that the condition
/// has changed, which the text that a database keeps of it cannot show.
pub(super) fn conditional_name(start: &str, condition: &str) -> String {
    let words: Vec<&str> = condition.split_whitespace().collect();
    shorten(format!("{start}_{:08x}", hash(&words.join(" "))))
}

/// Returns `true` if a check of a table has such a name.
pub(crate) fn is_made_of_a_condition(table: &str, check: &str) -> bool {
    let start = shorten(format!("{table}_check_00000000"));
    check.len() == start.len() && check.get(..start.len() - 8) == start.get(..start.len() - 8)
}

/// Returns a name that every database accepts.
pub(crate) fn shorten(name: String) -> String {
    if name.len() <= MAX_NAME {
        return name;
    }
    let mut end = MAX_NAME - 9;
    while !name.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}_{:08x}", &name[..end], hash(&name))
}

/// Returns the FNV-1a hash: short, and stable forever.
fn hash(text: &str) -> u32 {
    text.bytes()
        .fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}
