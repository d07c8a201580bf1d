//! The guide to `orm-runtime`, as tests: each block of Rust in `guide/chapters` is compiled and
//! run.
//!
//! `cargo test -p orm-guide --doc` runs all of them, `cargo test -p orm-guide --doc loading` those
//! of one chapter. `scripts/guide` builds the book.

/// Declares a module for each chapter, so that a test is named like its chapter.
macro_rules! chapters {
    ($($module:ident: $file:literal,)*) => {
        $(
            #[doc = include_str!(concat!("../chapters/", $file, ".md"))]
            pub mod $module {}
        )*
    };
}

chapters! {
    introduction: "introduction",
    first_steps: "first_steps",
    project_layout: "project_layout",
    entities: "entities",
    keys: "keys",
    enums: "enums",
    values: "values",
    relationships: "relationships",
    inheritance: "inheritance",
    graphs: "graphs",
    loading: "loading",
    queries: "queries",
    statements_as_text: "statements_as_text",
    unit_of_work: "unit_of_work",
    transactions: "transactions",
    connections: "connections",
    errors: "errors",
    many_rows: "many_rows",
    schema: "schema",
    databases: "databases",
    performance: "performance",
    web: "web",
    observing: "observing",
    testing: "testing",
    extending: "extending",
    from_diesel: "from/diesel",
    from_sea_orm: "from/sea_orm",
    from_sqlalchemy: "from/sqlalchemy",
    from_ef_core: "from/ef_core",
    from_active_record: "from/active_record",
    cookbook_entities: "cookbook/entities",
    cookbook_relationships: "cookbook/relationships",
    cookbook_queries: "cookbook/queries",
    cookbook_writing: "cookbook/writing",
    cookbook_concurrency: "cookbook/concurrency",
    cookbook_data: "cookbook/data",
}
