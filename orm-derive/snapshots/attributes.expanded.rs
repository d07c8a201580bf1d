///The table of `Article` and its columns, for Diesel's query DSL and for the session's queries.
#[allow(unreachable_pub)]
mod articles {
    mod __orm_sql_types {
        #[allow(unused_imports)]
        use super::super::*;
        #[allow(non_camel_case_types)]
        pub type __orm_type_10 = Celsius;
        pub mod __orm_column_10 {
            pub use super::__orm_type_10 as Celsius;
        }
    }
    mod __orm_table {
        ::diesel::table! {
            use super::super::__orm_sql_types; #[doc =
            "The table `article`, which holds `Article`."] #[sql_name = "article"] press
            .articles(code) { #[doc =
            "The column `code`: the field `code` of `Article`."] code ->
            ::diesel::sql_types::Text, #[doc =
            "The column `title_text`: the field `title` of `Article`."] #[sql_name =
            "title_text"] #[max_length = 80] title -> ::diesel::sql_types::Text, #[doc =
            "The column `slug`: the field `slug` of `Article`."] slug ->
            ::diesel::sql_types::Text, #[doc =
            "The column `language`: the field `language` of `Article`."] language ->
            ::diesel::sql_types::Text, #[doc =
            "The column `price`: the field `price` of `Article`."] price ->
            ::orm_runtime::column::sql_types::ExactDecimal, #[doc =
            "The column `region`: the field `region` of `Article`."] region ->
            ::diesel::sql_types::Text, #[doc =
            "The column `branch`: the field `branch` of `Article`."] branch ->
            ::diesel::sql_types::Integer, #[doc =
            "The column `published`: the field `published` of `Article`."] published ->
            ::diesel::sql_types::Bool, #[doc =
            "The deferred column `body`: the field `body` of `Article`."] body ->
            ::diesel::sql_types::Text, #[doc =
            "The column `width`: the field `width` of `Article`."] width ->
            ::diesel::sql_types::Integer, #[doc =
            "The column `temperature`: the field `temperature` of `Article`."]
            temperature -> __orm_sql_types::__orm_column_10::Celsius, #[doc =
            "The column `created_at`: the field `created_at` of `Article`."] created_at
            -> ::diesel::sql_types::Timestamp, #[doc =
            "The column `updated_at`: the field `updated_at` of `Article`."] updated_at
            -> ::diesel::sql_types::Timestamp, #[doc =
            "The column `deleted_at`: the field `deleted_at` of `Article`."] deleted_at
            -> ::diesel::sql_types::Nullable < ::diesel::sql_types::Timestamp >, #[doc =
            "The column `version`: the field `version` of `Article`."] version ->
            ::diesel::sql_types::Integer, }
        }
    }
    pub use self::__orm_table::articles::*;
    ///The default scopes of `Article`, which a query removes with `unscoped`.
    #[allow(non_camel_case_types, dead_code)]
    pub mod scopes {
        ///The default scope `visible` of `Article`.
        #[derive(Debug, Clone, Copy)]
        pub struct visible;
        ///The default scope `soft_delete` of `Article`.
        #[derive(Debug, Clone, Copy)]
        pub struct soft_delete;
    }
}
/**Builds a `Article` field by field, in any order.

`build` can be called after every required field has been set.*/
#[must_use = "a builder does nothing until `build` returns the `Article`"]
struct ArticleBuilder<
    __Code = ::orm_runtime::__private::builder::Missing,
    __Slug = ::orm_runtime::__private::builder::Missing,
    __Price = ::orm_runtime::__private::builder::Missing,
    __Region = ::orm_runtime::__private::builder::Missing,
    __Branch = ::orm_runtime::__private::builder::Missing,
    __Published = ::orm_runtime::__private::builder::Missing,
    __Body = ::orm_runtime::__private::builder::Missing,
    __Temperature = ::orm_runtime::__private::builder::Missing,
