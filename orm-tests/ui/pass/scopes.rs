//! Scopes by every kind of path, in code that forbids warnings, and lifted from another module.
#![deny(warnings, missing_docs)]

use orm_runtime::prelude::*;

/// A module with an entity.
pub mod blog {
    use orm_runtime::prelude::*;

    /// A post.
    #[derive(Entity)]
    #[entity(scope = crate::rules::visible, scope = Self::titled, scope = self::r#final)]
    pub struct Post {
        /// The key.
        pub id: Auto<i64>,
        /// The title.
        pub title: String,
        /// Whether it is hidden.
        pub hidden: bool,
        /// When it was deleted.
        #[entity(soft_delete)]
        pub deleted_at: Option<chrono::DateTime<chrono::Utc>>,
    }

    impl Post {
        fn titled() -> Condition<'static, Post> {
            Condition::all().and(post::title.ne(""))
        }
    }

    fn r#final() -> Condition<'static, Post> {
        !Condition::<Post>::all().and(post::title.like("draft%"))
    }
}

mod rules {
    use crate::blog::{Post, post};
    use orm_runtime::prelude::*;

    pub(crate) fn visible() -> Condition<'static, Post> {
        Condition::all().and(post::hidden.eq(false))
    }
}

/// Scopes that no query lifts are not dead code.
#[derive(Entity)]
#[entity(scope = positive)]
struct Quiet {
    id: i64,
}

fn positive() -> Condition<'static, Quiet> {
    Condition::all().and(quiet::id.gt(0))
}

fn main() -> Result<()> {
    use blog::{Post, post};
    let mut session = Session::open("sqlite://:memory:")?;
    schema![Post, Quiet].create_all(&mut session)?;
    session.add(Quiet { id: 1 });
    let all = session
        .query::<Post>()
        .unscoped(post::scopes::visible)
        .unscoped(post::scopes::titled)
        .unscoped(post::scopes::r#final)
        .unscoped(post::scopes::soft_delete);
    assert_eq!(all.count()?, 0);
    let one = session.query::<Quiet>().one()?;
    assert_eq!(session[one].id, 1);
    Ok(())
}
