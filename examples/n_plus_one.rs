//! The statements of one request, drawn: a query for each object, and the same request with a path.
//!
//! The story: a page shows authors, their books and the topics of each book. Code that asks for
//! them where it needs them sends one statement for the authors, one for each author and one for
//! each book. That is the N+1 problem, and most slow pages of programs with an ORM have it.
//!
//! `cargo run --example n_plus_one` prints the picture in the README.

#![allow(clippy::print_stdout, reason = "an example prints what it does")]

use orm_runtime::prelude::*;

#[path = "n_plus_one/picture.rs"]
mod picture;

#[derive(Entity)]
struct Author {
    id: Auto<i64>,
    name: String,
    #[entity(order_by = title)]
    books: HasMany<Book>,
}

#[derive(Entity)]
struct Book {
    id: Auto<i64>,
    title: String,
    author: ForeignKey<Author>,
    #[entity(through = "book_topic")]
    topics: ManyToMany<Topic>,
}

#[derive(Entity)]
struct Topic {
    id: Auto<i64>,
    #[entity(unique, length = 40)]
    name: String,
}

fn main() -> Result<()> {
    let mut session = Session::open("sqlite://:memory:")?;
    schema![Author, Book, Topic].create_all(&mut session)?;
    fill(&mut session)?;
    session.log_statements(true);

    session.clear();
    let slow_page = one_query_for_each_object(&mut session)?;
    let slow = statements(&session);

    session.clear();
    let page = one_path(&mut session)?;
    let fast = statements(&session);

    assert_eq!(page, slow_page);
    println!("{}", picture::picture(&slow, &fast));
    Ok(())
}

/// Sends the request as it is often written, with a query for the related objects of each object.
fn one_query_for_each_object(session: &mut Session) -> Result<Vec<String>> {
    let mut lines = Vec::new();
    for author in session.query::<Author>().order_by(author::name.asc()).all()? {
        let books = session.related(author, author::books)?;
        for book in books.order_by(book::title.asc()).all()? {
            let topics = session.related(book, book::topics)?;
            let topics = topics.order_by(topic::name.asc()).all()?;
            let topics = topics.iter().map(|&topic| session[topic].name.as_str());
            lines.push(line(&session[author].name, &session[book].title, topics));
        }
    }
    Ok(lines)
}

/// Sends the same request with a path: one statement for each of its steps.
fn one_path(session: &mut Session) -> Result<Vec<String>> {
    let path = author::books.then(book::topics.order_by(topic::name.asc()));
    let authors = session.query::<Author>().order_by(author::name.asc()).eager(path).all()?;
    let mut lines = Vec::new();
    for author in authors {
        for book in session[author].books.iter(session)? {
            let topics = book.topics.iter(session)?.map(|topic| topic.name.as_str());
            lines.push(line(&session[author].name, &book.title, topics));
        }
    }
    Ok(lines)
}

fn line<'t>(author: &str, title: &str, topics: impl Iterator<Item = &'t str>) -> String {
    format!("{author}: {title} ({})", topics.collect::<Vec<_>>().join(", "))
}

/// Adds ten authors with three books each, and five topics.
fn fill(session: &mut Session) -> Result<()> {
    let topics = ["letters", "poetry", "satire", "travel", "war"];
    let topics = topics.map(|name| session.add(Topic::builder().name(name).build()));
    for author in 0..10 {
        let books = (0..3).map(|book| {
            let topics = [topics[(author + book) % 5], topics[(author + book + 2) % 5]];
            Book::builder().title(format!("Book {author}.{book}")).topics(topics).build()
        });
        let books: Vec<Book> = books.collect();
        session.add(Author::builder().name(format!("Author {author}")).books(books).build());
    }
    session.commit()
}

/// Takes the texts of the statements since the last call, without BEGIN and COMMIT.
fn statements(session: &Session) -> Vec<String> {
    let records = session.take_log().into_iter();
    records.filter(|record| !record.is_transaction_control()).map(|record| record.sql).collect()
}
