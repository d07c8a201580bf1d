//! Enums whose variants are stored as codes.

use std::fmt;

use crate::types::{Code, EnumMeta};

/// An enum whose variants are stored as codes; made by `#[derive(DbEnum)]`, which also gives the
/// enum `code`, `label`, `all` and `from_code`.
///
/// ```
/// use orm_runtime::DbEnum;
///
/// #[derive(DbEnum, Debug, Clone, Copy, PartialEq, Eq)]
/// pub enum Size {
///     Small,
///     #[db_enum(code = "xl", label = "Very large")]
///     VeryLarge,
/// }
///
/// let labels: Vec<_> = Size::META.variants.iter().map(|variant| variant.label).collect();
/// assert_eq!(labels, ["Small", "Very large"]);
/// assert_eq!(Size::VARIANTS, [Size::Small, Size::VeryLarge]);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an enum with codes",
    note = "derive it: `#[derive(DbEnum)]`"
)]
pub trait DbEnum: Copy + Eq + fmt::Debug + Send + 'static {
    /// What the attributes said.
    const META: &'static EnumMeta;
    /// All values, in the order in which they are written.
    const VARIANTS: &'static [Self];

    /// The place of the value among the variants.
    fn position(self) -> usize;
}

/// A code that no variant of an enum has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownCode {
    meta: &'static EnumMeta,
    code: String,
}

impl UnknownCode {
    /// The error of an enum for a code.
    pub fn new(meta: &'static EnumMeta, code: impl fmt::Display) -> Self {
        UnknownCode { meta, code: code.to_string() }
    }

    /// The name of the enum.
    pub fn name(&self) -> &'static str {
        self.meta.name
    }

    /// The code that was given.
    pub fn code(&self) -> &str {
        &self.code
    }

    /// The codes that the enum has, without those of earlier times.
    pub fn valid(&self) -> impl Iterator<Item = Code> {
        self.meta.variants.iter().map(|variant| variant.code)
    }
}

impl fmt::Display for UnknownCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let valid: Vec<String> = self.valid().map(|code| format!("`{code}`")).collect();
        let UnknownCode { meta, code } = self;
        write!(f, "`{code}` is no code of {}; it has {}", meta.name, valid.join(", "))
    }
}

impl std::error::Error for UnknownCode {}

/// A code as it came from the database. A column of fixed width fills it up with spaces.
#[doc(hidden)]
pub fn read_code<E>(
    code: &str,
    parse: fn(&str) -> Result<E, UnknownCode>,
) -> Result<E, UnknownCode> {
    parse(code).or_else(|error| parse(code.trim_end_matches(' ')).map_err(|_| error))
}

/// Appends a text as JSON, for a list of keys.
#[doc(hidden)]
pub fn push_json_text(text: &str, json: &mut String) -> bool {
    super::Key::push_json(&text.to_owned(), json)
}

/// Serde for an enum: as its code.
#[cfg(feature = "serde")]
#[doc(hidden)]
#[macro_export]
macro_rules! __enum_serde {
    ($ty:ty, $code:ty) => {
        impl $crate::__private::serde::Serialize for $ty {
            fn serialize<S: $crate::__private::serde::Serializer>(
                &self,
                serializer: S,
            ) -> ::core::result::Result<S::Ok, S::Error> {
                $crate::__private::serde::Serialize::serialize(&self.code(), serializer)
            }
        }

        impl<'de> $crate::__private::serde::Deserialize<'de> for $ty {
            fn deserialize<D: $crate::__private::serde::Deserializer<'de>>(
                deserializer: D,
            ) -> ::core::result::Result<Self, D::Error> {
                let code =
                    <$code as $crate::__private::serde::Deserialize>::deserialize(deserializer)?;
                <Self as $crate::__private::FromOwnedCode<$code>>::from_owned_code(code)
                    .map_err($crate::__private::serde::de::Error::custom)
            }
        }
    };
}

/// Serde is not enabled.
#[cfg(not(feature = "serde"))]
#[doc(hidden)]
#[macro_export]
macro_rules! __enum_serde {
    ($ty:ty, $code:ty) => {};
}

/// Parses a code that is owned: what a deserializer hands over.
#[doc(hidden)]
pub trait FromOwnedCode<C>: Sized {
    fn from_owned_code(code: C) -> Result<Self, UnknownCode>;
}
