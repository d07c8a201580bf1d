struct Post {
    id: Auto<i64>,
    #[entity(on_delete = cascade)]
    author: ForeignKey<User>,
    editor: Option<ForeignKey<User>>,
    #[entity(inverse = post, order_by(id.desc()), delete_orphan)]
    comments: HasMany<Comment>,
    cover: HasOne<Cover>,
    #[entity(through = "post_tag")]
    tags: ManyToMany<Tag>,
}
