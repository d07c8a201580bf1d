//! The entities whose rows two open transactions write, and the rows as plain values.

use std::collections::BTreeMap;

use orm_runtime::prelude::*;

use crate::tables::number;

/// Has no version. Of two writers of a column, the last one wins.
#[derive(Entity, Debug)]
#[entity(table = "v_page")]
pub struct Page {
    pub id: Auto<i64>,
    #[entity(unique, length = 20)]
    pub name: String,
    pub first: i64,
    pub second: i64,
    #[entity(unique)]
    pub place: Option<i64>,
    #[entity(inverse = page)]
    pub notes: HasMany<Note>,
}

/// Has a version.
#[derive(Entity, Debug)]
#[entity(table = "v_deed")]
pub struct Deed {
    pub id: Auto<i64>,
    #[entity(unique, length = 20)]
    pub name: String,
    pub first: i64,
    pub second: i64,
    #[entity(version)]
    pub version: i64,
}

/// Is deleted with its page.
#[derive(Entity, Debug)]
#[entity(table = "v_note")]
pub struct Note {
    pub id: Auto<i64>,
    #[entity(unique, length = 20)]
    pub name: String,
    pub first: i64,
    #[entity(on_delete = cascade)]
    pub page: ForeignKey<Page>,
}

pub fn schema() -> orm_runtime::Schema {
    schema![Page, Deed, Note]
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Page,
    Deed,
    Note,
}

impl Kind {
    pub(crate) const ALL: [Kind; 3] = [Kind::Page, Kind::Deed, Kind::Note];

    /// Returns the number of the columns of a row, without its key and name.
    pub(crate) fn width(self) -> usize {
        if self == Kind::Note { 2 } else { 3 }
    }
}

/// The column that numbers the places of pages.
pub(crate) const PLACE: usize = 2;
/// The column with the version of a deed.
pub(crate) const VERSION: usize = 2;
/// The column with the number of a note's page.
pub(crate) const OF_PAGE: usize = 1;

/// A value: a number, the number of the referenced page, or NULL.
pub(crate) type Cell = Option<i64>;

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Row {
    pub(crate) kind: Kind,
    pub(crate) cells: Vec<Cell>,
}

/// All rows, by the numbers in their names.
pub(crate) type Rows = BTreeMap<u32, Row>;

/// An object of one of the entities.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Obj {
    Page(Handle<Page>),
    Deed(Handle<Deed>),
    Note(Handle<Note>),
}

/// Evaluates an expression with the handle of an object of any entity.
macro_rules! with_handle {
    ($object:expr, $handle:ident => $body:expr) => {
        match $object {
            Obj::Page($handle) => $body,
            Obj::Deed($handle) => $body,
            Obj::Note($handle) => $body,
        }
    };
}
pub(crate) use with_handle;

impl Obj {
    pub(crate) fn kind(self) -> Kind {
        match self {
            Obj::Page(_) => Kind::Page,
            Obj::Deed(_) => Kind::Deed,
            Obj::Note(_) => Kind::Note,
        }
    }

    /// Returns what an object shows, or `None` for a page that is not known by its key.
    pub(crate) fn cells(self, session: &Session, pages: &BTreeMap<i64, u32>) -> Vec<Option<Cell>> {
        match self {
            Obj::Page(it) => {
                let page = &session[it];
                vec![Some(Some(page.first)), Some(Some(page.second)), Some(page.place)]
            }
            Obj::Deed(it) => {
                let deed = &session[it];
                [deed.first, deed.second, deed.version].map(|cell| Some(Some(cell))).to_vec()
            }
            Obj::Note(it) => {
                let note = &session[it];
                let of = match note.page.handle(session) {
                    Ok(page) => Some(number(&session[page].name)),
                    Err(_) => note.page.key().and_then(|key| pages.get(key).copied()),
                };
                vec![Some(Some(note.first)), of.map(|of| Some(i64::from(of)))]
            }
        }
    }

    /// Sets a column that is not a reference.
    pub(crate) fn set(self, session: &mut Session, column: usize, to: Cell) {
        let value = to.unwrap_or_default();
        match (self, column) {
            (Obj::Page(it), 0) => session[it].first = value,
            (Obj::Page(it), 1) => session[it].second = value,
            (Obj::Page(it), _) => session[it].place = to,
            (Obj::Deed(it), 0) => session[it].first = value,
            (Obj::Deed(it), _) => session[it].second = value,
            (Obj::Note(it), _) => session[it].first = value,
        }
    }
}

/// Returns the name of a row.
pub(crate) fn name(n: u32) -> String {
    format!("row{n}")
}

/// Returns the statement that reads all rows as text.
pub(crate) fn statement(dialect: Dialect) -> String {
    let text = if dialect == Dialect::Mysql { "CHAR" } else { "TEXT" };
    let of_page = "(SELECT p.name FROM v_page p WHERE p.id = t.page_id)";
    let tables = [
        ("Page", "v_page", ["t.first", "t.second", "t.place"].as_slice()),
        ("Deed", "v_deed", &["t.first", "t.second", "t.version"]),
        ("Note", "v_note", &["t.first", of_page]),
    ];
    let selects = tables.map(|(kind, table, columns)| {
        let cells = columns.iter().map(|it| format!("coalesce(CAST({it} AS {text}), 'NULL')"));
        let cells = cells.collect::<Vec<_>>().join(", ");
        format!("SELECT concat_ws('|', '{kind}', CAST(t.id AS {text}), t.name, {cells}) AS value FROM {table} t")
    });
    selects.join(" UNION ALL ")
}

/// Returns the rows that the statement has read, and the numbers of pages by key.
pub(crate) fn read(lines: Vec<String>) -> (Rows, BTreeMap<i64, u32>) {
    let (mut rows, mut pages) = (Rows::new(), BTreeMap::new());
    for line in lines {
        let words: Vec<&str> = line.split('|').collect();
        let kind = Kind::ALL.into_iter().find(|kind| format!("{kind:?}") == words[0]).unwrap();
        let n = number(words[2]);
        if kind == Kind::Page {
            pages.insert(words[1].parse().unwrap(), n);
        }
        let cells = words[3..].iter().map(|&word| match word {
            "NULL" => None,
            word => Some(word.trim_start_matches("row").parse().unwrap()),
        });
        let row = Row { kind, cells: cells.collect() };
        assert_eq!(row.cells.len(), kind.width(), "{line}");
        assert!(rows.insert(n, row).is_none(), "{line} is there twice");
    }
    (rows, pages)
}
