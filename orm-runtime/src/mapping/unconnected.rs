//! What connects two sides of which both say that they are the inverse: a stand-in beside the error.

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
