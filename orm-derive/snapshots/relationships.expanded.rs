///The table of `Post` and its columns, for Diesel's query DSL and for the session's queries.
#[allow(unreachable_pub)]
mod post {
    mod __orm_table {
        ::diesel::table! {
            #[doc = "The table `post`, which holds `Post`."] post(id) { #[doc =
            "The column `id`, which is the field `id` of `Post`."] id ->
            ::diesel::sql_types::BigInt, #[doc =
            "The column `author_id`, which is the field `author` of `Post`."] author_id
            -> ::diesel::sql_types::BigInt, #[doc =
            "The column `editor_id`, which is the field `editor` of `Post`."] editor_id
            -> ::diesel::sql_types::Nullable < ::diesel::sql_types::BigInt >, }
        }
    }
    pub use self::__orm_table::post::*;
    ///The reference `author` of `Post`, which leads to `User`.
    #[derive(Debug, Clone, Copy)]
    #[allow(non_camel_case_types, dead_code)]
    pub(super) struct author;
    ///The reference `editor` of `Post`, which leads to `User`.
    #[derive(Debug, Clone, Copy)]
    #[allow(non_camel_case_types, dead_code)]
    pub(super) struct editor;
    ///The relationship `comments` of `Post`, which leads to objects of `Comment`.
    #[derive(Debug, Clone, Copy)]
    #[allow(non_camel_case_types, dead_code)]
    pub(super) struct comments;
    ///The relationship `cover` of `Post`, which leads to objects of `Cover`.
    #[derive(Debug, Clone, Copy)]
    #[allow(non_camel_case_types, dead_code)]
    pub(super) struct cover;
    ///The relationship `tags` of `Post`, which leads to objects of `Tag`.
    #[derive(Debug, Clone, Copy)]
    #[allow(non_camel_case_types, dead_code)]
    pub(super) struct tags;
}
/**Makes a `Post` field by field, in any order.

`build` is there when every required field has been given.*/
#[must_use = "a builder does nothing until `build` makes the `Post`"]
struct PostBuilder(
    (
        ::core::option::Option<i64>,
        ::core::option::Option<ForeignKey<User>>,
        ::core::option::Option<::core::option::Option<ForeignKey<User>>>,
        ::core::option::Option<HasMany<Comment>>,
        ::core::option::Option<HasOne<Cover>>,
        ::core::option::Option<ManyToMany<Tag>>,
    ),
    ::core::marker::PhantomData<fn() -> ()>,
);
#[doc(hidden)]
const _: () = {
    use ::orm_runtime::__private as _orm;
    #[automatically_derived]
    #[allow(dead_code)]
    impl Post {
        /**Starts a `Post`, to be ended by `build`.

No field is required.*/
        fn builder() -> PostBuilder {
            PostBuilder(
                (
                    ::core::option::Option::None,
                    ::core::option::Option::None,
                    ::core::option::Option::None,
                    ::core::option::Option::None,
                    ::core::option::Option::None,
                    ::core::option::Option::None,
                ),
                ::core::marker::PhantomData,
            )
        }
    }
    #[automatically_derived]
    #[allow(dead_code)]
    impl PostBuilder {
        ///Optional; sets `id`, which is made by the database by default.
        fn id(mut self, __orm_value: i64) -> Self {
            self.0.0 = ::core::option::Option::Some(__orm_value);
            self
        }
        ///Optional here; sets the reference `author` to an object of the session, flushed or not, to its key, or to a new object, which is added together with this one. Without it the object is to be given to a collection of the other, or the reference to be set before the flush.
        fn author(
            mut self,
            __orm_value: impl _orm::IntoReference<ForeignKey<User>>,
        ) -> Self {
            self.0.1 = ::core::option::Option::Some(
                _orm::IntoReference::into_reference(__orm_value),
            );
            self
        }
        ///Optional here; sets the reference `editor` to an object of the session, flushed or not, to its key, or to a new object, which is added together with this one. Without it the object is to be given to a collection of the other, or the reference to be set before the flush.
        fn editor(
            mut self,
            __orm_value: impl _orm::IntoReference<ForeignKey<User>>,
        ) -> Self {
            self.0.2 = ::core::option::Option::Some(
                ::core::option::Option::Some(
                    _orm::IntoReference::into_reference(__orm_value),
                ),
            );
            self
        }
        ///Optional; sets `editor` to a value or to `None`.
        fn maybe_editor(
            mut self,
            __orm_value: ::core::option::Option<ForeignKey<User>>,
        ) -> Self {
            self.0.2 = ::core::option::Option::Some(__orm_value);
            self
        }
        ///Optional; gives the objects of `comments`, new ones or handles. They are added together with this one.
        fn comments<__Orm: ::core::convert::Into<_orm::Related<Comment>>>(
            mut self,
            __orm_value: impl ::core::iter::IntoIterator<Item = __Orm>,
        ) -> Self {
            self.0.3 = ::core::option::Option::Some(
                ::core::iter::FromIterator::from_iter(__orm_value),
            );
            self
        }
        ///Optional; gives the object of `cover`, a new one or a handle. It is added together with this one.
        fn cover(
            mut self,
            __orm_value: impl ::core::convert::Into<_orm::Related<Cover>>,
        ) -> Self {
            self.0.4 = ::core::option::Option::Some(
                ::core::iter::FromIterator::from_iter(::core::iter::once(__orm_value)),
            );
            self
        }
        ///Optional; gives the objects of `tags`, new ones or handles. They are added together with this one.
        fn tags<__Orm: ::core::convert::Into<_orm::Related<Tag>>>(
            mut self,
            __orm_value: impl ::core::iter::IntoIterator<Item = __Orm>,
        ) -> Self {
            self.0.5 = ::core::option::Option::Some(
                ::core::iter::FromIterator::from_iter(__orm_value),
            );
            self
        }
        ///The finished `Post`. It compiles only if every required field has been given.
        fn build(self) -> Post {
            Post {
                id: _orm::builder::made(self.0.0),
                author: match self.0.1 {
                    ::core::option::Option::Some(__orm_value) => __orm_value,
                    ::core::option::Option::None => ::core::default::Default::default(),
                },
                editor: match self.0.2 {
                    ::core::option::Option::Some(__orm_value) => __orm_value,
                    ::core::option::Option::None => ::core::default::Default::default(),
                },
                comments: match self.0.3 {
                    ::core::option::Option::Some(__orm_value) => __orm_value,
                    ::core::option::Option::None => ::core::default::Default::default(),
                },
                cover: match self.0.4 {
                    ::core::option::Option::Some(__orm_value) => __orm_value,
                    ::core::option::Option::None => ::core::default::Default::default(),
                },
                tags: match self.0.5 {
                    ::core::option::Option::Some(__orm_value) => __orm_value,
                    ::core::option::Option::None => ::core::default::Default::default(),
                },
            }
        }
    }
    ::orm_runtime::__builder! {
        PostBuilder[]
    }
};
#[doc(hidden)]
const _: () = {
    use ::orm_runtime::__private as _orm;
    #[automatically_derived]
    impl _orm::Mapped for Post {
        type Key = i64;
        const COLUMNS: &'static [_orm::ColumnMeta] = &[
            _orm::ColumnMeta::new(
                "id",
                "id",
                <Auto<i64> as _orm::Column<_orm::sql_types::BigInt>>::KIND,
            ),
            _orm::ColumnMeta {
                index: true,
                .._orm::ColumnMeta::new(
                    "author_id",
                    "author_id",
                    <::core::primitive::i64 as _orm::Column<
                        _orm::sql_types::BigInt,
                    >>::KIND,
                )
            },
            _orm::ColumnMeta {
                nullable: true,
                index: true,
                .._orm::ColumnMeta::new(
                    "editor_id",
                    "editor_id",
                    <::core::option::Option<
                        ::core::primitive::i64,
                    > as _orm::Column<
                        _orm::sql_types::Nullable<_orm::sql_types::BigInt>,
                    >>::KIND,
                )
            },
        ];
        #[inline]
        fn bind<'__orm>(
            &'__orm self,
            __orm_column: usize,
            __orm_pass: &mut _orm::SqlWriter<'_, '__orm>,
        ) -> _orm::QueryResult<()> {
            match __orm_column {
                0 => {
                    <Auto<
                        i64,
                    > as _orm::Column<
                        _orm::sql_types::BigInt,
                    >>::bind(&self.id, __orm_pass)
                }
                1 => {
                    match _orm::ForeignKeyField::known_key(&self.author) {
                        ::core::option::Option::Some(__orm_known) => {
                            <::core::primitive::i64 as _orm::Column<
                                _orm::sql_types::BigInt,
                            >>::bind(__orm_known, __orm_pass)
                        }
                        ::core::option::Option::None => {
                            _orm::builder::bind_null::<
                                ::core::primitive::i64,
                                _orm::sql_types::BigInt,
                            >(__orm_pass)
                        }
                    }
                }
                2 => {
                    match _orm::ForeignKeyField::known_key(&self.editor) {
                        ::core::option::Option::Some(__orm_known) => {
                            <::core::primitive::i64 as _orm::Column<
                                _orm::sql_types::BigInt,
                            >>::bind(__orm_known, __orm_pass)
                        }
                        ::core::option::Option::None => {
                            _orm::builder::bind_null::<
                                ::core::primitive::i64,
                                _orm::sql_types::BigInt,
                            >(__orm_pass)
                        }
                    }
                }
                _ => ::core::result::Result::Err(_orm::diesel::result::Error::NotFound),
            }
        }
        fn bind_key<'__orm>(
            __orm_key: &'__orm Self::Key,
            __orm_part: usize,
            __orm_pass: &mut _orm::SqlWriter<'_, '__orm>,
        ) -> _orm::QueryResult<()> {
            match __orm_part {
                0 => {
                    <i64 as _orm::Column<
                        _orm::sql_types::BigInt,
                    >>::bind(__orm_key, __orm_pass)
                }
                _ => ::core::result::Result::Err(_orm::diesel::result::Error::NotFound),
            }
        }
        #[inline]
        fn decode_key(
            __orm_row: &mut _orm::Row<'_, '_>,
        ) -> _orm::QueryResult<Self::Key> {
            let __orm_key_0 = <i64 as _orm::Column<
                _orm::sql_types::BigInt,
            >>::get(__orm_row)?;
            ::core::result::Result::Ok(__orm_key_0)
        }
        #[inline]
        fn decode(
            __orm_row: &mut _orm::Row<'_, '_>,
            __orm_key: &Self::Key,
        ) -> _orm::QueryResult<Self> {
            ::core::result::Result::Ok(Self {
                id: {
                    __orm_row.skip(1);
                    ::core::convert::From::from(*__orm_key)
                },
                author: {
                    let __orm_part_0 = <::core::primitive::i64 as _orm::Column<
                        _orm::sql_types::BigInt,
                    >>::get(__orm_row)?;
                    _orm::ForeignKeyField::of_key(
                        ::core::option::Option::Some(__orm_part_0),
                    )
                },
                editor: {
                    let __orm_part_0 = <::core::option::Option<
                        ::core::primitive::i64,
                    > as _orm::Column<
                        _orm::sql_types::Nullable<_orm::sql_types::BigInt>,
                    >>::get(__orm_row)?;
                    _orm::ForeignKeyField::of_key(__orm_part_0)
                },
                comments: ::core::default::Default::default(),
                cover: ::core::default::Default::default(),
                tags: ::core::default::Default::default(),
            })
        }
    }
    #[automatically_derived]
    impl _orm::Tracked for Post {
        fn set_auto_key(&mut self, __orm_key: ::core::option::Option<i64>) {
            self.id = match __orm_key.and_then(<i64 as _orm::AutoKey>::from_number) {
                ::core::option::Option::Some(__orm_key) => {
                    ::core::convert::From::from(__orm_key)
                }
                ::core::option::Option::None => ::core::default::Default::default(),
            };
        }
        fn snapshot(&self) -> Self {
            Self {
                id: ::core::clone::Clone::clone(&self.id),
                author: ::core::clone::Clone::clone(&self.author),
                editor: ::core::clone::Clone::clone(&self.editor),
                comments: ::core::default::Default::default(),
                cover: ::core::default::Default::default(),
                tags: ::core::default::Default::default(),
            }
        }
        fn diff(&self, __orm_before: &Self) -> _orm::ColumnSet {
            _orm::ColumnSet::EMPTY
                .with(0, !_orm::ColumnValue::same(&self.id, &__orm_before.id))
                .with(
                    1,
                    !_orm::ForeignKeyField::same(&self.author, &__orm_before.author),
                )
                .with(
                    2,
                    !_orm::ForeignKeyField::same(&self.editor, &__orm_before.editor),
                )
        }
        fn is_set(&self, __orm_column: usize) -> bool {
            match __orm_column {
                0 => self.id.is_set(),
                _ => true,
            }
        }
        fn payload(&self) -> usize {
            0
        }
        fn keep_skipped(&mut self, __orm_before: &mut Self) {
            ::core::mem::swap(&mut self.comments, &mut __orm_before.comments);
            ::core::mem::swap(&mut self.cover, &mut __orm_before.cover);
            ::core::mem::swap(&mut self.tags, &mut __orm_before.tags);
        }
        fn field_mut(
            &mut self,
            __orm_column: usize,
        ) -> ::core::option::Option<&mut dyn _orm::Field> {
            ::core::option::Option::Some(
                match __orm_column {
                    0 => &mut self.id,
                    1 => &mut self.author,
                    2 => &mut self.editor,
                    _ => return ::core::option::Option::None,
                },
            )
        }
        fn show(&self, __orm_column: usize) -> ::std::string::String {
            match __orm_column {
                0 => _orm::show(&self.id),
                1 => _orm::show(&self.author),
                2 => _orm::show(&self.editor),
                _ => ::std::string::String::new(),
            }
        }
    }
    #[automatically_derived]
    impl _orm::Referencing for Post {
        fn reference(&self, __orm_foreign_key: usize) -> _orm::Reference<'_> {
            match __orm_foreign_key {
                0 => _orm::ForeignKeyField::reference(&self.author),
                1 => _orm::ForeignKeyField::reference(&self.editor),
                _ => _orm::Reference::NULL,
            }
        }
        fn set_reference(
            &mut self,
            __orm_foreign_key: usize,
            __orm_to: _orm::Reference<'_>,
        ) {
            match __orm_foreign_key {
                0 => _orm::ForeignKeyField::set_reference(&mut self.author, __orm_to),
                1 => _orm::ForeignKeyField::set_reference(&mut self.editor, __orm_to),
                _ => {}
            }
        }
        const HAS_COLLECTIONS: bool = true;
        fn visit_collections<__V: _orm::CollectionVisitor>(
            &mut self,
            __orm_visitor: &mut __V,
        ) {
            __orm_visitor.has_many(&mut self.comments, 2);
            __orm_visitor.has_one(&mut self.cover, 3);
            __orm_visitor.many_to_many(&mut self.tags, post::tags);
        }
    }
    #[automatically_derived]
    impl _orm::Lifecycle for Post {}
    #[automatically_derived]
    impl _orm::InHierarchy for Post {
        type From = post::table;
        type Root = Self;
        fn entity_index() -> usize {
            static INDEX: _orm::EntityIndex = _orm::EntityIndex::new();
            INDEX.get()
        }
    }
    #[automatically_derived]
    impl _orm::Entity for Post {
        type Table = post::table;
        const META: &'static _orm::EntityMeta = &_orm::EntityMeta {
            columns: <Self as _orm::Mapped>::COLUMNS,
            key: &[0],
            auto_key: true,
            foreign_keys: &[
                _orm::ForeignKeyMeta {
                    field: ::core::option::Option::Some("author"),
                    .._orm::ForeignKeyMeta::new(
                        &[1],
                        _orm::target_of::<User, ::core::primitive::i64>(),
                        _orm::OnDelete::Cascade,
                    )
                },
                _orm::ForeignKeyMeta {
                    field: ::core::option::Option::Some("editor"),
                    nullable: true,
                    .._orm::ForeignKeyMeta::new(
                        &[2],
                        _orm::target_of::<User, ::core::primitive::i64>(),
                        _orm::OnDelete::Restrict,
                    )
                },
            ],
            relationships: &[
                _orm::RelationshipMeta::to_one::<Self, User>("author", 0),
                _orm::RelationshipMeta::to_one::<Self, User>("editor", 1),
                _orm::RelationshipMeta {
                    order: &[
                        (
                            _orm::column_position::<
                                Comment,
                            >(
                                "id",
                                "`Comment` has no column `id` to order by; write one of its columns, a reference as `user_id`",
                            ),
                            true,
                        ),
                    ],
                    delete_orphan: true,
                    .._orm::RelationshipMeta::new::<
                        Self,
                        Comment,
                    >(
                        "comments",
                        _orm::RelationshipKind::OneToMany,
                        _orm::inverse_of::<
                            Self,
                            <Comment as _orm::Named<10101548734087531847>>::Relationship,
                        >(),
                    )
                },
                _orm::RelationshipMeta::new::<
                    Self,
                    Cover,
                >(
                    "cover",
                    _orm::RelationshipKind::OneToOne,
                    _orm::inverse_of::<
                        Self,
                        <Cover as _orm::RefersTo<Self>>::Relationship,
                    >(),
                ),
                _orm::RelationshipMeta {
                    association: ::core::option::Option::Some(
                        _orm::made_association::<post::tags>(),
                    ),
                    .._orm::RelationshipMeta::new::<
                        Self,
                        Tag,
                    >(
                        "tags",
                        _orm::RelationshipKind::ManyToMany,
                        <post::tags as _orm::Associated>::TO_SOURCE,
                    )
                },
            ],
            .._orm::entity_meta::<Self>("Post", "post", "post")
        };
        fn key(&self) -> ::core::option::Option<Self::Key> {
            self.id.get()
        }
    }
    #[automatically_derived]
    impl _orm::TableOf for post::table {
        fn meta() -> &'static _orm::EntityMeta {
            <Post as _orm::Entity>::META
        }
    }
    #[automatically_derived]
    impl _orm::Reads<post::table> for post::table {}
    #[automatically_derived]
    impl<__Seen> _orm::same_query::Numbered<__Seen> for post::table {
        type Number = _orm::same_query::D1<
            _orm::same_query::D4<
                _orm::same_query::D5<
                    _orm::same_query::DF<
                        _orm::same_query::DC<
                            _orm::same_query::D0<
                                _orm::same_query::D2<
                                    _orm::same_query::D3<
                                        _orm::same_query::D8<
                                            _orm::same_query::D0<
                                                _orm::same_query::DA<
                                                    _orm::same_query::DF<_orm::same_query::End>,
                                                >,
                                            >,
                                        >,
                                    >,
                                >,
                            >,
                        >,
                    >,
                >,
            >,
        >;
    }
    #[automatically_derived]
    impl<__T> _orm::diesel::query_source::TableNotEqual<__T> for post::table
    where
        __T: _orm::diesel::Table + _orm::same_query::Numbered<Self>,
        <Self as _orm::same_query::Numbered<
            Self,
        >>::Number: _orm::same_query::Differs<
            <__T as _orm::same_query::Numbered<Self>>::Number,
            Self,
        >,
    {}
    #[automatically_derived]
    impl ::core::convert::From<Post>
    for _orm::ForeignKey<Post, <Post as _orm::Mapped>::Key> {
        fn from(__orm_object: Post) -> Self {
            _orm::ForeignKey::to_new(__orm_object)
        }
    }
    #[automatically_derived]
    impl ::core::convert::From<Post>
    for ::core::option::Option<_orm::ForeignKey<Post, <Post as _orm::Mapped>::Key>> {
        fn from(__orm_object: Post) -> Self {
            ::core::option::Option::Some(_orm::ForeignKey::to_new(__orm_object))
        }
    }
    #[automatically_derived]
    impl _orm::Writable for Post {}
    #[automatically_derived]
    impl _orm::Relationship for post::author {
        type Source = Post;
        type Target = User;
        const POSITION: usize = 0;
    }
    #[automatically_derived]
    impl _orm::Named<7815024061042257814> for Post {
        type Relationship = post::author;
    }
    #[automatically_derived]
    impl _orm::ToOne for post::author {
        const FOREIGN_KEY: usize = 0;
    }
    #[automatically_derived]
    impl _orm::Relationship for post::editor {
        type Source = Post;
        type Target = User;
        const POSITION: usize = 1;
    }
    #[automatically_derived]
    impl _orm::Named<13759273684610885784> for Post {
        type Relationship = post::editor;
    }
    #[automatically_derived]
    impl _orm::ToOne for post::editor {
        const FOREIGN_KEY: usize = 1;
    }
    #[automatically_derived]
    impl _orm::Relationship for post::comments {
        type Source = Post;
        type Target = Comment;
        const POSITION: usize = 2;
    }
    #[automatically_derived]
    impl _orm::Named<3235193856308725463> for Post {
        type Relationship = post::comments;
    }
    #[automatically_derived]
    impl _orm::ToMany for post::comments {}
    #[automatically_derived]
    impl _orm::Relationship for post::cover {
        type Source = Post;
        type Target = Cover;
        const POSITION: usize = 3;
    }
    #[automatically_derived]
    impl _orm::Named<12257012090271558176> for Post {
        type Relationship = post::cover;
    }
    #[automatically_derived]
    impl _orm::ToMany for post::cover {}
    #[automatically_derived]
    impl _orm::Relationship for post::tags {
        type Source = Post;
        type Target = Tag;
        const POSITION: usize = 4;
    }
    #[automatically_derived]
    impl _orm::Named<15644445103386232192> for Post {
        type Relationship = post::tags;
    }
    #[automatically_derived]
    impl _orm::ToMany for post::tags {}
    #[automatically_derived]
    impl _orm::Associated for post::tags {
        type Association = PostTag;
        const TO_SOURCE: usize = 0;
        const TO_TARGET: usize = 1;
    }
    #[automatically_derived]
    impl _orm::Connects for post::tags {
        const INVERSE: bool = false;
        type Association = PostTag;
        const TO_SOURCE: usize = 0;
        const TO_TARGET: usize = 1;
    }
};
///A row of the table `post_tag`, which connects a `Post` and a `Tag`.
#[derive(::orm_runtime::Entity, ::core::fmt::Debug, ::core::clone::Clone)]
#[entity(table = "post_tag")]
struct PostTag {
    ///The `Post` that is connected.
    #[entity(primary_key, on_delete = cascade, column = "post_id")]
    post: ::orm_runtime::ForeignKey<Post, i64>,
    ///The `Tag` that is connected.
    #[entity(primary_key, on_delete = cascade, column = "tag_id")]
    tag: ::orm_runtime::ForeignKey<Tag, ::core::primitive::i64>,
}
#[doc(hidden)]
const _: () = {
    use ::orm_runtime::__private as _orm;
    #[automatically_derived]
    impl _orm::Connecting for PostTag {
        fn unset() -> Self {
            PostTag {
                post: ::core::default::Default::default(),
                tag: ::core::default::Default::default(),
            }
        }
    }
};
