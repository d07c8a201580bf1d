//! Arguments that are keys, so that a literal takes the type of the key.

use std::borrow::Cow;

use super::Key;

/// A value that is the key of an object: a value of the key's type, or a `&str` for a key that is a
/// `String`.
///
/// A literal takes the type of the key: in `session.get::<Big>(3_000_000_000)` it is an `i64` if
/// the key is one.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a key of this entity: its key is `{K}`",
    label = "expected `{K}`",
    note = "convert to the type of the key, such as `i64::from(number)` for an `i32` if the key is an `i64`; a key of several columns is a tuple"
)]
pub trait IntoKey<K> {
    /// Converts the value to the key.
    fn into_key(self) -> K;
}

#[diagnostic::do_not_recommend]
impl<K: Key> IntoKey<K> for K {
    #[inline]
    fn into_key(self) -> K {
        self
    }
}

#[diagnostic::do_not_recommend]
impl IntoKey<String> for &str {
    fn into_key(self) -> String {
        self.to_owned()
    }
}

#[diagnostic::do_not_recommend]
impl IntoKey<String> for &String {
    fn into_key(self) -> String {
        self.clone()
    }
}

#[diagnostic::do_not_recommend]
impl IntoKey<String> for Cow<'_, str> {
    fn into_key(self) -> String {
        self.into_owned()
    }
}
