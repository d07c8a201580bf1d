//! The types that a column may have, on whichever database.

/// The kinds of SQL types, from which each database's own type name is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ColumnType {
    /// 16 bits.
    SmallInt,
    /// 32 bits.
    Integer,
    /// 64 bits.
    BigInt,
    /// 64 bits without a sign, where the database has that; elsewhere 64 bits.
    BigUnsigned,
    /// 32-bit floating point.
    Float,
    /// 64-bit floating point.
    Double,
    /// True or false.
    Bool,
    /// Characters.
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
    /// A document.
    Json,
    /// One of the codes of an enum.
    Enum(&'static EnumMeta),
    /// PostgreSQL's array of another kind.
    Array(&'static ColumnType),
    /// PostgreSQL's range over another kind.
    Range(&'static ColumnType),
}

/// What `#[derive(DbEnum)]` says about an enum.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct EnumMeta {
    /// The name of the enum in the program.
    pub name: &'static str,
    /// The name of its type on PostgreSQL.
    pub type_name: &'static str,
    /// How the code is stored.
    pub storage: EnumStorage,
    /// The variants, as they are written.
    pub variants: &'static [VariantMeta],
}

/// How the codes of an enum are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum EnumStorage {
    /// The database's own enumeration where it has one (PostgreSQL, MySQL), else text with a CHECK.
    Native,
    /// Text of at most so many characters, with a CHECK.
    Text(u32),
    /// An integer of 16 bits, with a CHECK.
    SmallInt,
    /// An integer of 32 bits, with a CHECK.
    Integer,
}

/// What `#[derive(DbEnum)]` says about a variant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct VariantMeta {
    /// The name of the variant in the program.
    pub name: &'static str,
    /// What is stored.
    pub code: Code,
    /// What people read.
    pub label: &'static str,
    /// Codes that rows from before may have; they are read, and never written.
    pub aliases: &'static [Code],
}

/// What is stored for a variant of an enum.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Code {
    /// A text, or a single character.
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
    /// All codes that a row may hold: those of the variants in order, then the aliases.
    pub fn codes(&self) -> impl Iterator<Item = Code> {
        let variants = self.variants;
        let aliases = variants.iter().flat_map(|variant| variant.aliases);
        variants.iter().map(|variant| variant.code).chain(aliases.copied())
    }
}
