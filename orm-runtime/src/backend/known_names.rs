//! The names of the tables and columns that the program has used, and which columns are secret.
//!
//! A value does not know its column. So the values of a statement are shown only if every name in
//! its text is known, and none is that of a secret column.

use std::collections::HashMap;
use std::sync::{LazyLock, PoisonError, RwLock};

use super::sql_scan::{Scan, Token};
use super::{Dialect, TableName};

static KNOWN: LazyLock<RwLock<KnownNames>> = LazyLock::new(RwLock::default);

/// Names in lower case. If two tables use a name, it is secret if one of them says so.
#[derive(Default)]
struct KnownNames {
    tables: HashMap<String, KnownTable>,
    /// Whether a column is secret.
    columns: HashMap<String, bool>,
}

struct KnownTable {
    entity: &'static str,
    has_secrets: bool,
}

/// Notes the names of a table and of its columns, and which of these are secret.
pub(crate) fn note_table(
    entity: &'static str,
    table: TableName<'_>,
    columns: impl Iterator<Item = (&'static str, bool)>,
) {
    let mut known = KNOWN.write().unwrap_or_else(PoisonError::into_inner);
    let mut has_secrets = false;
    for (name, secret) in columns {
        has_secrets |= secret;
        *known.columns.entry(name.to_lowercase()).or_default() |= secret;
    }
    if let Some(schema) = table.schema {
        known.columns.entry(schema.to_lowercase()).or_default();
    }
    let new = KnownTable { entity, has_secrets: false };
    known.tables.entry(table.name.to_lowercase()).or_insert(new).has_secrets |= has_secrets;
}

/// Returns the entity of the first table that a statement names. If several entities share the
/// table, it is the one that the program has used first.
pub(super) fn entity_of(dialect: Dialect, sql: &str) -> Option<&'static str> {
    let known = KNOWN.read().unwrap_or_else(PoisonError::into_inner);
    let mut comes = false;
    for (token, _) in Scan::new(dialect, sql) {
        match token {
            Token::Word(name) | Token::Quoted(name) => {
                if comes && let Some(table) = known.tables.get(&name.to_lowercase()) {
                    return Some(table.entity);
                }
                let begins = ["FROM", "INTO", "UPDATE", "JOIN"];
                let is_keyword = matches!(token, Token::Word(_));
                comes = is_keyword && begins.iter().any(|word| name.eq_ignore_ascii_case(word));
            }
            // Subqueries, and the schema before the name of a table.
            Token::Mark('(') => {}
            Token::Mark('.') => comes = true,
            _ => comes = false,
        }
    }
    None
}

/// Returns `true` if a column with this name is secret in one of the tables.
pub(crate) fn is_secret_column(name: &str) -> bool {
    let known = KNOWN.read().unwrap_or_else(PoisonError::into_inner);
    known.columns.get(&name.to_lowercase()) == Some(&true)
}

/// Returns `true` unless it is certain that no value of this text belongs to a secret column.
pub(crate) fn may_have_secrets(dialect: Dialect, sql: &str) -> bool {
    let known = KNOWN.read().unwrap_or_else(PoisonError::into_inner);
    let tokens: Vec<Token<'_>> = Scan::new(dialect, sql).map(|(token, _)| token).collect();
    let after = |n: usize| tokens.get(n + 1).copied();
    let is_as =
        |token: Token<'_>| matches!(token, Token::Word(it) if it.eq_ignore_ascii_case("AS"));
    // Names that the text itself gives to expressions and subqueries.
    let mut given: Vec<String> = Vec::new();
    for (n, token) in tokens.iter().enumerate() {
        if is_as(*token) {
            let around = [n.checked_sub(1).and_then(|n| tokens.get(n)).copied(), after(n)];
            given.extend(around.into_iter().flatten().filter_map(name_of));
        }
    }
    tokens.iter().enumerate().any(|(n, &token)| {
        if let Token::Text(text) = token {
            // Some databases read a string as a name.
            return known.columns.get(&text.to_lowercase()) == Some(&true);
        }
        let Some(name) = name_of(token) else { return token == Token::NamedPlaceholder };
        if known.columns.get(&name) == Some(&true) {
            return true;
        }
        if known.tables.get(&name).is_some_and(|table| table.has_secrets) {
            // Whoever names the whole table may compare or write all of its columns.
            let is_column =
                after(n) == Some(Token::Mark('.')) && after(n + 1).and_then(name_of).is_some();
            return !is_column;
        }
        let is_known = known.columns.contains_key(&name) || known.tables.contains_key(&name);
        let is_word = matches!(token, Token::Word(_));
        !(is_known
            || given.contains(&name)
            || name.starts_with("orm_")
            || is_word && (name.starts_with(|c: char| c.is_ascii_digit()) || is_of_sql(&name)))
    })
}

