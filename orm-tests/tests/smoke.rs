use orm_runtime::prelude::*;

#[derive(Entity, Debug, Clone)]
#[entity(table = "user_account")]
pub struct User {
    pub id: Auto<i64>,
    #[entity(unique, length = 30)]
    pub name: String,
    pub fullname: Option<String>,
    pub age: i32,
    pub portrait: Deferred<Option<Vec<u8>>>,
}

fn urls() -> Vec<String> {
    let mut urls = vec!["sqlite://:memory:".to_owned()];
    for name in ["ORM_TEST_POSTGRES", "ORM_TEST_MYSQL"] {
        if let Ok(url) = std::env::var(name) { urls.push(url); }
    }
    urls
}

#[test]
fn works() {
    for url in urls() {
        println!("{url}");
        let mut session = Session::open(&url).unwrap();
        session.log_statements(true);
        let schema = schema![User];
        schema.drop_all(&mut session).unwrap();
        schema.create_all(&mut session).unwrap();
        let ada = session.add(User::builder().name("ada").age(3).build());
        let all = session.add_all((0..1200).map(|n| User::builder().name(format!("n{n}")).age(n).fullname("x").build()));
        println!("{:#?}", session.pending_sql().unwrap());
        session.commit().unwrap();
        assert_eq!(session.key(ada), Some(1));
        assert_eq!(session.key(all[1199]), Some(1201));
        session[ada].fullname = Some("Ada".into());
        for &h in &all[..300] { session[h].age += 1; }
        session.flush().unwrap();
        session.rollback().unwrap();
        assert_eq!(session[ada].fullname, None);
        assert_eq!(session[all[0]].age, 0);
        for &h in &all[..300] { session[h].age += 1; }
        session.commit().unwrap();
        assert_eq!(session.query::<User>().filter(user::age.gt(10)).count().unwrap(), 1200 - 10);
        assert_eq!(session.query::<User>().filter(user::name.in_list(["n1".to_owned(), "n2".to_owned()])).all().unwrap(), all[1..3]);
        session.clear();
        let found = session.get_many::<User>([5_i64, 3, 99999, 7]).unwrap();
        assert_eq!(found.iter().map(|h| h.map(|h| session[h].age)).collect::<Vec<_>>(), [Some(4), Some(2), None, Some(6)]);
        let five = found[0].unwrap();
        session[five].portrait.set(Some(vec![1,2,3]));
        session.commit().unwrap();
        session.clear();
        let five = session.get_one::<User>(5).unwrap();
        assert!(session[five].portrait.get().is_err());
        session.load(five, user::portrait).unwrap();
        assert_eq!(session[five].portrait.get().unwrap().as_deref(), Some(&[1u8,2,3][..]));
        session.add(User::builder().name("n1").age(1).build());
        session.add(User::builder().name("zz").age(1).build());
        let error = session.commit().unwrap_err();
        println!("{error}");
        session.rollback().unwrap();
        let n = session.query::<User>().filter(user::age.lt(5)).delete().unwrap();
        println!("deleted {n}");
        let n = session.query::<User>().filter(user::age.lt(20)).update(user::age.eq(user::age + 100)).unwrap();
        println!("updated {n} {}", session.statements());
        session.commit().unwrap();
        for r in session.take_log().iter() { println!("{:?} {:?} {}", r.rows, r.time, &r.sql[..r.sql.len().min(150)]); }
    }
}
