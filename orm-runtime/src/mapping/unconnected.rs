//! The association of two sides that both declare themselves to be the inverse, which is an error.
//! It prevents further errors.

use super::Connecting;

#[doc(hidden)]
#[derive(Debug, crate::Entity)]
pub struct Unconnected {
    #[entity(primary_key)]
    id: i64,
}

impl Connecting for Unconnected {
    fn unset() -> Self {
        unreachable!("the program does not compile")
    }
}
