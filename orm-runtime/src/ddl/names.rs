//! The names of constraints and indexes that were given none.

use crate::mapping::EntityMeta;

/// The most bytes of a name on PostgreSQL; MySQL has one more.
const MAX_NAME: usize = 63;

/// `table_column_key`. Two underscores keep apart what one would not: the column `b_c` of `a` and the
/// column `c` of `a_b`, and several columns. A name that is too long ends in a number made of all of
/// it.
pub(super) fn object_name(meta: &EntityMeta, columns: &[usize], suffix: &str) -> String {
    let names: Vec<&str> = columns.iter().map(|&column| meta.columns[column].name).collect();
    let simple = matches!(names[..], [only] if !only.contains('_'));
    let between = if simple { "_" } else { "__" };
    shorten(format!("{}{between}{}_{suffix}", meta.table, names.join(between)))
}

/// The name of what has a condition. A number made of the condition tells that it has changed, which
/// can not be seen from what a database makes of its text.
pub(super) fn conditional_name(start: &str, condition: &str) -> String {
    let words: Vec<&str> = condition.split_whitespace().collect();
    shorten(format!("{start}_{:08x}", hash(&words.join(" "))))
}

/// Whether a check of a table has a name of that kind.
pub(crate) fn is_made_of_a_condition(table: &str, check: &str) -> bool {
    let start = shorten(format!("{table}_check_00000000"));
    check.len() == start.len() && check.get(..start.len() - 8) == start.get(..start.len() - 8)
}

/// A name that every database takes.
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

/// FNV-1a: short, and the same for ever.
fn hash(text: &str) -> u32 {
    text.bytes()
        .fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}
