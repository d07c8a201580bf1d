//! The reasons that the README gives, as a program.
//!
//! `cargo run --example readme`. A test compares the lines of the README with this file.

#![allow(clippy::print_stdout, reason = "an example prints what it does")]

use orm_runtime::prelude::*;

#[derive(Entity)]
struct Author {
    id: Auto<i64>,
    #[entity(unique, length = 80)]
    name: String,
    books: HasMany<Book>,
}

#[derive(Entity)]
struct Book {
    id: Auto<i64>,
    title: String,
    author: ForeignKey<Author>,
}

fn main() -> Result<()> {
    let mut session = Session::open("sqlite://:memory:")?;
    schema![Author, Book].create_all(&mut session)?;
    session.add(Author::builder().name("Austen").books([emma()]).build());
    session.add(Author::builder().name("Edgeworth").build());
    session.commit()?;
    session.clear();

    println!("Reading never sends SQL");
    let book = session.query::<Book>().eager(book::author).first()?.expect("there is a book");
    fn byline(map: &IdentityMap, book: Handle<Book>) -> Result<&str> {
        Ok(&map[book].author.get(map)?.name)
    }
    println!("  {} by {}", session[book].title, byline(&session, book)?);

    println!("No N+1 by accident");
    session.log_statements(true);
    for author in session.query::<Author>().all()? {
        session.load(author, author::books)?; // one SELECT in all, not one for each author
    }
    println!("  {} statements for {} authors", session.take_log().len(), 2);

    println!("Graphs, in memory and in the database");
    let other = session.query::<Author>().filter(author::name.eq("Edgeworth")).one()?;
    session[book].author = other.into();
    assert_eq!(session[other].books.len(&session)?, 1); // before anything is flushed
    session.commit()?; // UPDATE book SET author_id = ? WHERE id = ?

    println!("Errors that lose nothing");
    session.add(Author::builder().name("Austen").build());
    let error = session.commit().expect_err("the name is unique");
    assert!(error.is_violation(DatabaseErrorKind::Unique));
    println!("  {error}");
    session.rollback()?;

    println!("A schema that agrees with the structs");
    let differences = schema![Author, Book].verify(&mut session)?;
    let migration = schema![Author, Book].diff(&mut session)?;
    assert!(differences.is_empty() && migration.is_empty());
    Ok(())
}

fn emma() -> Book {
    Book::builder().title("Emma").build()
}
