use orm_runtime::prelude::*;

#[derive(Entity)]
struct User {
    id: Auto<i64>,
    #[entity(lenght = 3)]
    name: String,
    #[entity(order_by = email)]
    addresses: HasMany<Address>,
    #[entity(through = "user_tag")]
    tags: ManyToMany<Tag>,
}

#[derive(Entity)]
struct Address {
    id: Auto<i64>,
    email: String,
    user: ForeignKey<User>,
}

#[derive(Entity)]
struct Tag {
    id: Auto<i64>,
    #[entity(inverse = tags, order_by = name)]
    users: ManyToMany<User>,
}

fn main() {
    let user = User::builder().name("ada").addresses([Address::builder().email("a").build()]);
    let _ = user.tags([Tag::builder().build()]).build();
    let _ = (user::addresses, user::tags, user::name);
}
