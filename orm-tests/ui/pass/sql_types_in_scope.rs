// A path after `sql_type` has the same meaning as beside the struct.
mod types {
    pub use diesel::sql_types::Text;

    pub mod inner {
        use orm_runtime::prelude::*;

        #[derive(Entity)]
        pub struct Note {
            pub id: Auto<i64>,
            #[entity(sql_type = super::Text)]
            pub text: String,
        }
    }
}

use diesel::prelude::QueryDsl;
use diesel::sql_types as sql;
use diesel::sql_types::BigInt;
use orm_runtime::prelude::*;

#[derive(Entity)]
struct Account {
    #[entity(sql_type = BigInt)]
    id: Auto<i64>,
    #[entity(sql_type = sql::Text)]
    name: String,
    #[entity(sql_type = self::types::Text)]
    mail: Option<String>,
    #[entity(sql_type = crate::types::Text)]
    city: Deferred<Option<String>>,
    #[entity(sql_type = ::diesel::sql_types::BigInt)]
    balance: i64,
}

fn main() {
    let account = Account::builder().name("ada").balance(3).build();
    let _ = (account.id, account.mail, account.city.is_loaded());
    let _ = account::table.filter((account::balance + 1).eq(4)).filter(account::mail.eq("a"));
    let _ = types::inner::Note::builder().text("x").build();
}
