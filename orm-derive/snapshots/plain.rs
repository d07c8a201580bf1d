#[entity(table = "user_account")]
pub struct User {
    pub id: Auto<i64>,
    pub name: String,
    pub fullname: Option<String>,
}
