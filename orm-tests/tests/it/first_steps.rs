//! Where new users stumble: what they write first must work.

use diesel::dsl::{count_star, exists, max};
use orm_runtime::decimal::{mul, sum};
use orm_runtime::prelude::*;
use orm_tests::elsewhere::{Town, town};
use orm_tests::{assert_sql, on_all_databases};
use rust_decimal::Decimal;

mod people {
    use super::*;

    #[derive(Entity, Debug, Clone)]
    #[entity(table = "person")]
    pub(super) struct Person {
        pub(super) id: Auto<i64>,
        #[entity(length = 40)]
        pub(super) name: String,
        pub(super) age: Option<i32>,
        #[entity(order_by = id)]
        pub(super) mails: HasMany<Mail>,
        #[entity(through = "person_label")]
        pub(super) labels: ManyToMany<Label>,
    }
}

use mails::{Label, Mail, Reply, mail, reply};
use people::{Person, person};

mod mails {
    use super::*;

    #[derive(Entity, Debug, Clone)]
    pub(super) struct Mail {
        pub(super) id: Auto<i64>,
        #[entity(length = 40)]
        pub(super) subject: String,
        pub(super) sender: ForeignKey<Person>,
        #[entity(precision = 12, scale = 2, default = Decimal::ONE)]
        pub(super) price: Decimal,
        #[entity(default = 1)]
        pub(super) copies: i32,
        pub(super) weight: Option<i64>,
    }

    #[derive(Entity, Debug, Clone)]
    pub(super) struct Reply {
        pub(super) id: Auto<i64>,
        pub(super) mail: Option<ForeignKey<Mail>>,
    }

    #[derive(Entity, Debug, Clone)]
    pub(super) struct Label {
        pub(super) id: Auto<i64>,
        #[entity(length = 40)]
        pub(super) name: String,
        #[entity(inverse = labels)]
        pub(super) people: ManyToMany<Person>,
    }
}

#[derive(OneOf, Debug, Clone)]
enum About {
    Person(ForeignKey<Person>),
    Mail(ForeignKey<Mail>),
}

#[derive(Entity, Debug, Clone)]
struct Remark {
    id: Auto<i64>,
    #[entity(one_of)]
    about: About,
}

#[derive(DbEnum, Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mood {
    Good,
    Bad,
}

#[derive(Entity, Debug)]
struct Day {
    id: i64,
    mood: Mood,
}

#[derive(Entity, Debug)]
struct Shop {
    id: Auto<i64>,
    town: ForeignKey<Town>,
    #[entity(delete_orphan, order_by = id)]
    shelves: HasMany<Shelf>,
}

#[derive(Entity, Debug)]
struct Shelf {
    id: Auto<i64>,
    shop: ForeignKey<Shop>,
}

#[derive(DbType, Debug)]
pub struct Upper;

impl orm_runtime::column::TypeDecorator for Upper {
    type Value = String;
    type Stored = String;

    fn to_stored(value: &String) -> Result<String, orm_runtime::column::BoxError> {
        Ok(value.to_uppercase())
    }

    fn from_stored(stored: String) -> Result<String, orm_runtime::column::BoxError> {
        Ok(stored.to_lowercase())
    }
}

mod ring {
    pub(super) const NAME: &str = "one";
}

#[derive(Entity, Debug)]
#[entity(module = ring_columns)]
struct Ring {
    id: Auto<i64>,
    #[entity(with = Upper)]
    name: String,
    #[entity(with = Upper)]
    other: Option<String>,
}

fn tables() -> Schema {
    schema![Person, Mail, Reply, Label, Remark]
}

fn named(name: &str) -> Person {
    Person::builder().name(name).build()
}

