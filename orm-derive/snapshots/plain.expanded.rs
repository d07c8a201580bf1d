///The table of `User` and its columns, for Diesel's query DSL and for the session's queries.
#[allow(unreachable_pub)]
pub mod user {
    mod __orm_table {
        ::diesel::table! {
            #[doc = "The table `user_account`, which holds `User`."] #[sql_name =
            "user_account"] user(id) { #[doc =
            "The column `id`, which is the field `id` of `User`."] id ->
            ::diesel::sql_types::BigInt, #[doc =
            "The column `name`, which is the field `name` of `User`."] name ->
            ::diesel::sql_types::Text, #[doc =
            "The column `fullname`, which is the field `fullname` of `User`."] fullname
            -> ::diesel::sql_types::Nullable < ::diesel::sql_types::Text >, }
        }
    }
    pub use self::__orm_table::user::*;
}
/**Makes a `User` field by field, in any order.

`build` is there when every required field has been given.*/
#[must_use = "a builder does nothing until `build` makes the `User`"]
pub struct UserBuilder<__Name = ::orm_runtime::__private::builder::Missing>(
    (
        ::core::option::Option<i64>,
        ::core::option::Option<String>,
        ::core::option::Option<::core::option::Option<String>>,
    ),
    ::core::marker::PhantomData<fn() -> (__Name,)>,
);
#[doc(hidden)]
const _: () = {
    use ::orm_runtime::__private as _orm;
    #[automatically_derived]
    #[allow(dead_code)]
    impl User {
        /**Starts a `User`, to be ended by `build`.

`name` is required.*/
        pub fn builder() -> UserBuilder {
            UserBuilder(
                (
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
    impl<__Name> UserBuilder<__Name> {
        ///Optional; sets `id`, which is made by the database by default.
        pub fn id(mut self, __orm_value: i64) -> Self {
            self.0.0 = ::core::option::Option::Some(__orm_value);
            self
        }
        ///**Required.** Sets `name`.
        pub fn name(
            mut self,
            __orm_value: impl ::core::convert::Into<String>,
        ) -> UserBuilder<_orm::builder::Given> {
            self.0.1 = ::core::option::Option::Some(_orm::builder::into(__orm_value));
            UserBuilder(self.0, ::core::marker::PhantomData)
        }
        ///Optional; sets `fullname`, which is `None` by default.
        pub fn fullname(
            mut self,
            __orm_value: impl ::core::convert::Into<String>,
        ) -> Self {
            self.0.2 = ::core::option::Option::Some(
                ::core::option::Option::Some(_orm::builder::into(__orm_value)),
            );
            self
        }
        ///Optional; sets `fullname` to a value or to `None`.
        pub fn maybe_fullname(
            mut self,
            __orm_value: ::core::option::Option<String>,
        ) -> Self {
            self.0.2 = ::core::option::Option::Some(__orm_value);
            self
        }
        ///The finished `User`. It compiles only if every required field has been given.
        pub fn build(self) -> User
        where
            __Name: __NameGiven,
        {
            User {
                id: _orm::builder::made(self.0.0),
                name: _orm::builder::given(self.0.1),
                fullname: self.0.2.flatten(),
            }
        }
    }
    ::orm_runtime::__builder! {
        UserBuilder[__Name] __NameGiven
        "the required field `name` of `User` is not given"
        "call `.name(...)` before `.build()`"
    }
};
#[doc(hidden)]
const _: () = {
    use ::orm_runtime::__private as _orm;
    #[automatically_derived]
    impl _orm::Mapped for User {
        type Key = i64;
        const COLUMNS: &'static [_orm::ColumnMeta] = &[
            _orm::ColumnMeta::new(
                "id",
                "id",
                <Auto<i64> as _orm::Column<_orm::sql_types::BigInt>>::KIND,
            ),
            _orm::ColumnMeta::new(
                "name",
                "name",
                <String as _orm::Column<_orm::sql_types::Text>>::KIND,
            ),
            _orm::ColumnMeta {
                nullable: true,
                .._orm::ColumnMeta::new(
                    "fullname",
                    "fullname",
                    <Option<
                        String,
                    > as _orm::Column<
                        _orm::sql_types::Nullable<_orm::sql_types::Text>,
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
                    <String as _orm::Column<
                        _orm::sql_types::Text,
                    >>::bind(&self.name, __orm_pass)
                }
                2 => {
                    <Option<
                        String,
                    > as _orm::Column<
                        _orm::sql_types::Nullable<_orm::sql_types::Text>,
                    >>::bind(&self.fullname, __orm_pass)
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
                name: <String as _orm::Column<_orm::sql_types::Text>>::get(__orm_row)?,
                fullname: <Option<
                    String,
                > as _orm::Column<
                    _orm::sql_types::Nullable<_orm::sql_types::Text>,
                >>::get(__orm_row)?,
            })
        }
    }
    #[automatically_derived]
    impl _orm::Tracked for User {
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
                name: ::core::clone::Clone::clone(&self.name),
                fullname: ::core::clone::Clone::clone(&self.fullname),
            }
        }
        fn diff(&self, __orm_before: &Self) -> _orm::ColumnSet {
            _orm::ColumnSet::EMPTY
                .with(0, !_orm::ColumnValue::same(&self.id, &__orm_before.id))
                .with(1, !_orm::ColumnValue::same(&self.name, &__orm_before.name))
                .with(
                    2,
                    !_orm::ColumnValue::same(&self.fullname, &__orm_before.fullname),
                )
        }
        fn is_set(&self, __orm_column: usize) -> bool {
            match __orm_column {
                0 => self.id.is_set(),
                _ => true,
            }
        }
        fn payload(&self) -> usize {
            0 + _orm::ColumnValue::payload(&self.name)
                + _orm::ColumnValue::payload(&self.fullname)
        }
        fn field_mut(
            &mut self,
            __orm_column: usize,
        ) -> ::core::option::Option<&mut dyn _orm::Field> {
            ::core::option::Option::Some(
                match __orm_column {
                    0 => &mut self.id,
                    1 => &mut self.name,
                    2 => &mut self.fullname,
                    _ => return ::core::option::Option::None,
                },
            )
        }
        fn show(&self, __orm_column: usize) -> ::std::string::String {
            match __orm_column {
                0 => _orm::show(&self.id),
                1 => _orm::show(&self.name),
                2 => _orm::show(&self.fullname),
                _ => ::std::string::String::new(),
            }
        }
    }
    #[automatically_derived]
    impl _orm::Referencing for User {}
    #[automatically_derived]
    impl _orm::Lifecycle for User {}
    #[automatically_derived]
    impl _orm::InHierarchy for User {
        type From = user::table;
        type Root = Self;
        fn entity_index() -> usize {
            static INDEX: _orm::EntityIndex = _orm::EntityIndex::new();
            INDEX.get()
        }
    }
    #[automatically_derived]
    impl _orm::Entity for User {
        type Table = user::table;
        const META: &'static _orm::EntityMeta = &_orm::EntityMeta {
            columns: <Self as _orm::Mapped>::COLUMNS,
            key: &[0],
            auto_key: true,
            .._orm::entity_meta::<Self>("User", "user", "user_account")
        };
        fn key(&self) -> ::core::option::Option<Self::Key> {
            self.id.get()
        }
    }
    #[automatically_derived]
    impl _orm::TableOf for user::table {
        fn meta() -> &'static _orm::EntityMeta {
            <User as _orm::Entity>::META
        }
    }
    #[automatically_derived]
    impl _orm::Reads<user::table> for user::table {}
    #[automatically_derived]
    impl<__Seen> _orm::same_query::Numbered<__Seen> for user::table {
        type Number = _orm::same_query::DC<
            _orm::same_query::D9<
                _orm::same_query::D6<
                    _orm::same_query::D1<
                        _orm::same_query::DA<
                            _orm::same_query::DD<
                                _orm::same_query::DE<
                                    _orm::same_query::D9<
                                        _orm::same_query::D2<
                                            _orm::same_query::D1<
                                                _orm::same_query::DE<
                                                    _orm::same_query::D8<_orm::same_query::End>,
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
    impl<__T> _orm::diesel::query_source::TableNotEqual<__T> for user::table
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
    impl ::core::convert::From<User>
    for _orm::ForeignKey<User, <User as _orm::Mapped>::Key> {
        fn from(__orm_object: User) -> Self {
            _orm::ForeignKey::to_new(__orm_object)
        }
    }
    #[automatically_derived]
    impl ::core::convert::From<User>
    for ::core::option::Option<_orm::ForeignKey<User, <User as _orm::Mapped>::Key>> {
        fn from(__orm_object: User) -> Self {
            ::core::option::Option::Some(_orm::ForeignKey::to_new(__orm_object))
        }
    }
    #[automatically_derived]
    impl _orm::Writable for User {}
};
