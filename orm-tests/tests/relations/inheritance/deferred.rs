//! Deferred columns of subtypes, which are read for the objects that have them.

use orm_runtime::prelude::*;
use orm_tests::{TestDb, assert_sql, on_all_databases};

#[derive(DbEnum, Debug, Clone, Copy, PartialEq, Eq)]
pub enum PaperKind {
    Letter,
    Report,
    Memo,
}

/// The fields of all papers.
#[derive(Entity, Clone, Debug)]
#[entity(table = "inh_paper", hierarchy = AnyPaper)]
pub struct Paper {
    pub id: Auto<i64>,
    #[entity(length = 40)]
    pub title: String,
    pub scan: Deferred<Option<String>>,
    pub kind: Discriminator<PaperKind>,
}

/// In a separate table.
#[derive(Entity, Clone, Debug)]
#[entity(table = "inh_letter")]
pub struct Letter {
    #[entity(base)]
    pub paper: Paper,
    pub body: Deferred<String>,
    #[entity(length = 40)]
    pub to: String,
}

/// In a separate table.
#[derive(Entity, Clone, Debug)]
#[entity(table = "inh_report")]
pub struct Report {
    #[entity(base)]
    pub paper: Paper,
    pub pages: i32,
    pub body: Deferred<String>,
}

/// In the table of the base.
#[derive(Entity, Clone, Debug)]
pub struct Memo {
    #[entity(base)]
    pub paper: Paper,
    pub draft: Deferred<Option<String>>,
    pub copies: i32,
}

/// All subtypes.
#[derive(Entity, Clone, Debug)]
pub enum AnyPaper {
    #[entity(discriminator = PaperKind::Letter)]
    Letter(Letter),
    #[entity(discriminator = PaperKind::Report)]
    Report(Report),
    #[entity(discriminator = PaperKind::Memo)]
    Memo(Memo),
}

fn paper(title: &str) -> Paper {
    Paper::builder().title(title).scan(format!("scan of {title}")).build()
}

/// Stores one object of each subtype. None of them is in memory.
fn papers(db: &TestDb) -> Session {
    let mut session = db.session_for(schema![AnyPaper]);
    session.add(Letter::builder().paper(paper("a letter")).body("dear").to("ada").build());
    session.add(Report::builder().paper(paper("a report")).pages(7).body("long").build());
    let memo = Memo::builder().paper(paper("a memo")).draft("draft").copies(2);
    session.add(memo.build());
    session.commit().unwrap();
    session.clear();
    session.take_log();
    session
}

on_all_databases! {
    fn deferred_columns_of_kinds_are_left_out(db: &TestDb) {
        let mut session = papers(db);
        let all = session.query::<AnyPaper>().by_subtype().unwrap();
        for kind in all {
            match kind {
                AnyPaperHandle::Letter(letter) => {
                    assert_eq!((&*session[letter].to, &*session[letter].title), ("ada", "a letter"));
                    assert!(session[letter].body.get().is_err() && session[letter].scan.get().is_err());
                }
                AnyPaperHandle::Report(report) => {
                    assert_eq!(session[report].pages, 7);
                    assert!(session[report].body.get().is_err());
                }
                AnyPaperHandle::Memo(memo) => {
                    assert_eq!(session[memo].copies, 2);
                    assert!(session[memo].draft.get().is_err());
                }
            }
        }
    }

    fn a_query_for_all_kinds_reads_them_for_those_that_have_them(db: &TestDb) {
        let mut session = papers(db);
        let query = session.query::<AnyPaper>().undefer(letter::body).undefer(memo::draft);
        let all = query.undefer(paper::scan).order_by(paper::id.asc()).all().unwrap();
        assert_sql!(session, "S inh_paper");
        let letter = session.downcast::<Letter>(all[0]).unwrap();
        let report = session.downcast::<Report>(all[1]).unwrap();
        let memo = session.downcast::<Memo>(all[2]).unwrap();
        assert_eq!(session[letter].body.get().unwrap(), "dear");
        assert!(session[report].body.get().is_err());
        assert_eq!(session[memo].draft.get().unwrap().as_deref(), Some("draft"));
        let scans: Vec<_> = all.iter().map(|&it| session[it].scan.get().unwrap().clone()).collect();
        assert_eq!(scans[1].as_deref(), Some("scan of a report"));

        // This also applies to objects in memory, and to rows that are in no session.
        session.query::<AnyPaper>().undefer(report::body).undefer(letter::body).all().unwrap();
        assert_eq!(session[report].body.get().unwrap(), "long");
        let query = session.query::<Report>().undefer(report::body).undefer(letter::body);
        assert_eq!(query.rows().unwrap()[0].body.get().unwrap(), "long");
        let query = session.query::<Paper>().undefer(letter::body).undefer(paper::scan);
        let rows = query.order_by(paper::id.asc()).rows().unwrap();
        assert_eq!(rows[2].scan.get().unwrap().as_deref(), Some("scan of a memo"));
    }

    fn they_are_loaded_later_for_those_that_have_them(db: &TestDb) {
        let mut session = papers(db);
        let all = session.query::<AnyPaper>().order_by(paper::id.asc()).all().unwrap();
        session.take_log();
        session.load_all(&all, letter::body).unwrap();
        let letter = session.downcast::<Letter>(all[0]).unwrap();
        assert_eq!(session[letter].body.get().unwrap(), "dear");
        assert_eq!(session.take_log().len(), 1);
        session.load(all[1], letter::body).unwrap();
        session.load(letter, letter::body).unwrap();
        assert_sql!(session, "");
        session.load(letter, paper::scan).unwrap();
        assert_eq!(session[letter].scan.get().unwrap().as_deref(), Some("scan of a letter"));
        let memo = session.downcast::<Memo>(all[2]).unwrap();
        session.load(memo, memo::draft).unwrap();
        assert_eq!(session[memo].draft.get().unwrap().as_deref(), Some("draft"));
    }

    fn copies_of_kinds_are_not_inserted_without_them(db: &TestDb) {
        let mut session = papers(db);
        let as_new = |mut paper: AnyPaper| {
            paper.id = Auto::default();
            paper
        };
        let left_out = |error: Error| match error {
            Error::Unloaded { entity, row, module, field, left_out: true, .. } => (entity, row, module, field),
            other => panic!("{other:?}"),
        };
        let rows = session.query::<AnyPaper>().order_by(paper::id.asc()).rows().unwrap();
        let error = session.bulk_insert(rows.into_iter().rev().map(as_new)).unwrap_err();
        assert_eq!(left_out(error), ("Memo", Some(1), "paper", "scan"));
        session.rollback().unwrap();

        let query = session.query::<AnyPaper>().undefer(paper::scan).undefer(report::body);
        let rows = query.undefer(letter::body).order_by(paper::id.asc()).rows().unwrap();
        let error = session.bulk_insert(rows.into_iter().map(as_new)).unwrap_err();
        assert_eq!(left_out(error), ("Memo", Some(3), "memo", "draft"));
        session.rollback().unwrap();

        let query = session.query::<AnyPaper>().undefer(paper::scan).undefer(report::body);
        let query = query.undefer(letter::body).undefer(memo::draft);
        let rows = query.order_by(paper::id.asc()).rows().unwrap();
        session.bulk_insert(rows.into_iter().map(as_new)).unwrap();
        session.commit().unwrap();
        assert_eq!(db.count("inh_paper WHERE scan IS NOT NULL"), 6);
        assert_eq!(db.count("inh_letter WHERE body = 'dear'"), 2);
    }
}
