//! The values of a statement on PostgreSQL as literals, read from their binary form.

use diesel::QueryResult;
use diesel::pg::{Pg, PgMetadataLookup, PgTypeMetadata};
use diesel::query_builder::QueryFragment;
use diesel::query_builder::bind_collector::RawBytesBindCollector;

use super::civil::{day, moment, time_of_day};
use crate::backend::{Dialect, Sendable, SqlFragment, hidden_values, literals};

pub(in crate::backend) fn values(statement: &dyn SqlFragment) -> QueryResult<Vec<String>> {
    let mut collector = RawBytesBindCollector::<Pg>::new();
    let mut names = TypeNames(Vec::new());
    let statement = Sendable::Borrowed(statement);
    QueryFragment::<Pg>::collect_binds(&statement, &mut collector, &mut names, &Pg)?;
    let types = collector.metadata.into_iter();
    let literal = |(bytes, ty): (Option<Vec<u8>>, PgTypeMetadata)| match bytes {
        Some(bytes) => names.literal(ty.oid().unwrap_or_default(), &bytes),
        None => "NULL".to_owned(),
    };
    Ok(collector.binds.into_iter().zip(types).map(literal).collect())
}

/// The types that only the database has numbers for, such as enums. Each gets a number here, and
/// the number after it is that of its array.
struct TypeNames(Vec<String>);

/// The first of these numbers. The database counts from the other end.
const FIRST: u32 = 0xF000_0000;

impl PgMetadataLookup for TypeNames {
    fn lookup_type(&mut self, name: &str, schema: Option<&str>) -> PgTypeMetadata {
        let mut full = String::new();
        Dialect::Postgres.push_qualified(&mut full, schema, name);
        let at = self.0.iter().position(|known| *known == full).unwrap_or_else(|| {
            self.0.push(full);
            self.0.len() - 1
        });
        let oid = FIRST + 2 * u32::try_from(at).unwrap_or_default();
        PgTypeMetadata::new(oid, oid + 1)
    }
}

impl TypeNames {
    fn literal(&self, oid: u32, bytes: &[u8]) -> String {
        if let Some(mark) = hidden_values::mark(bytes) {
            return mark;
        }
        let literal = match element_of(oid) {
            Some(element) => self.array(element, bytes),
            None => self.single(oid, bytes),
        };
        literal.unwrap_or_else(|| literals::without_literal(&self.name(oid), bytes))
    }

    /// Returns the literal of a value that is not an array.
    fn single(&self, oid: u32, bytes: &[u8]) -> Option<String> {
        let string = |bytes: &[u8]| {
            let text = std::str::from_utf8(bytes).ok()?;
            Some(literals::text(Dialect::Postgres, text))
        };
        Some(match oid {
            16 => if bytes == [0] { "FALSE" } else { "TRUE" }.to_owned(),
            17 => literals::bytes("'\\x", bytes, "'::bytea"),
            18 | 19 | 25 | 1042 | 1043 => string(bytes)?,
            20 => i64::from_be_bytes(bytes.try_into().ok()?).to_string(),
            21 => i16::from_be_bytes(bytes.try_into().ok()?).to_string(),
            23 => i32::from_be_bytes(bytes.try_into().ok()?).to_string(),
            26 => u32::from_be_bytes(bytes.try_into().ok()?).to_string(),
            114 => format!("{}::json", string(bytes)?),
            700 => float(f32::from_be_bytes(bytes.try_into().ok()?).into(), "float4"),
            701 => float(f64::from_be_bytes(bytes.try_into().ok()?), "float8"),
            1082 => format!("DATE '{}'", day(i32::from_be_bytes(bytes.try_into().ok()?))),
            1083 => format!("TIME '{}'", time_of_day(i64::from_be_bytes(bytes.try_into().ok()?))),
            1114 => moment("TIMESTAMP", i64::from_be_bytes(bytes.try_into().ok()?), ""),
            1184 => moment("TIMESTAMPTZ", i64::from_be_bytes(bytes.try_into().ok()?), "+00"),
            1700 => numeric(bytes)?,
            2950 => format!("'{}'::uuid", uuid(bytes)?),
            // The first byte is a version.
            3802 => format!("{}::jsonb", string(bytes.get(1..)?)?),
            FIRST.. => format!("{}::{}", string(bytes)?, self.name(oid)),
            _ => self.range(range_of(oid)?, &self.name(oid), bytes)?,
        })
    }

