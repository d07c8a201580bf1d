//! The types that a column may have, independent of the database.

/// The kinds of SQL types, from which the type name of each database is derived.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ColumnType {
    /// 16 bits.
    SmallInt,
    /// 32 bits.
    Integer,
    /// 64 bits.
    BigInt,
    /// 64 bits, unsigned where the database supports it, otherwise signed.
    BigUnsigned,
    /// 32-bit floating point.
    Float,
    /// 64-bit floating point.
    Double,
    /// A boolean.
    Bool,
    /// Text.
    Text,
    /// Bytes.
    Binary,
    /// A calendar date.
    Date,
    /// A time of day.
    Time,
    /// A date and time without a zone.
    Timestamp,
    /// A point in time.
    TimestampTz,
    /// A UUID.
    Uuid,
    /// An exact decimal number.
    Decimal,
    /// A JSON document.
    Json,
    /// One of the codes of an enum.
    Enum(&'static EnumMeta),
    /// A PostgreSQL array of another kind.
    Array(&'static ColumnType),
    /// A PostgreSQL range over another kind.
    Range(&'static ColumnType),
}

/// What `#[derive(DbEnum)]` reads from an enum.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct EnumMeta {
    /// The name of the enum in Rust.
    pub name: &'static str,
    /// The name of its type on PostgreSQL.
    pub type_name: &'static str,
    /// How the code is stored.
    pub storage: EnumStorage,
    /// The variants, in the order of their declaration.
    pub variants: &'static [VariantMeta],
}

/// How the codes of an enum are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum EnumStorage {
    /// The database's native enumeration if it has one (PostgreSQL, MySQL), otherwise text with a
    /// CHECK.
    Native,
    /// Text of at most this many characters, with a CHECK.
    Text(u32),
    /// An integer of 16 bits, with a CHECK.
    SmallInt,
    /// An integer of 32 bits, with a CHECK.
    Integer,
}

/// What `#[derive(DbEnum)]` reads from a variant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct VariantMeta {
    /// The name of the variant in Rust.
    pub name: &'static str,
    /// The value that is stored.
    pub code: Code,
    /// The label shown to people.
    pub label: &'static str,
    /// Codes that older rows may contain; they are read, and never written.
    pub aliases: &'static [Code],
}

/// The stored value of a variant of an enum.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Code {
    /// A string, or a single character.
    Text(&'static str),
    /// An integer.
    Integer(i32),
}

impl std::fmt::Display for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Code::Text(code) => f.write_str(code),
            Code::Integer(code) => write!(f, "{code}"),
        }
    }
}

impl EnumMeta {
    /// Returns all codes that a row may hold: the codes of the variants in order, then the aliases.
    pub fn codes(&self) -> impl Iterator<Item = Code> {
        let variants = self.variants;
        let aliases = variants.iter().flat_map(|variant| variant.aliases);
        variants.iter().map(|variant| variant.code).chain(aliases.copied())
    }
}
