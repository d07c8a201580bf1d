//! Parents, children and tags, built as one nested value and read back as a graph.
//!
//! The story: the author of SQLAlchemy once presented "Magic, a new ORM", a mapping without tables,
//! columns, foreign keys or joins, and then showed what it takes to write it. Here the mapping is
//! what ships: relationships are fields, and the association table of parents and tags is created
//! for you.
//!
//! `cargo run --example relationships`

#![allow(clippy::print_stdout, reason = "an example prints what it does")]

use orm_runtime::prelude::*;

#[derive(Entity)]
struct Parent {
    id: Auto<i64>,
    children: HasMany<Child>,
}

#[derive(Entity)]
struct Child {
    id: Auto<i64>,
    parent: ForeignKey<Parent>,
    #[entity(through = "child_tag")]
    tags: ManyToMany<Tag>,
}

#[derive(Entity)]
struct Tag {
    id: Auto<i64>,
    #[entity(length = 50)]
    name: String,
}

fn main() -> Result<()> {
    let mut session = Session::open("sqlite://:memory:")?;
    schema![Parent, Child, Tag].create_all(&mut session)?;

    let [t1, t2, t3] =
        ["t1", "t2", "t3"].map(|name| session.add(Tag::builder().name(name).build()));
    session.add(
        Parent::builder()
            .children([
                Child::builder().tags([t1, t2]).build(),
                Child::builder().tags([t1, t3]).build(),
            ])
            .build(),
    );
    session.commit()?;

    session.clear();
    let parents = session.query::<Parent>().eager(parent::children.then(child::tags)).all()?;
    for child in session[parents[0]].children.iter(&session)? {
        let tags: Vec<_> = child.tags.iter(&session)?.map(|tag| tag.name.as_str()).collect();
        println!("child {} of parent {:?}: {}", child.id, child.parent, tags.join(", "));
    }
    Ok(())
}
