//! Statements as spans and events of the crate `tracing`.

use std::sync::{Arc, Mutex};

use orm_runtime::observe::TracingObserver;
use orm_runtime::prelude::*;

use super::{Author, Book, Review, author};

#[test]
fn traces_have_the_names_of_the_conventions() {
    let lines = Arc::new(Mutex::new(Vec::new()));
    let subscriber = Lines(Arc::clone(&lines));
    tracing::subscriber::with_default(subscriber, || {
        let mut session = Session::open("sqlite://:memory:").unwrap();
        schema![Author, Book, Review].create_all(&mut session).unwrap();
        session.observe(TracingObserver::new());
        session.add(Author::builder().name("swordfish").build());
        session.commit().unwrap();
        session.query::<Author>().filter(author::name.eq("swordfish")).all().unwrap();
        session.execute(diesel::sql_query("SELECT nothing")).unwrap_err();
    });
    let lines = lines.lock().unwrap();
    let select = lines.iter().find(|line| line.contains("db.operation.name=SELECT")).unwrap();
    for part in [
        "INFO orm",
        "db.system.name=sqlite",
        "db.collection.name=Author",
        "cause=query",
        "db.response.returned_rows=1",
        "db.query.text=SELECT",
    ] {
        assert!(select.contains(part), "{part}: {select}");
    }
    assert!(lines.iter().any(|line| line.starts_with("WARN orm statement failed")), "{lines:#?}");
    assert!(
        lines.iter().any(|line| line.starts_with("DEBUG orm flush") && line.contains("inserted=1"))
    );
    assert!(!lines.iter().any(|line| line.contains("swordfish")), "{lines:#?}");
}

#[test]
fn a_statement_has_a_span_for_exporters() {
    let lines = Arc::new(Mutex::new(Vec::new()));
    let subscriber = Lines(Arc::clone(&lines));
    tracing::subscriber::with_default(subscriber, || {
        let mut session = Session::open("sqlite://:memory:").unwrap();
        schema![Author, Book, Review].create_all(&mut session).unwrap();
        session.observe(TracingObserver::new().with_spans());
        session.query::<Author>().named("authors: all").all().unwrap();
        session.execute(diesel::sql_query("SELECT nothing")).unwrap_err();
    });
    let mut lines = lines.lock().unwrap().clone();
    lines.retain(|line| !line.starts_with("DEBUG") && !line.starts_with("TRACE"));
    let shape: Vec<_> = lines.iter().map(|line| line.split(' ').next().unwrap()).collect();
    let failed = ["open", "record", "record", "enter", "WARN", "exit", "close"];
    assert_eq!(shape[..6], ["open", "record", "enter", "INFO", "exit", "close"], "{lines:#?}");
    assert_eq!(shape[6..], failed, "{lines:#?}");
    for part in [
        "otel.name=SELECT Author",
        "otel.kind=client",
        "db.system.name=sqlite",
        "db.query.text=SELECT",
        "db.query.summary=authors: all",
    ] {
        assert!(lines[0].contains(part), "{part}: {}", lines[0]);
    }
    assert_eq!(lines[1], "record db.response.returned_rows=0");
    assert_eq!(lines[7], "record otel.status_code=ERROR");
    assert!(lines[8].contains("nothing"), "{}", lines[8]);
}

/// Writes spans and events as lines.
struct Lines(Arc<Mutex<Vec<String>>>);

/// The fields of a span or an event.
#[derive(Default)]
struct Fields {
    message: String,
    rest: String,
}

impl tracing::field::Visit for Fields {
    fn record_debug(&mut self, field: &tracing::field::Field, value: &dyn std::fmt::Debug) {
        match field.name() {
            "message" => self.message = format!("{value:?}"),
            name => self.rest += &format!(" {name}={value:?}"),
        }
    }

    fn record_str(&mut self, field: &tracing::field::Field, value: &str) {
        self.rest += &format!(" {}={value}", field.name());
    }
}

impl Lines {
    fn push(&self, line: String) {
        self.0.lock().unwrap().push(line);
    }
}

impl tracing::Subscriber for Lines {
    fn enabled(&self, _: &tracing::Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, span: &tracing::span::Attributes<'_>) -> tracing::span::Id {
        let mut fields = Fields::default();
        span.record(&mut fields);
        self.push(format!("open{}", fields.rest));
        tracing::span::Id::from_u64(1)
    }

    fn record(&self, _: &tracing::span::Id, values: &tracing::span::Record<'_>) {
        let mut fields = Fields::default();
        values.record(&mut fields);
        self.push(format!("record{}", fields.rest));
    }

    fn record_follows_from(&self, _: &tracing::span::Id, _: &tracing::span::Id) {}

    fn event(&self, event: &tracing::Event<'_>) {
        let mut fields = Fields::default();
        event.record(&mut fields);
        let (level, target) = (event.metadata().level(), event.metadata().target());
        self.push(format!("{level} {target} {}{}", fields.message, fields.rest));
    }

    fn enter(&self, _: &tracing::span::Id) {
        self.push("enter".to_owned());
    }

    fn exit(&self, _: &tracing::span::Id) {
        self.push("exit".to_owned());
    }

    fn try_close(&self, _: tracing::span::Id) -> bool {
        self.push("close".to_owned());
        true
    }
}
