//! One object under two types that may be one.

use std::any::Any;

/// Returns the object as the other type if it is of that type. The compiler finds out.
#[doc(hidden)]
pub fn same_type<T: Any, U: Any>(object: T) -> Result<U, T> {
    let mut object = Some(object);
    let same = (&mut object as &mut dyn Any).downcast_mut::<Option<U>>().and_then(Option::take);
    match (same, object) {
        (Some(same), _) => Ok(same),
        (None, Some(object)) => Err(object),
        (None, None) => unreachable!("the object is of one type or the other"),
    }
}