    /// Returns the literal of an array of one dimension.
    fn array(&self, element: u32, bytes: &[u8]) -> Option<String> {
        let mut words = Words(bytes);
        let dimensions = words.next()?;
        words.next()?; // whether a value is NULL
        // A list of hidden values has the type of their mark.
        let element = words.next().map_or(element, i32::cast_unsigned);
        let name = self.name(element);
        match dimensions {
            0 => return Some(format!("'{{}}'::{name}[]")),
            1 => {}
            _ => return None,
        }
        let length = words.next()?;
        words.next()?; // the first position
        let mut elements = Vec::new();
        for _ in 0..length {
            elements.push(match words.value()? {
                Some(value) => self.literal(element, value),
                None => "NULL".to_owned(),
            });
        }
        if elements.iter().any(|element| element == hidden_values::STARS) {
            return Some(hidden_values::STARS.to_owned());
        }
        Some(literals::array(&elements, &name))
    }

    /// Returns the literal of a range.
    fn range(&self, of: u32, name: &str, bytes: &[u8]) -> Option<String> {
        let (&flags, rest) = bytes.split_first()?;
        if flags & 1 != 0 {
            return Some(format!("'empty'::{name}"));
        }
        let mut words = Words(rest);
        let mut bound = |infinite: u8| match flags & infinite {
            0 => words.value().flatten().map(|bytes| self.literal(of, bytes)),
            _ => Some("NULL".to_owned()),
        };
        let (lower, upper) = (bound(8)?, bound(16)?);
        let open = if flags & 2 != 0 { '[' } else { '(' };
        let close = if flags & 4 != 0 { ']' } else { ')' };
        Some(format!("{name}({lower}, {upper}, '{open}{close}')"))
    }

    fn name(&self, oid: u32) -> String {
        let own = || self.0.get(usize::try_from((oid.checked_sub(FIRST)?) / 2).ok()?).cloned();
        match NAMES.iter().find(|(known, _)| *known == oid) {
            Some((_, name)) => (*name).to_owned(),
            None => own().unwrap_or_else(|| format!("type {oid}")),
        }
    }
}

const NAMES: &[(u32, &str)] = &[
    (16, "bool"),
    (17, "bytea"),
    (18, "\"char\""),
    (19, "name"),
    (20, "int8"),
    (21, "int2"),
    (23, "int4"),
    (25, "text"),
    (26, "oid"),
    (114, "json"),
    (700, "float4"),
    (701, "float8"),
    (1042, "bpchar"),
    (1043, "varchar"),
    (1082, "date"),
    (1083, "time"),
    (1114, "timestamp"),
    (1184, "timestamptz"),
    (1186, "interval"),
    (1700, "numeric"),
    (2950, "uuid"),
    (3802, "jsonb"),
    (3904, "int4range"),
    (3906, "numrange"),
    (3908, "tsrange"),
    (3910, "tstzrange"),
    (3912, "daterange"),
    (3926, "int8range"),
];

/// Returns the type of the elements of an array.
fn element_of(oid: u32) -> Option<u32> {
    Some(match oid {
        199 => 114,
        1000 => 16,
        1001 => 17,
        1002 => 18,
        1003 => 19,
        1005 => 21,
        1007 => 23,
        1009 => 25,
        1014 => 1042,
        1015 => 1043,
        1016 => 20,
        1021 => 700,
        1022 => 701,
        1028 => 26,
        1115 => 1114,
        1182 => 1082,
        1183 => 1083,
        1185 => 1184,
        1231 => 1700,
        2951 => 2950,
        3807 => 3802,
        FIRST.. if oid % 2 == 1 => oid - 1,
        _ => return None,
    })
}

/// Returns the type of the ends of a range.
fn range_of(oid: u32) -> Option<u32> {
    Some(match oid {
        3904 => 23,
        3906 => 1700,
        3908 => 1114,
        3910 => 1184,
        3912 => 1082,
        3926 => 20,
        _ => return None,
    })
}

/// Numbers of four bytes, and values with their length in front.
struct Words<'a>(&'a [u8]);

impl<'a> Words<'a> {
    fn next(&mut self) -> Option<i32> {
        let (word, rest) = self.0.split_first_chunk::<4>()?;
        self.0 = rest;
        Some(i32::from_be_bytes(*word))
    }

    /// Returns the next value; the inner `None` is NULL.
    fn value(&mut self) -> Option<Option<&'a [u8]>> {
        let Ok(length) = usize::try_from(self.next()?) else { return Some(None) };
        let (value, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(Some(value))
    }
}

fn float(number: f64, ty: &str) -> String {
    if number.is_finite() { format!("{number:?}") } else { format!("'{number}'::{ty}") }
}

