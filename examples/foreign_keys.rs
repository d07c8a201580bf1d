//! A reference and its key are one value, so they cannot disagree.
//!
//! The story is one of the oldest questions about ORMs: "I set `o.foo_id` to 7, but `o.foo` is
//! still `None`". Where a key and a relationship are two attributes, one can be set while the other
//! is stale. Here the reference *is* the key column, and a collection contains the objects that
//! reference its owner.
//!
//! `cargo run --example foreign_keys`

#![allow(clippy::print_stdout, reason = "an example prints what it does")]

use orm_runtime::prelude::*;

#[derive(Entity)]
struct Foo {
    id: Auto<i64>,
    name: String,
    #[entity(order_by = id)]
    objects: HasMany<Object>,
}

#[derive(Entity)]
struct Object {
    id: Auto<i64>,
    foo: Option<ForeignKey<Foo>>,
}

/// Prints the object's own fields, and both sides of the relationship.
fn show(
    what: &str,
    map: &IdentityMap,
    object: Handle<Object>,
    foos: [Handle<Foo>; 2],
) -> Result<()> {
    let object = &map[object];
    let leads_to = object.foo.get(map)?.map_or("nothing", |it| it.name.as_str());
    let counts = foos.map(|it| map[it].objects.len(map));
    let [six, seven] = counts;
    println!(
        "{what}: key {:?}, object {leads_to}; six has {}, seven has {}",
        object.foo.key(),
        six?,
        seven?
    );
    Ok(())
}

fn main() -> Result<()> {
    let mut session = Session::open("sqlite://:memory:")?;
    schema![Foo, Object].create_all(&mut session)?;
    let six = session.add(Foo::builder().id(6).name("six").build());
    let seven = session.add(Foo::builder().id(7).name("seven").build());
    let o = session.add(Object::builder().foo(six).build());
    session.commit()?;
    show("at first", &session, o, [six, seven])?;

    // By the key: the object and both collections follow immediately, and nothing is sent.
    session[o].foo = Some(ForeignKey::to_key(7));
    show("foo = key 7", &session, o, [six, seven])?;

    // By the object: the key follows immediately.
    session[o].foo = six.into();
    session.flush()?;
    show("foo = six", &session, o, [six, seven])?;

    // From the other side: the same.
    session.link(seven, foo::objects, o)?;
    show("linked to seven", &session, o, [six, seven])?;
    session.unlink(seven, foo::objects, o)?;
    show("unlinked", &session, o, [six, seven])?;

    // A rollback restores the state at the beginning of the transaction.
    session.rollback()?;
    show("rolled back", &session, o, [six, seven])?;

    // A new object that references an object in memory by its key: the reference resolves before
    // any flush.
    let new = session.add(Object::builder().foo(ForeignKey::to_key(7)).build());
    show("a new one", &session, new, [six, seven])?;
    Ok(())
}