>(
    (
        ::core::option::Option<String>,
        ::core::option::Option<String>,
        ::core::option::Option<String>,
        ::core::option::Option<String>,
        ::core::option::Option<Decimal>,
        ::core::option::Option<String>,
        ::core::option::Option<i32>,
        ::core::option::Option<bool>,
        ::core::option::Option<String>,
        ::core::option::Option<f64>,
        ::core::option::Option<NaiveDateTime>,
        ::core::option::Option<NaiveDateTime>,
        ::core::option::Option<::core::option::Option<NaiveDateTime>>,
        ::core::option::Option<bool>,
    ),
    ::core::marker::PhantomData<
        fn() -> (
            __Code,
            __Slug,
            __Price,
            __Region,
            __Branch,
            __Published,
            __Body,
            __Temperature,
        ),
    >,
);
#[doc(hidden)]
const _: () = {
    use ::orm_runtime::__private as _orm;
    #[automatically_derived]
    #[allow(dead_code)]
    impl Article {
        /**Returns a builder of a `Article`, which `build` finishes.

`code`, `slug`, `price`, `region`, `branch`, `published`, `body` and `temperature` are required.*/
        fn builder() -> ArticleBuilder {
            ArticleBuilder(
                (
                    ::core::option::Option::None,
                    ::core::option::Option::None,
                    ::core::option::Option::None,
                    ::core::option::Option::None,
                    ::core::option::Option::None,
                    ::core::option::Option::None,
                    ::core::option::Option::None,
                    ::core::option::Option::None,
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
    impl<
        __Code,
        __Slug,
        __Price,
        __Region,
        __Branch,
        __Published,
        __Body,
        __Temperature,
    > ArticleBuilder<
        __Code,
        __Slug,
        __Price,
        __Region,
        __Branch,
        __Published,
        __Body,
        __Temperature,
    > {
        ///**Required.** Sets `code`.
        fn code(
            mut self,
            __orm_value: impl ::core::convert::Into<String>,
        ) -> ArticleBuilder<
            _orm::builder::Given,
            __Slug,
            __Price,
            __Region,
            __Branch,
            __Published,
            __Body,
            __Temperature,
        > {
            self.0.0 = ::core::option::Option::Some(_orm::builder::into(__orm_value));
            ArticleBuilder(self.0, ::core::marker::PhantomData)
        }
        ///Optional. Sets `title`, which is the expression in the attribute `default` by default.
        fn title(mut self, __orm_value: impl ::core::convert::Into<String>) -> Self {
            self.0.1 = ::core::option::Option::Some(_orm::builder::into(__orm_value));
            self
        }
        ///**Required.** Sets `slug`.
        fn slug(
            mut self,
            __orm_value: impl ::core::convert::Into<String>,
        ) -> ArticleBuilder<
            __Code,
            _orm::builder::Given,
            __Price,
            __Region,
            __Branch,
            __Published,
            __Body,
            __Temperature,
        > {
            self.0.2 = ::core::option::Option::Some(_orm::builder::into(__orm_value));
            ArticleBuilder(self.0, ::core::marker::PhantomData)
        }
        ///Optional. Sets `language`, which is generated by the database by default.
        fn language(mut self, __orm_value: impl ::core::convert::Into<String>) -> Self {
            self.0.3 = ::core::option::Option::Some(_orm::builder::into(__orm_value));
            self
        }
        ///**Required.** Sets `price`.
        fn price(
            mut self,
            __orm_value: Decimal,
        ) -> ArticleBuilder<
            __Code,
            __Slug,
            _orm::builder::Given,
            __Region,
            __Branch,
            __Published,
            __Body,
            __Temperature,
        > {
            self.0.4 = ::core::option::Option::Some(__orm_value);
            ArticleBuilder(self.0, ::core::marker::PhantomData)
        }
        ///**Required.** Sets `region`.
        fn region(
            mut self,
            __orm_value: impl ::core::convert::Into<String>,
        ) -> ArticleBuilder<
            __Code,
            __Slug,
            __Price,
            _orm::builder::Given,
            __Branch,
            __Published,
            __Body,
            __Temperature,
        > {
            self.0.5 = ::core::option::Option::Some(_orm::builder::into(__orm_value));
            ArticleBuilder(self.0, ::core::marker::PhantomData)
        }
        ///**Required.** Sets `branch`.
        fn branch(
            mut self,
            __orm_value: i32,
        ) -> ArticleBuilder<
            __Code,
            __Slug,
            __Price,
            __Region,
            _orm::builder::Given,
            __Published,
            __Body,
            __Temperature,
        > {
            self.0.6 = ::core::option::Option::Some(__orm_value);
            ArticleBuilder(self.0, ::core::marker::PhantomData)
        }
        ///**Required.** Sets `published`.
        fn published(
            mut self,
            __orm_value: bool,
        ) -> ArticleBuilder<
            __Code,
            __Slug,
            __Price,
            __Region,
            __Branch,
            _orm::builder::Given,
            __Body,
            __Temperature,
        > {
            self.0.7 = ::core::option::Option::Some(__orm_value);
            ArticleBuilder(self.0, ::core::marker::PhantomData)
        }
        ///**Required.** Sets `body`.
        fn body(
            mut self,
            __orm_value: impl ::core::convert::Into<String>,
        ) -> ArticleBuilder<
            __Code,
            __Slug,
            __Price,
            __Region,
            __Branch,
            __Published,
            _orm::builder::Given,
            __Temperature,
        > {
            self.0.8 = ::core::option::Option::Some(_orm::builder::into(__orm_value));
            ArticleBuilder(self.0, ::core::marker::PhantomData)
        }
        ///**Required.** Sets `temperature`.
        fn temperature(
            mut self,
            __orm_value: impl ::core::convert::Into<f64>,
        ) -> ArticleBuilder<
            __Code,
            __Slug,
            __Price,
            __Region,
            __Branch,
            __Published,
            __Body,
            _orm::builder::Given,
        > {
            self.0.9 = ::core::option::Option::Some(_orm::builder::into(__orm_value));
            ArticleBuilder(self.0, ::core::marker::PhantomData)
        }
        ///Optional. Sets `created_at`, which is the time of the call by default.
        fn created_at(mut self, __orm_value: NaiveDateTime) -> Self {
            self.0.10 = ::core::option::Option::Some(__orm_value);
            self
        }
        ///Optional. Sets `updated_at`, which is the time of the call by default.
        fn updated_at(mut self, __orm_value: NaiveDateTime) -> Self {
            self.0.11 = ::core::option::Option::Some(__orm_value);
            self
        }
        ///Optional. Sets `deleted_at`, which is `None` by default.
        fn deleted_at(mut self, __orm_value: NaiveDateTime) -> Self {
            self.0.12 = ::core::option::Option::Some(
                ::core::option::Option::Some(__orm_value),
            );
            self
        }
        ///Optional. Sets `deleted_at` to a value or to `None`.
        fn maybe_deleted_at(
            mut self,
            __orm_value: ::core::option::Option<NaiveDateTime>,
        ) -> Self {
            self.0.12 = ::core::option::Option::Some(__orm_value);
            self
        }
        ///Optional. Sets `draft`, which is `Default::default()` by default.
        fn draft(mut self, __orm_value: bool) -> Self {
            self.0.13 = ::core::option::Option::Some(__orm_value);
            self
        }
        ///Returns the finished `Article`. Compiles only if every required field has been set.
        fn build(self) -> Article
        where
            __Code: __CodeGiven,
            __Slug: __SlugGiven,
            __Price: __PriceGiven,
            __Region: __RegionGiven,
            __Branch: __BranchGiven,
            __Published: __PublishedGiven,
            __Body: __BodyGiven,
            __Temperature: __TemperatureGiven,
        {
            let __orm_now: NaiveDateTime = _orm::Stamp::stamped();
            Article {
                code: _orm::builder::given(self.0.0),
                title: match self.0.1 {
                    ::core::option::Option::Some(__orm_value) => __orm_value,
                    ::core::option::Option::None => {
                        let __orm_default: String = "untitled".to_owned();
                        __orm_default
                    }
                },
                slug: _orm::builder::given(self.0.2),
                language: _orm::builder::made(self.0.3),
                price: _orm::builder::given(self.0.4),
                region: _orm::builder::given(self.0.5),
                branch: _orm::builder::given(self.0.6),
                published: _orm::builder::given(self.0.7),
                body: _orm::Deferred::new(_orm::builder::given(self.0.8)),
                temperature: _orm::builder::given(self.0.9),
                created_at: match self.0.10 {
                    ::core::option::Option::Some(__orm_value) => __orm_value,
                    ::core::option::Option::None => {
                        ::core::clone::Clone::clone(&__orm_now)
                    }
                },
                updated_at: match self.0.11 {
                    ::core::option::Option::Some(__orm_value) => __orm_value,
                    ::core::option::Option::None => {
                        ::core::clone::Clone::clone(&__orm_now)
                    }
                },
                deleted_at: self.0.12.flatten(),
                draft: match self.0.13 {
                    ::core::option::Option::Some(__orm_value) => __orm_value,
                    ::core::option::Option::None => ::core::default::Default::default(),
                },
                version: 1,
                width: ::core::default::Default::default(),
            }
        }
    }
    ::orm_runtime::__builder! {
        ArticleBuilder[__Code __Slug __Price __Region __Branch __Published __Body
        __Temperature] __CodeGiven "the required field `code` of `Article` is not set"
        "call `.code(...)` before `.build()`" __SlugGiven
        "the required field `slug` of `Article` is not set"
        "call `.slug(...)` before `.build()`" __PriceGiven
        "the required field `price` of `Article` is not set"
        "call `.price(...)` before `.build()`" __RegionGiven
        "the required field `region` of `Article` is not set"
        "call `.region(...)` before `.build()`" __BranchGiven
        "the required field `branch` of `Article` is not set"
        "call `.branch(...)` before `.build()`" __PublishedGiven
        "the required field `published` of `Article` is not set"
        "call `.published(...)` before `.build()`" __BodyGiven
        "the required field `body` of `Article` is not set"
        "call `.body(...)` before `.build()`" __TemperatureGiven
        "the required field `temperature` of `Article` is not set"
        "call `.temperature(...)` before `.build()`"
    }
};
#[doc(hidden)]
const _: () = {
    use ::orm_runtime::__private as _orm;
    #[automatically_derived]
    impl _orm::Mapped for Article {
        type Key = String;
        const COLUMNS: &'static [_orm::ColumnMeta] = &[
            _orm::ColumnMeta::new(
                "code",
                "code",
                <String as _orm::Column<_orm::sql_types::Text>>::KIND,
            ),
            _orm::ColumnMeta {
                length: ::core::option::Option::Some(80),
                unique: true,
                default: true,
                .._orm::ColumnMeta::new(
                    "title",
                    "title_text",
                    <String as _orm::Column<_orm::sql_types::Text>>::KIND,
                )
            },
            _orm::ColumnMeta::new(
                "slug",
                "slug",
                <String as _orm::Column<_orm::sql_types::Text>>::KIND,
            ),
            _orm::ColumnMeta {
                generated: ::core::option::Option::Some(
                    _orm::GeneratedBy::Default("'en'"),
                ),
                read_back: true,
                .._orm::ColumnMeta::new(
                    "language",
                    "language",
                    <Generated<String> as _orm::Column<_orm::sql_types::Text>>::KIND,
                )
            },
            _orm::ColumnMeta {
                digits: ::core::option::Option::Some((10u32, 2u32)),
                comment: ::core::option::Option::Some("with tax"),
                .._orm::ColumnMeta::new(
                    "price",
                    "price",
                    <Decimal as _orm::Column<
                        ::orm_runtime::column::sql_types::ExactDecimal,
                    >>::KIND,
                )
            },
            _orm::ColumnMeta::new(
                "region",
                "region",
                <String as _orm::Column<_orm::sql_types::Text>>::KIND,
            ),
            _orm::ColumnMeta::new(
                "branch",
                "branch",
                <i32 as _orm::Column<_orm::sql_types::Integer>>::KIND,
            ),
            _orm::ColumnMeta {
                index: true,
                .._orm::ColumnMeta::new(
                    "published",
                    "published",
                    <bool as _orm::Column<_orm::sql_types::Bool>>::KIND,
                )
            },
            _orm::ColumnMeta {
                deferred: true,
                group: ::core::option::Option::Some("long"),
                .._orm::ColumnMeta::new(
                    "body",
                    "body",
                    <Deferred<String> as _orm::Column<_orm::sql_types::Text>>::KIND,
                )
            },
            _orm::ColumnMeta {
                generated: ::core::option::Option::Some(
                    _orm::GeneratedBy::Computed("length(title_text)"),
                ),
                read_back: true,
                .._orm::ColumnMeta::new(
                    "width",
                    "width",
                    <Computed<i32> as _orm::Column<_orm::sql_types::Integer>>::KIND,
                )
            },
            _orm::ColumnMeta::new(
                "temperature",
                "temperature",
                <f64 as _orm::Column<Celsius>>::KIND,
            ),
            _orm::ColumnMeta {
                created_at: true,
                .._orm::ColumnMeta::new(
                    "created_at",
                    "created_at",
                    <NaiveDateTime as _orm::Column<_orm::sql_types::Timestamp>>::KIND,
                )
            },
            _orm::ColumnMeta {
                updated_at: true,
                .._orm::ColumnMeta::new(
                    "updated_at",
                    "updated_at",
                    <NaiveDateTime as _orm::Column<_orm::sql_types::Timestamp>>::KIND,
                )
            },
            _orm::ColumnMeta {
                nullable: true,
                .._orm::ColumnMeta::new(
                    "deleted_at",
                    "deleted_at",
                    <Option<
                        NaiveDateTime,
                    > as _orm::Column<
                        _orm::sql_types::Nullable<_orm::sql_types::Timestamp>,
                    >>::KIND,
                )
            },
            _orm::ColumnMeta::new(
                "version",
                "version",
                <i32 as _orm::Column<_orm::sql_types::Integer>>::KIND,
            ),
        ];
        #[inline]
        fn bind<'__orm>(
            &'__orm self,
            __orm_column: usize,
            __orm_pass: &mut _orm::SqlWriter<'_, '__orm>,
        ) -> _orm::QueryResult<()> {
            match __orm_column {
                0 => {
                    <String as _orm::Column<
                        _orm::sql_types::Text,
                    >>::bind(&self.code, __orm_pass)
                }
                1 => {
                    <String as _orm::Column<
                        _orm::sql_types::Text,
                    >>::bind(&self.title, __orm_pass)
                }
                2 => {
                    <String as _orm::Column<
                        _orm::sql_types::Text,
                    >>::bind(&self.slug, __orm_pass)
                }
                3 => {
                    <Generated<
                        String,
                    > as _orm::Column<
                        _orm::sql_types::Text,
                    >>::bind(&self.language, __orm_pass)
                }
                4 => {
                    <Decimal as _orm::Column<
                        ::orm_runtime::column::sql_types::ExactDecimal,
                    >>::bind(&self.price, __orm_pass)
                }
                5 => {
                    <String as _orm::Column<
                        _orm::sql_types::Text,
                    >>::bind(&self.region, __orm_pass)
                }
                6 => {
                    <i32 as _orm::Column<
                        _orm::sql_types::Integer,
                    >>::bind(&self.branch, __orm_pass)
                }
                7 => {
                    <bool as _orm::Column<
                        _orm::sql_types::Bool,
                    >>::bind(&self.published, __orm_pass)
                }
                8 => {
                    <Deferred<
                        String,
                    > as _orm::Column<
                        _orm::sql_types::Text,
                    >>::bind(&self.body, __orm_pass)
                }
                9 => {
                    <Computed<
                        i32,
                    > as _orm::Column<
                        _orm::sql_types::Integer,
                    >>::bind(&self.width, __orm_pass)
                }
                10 => <f64 as _orm::Column<Celsius>>::bind(&self.temperature, __orm_pass),
                11 => {
                    <NaiveDateTime as _orm::Column<
                        _orm::sql_types::Timestamp,
                    >>::bind(&self.created_at, __orm_pass)
                }
                12 => {
                    <NaiveDateTime as _orm::Column<
                        _orm::sql_types::Timestamp,
                    >>::bind(&self.updated_at, __orm_pass)
                }
                13 => {
                    <Option<
                        NaiveDateTime,
                    > as _orm::Column<
                        _orm::sql_types::Nullable<_orm::sql_types::Timestamp>,
                    >>::bind(&self.deleted_at, __orm_pass)
                }
                14 => {
                    <i32 as _orm::Column<
                        _orm::sql_types::Integer,
                    >>::bind(&self.version, __orm_pass)
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
                    <String as _orm::Column<
                        _orm::sql_types::Text,
                    >>::bind(__orm_key, __orm_pass)
                }
                _ => ::core::result::Result::Err(_orm::diesel::result::Error::NotFound),
            }
        }
        #[inline]
        fn decode_key(
            __orm_row: &mut _orm::Row<'_, '_>,
        ) -> _orm::QueryResult<Self::Key> {
            let __orm_key_0 = <String as _orm::Column<
                _orm::sql_types::Text,
            >>::get(__orm_row)?;
            ::core::result::Result::Ok(__orm_key_0)
        }
        #[inline]
        fn decode(
            __orm_row: &mut _orm::Row<'_, '_>,
            __orm_key: &Self::Key,
        ) -> _orm::QueryResult<Self> {
            ::core::result::Result::Ok(Self {
                code: {
                    __orm_row.skip(1);
                    ::core::clone::Clone::clone(__orm_key)
                },
                title: <String as _orm::Column<_orm::sql_types::Text>>::get(__orm_row)?,
                slug: <String as _orm::Column<_orm::sql_types::Text>>::get(__orm_row)?,
                language: <Generated<
                    String,
                > as _orm::Column<_orm::sql_types::Text>>::get(__orm_row)?,
                price: <Decimal as _orm::Column<
                    ::orm_runtime::column::sql_types::ExactDecimal,
                >>::get(__orm_row)?,
                region: <String as _orm::Column<_orm::sql_types::Text>>::get(__orm_row)?,
                branch: <i32 as _orm::Column<_orm::sql_types::Integer>>::get(__orm_row)?,
                published: <bool as _orm::Column<
                    _orm::sql_types::Bool,
                >>::get(__orm_row)?,
                width: <Computed<
                    i32,
                > as _orm::Column<_orm::sql_types::Integer>>::get(__orm_row)?,
                temperature: <f64 as _orm::Column<Celsius>>::get(__orm_row)?,
                created_at: <NaiveDateTime as _orm::Column<
                    _orm::sql_types::Timestamp,
                >>::get(__orm_row)?,
                updated_at: <NaiveDateTime as _orm::Column<
                    _orm::sql_types::Timestamp,
                >>::get(__orm_row)?,
                deleted_at: <Option<
                    NaiveDateTime,
                > as _orm::Column<
                    _orm::sql_types::Nullable<_orm::sql_types::Timestamp>,
                >>::get(__orm_row)?,
                version: <i32 as _orm::Column<
                    _orm::sql_types::Integer,
                >>::get(__orm_row)?,
                body: _orm::Deferred::of(&["Article", "articles", "body"]),
                draft: ::core::default::Default::default(),
            })
        }
        fn decode_column(
            &mut self,
            __orm_column: usize,
            __orm_row: &mut _orm::Row<'_, '_>,
        ) -> _orm::QueryResult<()> {
            match __orm_column {
                3 => {
                    self.language = <Generated<
                        String,
                    > as _orm::Column<_orm::sql_types::Text>>::get(__orm_row)?;
                }
                8 => {
                    self.body = <Deferred<
                        String,
                    > as _orm::Column<_orm::sql_types::Text>>::get(__orm_row)?;
                }
                9 => {
                    self.width = <Computed<
                        i32,
                    > as _orm::Column<_orm::sql_types::Integer>>::get(__orm_row)?;
                }
                _ => {
                    return ::core::result::Result::Err(
                        _orm::diesel::result::Error::NotFound,
                    );
                }
            }
            ::core::result::Result::Ok(())
        }
    }
    #[automatically_derived]
    impl _orm::Tracked for Article {
        fn snapshot(&self) -> Self {
            Self {
                code: ::core::clone::Clone::clone(&self.code),
                title: ::core::clone::Clone::clone(&self.title),
                slug: ::core::clone::Clone::clone(&self.slug),
                language: ::core::clone::Clone::clone(&self.language),
                price: ::core::clone::Clone::clone(&self.price),
                region: ::core::clone::Clone::clone(&self.region),
                branch: ::core::clone::Clone::clone(&self.branch),
                published: ::core::clone::Clone::clone(&self.published),
                body: ::core::clone::Clone::clone(&self.body),
                width: ::core::clone::Clone::clone(&self.width),
                temperature: ::core::clone::Clone::clone(&self.temperature),
                created_at: ::core::clone::Clone::clone(&self.created_at),
                updated_at: ::core::clone::Clone::clone(&self.updated_at),
                deleted_at: ::core::clone::Clone::clone(&self.deleted_at),
                version: ::core::clone::Clone::clone(&self.version),
                draft: ::core::default::Default::default(),
            }
        }
        fn diff(&self, __orm_before: &Self) -> _orm::ColumnSet {
            _orm::ColumnSet::EMPTY
                .with(0, !_orm::ColumnValue::same(&self.code, &__orm_before.code))
                .with(1, !_orm::ColumnValue::same(&self.title, &__orm_before.title))
                .with(2, !_orm::ColumnValue::same(&self.slug, &__orm_before.slug))
                .with(
                    3,
                    !_orm::ColumnValue::same(&self.language, &__orm_before.language),
                )
                .with(4, !_orm::ColumnValue::same(&self.price, &__orm_before.price))
                .with(5, !_orm::ColumnValue::same(&self.region, &__orm_before.region))
                .with(6, !_orm::ColumnValue::same(&self.branch, &__orm_before.branch))
                .with(
                    7,
                    !_orm::ColumnValue::same(&self.published, &__orm_before.published),
                )
                .with(8, !_orm::ColumnValue::same(&self.body, &__orm_before.body))
                .with(10, !(self.temperature == __orm_before.temperature))
                .with(
                    11,
                    !_orm::ColumnValue::same(&self.created_at, &__orm_before.created_at),
                )
                .with(
                    12,
                    !_orm::ColumnValue::same(&self.updated_at, &__orm_before.updated_at),
                )
                .with(
                    13,
                    !_orm::ColumnValue::same(&self.deleted_at, &__orm_before.deleted_at),
                )
                .with(14, !_orm::ColumnValue::same(&self.version, &__orm_before.version))
        }
        fn is_set(&self, __orm_column: usize) -> bool {
            match __orm_column {
                3 => self.language.is_set(),
                8 => self.body.is_loaded(),
                9 => false,
                _ => true,
            }
        }
        fn left_out(&self, __orm_column: usize) -> _orm::LeftOut {
            match __orm_column {
                8 => self.body.left_out(),
                _ => ::core::option::Option::None,
            }
        }
        fn unmake(&mut self, __orm_columns: _orm::ColumnSet) {
            if __orm_columns.contains(3) {
                self.language = ::core::default::Default::default();
            }
            if __orm_columns.contains(8) {
                self.body = _orm::Deferred::of(&["Article", "articles", "body"]);
            }
            if __orm_columns.contains(9) {
                self.width = ::core::default::Default::default();
            }
        }
        fn payload(&self) -> usize {
            0 + _orm::ColumnValue::payload(&self.code)
                + _orm::ColumnValue::payload(&self.title)
                + _orm::ColumnValue::payload(&self.slug)
                + _orm::ColumnValue::payload(&self.language)
                + _orm::ColumnValue::payload(&self.region)
                + _orm::ColumnValue::payload(&self.body)
        }
        fn keep_skipped(&mut self, __orm_before: &mut Self) {
            ::core::mem::swap(&mut self.draft, &mut __orm_before.draft);
        }
        fn field_mut(
            &mut self,
            __orm_column: usize,
        ) -> ::core::option::Option<&mut dyn _orm::Field> {
            ::core::option::Option::Some(
                match __orm_column {
                    0 => &mut self.code,
                    1 => &mut self.title,
                    2 => &mut self.slug,
                    3 => &mut self.language,
                    4 => &mut self.price,
                    5 => &mut self.region,
                    6 => &mut self.branch,
                    7 => &mut self.published,
                    8 => &mut self.body,
                    9 => &mut self.width,
                    10 => &mut self.temperature,
                    11 => &mut self.created_at,
                    12 => &mut self.updated_at,
                    13 => &mut self.deleted_at,
                    14 => &mut self.version,
                    _ => return ::core::option::Option::None,
                },
            )
        }
        fn bump_version(&mut self) {
            self.version = self.version.wrapping_add(1);
        }
        fn has_last_version(&self) -> bool {
            self.version.checked_add(1).is_none()
        }
        fn copy_version(&mut self, __orm_from: &Self) {
            self.version = __orm_from.version;
        }
        fn show(&self, __orm_column: usize) -> ::std::string::String {
            match __orm_column {
                0 => _orm::show(&self.code),
                1 => _orm::show(&self.title),
                2 => _orm::show(&self.slug),
                3 => _orm::show(&self.language),
                4 => _orm::show(&self.price),
                5 => _orm::show(&self.region),
                6 => _orm::show(&self.branch),
                7 => _orm::show(&self.published),
                8 => _orm::show(&self.body),
                9 => _orm::show(&self.width),
                10 => _orm::show(&self.temperature),
                11 => _orm::show(&self.created_at),
                12 => _orm::show(&self.updated_at),
                13 => _orm::show(&self.deleted_at),
                14 => _orm::show(&self.version),
                _ => ::std::string::String::new(),
            }
        }
    }
    #[automatically_derived]
    impl _orm::Referencing for Article {}
    #[automatically_derived]
    impl _orm::Lifecycle for Article {
        const PREPARES: bool = true;
        fn prepare_insert(
            &mut self,
        ) -> ::core::result::Result<(), _orm::ValidationError> {
            _orm::Stamp::stamp_if_unset(&mut self.created_at);
            _orm::Stamp::stamp_if_unset(&mut self.updated_at);
            <Self as _orm::Hooks>::before_insert(self);
            _orm::fit_length(&self.title, "title", 80u32)?;
            _orm::fit(&mut self.price, "price", (10u32, 2u32))?;
            _orm::CutMicros::cut_micros(&mut self.created_at);
            _orm::CutMicros::cut_micros(&mut self.updated_at);
            _orm::CutMicros::cut_micros(&mut self.deleted_at);
            <Self as _orm::Hooks>::validate(self)
        }
        #[allow(unused_variables)]
        fn prepare_update(
            &mut self,
            __orm_before: ::core::option::Option<&Self>,
        ) -> ::core::result::Result<(), _orm::ValidationError> {
            _orm::Stamp::stamp(&mut self.updated_at);
            <Self as _orm::Hooks>::before_update(self);
            if __orm_before
                .is_none_or(|__orm_before| {
                    !(_orm::ColumnValue::same(&self.title, &__orm_before.title))
                })
            {
                _orm::fit_length(&self.title, "title", 80u32)?;
            }
            if __orm_before
                .is_none_or(|__orm_before| {
                    !(_orm::ColumnValue::same(&self.price, &__orm_before.price))
                })
            {
                _orm::fit(&mut self.price, "price", (10u32, 2u32))?;
            }
            if __orm_before
                .is_none_or(|__orm_before| {
                    !(_orm::ColumnValue::same(
                        &self.created_at,
                        &__orm_before.created_at,
                    ))
                })
            {
                _orm::CutMicros::cut_micros(&mut self.created_at);
            }
            if __orm_before
                .is_none_or(|__orm_before| {
                    !(_orm::ColumnValue::same(
                        &self.updated_at,
                        &__orm_before.updated_at,
                    ))
                })
            {
                _orm::CutMicros::cut_micros(&mut self.updated_at);
            }
            if __orm_before
                .is_none_or(|__orm_before| {
                    !(_orm::ColumnValue::same(
                        &self.deleted_at,
                        &__orm_before.deleted_at,
                    ))
                })
            {
                _orm::CutMicros::cut_micros(&mut self.deleted_at);
            }
            <Self as _orm::Hooks>::validate(self)
        }
        fn stamp_updated(&mut self) {
            _orm::Stamp::stamp(&mut self.updated_at);
        }
        fn prepare_delete(&mut self) {
            <Self as _orm::Hooks>::before_delete(self);
        }
        const COMPLETES: bool = true;
        fn complete(&mut self) {
            <Self as _orm::Hooks>::after_load(self);
        }
        const SCOPES: usize = 2;
        fn scope(
            __orm_scope: usize,
        ) -> ::core::option::Option<::std::boxed::Box<dyn _orm::SqlFragment>> {
            match __orm_scope {
                0 => ::core::option::Option::Some(_orm::scope::<Self>(visible)),
                1 => {
                    ::core::option::Option::Some(
                        ::std::boxed::Box::new(
                            _orm::diesel::ExpressionMethods::is_null(
                                articles::deleted_at,
                            ),
                        ),
                    )
                }
                _ => ::core::option::Option::None,
            }
        }
        fn deletion() -> ::core::option::Option<
            ::std::boxed::Box<dyn _orm::SqlFragment>,
        > {
            ::core::option::Option::Some(
                _orm::builder::value::<
                    Option<NaiveDateTime>,
                    _orm::sql_types::Nullable<_orm::sql_types::Timestamp>,
                >(::core::option::Option::Some(<NaiveDateTime as _orm::Now>::now())),
            )
        }
    }
    #[automatically_derived]
    impl _orm::InHierarchy for Article {
        type From = articles::table;
        type Root = Self;
        fn entity_index() -> usize {
            static INDEX: _orm::EntityIndex = _orm::EntityIndex::new();
            INDEX.get(|| <Self as _orm::Entity>::META)
        }
    }
    #[automatically_derived]
    impl _orm::Entity for Article {
        type Table = articles::table;
        const META: &'static _orm::EntityMeta = &_orm::EntityMeta {
            columns: <Self as _orm::Mapped>::COLUMNS,
            key: &[0],
            auto_key: false,
            schema: ::core::option::Option::Some("press"),
            version: ::core::option::Option::Some(14),
            soft_delete: ::core::option::Option::Some(13),
            indexes: &[
                _orm::IndexMeta {
                    name: ::core::option::Option::None,
                    columns: &[2, 3],
                    unique: true,
                    condition: ::core::option::Option::None,
                },
                _orm::IndexMeta {
                    name: ::core::option::Option::Some("published_titles"),
                    columns: &[1],
                    unique: false,
                    condition: ::core::option::Option::Some("published"),
                },
            ],
            checks: &[
                _orm::CheckMeta {
                    name: ::core::option::Option::Some("positive"),
                    condition: "price > 0",
                },
            ],
            foreign_keys: &[
                _orm::ForeignKeyMeta {
                    columns: &[5, 6],
                    target: _orm::target_of::<Office, (String, i32)>(),
                    on_delete: _orm::OnDelete::Cascade,
                    field: ::core::option::Option::None,
                    nullable: false,
                    one_of: ::core::option::Option::None,
                    delete_orphan: false,
                    constraint: true,
                },
            ],
            comment: ::core::option::Option::Some("what is printed"),
            .._orm::entity_meta::<Self>("Article", "articles", "article")
        };
        fn key(&self) -> ::core::option::Option<Self::Key> {
            ::core::option::Option::Some(::core::clone::Clone::clone(&self.code))
        }
    }
    #[automatically_derived]
    impl _orm::TableOf for articles::table {
        fn meta() -> &'static _orm::EntityMeta {
            <Article as _orm::Entity>::META
        }
    }
    #[automatically_derived]
    impl _orm::Reads<articles::table> for articles::table {}
    #[automatically_derived]
    impl<__Seen> _orm::same_query::Numbered<__Seen> for articles::table {
        type Number = _orm::same_query::DB<
            _orm::same_query::DE<
                _orm::same_query::D7<
                    _orm::same_query::DA<
                        _orm::same_query::D5<
                            _orm::same_query::D1<
                                _orm::same_query::D9<
                                    _orm::same_query::D6<
                                        _orm::same_query::D1<
                                            _orm::same_query::D5<
                                                _orm::same_query::D8<
                                                    _orm::same_query::DC<_orm::same_query::End>,
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
    impl<__T> _orm::diesel::query_source::TableNotEqual<__T> for articles::table
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
    impl ::core::convert::From<Article>
    for _orm::ForeignKey<Article, <Article as _orm::Mapped>::Key> {
        fn from(__orm_object: Article) -> Self {
            _orm::ForeignKey::to_new(__orm_object)
        }
    }
    #[automatically_derived]
    impl ::core::convert::From<Article>
    for ::core::option::Option<
        _orm::ForeignKey<Article, <Article as _orm::Mapped>::Key>,
    > {
        fn from(__orm_object: Article) -> Self {
            ::core::option::Option::Some(_orm::ForeignKey::to_new(__orm_object))
        }
    }
    #[automatically_derived]
    impl _orm::Writable for Article {}
    #[automatically_derived]
    impl _orm::HooksWord for Article {}
    #[automatically_derived]
    impl _orm::DefaultScope<Article> for articles::scopes::visible {
        const POSITION: usize = 0;
    }
    #[automatically_derived]
    impl _orm::DefaultScope<Article> for articles::scopes::soft_delete {
        const POSITION: usize = 1;
    }
    #[automatically_derived]
    impl _orm::DeferredColumn<Article> for articles::body {
        const POSITION: usize = 8;
    }
    #[automatically_derived]
    impl _orm::Loadable<Article> for articles::body {
        fn load_into(
            self,
            __orm_session: &mut _orm::Session,
            __orm_handles: &[_orm::Handle<Article>],
            _: bool,
        ) -> _orm::Result<()> {
            _orm::load_deferred(self, __orm_session, __orm_handles)
        }
        fn expire_in(
            self,
            __orm_session: &mut _orm::Session,
            __orm_handles: &[_orm::Handle<Article>],
        ) -> _orm::Result<()> {
            _orm::expire_deferred(self, __orm_session, __orm_handles)
        }
    }
};