/// Reads a number whose digits count to 10,000.
fn numeric(bytes: &[u8]) -> Option<String> {
    let word = |n: usize| Some(i16::from_be_bytes(bytes.get(2 * n..2 * n + 2)?.try_into().ok()?));
    let (count, weight, scale) = (word(0)?, word(1)?, usize::try_from(word(3)?).ok()?);
    let sign = match word(2)?.cast_unsigned() {
        0 => "",
        0x4000 => "-",
        _ => return Some("'NaN'::numeric".to_owned()),
    };
    // A digit of the group with this weight.
    let group = |of: i16| match weight.checked_sub(of) {
        Some(n) if (0..count).contains(&n) => word(4 + usize::try_from(n).ok()?),
        _ => Some(0),
    };
    let mut whole = String::new();
    for of in (0..=weight.max(0)).rev() {
        whole.push_str(&format!("{:04}", group(of)?));
    }
    let whole = whole.trim_start_matches('0');
    let mut behind = String::new();
    let mut of = -1;
    while behind.len() < scale {
        behind.push_str(&format!("{:04}", group(of)?));
        of -= 1;
    }
    behind.truncate(scale);
    let whole = if whole.is_empty() { "0" } else { whole };
    let point = if scale > 0 { "." } else { "" };
    Some(format!("{sign}{whole}{point}{behind}"))
}

fn uuid(bytes: &[u8]) -> Option<String> {
    let mut text = String::new();
    for (n, byte) in <[u8; 16]>::try_from(bytes).ok()?.into_iter().enumerate() {
        if matches!(n, 4 | 6 | 8 | 10) {
            text.push('-');
        }
        text.push_str(&format!("{byte:02x}"));
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn literal(oid: u32, bytes: &[u8]) -> String {
        TypeNames(Vec::new()).literal(oid, bytes)
    }

    #[test]
    fn binary_values_become_literals() {
        assert_eq!(literal(16, &[1]), "TRUE");
        assert_eq!(literal(17, &[0, 171]), "'\\x00AB'::bytea");
        assert_eq!(literal(20, &(-7_i64).to_be_bytes()), "-7");
        assert_eq!(literal(25, b"it's \\"), "'it''s \\'");
        assert_eq!(literal(701, &f64::NAN.to_be_bytes()), "'NaN'::float8");
        assert_eq!(literal(701, &0.25_f64.to_be_bytes()), "0.25");
        assert_eq!(literal(3802, b"\x01{\"a\": 1}"), "'{\"a\": 1}'::jsonb");
        assert_eq!(literal(2950, &[0x1f; 16]), "'1f1f1f1f-1f1f-1f1f-1f1f-1f1f1f1f1f1f'::uuid");
        assert_eq!(literal(600, &[0; 16]), "/* type 600, 16 bytes */");
        assert_eq!(literal(20, &[0; 3]), "/* int8, 3 bytes */");
    }

    #[test]
    fn numbers_with_digits_of_four_become_decimals() {
        let number = |words: &[u16]| {
            let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_be_bytes()).collect();
            literal(1700, &bytes)
        };
        assert_eq!(number(&[2, 0, 0, 2, 12, 5000]), "12.50");
        assert_eq!(number(&[1, 1, 0x4000, 0, 1]), "-10000");
        assert_eq!(number(&[1, 0xFFFE, 0, 8, 42]), "0.00000042");
        assert_eq!(number(&[0, 0, 0, 0]), "0");
        assert_eq!(number(&[2, 1, 0, 3, 1, 2]), "10002.000");
        assert_eq!(number(&[0, 0, 0xC000, 0]), "'NaN'::numeric");
    }

    #[test]
    fn arrays_and_ranges_become_constructors() {
        let words =
            |words: &[i32]| words.iter().flat_map(|word| word.to_be_bytes()).collect::<Vec<_>>();
        let array = words(&[1, 1, 23, 3, 1, 4, 7, -1, 4, -8]);
        assert_eq!(literal(1007, &array), "ARRAY[7, NULL, -8]::int4[]");
        assert_eq!(literal(1007, &words(&[0, 0, 23])), "'{}'::int4[]");
        let mut many = words(&[1, 0, 23, 30, 1]);
        (0..30).for_each(|n| many.extend(words(&[4, n])));
        let many = literal(1007, &many);
        assert!(many.ends_with("18, 19, …]::int4[] /* 20 of 30 values */"), "{many}");
        let mut range = vec![2_u8 | 16];
        range.extend(words(&[4, 3]));
        assert_eq!(literal(3904, &range), "int4range(3, NULL, '[)')");
        assert_eq!(literal(3904, &[1]), "'empty'::int4range");
    }

    #[test]
    fn types_of_the_database_are_named() {
        let mut names = TypeNames(Vec::new());
        let mood = names.lookup_type("mood", None);
        let oid = mood.oid().expect("it has a number");
        assert_eq!(names.literal(oid, b"happy"), "'happy'::\"mood\"");
        assert_eq!(names.lookup_type("mood", None).oid().ok(), Some(oid));
    }
}
