//! Enums whose variants are stored as codes.

use std::fmt;

use crate::types::{Code, EnumMeta};

/// An enum whose variants are stored as codes. Implemented by `#[derive(DbEnum)]`, which also
/// generates the methods `code`, `label`, `all` and `from_code`.
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
    note = "add `#[derive(DbEnum)]`"
)]
pub trait DbEnum: Copy + Eq + fmt::Debug + Send + 'static {
    /// The metadata of the enum.
    const META: &'static EnumMeta;
    /// All values, in the order of their declaration.
    const VARIANTS: &'static [Self];

    /// Returns the position of the value among the variants.
    fn position(self) -> usize;
}

/// The error about a code that no variant of an enum has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownCode {
    meta: &'static EnumMeta,
    code: String,
}

impl UnknownCode {
    /// Creates the error about a code for an enum.
    pub fn new(meta: &'static EnumMeta, code: impl fmt::Display) -> Self {
        UnknownCode { meta, code: code.to_string() }
    }

    /// Returns the name of the enum.
    pub fn name(&self) -> &'static str {
        self.meta.name
    }

    /// Returns the unknown code.
    pub fn code(&self) -> &str {
        &self.code
    }

    /// Returns the codes of the enum, without aliases.
    pub fn valid(&self) -> impl Iterator<Item = Code> {
        self.meta.variants.iter().map(|variant| variant.code)
    }
}

impl fmt::Display for UnknownCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let valid: Vec<String> = self.valid().map(|code| format!("`{code}`")).collect();
        let UnknownCode { meta, code } = self;
        write!(f, "`{code}` is not a code of {}; it has {}", meta.name, valid.join(", "))
    }
}

impl std::error::Error for UnknownCode {}

/// Reads a code from the database. A column of fixed width pads a code with spaces, which are
/// ignored.
#[doc(hidden)]
pub fn read_code<E>(
    code: &str,
    parse: fn(&str) -> Result<E, UnknownCode>,
) -> Result<E, UnknownCode> {
    parse(code).or_else(|error| parse(code.trim_end_matches(' ')).map_err(|_| error))
}

/// Appends a string as JSON, for a list of keys.
#[doc(hidden)]
pub fn push_json_text(text: &str, json: &mut String) -> bool {
    super::Key::push_json(&text.to_owned(), json)
}

/// Implements serde's traits for an enum, which is serialised as its code.
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

/// Does nothing: serde is not enabled.
#[cfg(not(feature = "serde"))]
#[doc(hidden)]
#[macro_export]
macro_rules! __enum_serde {
    ($ty:ty, $code:ty) => {};
}

/// Parses an owned code, as a deserializer returns it.
#[doc(hidden)]
pub trait FromOwnedCode<C>: Sized {
    fn from_owned_code(code: C) -> Result<Self, UnknownCode>;
}
