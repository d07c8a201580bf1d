#[doc(hidden)]
const _: () = {
    use ::orm_runtime::__private as _orm;
    #[automatically_derived]
    #[allow(dead_code)]
    impl Status {
        ///Returns the code of the value, which is stored in the database.
        pub const fn code(self) -> &'static str {
            match self {
                Self::Open => "open",
                Self::Done => "DONE",
            }
        }
        ///Returns the label of the value, for people.
        pub const fn label(self) -> &'static str {
            match self {
                Self::Open => "to be done",
                Self::Done => "Done",
            }
        }
        ///Returns all values of `Status`, in the order of their declaration.
        pub fn all() -> impl ::core::iter::ExactSizeIterator<
            Item = Self,
        > + ::core::clone::Clone {
            <Self as _orm::DbEnum>::VARIANTS.iter().copied()
        }
        ///Returns the code and the label of each `Status`, for example to fill a drop-down list.
        pub fn choices() -> impl ::core::iter::ExactSizeIterator<
            Item = (&'static str, &'static str),
        > {
            Self::all().map(|value| (value.code(), value.label()))
        }
        /**Returns the `Status` with this code or alias.

# Errors

No value has this code. The error lists the known codes.*/
        pub fn from_code(code: &str) -> ::core::result::Result<Self, _orm::UnknownCode> {
            match code {
                "open" => ::core::result::Result::Ok(Self::Open),
                "DONE" => ::core::result::Result::Ok(Self::Done),
                _ => {
                    ::core::result::Result::Err(
                        _orm::UnknownCode::new(<Self as _orm::DbEnum>::META, code),
                    )
                }
            }
        }
    }
    #[automatically_derived]
    impl _orm::DbEnum for Status {
        const META: &'static _orm::EnumMeta = &_orm::EnumMeta {
            name: "Status",
            type_name: "status",
            storage: _orm::EnumStorage::Native,
            variants: &[
                _orm::VariantMeta {
                    name: "Open",
                    code: _orm::Code::Text("open"),
                    label: "to be done",
                    aliases: &[],
                },
                _orm::VariantMeta {
                    name: "Done",
                    code: _orm::Code::Text("DONE"),
                    label: "Done",
                    aliases: &[],
                },
            ],
        };
        const VARIANTS: &'static [Self] = &[Self::Open, Self::Done];
        fn position(self) -> usize {
            match self {
                Self::Open => 0,
                Self::Done => 1,
            }
        }
    }
    #[automatically_derived]
    impl ::core::fmt::Display for Status {
        fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
            ::core::fmt::Display::fmt(&self.code(), f)
        }
    }
    #[automatically_derived]
    impl ::core::str::FromStr for Status {
        type Err = _orm::UnknownCode;
        fn from_str(text: &str) -> ::core::result::Result<Self, _orm::UnknownCode> {
            Self::from_code(text)
        }
    }
    #[automatically_derived]
    impl _orm::FromOwnedCode<::std::string::String> for Status {
        fn from_owned_code(
            code: ::std::string::String,
        ) -> ::core::result::Result<Self, _orm::UnknownCode> {
            Self::from_code(&code)
        }
    }
    ::orm_runtime::__enum_serde!(Status, ::std::string::String);
    #[automatically_derived]
    impl _orm::CustomType for Status {
        type Sql = _orm::sql_types::Text;
        const KIND: _orm::ColumnType = _orm::ColumnType::Enum(
            <Self as _orm::DbEnum>::META,
        );
        const POSTGRES_TYPE: ::core::option::Option<&'static str> = ::core::option::Option::Some(
            "status",
        );
    }
    #[automatically_derived]
    impl<__DB> _orm::diesel::serialize::ToSql<_orm::Custom<Status>, __DB> for Status
    where
        __DB: _orm::diesel::backend::Backend,
        str: _orm::diesel::serialize::ToSql<_orm::sql_types::Text, __DB>,
    {
        fn to_sql<'__b>(
            &'__b self,
            out: &mut _orm::diesel::serialize::Output<'__b, '_, __DB>,
        ) -> _orm::diesel::serialize::Result {
            _orm::diesel::serialize::ToSql::<
                _orm::sql_types::Text,
                __DB,
            >::to_sql(
                {
                    let code: &'static str = match self {
                        Self::Open => "open",
                        Self::Done => "DONE",
                    };
                    code
                },
                out,
            )
        }
    }
    #[automatically_derived]
    impl<__DB> _orm::diesel::deserialize::FromSql<_orm::Custom<Status>, __DB> for Status
    where
        __DB: _orm::diesel::backend::Backend,
        ::std::string::String: _orm::diesel::deserialize::FromSql<
            _orm::sql_types::Text,
            __DB,
        >,
    {
        fn from_sql(
            bytes: <__DB as _orm::diesel::backend::Backend>::RawValue<'_>,
        ) -> _orm::diesel::deserialize::Result<Self> {
            let stored = <::std::string::String as _orm::diesel::deserialize::FromSql<
                _orm::sql_types::Text,
                __DB,
            >>::from_sql(bytes)?;
            ::core::result::Result::Ok((_orm::read_code(&stored, Self::from_code))?)
        }
    }
    ::orm_runtime::__own_type!(
        Status, _orm::Custom < Status >, index = _orm::HashIndex < Status >, parked = |
        _, _ | ::core::option::Option::None, json = | value, json |
        _orm::push_json_text(value.code(), json)
    );
};
