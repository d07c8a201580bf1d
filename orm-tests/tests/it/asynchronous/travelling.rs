//! Sessions whose objects are at hand between awaits.

use std::time::Duration;

use orm_runtime::asynchronous::Settled;
use orm_runtime::error::StopReason;
use orm_runtime::prelude::*;
use orm_tests::{TestDb, assert_matches, on_all_databases};

use super::bank::{Account, Entry, assert_clean, entry, open_bank, stored, transfer};
use super::{factory, one_thread, threads, until};
use crate::people::{User, names, people, person, user};

async fn dropped<T>(call: impl Future<Output = T>) {
    assert!(tokio::time::timeout(Duration::from_millis(20), call).await.is_err());
}

fn slowly(session: &mut Session) -> Result<()> {
    transfer(session, 1)?;
    std::thread::sleep(Duration::from_millis(200));
    Ok(())
}

on_all_databases! {
    fn objects_are_at_hand_between_awaits(db: &TestDb) {
        drop(people(db));
        let factory = factory(db, 1);
        one_thread().block_on(async {
            let mut session = factory.session().await.unwrap();
            let jack = session.get_one::<User>(7).await.unwrap();
            assert_eq!((&*session[jack].name, session[jack].age), ("jack", 47));
            session[jack].age = 48;
            let bob = session.add(person("bob", 1)).unwrap();
            session.flush().await.unwrap();
            assert!(session[bob].id.get().is_some());
            assert_eq!(db.rows("users", "id, age")[0], "7|47");
            session.commit().await.unwrap();
            assert_eq!(db.rows("users", "id, age")[0], "7|48");

            session[jack].age = 99;
            session.rollback().await.unwrap();
            session.refresh(&[jack]).await.unwrap();
            assert_eq!(session[jack].age, 48);

            session.delete(bob).unwrap();
            session.commit().await.unwrap();
            assert_eq!(session.get::<User>(11).await.unwrap(), None);
            session.load(jack, user::portrait).await.unwrap();
            assert_eq!(session[jack].portrait.get().unwrap().as_deref(), Some(&[1, 2, 3][..]));
            let jack = session.detach(jack).unwrap();
            assert_eq!(jack.name, "jack");
        });
        assert_eq!(db.count("users"), 4);
    }

    fn queries_own_their_conditions(db: &TestDb) {
        drop(people(db));
        let factory = factory(db, 1);
        one_thread().block_on(async {
            let mut session = factory.session().await.unwrap();
            let name = String::from("ed");
            let ed = session.query::<User>().filter(user::name.eq(name)).one().await.unwrap();
            assert_eq!(session[ed].age, 25);
            let none: Option<user::name> = None;
            let older = session
                .query::<User>()
                .filter(user::age.gt(26))
                .filter_opt(none.map(|name| name.eq("x")))
                .order_by(user::age.desc())
                .limit(2)
                .offset(1)
                .undefer(user::portrait)
                .all()
                .await
                .unwrap();
            assert_eq!(names(session.map().unwrap(), &older), ["chuck", "fred"]);
            let first = session.query::<User>().order_by(user::id).first().await.unwrap().unwrap();
            assert_eq!(session[first].name, "jack");
            let query = session.query::<User>().filter(user::age.lt(0));
            assert_eq!(query.one_or_none().await.unwrap(), None);
            assert!(session.query::<User>().exists().await.unwrap());
            assert_eq!(session.query::<User>().count().await.unwrap(), 4);
            let error = session.query::<User>().one().await.unwrap_err();
            assert_matches!(error, Error::MultipleFound { .. });
        });
    }

    fn a_future_holds_a_session_across_other_awaits(db: &TestDb) {
        open_bank(db);
        let factory = factory(db, 2);
        let handler = |tag| {
            let factory = factory.clone();
            async move {
                let mut session = factory.session().await?;
                session.run(move |session| transfer(session, tag)).await?;
                tokio::task::yield_now().await;
                session.commit().await
            }
        };
        threads().block_on(async {
            for tag in 0..6 {
                tokio::spawn(handler(tag)).await.unwrap().unwrap();
            }
        });
        assert_eq!(stored(db), [0, 1, 2, 3, 4, 5]);
        assert_clean(db, &factory, 2);
    }

    fn a_session_says_that_a_call_was_dropped_until_it_is_settled(db: &TestDb) {
        open_bank(db);
        let factory = factory(db, 1);
        one_thread().block_on(async {
            let mut session = factory.session().await.unwrap();
            assert_eq!(session.settle().await.unwrap(), Settled::Nothing);
            dropped(session.run(|session| {
                slowly(session)?;
                transfer(session, 2)
            }))
            .await;
            for error in [
                session.commit().await.unwrap_err(),
                session.query::<Account>().all().await.unwrap_err(),
                session.map().map(|_| ()).unwrap_err(),
                session.add(Account { id: 3, balance: 0 }).map(|_| ()).unwrap_err(),
            ] {
                assert_matches!(&error, Error::Configuration(text) if text.contains("settle()"));
            }
            assert_eq!(session.settle().await.unwrap(), Settled::Failed);
            session.rollback().await.unwrap();
            session.run(|session| transfer(session, 3)).await.unwrap();
            session.commit().await.unwrap();
            assert_eq!(stored(db), [3]);
        });
        assert_clean(db, &factory, 1);
    }

    fn a_rollback_settles_what_was_dropped(db: &TestDb) {
        open_bank(db);
        let factory = factory(db, 1);
        one_thread().block_on(async {
            let mut session = factory.session().await.unwrap();
            dropped(session.run(slowly)).await;
            session.rollback().await.unwrap();
            assert_eq!(session.query::<Entry>().count().await.unwrap(), 0);
            assert_eq!(session.settle().await.unwrap(), Settled::Nothing);
        });
        assert_clean(db, &factory, 1);
        assert!(stored(db).is_empty());
    }

    fn a_dropped_commit_is_stored_or_not_and_settle_says_which(db: &TestDb) {
        open_bank(db);
        let factory = factory(db, 1);
        let (mut done, mut failed) = (0, 0);
        threads().block_on(async {
            for tag in 0..40 {
                let mut session = factory.session().await.unwrap();
                session.run(move |session| transfer(session, tag)).await.unwrap();
                let limit = Duration::from_micros(u64::try_from(tag).unwrap() * 40);
                let mut commit = Box::pin(session.commit());
                // Polled once at least, so that it has begun.
                let ended = tokio::select! {
                    biased;
                    result = &mut commit => Some(result),
                    () = tokio::time::sleep(limit) => None,
                };
                drop(commit);
                let is_stored = match ended {
                    Some(result) => result.map(|()| true).unwrap(),
                    None => match session.settle().await.unwrap() {
                        Settled::Done => true,
                        Settled::Failed => false,
                        other => panic!("{other:?}"),
                    },
                };
                *(if is_stored { &mut done } else { &mut failed }) += 1;
                assert_eq!(stored(db).contains(&tag), is_stored, "{tag}");
                session.rollback().await.unwrap();
            }
        });
        assert_eq!(done + failed, 40);
        assert_clean(db, &factory, 1);
    }

    fn a_session_that_is_dropped_gives_its_connection_back_clean(db: &TestDb) {
        open_bank(db);
        let factory = factory(db, 2);
        let flushed = |session: &mut Session| transfer(session, 1);
        one_thread().block_on(async {
            let mut home = factory.session().await.unwrap();
            home.run(flushed).await.unwrap();
            drop(home);
            // SQLite has one writer at a time.
            until(|| factory.status().in_use == 0);
            let mut away = factory.session().await.unwrap();
            dropped(away.run(slowly)).await;
            drop(away);
            until(|| factory.status().in_use == 0);
            let mut back = factory.session().await.unwrap();
            dropped(back.run(slowly)).await;
            std::thread::sleep(Duration::from_millis(500));
            drop(back); // it has come home, and nobody has asked for it
        });
        assert_clean(db, &factory, 2);
        assert!(stored(db).is_empty());
    }

    fn a_deadline_is_one_for_each_call(db: &TestDb) {
        open_bank(db);
        let factory = factory(db, 1);
        let hasty = factory.with_deadline(Duration::from_millis(1_000));
        one_thread().block_on(async {
            let mut session = hasty.session().await.unwrap();
            for tag in 0..3 {
                std::thread::sleep(Duration::from_millis(400));
                session.run(move |session| transfer(session, tag)).await.unwrap();
            }
            session.commit().await.unwrap();
            let late = session.run(|session| {
                transfer(session, 9)?;
                std::thread::sleep(Duration::from_millis(1_100));
                transfer(session, 10)
            });
            assert_matches!(late.await, Err(Error::Stopped(StopReason::Deadline)));
            // The call has ended, so the session is at hand.
            session.rollback().await.unwrap();
            let found = session.query::<Entry>().filter(entry::tag.gt(8)).count();
            assert_eq!(found.await.unwrap(), 0);
        });
        assert_eq!(stored(db), [0, 1, 2]);
        assert_clean(db, &factory, 1);
    }

    fn a_panic_ends_the_session(db: &TestDb) {
        open_bank(db);
        let factory = factory(db, 1);
        one_thread().block_on(async {
            let mut session = factory.session().await.unwrap();
            let task = tokio::spawn(async move {
                let panics = session.run::<()>(|session| {
                    transfer(session, 1)?;
                    std::panic::resume_unwind(Box::new("a panic of the program's"));
                });
                panics.await
            });
            assert!(task.await.unwrap_err().is_panic());

            let mut session = factory.session().await.unwrap();
            let (begun, begins) = std::sync::mpsc::channel();
            let call = session.run::<()>(move |_| {
                begun.send(()).unwrap();
                std::thread::sleep(Duration::from_millis(200));
                std::panic::resume_unwind(Box::new("a panic of the program's"));
            });
            let has_begun = async {
                while begins.try_recv().is_err() {
                    tokio::time::sleep(Duration::from_millis(1)).await;
                }
            };
            tokio::select! {
                _ = call => panic!("the call has ended"),
                () = has_begun => {}
            }
            let settled = session.settle().await;
            assert_matches!(settled, Err(Error::Configuration(text)) if text.contains("panicked"));
            let ended = session.commit().await;
            assert_matches!(ended, Err(Error::Configuration(text)) if text.contains("has ended"));
        });
        assert_clean(db, &factory, 1);
        assert!(stored(db).is_empty());
    }
}