fn name_of(token: Token<'_>) -> Option<String> {
    match token {
        Token::Word(name) | Token::Quoted(name) => Some(name.to_lowercase()),
        _ => None,
    }
}

/// Returns `true` for a keyword, a type or a common function.
fn is_of_sql(word: &str) -> bool {
    OF_SQL.iter().any(|words| words.split(' ').any(|known| known == word))
}

/// The words of SQL that this crate, Diesel and most programs write.
const OF_SQL: &[&str] = &[
    "select from where and or not null is in like ilike glob escape between exists any all some",
    "order by group having limit offset fetch first last next row rows only distinct on as asc desc",
    "nulls join inner left right full outer cross natural using union intersect except values with",
    "recursive materialized insert into update set delete returning conflict do nothing duplicate key",
    "default case when then else end cast collate binary for share nowait skip locked of no true",
    "false unknown over partition range preceding following current unbounded window filter within",
    "lateral unnest ordinality array interval date time timestamp timestamptz at zone div mod xor",
    "regexp rlike similar to e x b n",
    "count sum avg min max coalesce nullif ifnull greatest least abs round floor ceil ceiling trunc",
    "truncate power sqrt lower upper length char_length character_length trim ltrim rtrim substr",
    "substring replace concat concat_ws instr position left right extract year month day hour minute",
    "second quarter week dow doy epoch now current_date current_time current_timestamp utc_timestamp",
    "strftime julianday datetime date_trunc row_number rank dense_rank lag lead first_value",
    "last_value string_agg group_concat array_agg json_each json_extract json_array_elements value",
    "json_group_array decimal_add decimal_sub decimal_mul decimal_div decimal_sum decimal_avg",
    "decimal_min decimal_max decimal_neg decimal_fit decimal decimal_cmp field char signed unsigned",
    "integer int int2 int4 int8 smallint bigint real double precision float numeric text varchar",
    "boolean bool uuid json jsonb bytea blob utf8mb4 utf8mb4_bin utf8mb4_0900_bin nocase",
];

#[cfg(test)]
mod tests {
    use super::*;

    /// Notes the names of an entity with a secret, and of one without.
    fn known() {
        let columns = [("id", false), ("nick", false), ("pass_phrase", true)];
        let table = |name| TableName { schema: None, name };
        note_table("Member", table("club_member"), columns.into_iter());
        note_table("Court", table("tennis_court"), [("surface", false)].into_iter());
    }

    #[test]
    fn values_are_hidden_unless_every_name_is_known_and_harmless() {
        known();
        for dialect in Dialect::ALL {
            let hides = |sql| may_have_secrets(dialect, sql);
            for shown in [
                "`club_member`.`nick` = ?",
                "lower(`club_member`.`nick`) LIKE ? AND (`club_member`.`id` > ?)",
                "`id` IN (SELECT value FROM json_each(?))",
                "SELECT max(`surface`) AS most FROM `tennis_court` GROUP BY most HAVING ? < 3.5e3",
                "WITH good AS (SELECT id FROM tennis_court) SELECT * FROM good WHERE id = ?",
            ] {
                assert!(!hides(shown), "{shown}");
            }
            for hidden in [
                "`club_member`.`pass_phrase` = ?",
                "PASS_PHRASE = ?",
                "`nick` = ? AND `pass_phrase` = ?",
                "UPDATE club_member SET 'pass_phrase' = ?",
                "INSERT INTO club_member VALUES (?, ?, ?)",
                "EXISTS (SELECT * FROM club_member WHERE (1, 2, 3) = (?, ?, ?))",
                "club_member.* = (?, ?, ?)",
                "`unheard_of`.`nick` = ?",
                "login(?)",
                "p = ?",
            ] {
                assert!(hides(hidden), "{hidden}");
            }
        }
    }

    #[test]
    fn the_entity_of_a_statement_is_that_of_its_first_table() {
        known();
        let of = |sql| entity_of(Dialect::Sqlite, sql);
        assert_eq!(of("SELECT \"tennis_court\".\"id\" FROM \"club_member\""), Some("Member"));
        assert_eq!(of("INSERT INTO main.tennis_court (surface) VALUES (?)"), Some("Court"));
        assert_eq!(of("SELECT count(*) FROM (SELECT 1 FROM tennis_court)"), Some("Court"));
        assert_eq!(of("SELECT 'FROM club_member'"), None);
    }
}
