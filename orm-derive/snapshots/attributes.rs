#[entity(
    table = "article",
    schema = "press",
    module = articles,
    comment = "what is printed",
    unique(slug, language),
    index(columns(title), where = "published", name = "published_titles"),
    check(name = "positive", condition = "price > 0"),
    foreign_key(columns(region, branch), references = Office, on_delete = cascade),
    hooks,
    scope = visible
)]
struct Article {
    #[entity(primary_key)]
    code: String,
    #[entity(column = "title_text", length = 80, unique, default = "untitled".to_owned())]
    title: String,
    slug: String,
    #[entity(db_default = "'en'")]
    language: Generated<String>,
    #[entity(precision = 10, scale = 2, comment = "with tax")]
    price: Decimal,
    region: String,
    branch: i32,
    #[entity(index)]
    published: bool,
    #[entity(group = "long")]
    body: Deferred<String>,
    #[entity(computed = "length(title_text)")]
    width: Computed<i32>,
    #[entity(with = Celsius)]
    temperature: f64,
    #[entity(created_at)]
    created_at: NaiveDateTime,
    #[entity(updated_at)]
    updated_at: NaiveDateTime,
    #[entity(soft_delete)]
    deleted_at: Option<NaiveDateTime>,
    #[entity(version)]
    version: i32,
    #[entity(skip)]
    draft: bool,
}