on_all_databases! {
    fn a_query_is_over_tables_of_several_modules(db: &orm_tests::TestDb) {
        let mut session = db.session_for(tables());
        let ada = session.add(named("ada"));
        session.add(named("grace"));
        session.add(Mail::builder().subject("hi").sender(ada).build());
        let pairs = person::table
            .inner_join(mail::table.on(mail::sender_id.eq(person::id)))
            .select((person::name, mail::subject));
        let pairs: Vec<(String, String)> = session.load_rows(pairs).unwrap();
        assert_eq!(pairs, [("ada".to_owned(), "hi".to_owned())]);
        let writes = exists(mail::table.filter(mail::sender_id.eq(person::id)));
        assert_eq!(session.query::<Person>().filter(writes).all().unwrap(), [ada]);
        let silent = not(exists(mail::table.filter(mail::sender_id.eq(person::id))));
        assert_eq!(session.query::<Person>().filter(silent).count().unwrap(), 1);
    }

    fn a_query_is_over_tables_of_several_crates(db: &orm_tests::TestDb) {
        let mut session = db.session_for(schema![Town, Shop, Shelf]);
        let town = session.add(Town::builder().name("Rome").build());
        session.add(Shop::builder().town(town).build());
        let towns = town::table.inner_join(shop::table.on(shop::town_id.eq(town::id)));
        let names: Vec<String> = session.load_rows(towns.select(town::name)).unwrap();
        assert_eq!(names, ["Rome"]);
    }

    fn what_is_owned_is_deleted_before_its_owner(db: &orm_tests::TestDb) {
        let mut session = db.session_for(schema![Town, Shop, Shelf]);
        let shelves = [Shelf::builder().build(), Shelf::builder().build()];
        let town = Town::builder().name("Rome").build();
        let shop = session.add(Shop::builder().town(town).shelves(shelves).build());
        session.commit().unwrap();
        let key = session.key(shop).unwrap();
        session.clear();
        let shop = session.get_one::<Shop>(key).unwrap();
        session.log_statements(true);
        session.delete(shop).unwrap();
        session.commit().unwrap();
        assert_sql!(session, "S shelf; D shelf x2; D shop x1");
        assert_eq!((db.count("shelf"), db.count("shop")), (0, 0));
    }

    fn a_module_has_another_name_and_a_decorator_a_string(db: &orm_tests::TestDb) {
        let mut session = db.session_for(schema![Ring]);
        let one = session.add(Ring::builder().name(ring::NAME).build());
        session.commit().unwrap();
        assert_eq!(db.rows("ring", "name"), ["ONE"]);
        session.clear();
        let found = session.query::<Ring>().filter(ring_columns::name.eq(val(ring::NAME.to_owned())));
        let found = found.one().unwrap();
        assert_eq!((&*session[found].name, &session[found].other), ("one", &None));
        let names: Vec<String> = session.query::<Ring>().select(ring_columns::name).load().unwrap();
        assert_eq!(names, ["one"]);
        let _ = one;
    }

    fn a_savepoint_is_undone_without_an_error(db: &orm_tests::TestDb) {
        let mut session = db.session_for(tables());
        let ada = session.add(named("ada"));
        let answer = session
            .savepoint(|session| {
                session[ada].name = "lost".to_owned();
                session.add(named("lost"));
                session.flush()?;
                session.rollback()?;
                session.add(named("kept"));
                Ok("undone")
            })
            .unwrap();
        assert_eq!(answer, "undone");
        assert_eq!(session[ada].name, "ada");
        session.commit().unwrap();
        assert_eq!(db.rows("person", "name"), ["ada", "kept"]);
    }

    fn handles_stand_in_conditions(db: &orm_tests::TestDb) {
        let mut session = db.session_for(tables());
        let [ada, grace] = ["ada", "grace"].map(|name| session.add(named(name)));
        let [one, two] = [ada, grace].map(|sender| {
            session.add(Mail::builder().subject("hi").sender(sender).build())
        });
        let of = session.add(Reply::builder().mail(one).build());
        let nothing = session.add(Reply::builder().build());
        let blue = session.add(Label::builder().name("blue").people([ada]).build());
        // New objects: the query flushes them first.
        let mails = |session: &mut Session, condition: Condition<'_, Mail>| {
            session.query::<Mail>().filter(condition).order_by(mail::id).all().unwrap()
        };
        let sent_by = |to: Handle<Person>| Condition::all().and(mail::sender.eq(to));
        assert_eq!(mails(&mut session, sent_by(ada)), [one]);
        session.take_log();
        assert_eq!(mails(&mut session, sent_by(grace)), [two]);
        assert_sql!(session, "S mail");
        assert_eq!(mails(&mut session, Condition::all().and(mail::sender.ne(ada))), [two]);
        let both = Condition::all().and(mail::sender.in_list([ada, grace]));
        assert_eq!(mails(&mut session, both), [one, two]);
        let none = Condition::all().and(mail::sender.in_list(Vec::<Handle<Person>>::new()));
        assert_eq!(mails(&mut session, none), []);
        let combined = Condition::all().and(mail::sender.eq(ada).and(mail::subject.eq("hi")));
        assert_eq!(mails(&mut session, combined), [one]);
        let by_key = session.key(grace).unwrap();
        assert_eq!(mails(&mut session, Condition::all().and(mail::sender.eq(by_key))), [two]);

        let replies = |session: &mut Session, condition: Condition<'_, Reply>| {
            session.query::<Reply>().filter(condition).order_by(reply::id).all().unwrap()
        };
        assert_eq!(replies(&mut session, Condition::all().and(reply::mail.eq(one))), [of]);
        // If the reference is NULL, it does not reference her.
        assert_eq!(replies(&mut session, Condition::all().and(reply::mail.ne(one))), [nothing]);
        let of_sender = reply::mail.then(mail::sender).eq(ada);
        assert_eq!(replies(&mut session, Condition::all().and(of_sender)), [of]);
        let of_another = reply::mail.then(mail::sender).eq(grace);
        assert_eq!(replies(&mut session, Condition::all().and(of_another)), []);
        let inside = reply::mail.has(mail::sender.eq(ada));
        assert_eq!(replies(&mut session, Condition::all().and(inside)), [of]);

        let owner = session.query::<Person>().filter(person::mails.contains(two)).one().unwrap();
        assert_eq!(owner, grace);
        let labelled = session.query::<Person>().filter(person::labels.contains(blue));
        assert_eq!(labelled.all().unwrap(), [ada]);
        let unlabelled = not(person::labels.contains(blue));
        assert_eq!(session.query::<Person>().filter(unlabelled).all().unwrap(), [grace]);

        // In loads, counts, set statements and the user's own queries.
        session.load(ada, person::mails.filter(mail::sender.eq(ada))).unwrap();
        assert_eq!(session.query::<Mail>().filter(mail::sender.eq(ada)).count().unwrap(), 1);
        let people = session.query::<Person>().eager(person::mails.filter(mail::sender.eq(grace)));
        people.all().unwrap();
        assert_eq!(session[grace].mails.part(&session).unwrap().count(), 1);
        let own = mail::table.filter(mail::sender.eq(ada)).select(mail::id);
        assert_eq!(session.load_rows::<i64, _>(own).unwrap().len(), 1);
        let changed = session
            .query::<Mail>()
            .filter(mail::sender.eq(ada))
            .update(mail::subject.eq("re: hi"))
            .unwrap();
        assert_eq!((changed, &*session[one].subject), (1, "re: hi"));
        let named: Vec<String> = session
            .query::<Mail>()
            .filter(mail::sender.eq(ada))
            .select(mail::subject)
            .load()
            .unwrap();
        assert_eq!(named, ["re: hi"]);
        assert_eq!(session.query::<Mail>().filter(mail::sender.eq(ada)).stream().unwrap().count(), 1);
        assert_eq!(session.query::<Reply>().filter(reply::mail.eq(one)).delete().unwrap(), 1);
    }

    fn a_condition_on_an_object_that_cannot_be_known_is_an_error(db: &orm_tests::TestDb) {
        let mut other = db.session_for(tables());
        let stranger = other.add(named("ada"));
        let options = SessionOptions { autoflush: false, ..SessionOptions::default() };
        let mut session = db.session_with(options);
        let gone = session.query::<Mail>().filter(mail::sender.eq(stranger)).all().unwrap_err();
        assert!(matches!(gone, Error::InvalidHandle { entity: "Person", .. }), "{gone}");
        let ada = session.add(named("ada"));
        let keyless = session.query::<Mail>().filter(mail::sender.eq(ada)).all().unwrap_err();
        assert!(keyless.to_string().contains("flush the session first"), "{keyless}");
        let condition = mail::sender.eq(ada);
        session.flush().unwrap();
        assert_eq!(session.query::<Mail>().filter(condition).count().unwrap(), 0);
    }

    fn new_objects_nest_upwards(db: &orm_tests::TestDb) {
        let mut session = db.session_for(tables());
        session.log_statements(true);
        let mail = Mail::builder().subject("hi").sender(named("ada")).build();
        let reply = session.add(Reply::builder().mail(mail).build());
        let mail = session[reply].mail.handle(&session).unwrap().unwrap();
        let ada = session[mail].sender.handle(&session).unwrap();
        assert_eq!(session[ada].name, "ada");
        assert_eq!(session[ada].mails.handles(&session).unwrap(), [mail]);
        session.commit().unwrap();
        assert_sql!(session, "I person x1; I mail x1; I reply x1");
        assert_eq!(session[mail].sender.key(), session.key(ada).as_ref());
        // Also inside a collection, and for an enum of references.
        let remark = session.add(Remark::builder().about(named("grace")).build());
        session.add(Label::builder().name("red").people([named("joan")]).build());
        session.commit().unwrap();
        assert!(matches!(session[remark].about, About::Person(_)));
        assert_eq!(db.rows("person", "name"), ["ada", "grace", "joan"]);
    }

    fn a_new_object_that_is_shared_is_added_once(db: &orm_tests::TestDb) {
        let mut session = db.session_for(tables());
        let mail = Mail::builder().subject("one").sender(named("ada")).build();
        let two = Mail { subject: "two".to_owned(), ..mail.clone() };
        let [one, two] = [session.add(mail), session.add(two)];
        assert_eq!(session[one].sender, session[two].sender);
        session.commit().unwrap();
        assert_eq!(db.rows("person", "name"), ["ada"]);
    }

    fn a_new_object_may_be_assigned(db: &orm_tests::TestDb) {
        let mut session = db.session_for(tables());
        let mail = session.add(Mail::builder().subject("one").sender(named("ada")).build());
        let reply = session.add(Reply::builder().build());
        session.commit().unwrap();
        session[mail].sender = named("grace").into();
        session[reply].mail = Mail::builder().subject("two").sender(named("joan")).build().into();
        let early = session[mail].sender.get(&session).unwrap_err();
        assert!(early.to_string().contains("the next flush adds it"), "{early}");
        session.commit().unwrap();
        assert_eq!(session[mail].sender.get(&session).unwrap().name, "grace");
        assert_eq!(db.rows("person", "name"), ["ada", "grace", "joan"]);
        assert_eq!(db.rows("mail", "subject"), ["one", "two"]);
    }

    fn a_new_object_that_would_be_lost_is_an_error(db: &orm_tests::TestDb) {
        let mut session = db.session_for(tables());
        let mail = || Mail::builder().subject("hi").sender(named("ada")).build();
        let bulk = session.bulk_insert([mail()]).unwrap_err();
        assert!(bulk.to_string().contains("it has objects in its collections or references"), "{bulk}");
        let attached = session.attach(Mail { id: 7.into(), ..mail() }).unwrap_err();
        assert!(attached.to_string().contains("call merge_graph()"), "{attached}");
        let merged = session.merge(mail()).unwrap();
        session.commit().unwrap();
        assert_eq!(session[merged].sender.get(&session).unwrap().name, "ada");
    }

    fn a_list_takes_what_a_column_takes(db: &orm_tests::TestDb) {
        let mut session = db.session_for(schema![Person, Mail, Label, Day]);
        let [ada, _] = ["ada", "grace"].map(|name| session.add(named(name)));
        let found = session.query::<Person>().filter(person::name.in_list(["ada", "joan"]));
        assert_eq!(found.all().unwrap(), [ada]);
        let names = ["ada".to_owned()];
        let found = session.query::<Person>().filter(person::name.in_list(&names));
        assert_eq!(found.all().unwrap(), [ada]);
        // Neither `Ord` nor `Hash` is needed.
        session.add_all([Day { id: 1, mood: Mood::Good }, Day { id: 2, mood: Mood::Bad }]);
        let bad = session.query::<Day>().filter(day::mood.in_list([Mood::Bad])).count();
        assert_eq!(bad.unwrap(), 1);
    }

    fn an_aggregate_is_one_option(db: &orm_tests::TestDb) {
        let mut session = db.session_for(tables());
        let oldest = |session: &mut Session| -> Option<i32> {
            session.query::<Person>().select(max(person::age)).scalar().unwrap()
        };
        assert_eq!(oldest(&mut session), None);
        session.add(Person::builder().name("ada").age(36).build());
        assert_eq!(oldest(&mut session), Some(36));
        let name: Option<String> = session.query::<Person>().select(person::name).scalar().unwrap();
        assert_eq!(name.as_deref(), Some("ada"));
        let nobody = session.query::<Person>().filter(person::age.gt(90)).select(person::name);
        assert_eq!(nobody.scalar::<String>().unwrap(), None);
    }

    fn a_price_is_multiplied_by_a_quantity(db: &orm_tests::TestDb) {
        let mut session = db.session_for(tables());
        let ada = session.add(named("ada"));
        for (cents, copies, weight) in [(10, 3, Some(2)), (125, 2, None)] {
            let mail = Mail::builder().subject("hi").sender(ada).price(Decimal::new(cents, 2));
            session.add(mail.copies(copies).maybe_weight(weight).build());
        }
        let total: Option<Decimal> =
            session.query::<Mail>().select(sum(mul(mail::price, mail::copies))).scalar().unwrap();
        assert_eq!(total, Some(Decimal::new(280, 2)));
        // NULL together with a price is NULL.
        let by_weight: Vec<Option<Decimal>> = session
            .query::<Mail>()
            .order_by(mail::id)
            .select(mul(mail::price, mail::weight))
            .load()
            .unwrap();
        assert_eq!(by_weight, [Some(Decimal::new(20, 2)), None]);
    }

    fn a_literal_key_has_the_type_of_the_key(db: &orm_tests::TestDb) {
        let mut session = db.session_for(tables());
        assert_eq!(session.get::<Person>(3_000_000_000).unwrap(), None);
        assert_eq!(session.get_many::<Person>([3_000_000_000]).unwrap(), [None]);
    }

    fn a_column_of_the_other_side_makes_groups(db: &orm_tests::TestDb) {
        let mut session = db.session_for(tables());
        let [ada, grace] = ["ada", "grace"].map(|name| session.add(named(name)));
        for sender in [ada, ada, grace] {
            session.add(Mail::builder().subject("hi").sender(sender).build());
        }
        let sender = || mail::sender.column(person::name);
        if db.dialect() == Dialect::Mysql && !db.has_sequences() {
            // MySQL, unlike MariaDB, does not recognise that the selected expression is the grouped
            // one.
            let grouped = session.query::<Mail>().group_by(sender());
            let error = grouped.select((sender(), count_star())).load::<(Option<String>, i64)>();
            assert!(error.unwrap_err().to_string().contains("only_full_group_by"));
            return;
        }
        let counts: Vec<(Option<String>, i64)> = session
            .query::<Mail>()
            .group_by(sender())
            .order_by(sender())
            .select((sender(), count_star()))
            .load()
            .unwrap();
        assert_eq!(counts, [(Some("ada".to_owned()), 2), (Some("grace".to_owned()), 1)]);
        let both: Vec<(String, Option<String>, i64)> = session
            .query::<Mail>()
            .group_by((mail::subject, sender()))
            .order_by(sender())
            .select((mail::subject, sender(), count_star()))
            .load()
            .unwrap();
        assert_eq!(both.len(), 2);
        // A column that is not grouped is an error, although some databases return the value of any
        // row.
        let other = session
            .query::<Mail>()
            .group_by(mail::subject)
            .select((mail::subject, sender()))
            .load::<(String, Option<String>)>()
            .unwrap_err();
        assert!(other.to_string().contains("must also be in group_by()"), "{other}");
        let oldest = session
            .query::<Mail>()
            .group_by(mail::subject)
            .select((mail::subject, max(mail::sender.column(person::age))))
            .load::<(String, Option<i32>)>();
        assert_eq!(oldest.unwrap(), [("hi".to_owned(), None)]);
    }
}
