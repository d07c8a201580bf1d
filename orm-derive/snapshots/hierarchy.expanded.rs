#[doc(hidden)]
#[allow(unused_macros)]
macro_rules! __orm_base_Employee {
    ($($subtype:tt)*) => {
        ::orm_runtime::__private::resume_subtype! { { $($subtype)* } "" "employee"[id
        "id" "id" given::diesel::sql_types::BigInt, false false] }
    };
}
#[doc(hidden)]
#[allow(unused_imports)]
pub(crate) use __orm_base_Employee as Employee;
///The table of `Employee` and its columns, for Diesel's query DSL and for the session's queries.
#[allow(unreachable_pub)]
mod employee {
    mod __orm_sql_types {
        #[allow(unused_imports)]
        use super::super::*;
        #[allow(non_camel_case_types)]
        pub type __orm_type_2 = EmployeeKind;
    }
    mod __orm_table {
        ::diesel::table! {
            use super::super::__orm_sql_types; #[doc =
            "The table `employee`, which holds `Employee`."] employee(id) { #[doc =
            "The column `id`, which is the field `id` of `Employee`."] id ->
            ::diesel::sql_types::BigInt, #[doc =
            "The column `name`, which is the field `name` of `Employee`."] name ->
            ::diesel::sql_types::Text, #[doc =
            "The column `kind`, which is the field `kind` of `Employee`."] kind ->
            ::orm_runtime::column::sql_types::Custom < __orm_sql_types::__orm_type_2 >, }
        }
    }
    pub use self::__orm_table::employee::*;
}
/**Makes a `Employee` field by field, in any order.

`build` is there when every required field has been given.*/
#[must_use = "a builder does nothing until `build` makes the `Employee`"]
struct EmployeeBuilder<__Name = ::orm_runtime::__private::builder::Missing>(
    (::core::option::Option<i64>, ::core::option::Option<String>),
    ::core::marker::PhantomData<fn() -> (__Name,)>,
);
#[doc(hidden)]
const _: () = {
    use ::orm_runtime::__private as _orm;
    #[automatically_derived]
    #[allow(dead_code)]
    impl Employee {
        /**Starts a `Employee`, to be ended by `build`.

`name` is required.*/
        fn builder() -> EmployeeBuilder {
            EmployeeBuilder(
                (::core::option::Option::None, ::core::option::Option::None),
                ::core::marker::PhantomData,
            )
        }
    }
    #[automatically_derived]
    #[allow(dead_code)]
    impl<__Name> EmployeeBuilder<__Name> {
        ///Optional; sets `id`, which is made by the database by default.
        fn id(mut self, __orm_value: i64) -> Self {
            self.0.0 = ::core::option::Option::Some(__orm_value);
            self
        }
        ///**Required.** Sets `name`.
        fn name(
            mut self,
            __orm_value: impl ::core::convert::Into<String>,
        ) -> EmployeeBuilder<_orm::builder::Given> {
            self.0.1 = ::core::option::Option::Some(_orm::builder::into(__orm_value));
            EmployeeBuilder(self.0, ::core::marker::PhantomData)
        }
        ///The finished `Employee`. It compiles only if every required field has been given.
        fn build(self) -> Employee
        where
            __Name: __NameGiven,
        {
            Employee {
                id: _orm::builder::made(self.0.0),
                name: _orm::builder::given(self.0.1),
                kind: ::core::default::Default::default(),
            }
        }
    }
    ::orm_runtime::__builder! {
        EmployeeBuilder[__Name] __NameGiven
        "the required field `name` of `Employee` is not given"
        "call `.name(...)` before `.build()`"
    }
};
#[doc(hidden)]
const _: () = {
    use ::orm_runtime::__private as _orm;
    #[automatically_derived]
    impl _orm::Mapped for Employee {
        type Key = i64;
        const COLUMNS: &'static [_orm::ColumnMeta] = <__OrmRoot as _orm::Mapped>::COLUMNS;
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
                    <Discriminator<
                        EmployeeKind,
                    > as _orm::OwnColumn<
                        ::orm_runtime::column::sql_types::Custom<EmployeeKind>,
                    >>::bind(&self.kind, __orm_pass)
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
                kind: <Discriminator<
                    EmployeeKind,
                > as _orm::OwnColumn<
                    ::orm_runtime::column::sql_types::Custom<EmployeeKind>,
                >>::get(__orm_row)?,
            })
        }
    }
    #[automatically_derived]
    impl _orm::Tracked for Employee {
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
                kind: ::core::clone::Clone::clone(&self.kind),
            }
        }
        fn diff(&self, __orm_before: &Self) -> _orm::ColumnSet {
            _orm::ColumnSet::EMPTY
                .with(0, !_orm::ColumnValue::same(&self.id, &__orm_before.id))
                .with(1, !_orm::ColumnValue::same(&self.name, &__orm_before.name))
                .with(
                    2,
                    !<Discriminator<
                        EmployeeKind,
                    > as _orm::OwnColumn<
                        ::orm_runtime::column::sql_types::Custom<EmployeeKind>,
                    >>::same(&self.kind, &__orm_before.kind),
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
                + <Discriminator<
                    EmployeeKind,
                > as _orm::OwnColumn<
                    ::orm_runtime::column::sql_types::Custom<EmployeeKind>,
                >>::payload(&self.kind)
        }
        fn field_mut(
            &mut self,
            __orm_column: usize,
        ) -> ::core::option::Option<&mut dyn _orm::Field> {
            ::core::option::Option::Some(
                match __orm_column {
                    0 => &mut self.id,
                    1 => &mut self.name,
                    2 => &mut self.kind,
                    _ => return ::core::option::Option::None,
                },
            )
        }
        fn show(&self, __orm_column: usize) -> ::std::string::String {
            match __orm_column {
                0 => _orm::show(&self.id),
                1 => _orm::show(&self.name),
                2 => _orm::show(&self.kind),
                _ => ::std::string::String::new(),
            }
        }
    }
    #[automatically_derived]
    impl _orm::Referencing for Employee {}
    #[automatically_derived]
    impl _orm::Lifecycle for Employee {}
    #[automatically_derived]
    impl _orm::InHierarchy for Employee {
        type From = _orm::RootFrom<__OrmRoot>;
        type Root = __OrmRoot;
        const HAS: _orm::ColumnSet = _orm::ColumnSet::first(3);
        fn subtype(&self) -> usize {
            __ORM_AT.subtype
        }
        #[inline]
        fn view(__orm_object: &__OrmRoot) -> ::core::option::Option<&Self> {
            _orm::Hierarchy::as_subtype(__orm_object)
        }
        #[inline]
        fn view_mut(__orm_object: &mut __OrmRoot) -> ::core::option::Option<&mut Self> {
            _orm::Hierarchy::as_subtype_mut(__orm_object)
        }
        fn from_root(
            __orm_object: __OrmRoot,
        ) -> ::core::result::Result<Self, __OrmRoot> {
            _orm::Hierarchy::into_subtype(__orm_object)
        }
        #[inline]
        fn entity_index() -> usize {
            <__OrmRoot as _orm::InHierarchy>::entity_index()
        }
    }
    #[automatically_derived]
    impl _orm::Entity for Employee {
        type Table = employee::table;
        const META: &'static _orm::EntityMeta = &_orm::EntityMeta {
            name: "Employee",
            module: "employee",
            table: "employee",
            schema: ::core::option::Option::None,
            comment: ::core::option::Option::None,
            subtype: __ORM_AT.subtype,
            entity: _orm::entity_meta::<Self>("", "", "").entity,
            ..*<__OrmRoot as _orm::Entity>::META
        };
        fn key(&self) -> ::core::option::Option<Self::Key> {
            self.id.get()
        }
    }
    #[automatically_derived]
    impl _orm::TableOf for employee::table {
        fn meta() -> &'static _orm::EntityMeta {
            <Employee as _orm::Entity>::META
        }
    }
    #[automatically_derived]
    impl _orm::Reads<employee::table> for employee::table {}
    #[automatically_derived]
    impl<__Seen> _orm::same_query::Numbered<__Seen> for employee::table {
        type Number = _orm::same_query::D2<
            _orm::same_query::D5<
                _orm::same_query::D1<
                    _orm::same_query::D3<
                        _orm::same_query::D6<
                            _orm::same_query::DD<
                                _orm::same_query::D7<
                                    _orm::same_query::D5<
                                        _orm::same_query::D3<
                                            _orm::same_query::DE<
                                                _orm::same_query::DC<
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
    impl<__T> _orm::diesel::query_source::TableNotEqual<__T> for employee::table
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
    impl<__B> ::core::convert::From<Employee>
    for _orm::ForeignKey<__B, <Employee as _orm::Mapped>::Key>
    where
        __B: _orm::Entity<Root = <Employee as _orm::InHierarchy>::Root>,
        Employee: _orm::SubtypeOf<__B>,
        for<'__a> Employee: _orm::ConcreteBounds<'__a>,
    {
        fn from(__orm_object: Employee) -> Self {
            _orm::ForeignKey::to_new(__orm_object)
        }
    }
    #[automatically_derived]
    impl<__B> ::core::convert::From<Employee>
    for ::core::option::Option<_orm::ForeignKey<__B, <Employee as _orm::Mapped>::Key>>
    where
        __B: _orm::Entity<Root = <Employee as _orm::InHierarchy>::Root>,
        Employee: _orm::SubtypeOf<__B>,
        for<'__a> Employee: _orm::ConcreteBounds<'__a>,
    {
        fn from(__orm_object: Employee) -> Self {
            ::core::option::Option::Some(_orm::ForeignKey::to_new(__orm_object))
        }
    }
    #[automatically_derived]
    impl _orm::Writable for Employee {}
    type __OrmRoot = Staff;
    const __ORM_PATH: &str = ::core::concat!(::core::module_path!(), "::", "Employee");
    #[allow(dead_code)]
    const __ORM_AT: _orm::At = _orm::layout::at(
        <__OrmRoot as _orm::Hierarchy>::SHAPES,
        __ORM_PATH,
        "`Employee` is not among the subtypes of its base: add a variant `Employee(Employee)` to the enum that the base names with `hierarchy`",
    );
    trait __OrmOwn {
        const COLUMNS: &'static [_orm::ColumnMeta];
        const SHAPE: _orm::SubtypeShape;
        const PIECE: _orm::SubtypePiece;
    }
    impl __OrmOwn for Employee {
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
            _orm::ColumnMeta::new(
                "kind",
                "kind",
                <Discriminator<
                    EmployeeKind,
                > as _orm::OwnColumn<
                    ::orm_runtime::column::sql_types::Custom<EmployeeKind>,
                >>::KIND,
            ),
        ];
        const SHAPE: _orm::SubtypeShape = _orm::SubtypeShape {
            path: __ORM_PATH,
            table: true,
            columns: <Self as __OrmOwn>::COLUMNS,
            foreign_keys: 0usize,
            relationships: 0usize,
        };
        const PIECE: _orm::SubtypePiece = _orm::SubtypePiece {
            shape: <Self as __OrmOwn>::SHAPE,
            name: "Employee",
            table: ::core::option::Option::Some((
                ::core::option::Option::None,
                "employee",
            )),
            key: &[],
            indexes: &[],
            checks: &[],
            foreign_keys: &[],
            relationships: &[],
            comment: ::core::option::Option::None,
        };
    }
    #[automatically_derived]
    impl _orm::Subtype for Employee {
        type Lineage = __OrmLineage;
        type Itself = Self;
        type Base = Self;
        type Discriminator = EmployeeKind;
        const SHAPES: &'static [_orm::SubtypeShape] = &[<Self as __OrmOwn>::SHAPE];
        const PIECES: &'static [_orm::SubtypePiece] = &[<Self as __OrmOwn>::PIECE];
        const BASE: &'static _orm::EntityMeta = &_orm::EntityMeta {
            columns: <Self as _orm::Mapped>::COLUMNS,
            key: &[0],
            auto_key: true,
            .._orm::entity_meta::<Self>("Employee", "employee", "employee")
        };
        const DISCRIMINATOR: usize = 2;
        fn set_discriminator(&mut self, __orm_value: Self::Discriminator) {
            self.kind = _orm::Discriminator::of(__orm_value);
        }
        #[inline]
        fn read_discriminator(
            __orm_row: &mut _orm::Row<'_, '_>,
        ) -> _orm::QueryResult<Self::Discriminator> {
            __orm_row.enter_subtype(0);
            __orm_row.skip(2);
            let __orm_value = <Discriminator<
                EmployeeKind,
            > as _orm::OwnColumn<
                ::orm_runtime::column::sql_types::Custom<EmployeeKind>,
            >>::get(__orm_row)?;
            __orm_row.enter_subtype(0);
            _orm::present(__orm_value.get(), 2, __orm_row)
        }
        fn bind_discriminator<'__orm>(
            __orm_value: &'__orm _orm::Discriminator<Self::Discriminator>,
            __orm_pass: &mut _orm::SqlWriter<'_, '__orm>,
        ) -> _orm::QueryResult<()> {
            <Discriminator<
                EmployeeKind,
            > as _orm::OwnColumn<
                ::orm_runtime::column::sql_types::Custom<EmployeeKind>,
            >>::bind(__orm_value, __orm_pass)
        }
        #[inline]
        fn base(&self) -> &Self {
            self
        }
        #[inline]
        fn base_mut(&mut self) -> &mut Self {
            self
        }
        #[inline]
        fn as_subtype<__L: _orm::Subtype>(&self) -> ::core::option::Option<&__L> {
            (self as &dyn ::core::any::Any).downcast_ref()
        }
        #[inline]
        fn as_subtype_mut<__L: _orm::Subtype>(
            &mut self,
        ) -> ::core::option::Option<&mut __L> {
            (self as &mut dyn ::core::any::Any).downcast_mut()
        }
    }
    #[doc(hidden)]
    #[allow(missing_debug_implementations)]
    struct TablesOfEmployee;
    type __OrmLineage = TablesOfEmployee;
    #[automatically_derived]
    impl _orm::diesel::query_source::AppearsInFromClause<employee::table>
    for __OrmLineage {
        type Count = _orm::diesel::query_source::Once;
    }
    #[automatically_derived]
    impl _orm::diesel::query_source::AppearsInFromClause<employee::table>
    for _orm::RootFrom<__OrmRoot> {
        type Count = _orm::diesel::query_source::Once;
    }
    #[automatically_derived]
    impl _orm::Reads<employee::table> for __OrmLineage {}
    #[automatically_derived]
    impl _orm::Reads<employee::table> for _orm::RootFrom<__OrmRoot> {}
    #[automatically_derived]
    #[diagnostic::do_not_recommend]
    impl _orm::Concrete for Employee
    where
        for<'__a> __OrmRoot: _orm::WrapsBounds<'__a, Employee>,
    {
        fn into_root(self) -> __OrmRoot {
            _orm::Wraps::wrap(self)
        }
    }
    #[automatically_derived]
    impl _orm::SubtypeOf<__OrmRoot> for Employee {}
    #[automatically_derived]
    impl _orm::SubtypeOf<Employee> for __OrmRoot {}
};
#[doc(hidden)]
#[allow(unused_macros)]
macro_rules! __orm_base_Boss {
    ($($subtype:tt)*) => {
        ::orm_runtime::__private::resume_subtype! { { $($subtype)* } "" "boss"[id "id"
        "id" given::diesel::sql_types::BigInt, false false] }
    };
}
#[doc(hidden)]
#[allow(unused_imports)]
pub(crate) use __orm_base_Boss as Boss;
///The table of `Boss` and its columns, for Diesel's query DSL and for the session's queries.
#[allow(unreachable_pub)]
mod boss {
    mod __orm_sql_types {
        #[allow(unused_imports)]
        use super::super::*;
        #[allow(non_camel_case_types)]
        pub type __orm_type_1 = ::diesel::sql_types::BigInt;
        pub mod __orm_column_1 {
            pub use super::__orm_type_1 as BigInt;
        }
    }
    mod __orm_table {
        ::diesel::table! {
            use super::super::__orm_sql_types; #[doc =
            "The table `boss`, which holds `Boss`."] boss(id) { #[doc =
            "The column `golf_average`, which is the field `golf_average` of `Boss`."]
            golf_average -> ::diesel::sql_types::Double, #[doc =
            "The column `id` of the key, which `Boss` shares with `Employee`."] id ->
            __orm_sql_types::__orm_column_1::BigInt, }
        }
    }
    pub use self::__orm_table::boss::*;
}
/**Makes a `Boss` field by field, in any order.

`build` is there when every required field has been given.*/
#[must_use = "a builder does nothing until `build` makes the `Boss`"]
struct BossBuilder<
    __Employee = ::orm_runtime::__private::builder::Missing,
    __GolfAverage = ::orm_runtime::__private::builder::Missing,
>(
    (::core::option::Option<Employee>, ::core::option::Option<f64>),
    ::core::marker::PhantomData<fn() -> (__Employee, __GolfAverage)>,
);
#[doc(hidden)]
const _: () = {
    use ::orm_runtime::__private as _orm;
    #[automatically_derived]
    #[allow(dead_code)]
    impl Boss {
        /**Starts a `Boss`, to be ended by `build`.

`employee` and `golf_average` are required.*/
        fn builder() -> BossBuilder {
            BossBuilder(
                (::core::option::Option::None, ::core::option::Option::None),
                ::core::marker::PhantomData,
            )
        }
    }
    #[automatically_derived]
    #[allow(dead_code)]
    impl<__Employee, __GolfAverage> BossBuilder<__Employee, __GolfAverage> {
        ///**Required.** Sets `employee`.
        fn employee(
            mut self,
            __orm_value: Employee,
        ) -> BossBuilder<_orm::builder::Given, __GolfAverage> {
            self.0.0 = ::core::option::Option::Some(__orm_value);
            BossBuilder(self.0, ::core::marker::PhantomData)
        }
        ///**Required.** Sets `golf_average`.
        fn golf_average(
            mut self,
            __orm_value: impl ::core::convert::Into<f64>,
        ) -> BossBuilder<__Employee, _orm::builder::Given> {
            self.0.1 = ::core::option::Option::Some(_orm::builder::into(__orm_value));
            BossBuilder(self.0, ::core::marker::PhantomData)
        }
        ///The finished `Boss`. It compiles only if every required field has been given.
        fn build(self) -> Boss
        where
            __Employee: __EmployeeGiven,
            __GolfAverage: __GolfAverageGiven,
        {
            Boss {
                employee: _orm::builder::given(self.0.0),
                golf_average: _orm::builder::given(self.0.1),
            }
        }
    }
    ::orm_runtime::__builder! {
        BossBuilder[__Employee __GolfAverage] __EmployeeGiven
        "the required field `employee` of `Boss` is not given"
        "call `.employee(...)` before `.build()`" __GolfAverageGiven
        "the required field `golf_average` of `Boss` is not given"
        "call `.golf_average(...)` before `.build()`"
    }
};
#[doc(hidden)]
const _: () = {
    use ::orm_runtime::__private as _orm;
    #[automatically_derived]
    impl _orm::Mapped for Boss {
        type Key = <Employee as _orm::Mapped>::Key;
        const COLUMNS: &'static [_orm::ColumnMeta] = <__OrmRoot as _orm::Mapped>::COLUMNS;
        #[inline]
        fn bind<'__orm>(
            &'__orm self,
            __orm_column: usize,
            __orm_pass: &mut _orm::SqlWriter<'_, '__orm>,
        ) -> _orm::QueryResult<()> {
            let __orm_base_column = __orm_column;
            let __orm_column = __orm_column.wrapping_sub(__ORM_AT.column);
            match __orm_column {
                0 => {
                    <f64 as _orm::Column<
                        _orm::sql_types::Double,
                    >>::bind(&self.golf_average, __orm_pass)
                }
                _ => _orm::Mapped::bind(&self.employee, __orm_base_column, __orm_pass),
            }
        }
        fn bind_key<'__orm>(
            __orm_key: &'__orm Self::Key,
            __orm_part: usize,
            __orm_pass: &mut _orm::SqlWriter<'_, '__orm>,
        ) -> _orm::QueryResult<()> {
            <Employee as _orm::Mapped>::bind_key(__orm_key, __orm_part, __orm_pass)
        }
        #[inline]
        fn decode_key(
            __orm_row: &mut _orm::Row<'_, '_>,
        ) -> _orm::QueryResult<Self::Key> {
            <Employee as _orm::Mapped>::decode_key(__orm_row)
        }
        fn decode_leading_key(
            __orm_row: &mut _orm::Row<'_, '_>,
        ) -> _orm::QueryResult<Self::Key> {
            <Employee as _orm::Mapped>::decode_leading_key(__orm_row)
        }
        #[inline]
        fn decode(
            __orm_row: &mut _orm::Row<'_, '_>,
            __orm_key: &Self::Key,
        ) -> _orm::QueryResult<Self> {
            let __orm_base = <Employee as _orm::Mapped>::decode(__orm_row, __orm_key)?;
            __orm_row.enter_subtype(__ORM_AT.subtype);
            ::core::result::Result::Ok(Self {
                employee: __orm_base,
                golf_average: <f64 as _orm::Column<
                    _orm::sql_types::Double,
                >>::get(__orm_row)?,
            })
        }
        fn decode_column(
            &mut self,
            __orm_column: usize,
            __orm_row: &mut _orm::Row<'_, '_>,
        ) -> _orm::QueryResult<()> {
            _orm::Mapped::decode_column(&mut self.employee, __orm_column, __orm_row)
        }
    }
    #[automatically_derived]
    impl _orm::Tracked for Boss {
        fn set_auto_key(&mut self, __orm_key: ::core::option::Option<i64>) {
            _orm::Tracked::set_auto_key(&mut self.employee, __orm_key);
        }
        fn snapshot(&self) -> Self {
            Self {
                employee: _orm::Tracked::snapshot(&self.employee),
                golf_average: ::core::clone::Clone::clone(&self.golf_average),
            }
        }
        fn diff(&self, __orm_before: &Self) -> _orm::ColumnSet {
            _orm::Tracked::diff(&self.employee, &__orm_before.employee)
                .or(
                    (_orm::ColumnSet::EMPTY
                        .with(
                            0,
                            !_orm::ColumnValue::same(
                                &self.golf_average,
                                &__orm_before.golf_average,
                            ),
                        ))
                        .behind(__ORM_AT.column),
                )
        }
        fn is_set(&self, __orm_column: usize) -> bool {
            let __orm_base_column = __orm_column;
            let __orm_column = __orm_column.wrapping_sub(__ORM_AT.column);
            match __orm_column {
                0..1 => true,
                _ => _orm::Tracked::is_set(&self.employee, __orm_base_column),
            }
        }
        fn left_out(&self, __orm_column: usize) -> _orm::LeftOut {
            let __orm_base_column = __orm_column;
            let __orm_column = __orm_column.wrapping_sub(__ORM_AT.column);
            match __orm_column {
                0..1 => ::core::option::Option::None,
                _ => _orm::Tracked::left_out(&self.employee, __orm_base_column),
            }
        }
        fn unmake(&mut self, __orm_columns: _orm::ColumnSet) {
            _orm::Tracked::unmake(&mut self.employee, __orm_columns);
        }
        fn payload(&self) -> usize {
            0 + _orm::Tracked::payload(&self.employee)
        }
        fn keep_skipped(&mut self, __orm_before: &mut Self) {
            _orm::Tracked::keep_skipped(&mut self.employee, &mut __orm_before.employee);
        }
        fn field_mut(
            &mut self,
            __orm_column: usize,
        ) -> ::core::option::Option<&mut dyn _orm::Field> {
            ::core::option::Option::Some(
                match __orm_column.wrapping_sub(__ORM_AT.column) {
                    0 => &mut self.golf_average,
                    _ => {
                        return _orm::Tracked::field_mut(&mut self.employee, __orm_column);
                    }
                },
            )
        }
        fn bump_version(&mut self) {
            _orm::Tracked::bump_version(&mut self.employee);
        }
        fn has_last_version(&self) -> bool {
            _orm::Tracked::has_last_version(&self.employee)
        }
        fn copy_version(&mut self, __orm_from: &Self) {
            _orm::Tracked::copy_version(&mut self.employee, &__orm_from.employee);
        }
        fn show(&self, __orm_column: usize) -> ::std::string::String {
            let __orm_base_column = __orm_column;
            let __orm_column = __orm_column.wrapping_sub(__ORM_AT.column);
            match __orm_column {
                0 => _orm::show(&self.golf_average),
                _ => _orm::Tracked::show(&self.employee, __orm_base_column),
            }
        }
    }
    #[automatically_derived]
    impl _orm::Referencing for Boss {
        fn reference(&self, __orm_foreign_key: usize) -> _orm::Reference<'_> {
            match __orm_foreign_key.wrapping_sub(__ORM_AT.foreign_key) {
                _ => _orm::Referencing::reference(&self.employee, __orm_foreign_key),
            }
        }
        fn set_reference(
            &mut self,
            __orm_foreign_key: usize,
            __orm_to: _orm::Reference<'_>,
        ) {
            match __orm_foreign_key.wrapping_sub(__ORM_AT.foreign_key) {
                _ => {
                    _orm::Referencing::set_reference(
                        &mut self.employee,
                        __orm_foreign_key,
                        __orm_to,
                    )
                }
            }
        }
        const HAS_COLLECTIONS: bool = <Employee as _orm::Referencing>::HAS_COLLECTIONS;
        fn visit_collections<__V: _orm::CollectionVisitor>(
            &mut self,
            __orm_visitor: &mut __V,
        ) {
            _orm::Referencing::visit_collections(&mut self.employee, __orm_visitor);
        }
    }
    #[automatically_derived]
    impl _orm::Lifecycle for Boss {
        const PREPARES: bool = <Employee as _orm::Lifecycle>::PREPARES;
        fn prepare_insert(
            &mut self,
        ) -> ::core::result::Result<(), _orm::ValidationError> {
            _orm::Lifecycle::prepare_insert(&mut self.employee)?;
            ::core::result::Result::Ok(())
        }
        #[allow(unused_variables)]
        fn prepare_update(
            &mut self,
            __orm_before: &Self,
        ) -> ::core::result::Result<(), _orm::ValidationError> {
            _orm::Lifecycle::prepare_update(&mut self.employee, &__orm_before.employee)?;
            ::core::result::Result::Ok(())
        }
        fn stamp_updated(&mut self) {
            _orm::Lifecycle::stamp_updated(&mut self.employee);
        }
        fn prepare_delete(&mut self) {
            _orm::Lifecycle::prepare_delete(&mut self.employee);
        }
        const COMPLETES: bool = <Employee as _orm::Lifecycle>::COMPLETES;
        fn complete(&mut self) {
            _orm::Lifecycle::complete(&mut self.employee);
        }
        const SCOPES: usize = <Employee as _orm::Lifecycle>::SCOPES + 0;
        fn scope(
            __orm_scope: usize,
        ) -> ::core::option::Option<::std::boxed::Box<dyn _orm::SqlFragment>> {
            match __orm_scope.wrapping_sub(<Employee as _orm::Lifecycle>::SCOPES) {
                _ => <Employee as _orm::Lifecycle>::scope(__orm_scope),
            }
        }
        fn deletion() -> ::core::option::Option<
            ::std::boxed::Box<dyn _orm::SqlFragment>,
        > {
            <Employee as _orm::Lifecycle>::deletion()
        }
    }
    #[automatically_derived]
    impl _orm::InHierarchy for Boss {
        type From = __OrmLineage;
        type Root = __OrmRoot;
        const HAS: _orm::ColumnSet = <Employee as _orm::InHierarchy>::HAS
            .or(_orm::ColumnSet::first(1).behind(__ORM_AT.column));
        fn subtype(&self) -> usize {
            __ORM_AT.subtype
        }
        #[inline]
        fn view(__orm_object: &__OrmRoot) -> ::core::option::Option<&Self> {
            _orm::Hierarchy::as_subtype(__orm_object)
        }
        #[inline]
        fn view_mut(__orm_object: &mut __OrmRoot) -> ::core::option::Option<&mut Self> {
            _orm::Hierarchy::as_subtype_mut(__orm_object)
        }
        fn from_root(
            __orm_object: __OrmRoot,
        ) -> ::core::result::Result<Self, __OrmRoot> {
            _orm::Hierarchy::into_subtype(__orm_object)
        }
        #[inline]
        fn entity_index() -> usize {
            <__OrmRoot as _orm::InHierarchy>::entity_index()
        }
    }
    #[automatically_derived]
    impl _orm::Entity for Boss {
        type Table = boss::table;
        const META: &'static _orm::EntityMeta = &_orm::EntityMeta {
            name: "Boss",
            module: "boss",
            table: "boss",
            schema: ::core::option::Option::None,
            comment: ::core::option::Option::None,
            subtype: __ORM_AT.subtype,
            entity: _orm::entity_meta::<Self>("", "", "").entity,
            ..*<__OrmRoot as _orm::Entity>::META
        };
        fn key(&self) -> ::core::option::Option<Self::Key> {
            _orm::Entity::key(&self.employee)
        }
    }
    #[automatically_derived]
    impl _orm::TableOf for boss::table {
        fn meta() -> &'static _orm::EntityMeta {
            <Boss as _orm::Entity>::META
        }
    }
    #[automatically_derived]
    impl _orm::Reads<boss::table> for boss::table {}
    #[automatically_derived]
    impl<__Seen> _orm::same_query::Numbered<__Seen> for boss::table {
        type Number = _orm::same_query::D1<
            _orm::same_query::DA<
                _orm::same_query::D0<
                    _orm::same_query::D0<
                        _orm::same_query::D9<
                            _orm::same_query::D4<
                                _orm::same_query::D8<
                                    _orm::same_query::D6<
                                        _orm::same_query::D9<
                                            _orm::same_query::DA<
                                                _orm::same_query::D0<
                                                    _orm::same_query::D7<_orm::same_query::End>,
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
    impl<__T> _orm::diesel::query_source::TableNotEqual<__T> for boss::table
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
    impl<__B> ::core::convert::From<Boss>
    for _orm::ForeignKey<__B, <Boss as _orm::Mapped>::Key>
    where
        __B: _orm::Entity<Root = <Boss as _orm::InHierarchy>::Root>,
        Boss: _orm::SubtypeOf<__B>,
        for<'__a> Boss: _orm::ConcreteBounds<'__a>,
    {
        fn from(__orm_object: Boss) -> Self {
            _orm::ForeignKey::to_new(__orm_object)
        }
    }
    #[automatically_derived]
    impl<__B> ::core::convert::From<Boss>
    for ::core::option::Option<_orm::ForeignKey<__B, <Boss as _orm::Mapped>::Key>>
    where
        __B: _orm::Entity<Root = <Boss as _orm::InHierarchy>::Root>,
        Boss: _orm::SubtypeOf<__B>,
        for<'__a> Boss: _orm::ConcreteBounds<'__a>,
    {
        fn from(__orm_object: Boss) -> Self {
            ::core::option::Option::Some(_orm::ForeignKey::to_new(__orm_object))
        }
    }
    #[automatically_derived]
    impl _orm::Writable for Boss {}
    type __OrmRoot = <Employee as _orm::InHierarchy>::Root;
    const __ORM_PATH: &str = ::core::concat!(::core::module_path!(), "::", "Boss");
    #[allow(dead_code)]
    const __ORM_AT: _orm::At = _orm::layout::at(
        <__OrmRoot as _orm::Hierarchy>::SHAPES,
        __ORM_PATH,
        "`Boss` is not among the subtypes of its base: add a variant `Boss(Boss)` to the enum that the base names with `hierarchy`",
    );
    trait __OrmOwn {
        const COLUMNS: &'static [_orm::ColumnMeta];
        const SHAPE: _orm::SubtypeShape;
        const PIECE: _orm::SubtypePiece;
    }
    impl __OrmOwn for Boss {
        const COLUMNS: &'static [_orm::ColumnMeta] = &[
            _orm::ColumnMeta::new(
                "golf_average",
                "golf_average",
                <f64 as _orm::Column<_orm::sql_types::Double>>::KIND,
            ),
        ];
        const SHAPE: _orm::SubtypeShape = _orm::SubtypeShape {
            path: __ORM_PATH,
            table: true,
            columns: <Self as __OrmOwn>::COLUMNS,
            foreign_keys: 0usize,
            relationships: 0usize,
        };
        const PIECE: _orm::SubtypePiece = _orm::SubtypePiece {
            shape: <Self as __OrmOwn>::SHAPE,
            name: "Boss",
            table: ::core::option::Option::Some((::core::option::Option::None, "boss")),
            key: &["id"],
            indexes: &[],
            checks: &[],
            foreign_keys: &[],
            relationships: &[],
            comment: ::core::option::Option::None,
        };
    }
    #[automatically_derived]
    impl _orm::Subtype for Boss {
        type Lineage = __OrmLineage;
        type Itself = Self;
        type Base = <Employee as _orm::Subtype>::Base;
        type Discriminator = <Employee as _orm::Subtype>::Discriminator;
        const SHAPES: &'static [_orm::SubtypeShape] = &_orm::layout::behind::<
            _,
            { <Employee as _orm::Subtype>::SHAPES.len() + 1 },
        >(<Employee as _orm::Subtype>::SHAPES, <Self as __OrmOwn>::SHAPE);
        const PIECES: &'static [_orm::SubtypePiece] = &_orm::layout::behind::<
            _,
            { <Employee as _orm::Subtype>::SHAPES.len() + 1 },
        >(<Employee as _orm::Subtype>::PIECES, <Self as __OrmOwn>::PIECE);
        const BASE: &'static _orm::EntityMeta = <Employee as _orm::Subtype>::BASE;
        const DISCRIMINATOR: usize = <Employee as _orm::Subtype>::DISCRIMINATOR;
        fn set_discriminator(&mut self, __orm_value: Self::Discriminator) {
            _orm::Subtype::set_discriminator(&mut self.employee, __orm_value);
        }
        #[inline]
        fn read_discriminator(
            __orm_row: &mut _orm::Row<'_, '_>,
        ) -> _orm::QueryResult<Self::Discriminator> {
            <Employee as _orm::Subtype>::read_discriminator(__orm_row)
        }
        fn bind_discriminator<'__orm>(
            __orm_value: &'__orm _orm::Discriminator<Self::Discriminator>,
            __orm_pass: &mut _orm::SqlWriter<'_, '__orm>,
        ) -> _orm::QueryResult<()> {
            <Employee as _orm::Subtype>::bind_discriminator(__orm_value, __orm_pass)
        }
        #[inline]
        fn base(&self) -> &Self::Base {
            _orm::Subtype::base(&self.employee)
        }
        #[inline]
        fn base_mut(&mut self) -> &mut Self::Base {
            _orm::Subtype::base_mut(&mut self.employee)
        }
        #[inline]
        fn as_subtype<__L: _orm::Subtype>(&self) -> ::core::option::Option<&__L> {
            match (self as &dyn ::core::any::Any).downcast_ref() {
                ::core::option::Option::Some(__orm_level) => {
                    ::core::option::Option::Some(__orm_level)
                }
                ::core::option::Option::None => _orm::Subtype::as_subtype(&self.employee),
            }
        }
        #[inline]
        fn as_subtype_mut<__L: _orm::Subtype>(
            &mut self,
        ) -> ::core::option::Option<&mut __L> {
            if (self as &dyn ::core::any::Any).is::<__L>() {
                return (self as &mut dyn ::core::any::Any).downcast_mut();
            }
            _orm::Subtype::as_subtype_mut(&mut self.employee)
        }
    }
    #[doc(hidden)]
    #[allow(missing_debug_implementations)]
    struct TablesOfBoss;
    type __OrmLineage = TablesOfBoss;
    #[automatically_derived]
    impl _orm::diesel::query_source::AppearsInFromClause<boss::table> for __OrmLineage {
        type Count = _orm::diesel::query_source::Once;
    }
    #[automatically_derived]
    impl _orm::diesel::query_source::AppearsInFromClause<boss::table>
    for _orm::RootFrom<__OrmRoot> {
        type Count = _orm::diesel::query_source::Once;
    }
    #[automatically_derived]
    impl _orm::Reads<boss::table> for __OrmLineage {}
    #[automatically_derived]
    impl _orm::Reads<boss::table> for _orm::RootFrom<__OrmRoot> {}
    #[automatically_derived]
    #[diagnostic::do_not_recommend]
    impl _orm::Concrete for Boss
    where
        for<'__a> __OrmRoot: _orm::WrapsBounds<'__a, Boss>,
    {
        fn into_root(self) -> __OrmRoot {
            _orm::Wraps::wrap(self)
        }
    }
    #[automatically_derived]
    impl<__T> _orm::diesel::query_source::AppearsInFromClause<__T> for __OrmLineage
    where
        <Employee as _orm::Subtype>::Lineage: _orm::diesel::query_source::AppearsInFromClause<
            __T,
        >,
    {
        type Count = <<Employee as _orm::Subtype>::Lineage as _orm::diesel::query_source::AppearsInFromClause<
            __T,
        >>::Count;
    }
    #[automatically_derived]
    impl<__T> _orm::Reads<__T> for __OrmLineage
    where
        <Employee as _orm::Subtype>::Lineage: _orm::Reads<__T>,
    {}
    #[automatically_derived]
    impl<__B: _orm::Entity> _orm::SubtypeOf<__B> for Boss
    where
        Employee: _orm::SubtypeOf<__B>,
    {}
    #[automatically_derived]
    impl ::core::ops::Deref for Boss {
        type Target = Employee;
        #[inline]
        fn deref(&self) -> &Employee {
            &self.employee
        }
    }
    #[automatically_derived]
    impl ::core::ops::DerefMut for Boss {
        #[inline]
        fn deref_mut(&mut self) -> &mut Employee {
            &mut self.employee
        }
    }
};
///A handle to an object of `Staff` that knows its subtype: what `Query::by_subtype` and `IdentityMap::subtype_of` answer.
#[derive(::core::fmt::Debug, ::core::clone::Clone, ::core::marker::Copy)]
#[derive(::core::cmp::PartialEq, ::core::cmp::Eq, ::core::hash::Hash)]
enum StaffHandle {
    ///A `Employee`.
    Employee(::orm_runtime::Handle<Employee>),
    ///A `Boss`.
    Boss(::orm_runtime::Handle<Boss>),
}
#[automatically_derived]
#[allow(dead_code)]
impl StaffHandle {
    ///The same object as one of the base of all subtypes, whose columns every subtype has.
    fn base(
        self,
    ) -> ::orm_runtime::Handle<<Staff as ::orm_runtime::inheritance::Hierarchy>::Base> {
        match self {
            StaffHandle::Employee(__orm_handle) => __orm_handle.same_object(),
            StaffHandle::Boss(__orm_handle) => __orm_handle.same_object(),
        }
    }
}
#[doc(hidden)]
const _: () = {
    use ::orm_runtime::__private as _orm;
    type __OrmFirst = Employee;
    type __OrmBase = <__OrmFirst as _orm::Subtype>::Base;
    #[automatically_derived]
    impl _orm::Writable for Staff {}
    #[automatically_derived]
    #[allow(unreachable_code)]
    impl _orm::Mapped for Staff {
        type Key = <__OrmBase as _orm::Mapped>::Key;
        const COLUMNS: &'static [_orm::ColumnMeta] = &_orm::layout::columns::<
            __ORM_COLUMNS,
        >(<Self as _orm::Hierarchy>::SHAPES);
        fn bind<'__orm>(
            &'__orm self,
            __orm_column: usize,
            __orm_pass: &mut _orm::SqlWriter<'_, '__orm>,
        ) -> _orm::QueryResult<()> {
            if __orm_column == <__OrmFirst as _orm::Subtype>::DISCRIMINATOR {
                return match self {
                    Staff::Employee(_) => {
                        <__OrmBase as _orm::Subtype>::bind_discriminator(
                            const { &_orm::Discriminator::of(__ORM_SUBTYPE_EMPLOYEE) },
                            __orm_pass,
                        )
                    }
                    Staff::Boss(_) => {
                        <__OrmBase as _orm::Subtype>::bind_discriminator(
                            const { &_orm::Discriminator::of(__ORM_SUBTYPE_BOSS) },
                            __orm_pass,
                        )
                    }
                };
            }
            match self {
                Staff::Employee(__orm_value) => {
                    <<Employee as _orm::Subtype>::Itself as _orm::Mapped>::bind(
                        __orm_value,
                        __orm_column,
                        __orm_pass,
                    )
                }
                Staff::Boss(__orm_value) => {
                    <<Boss as _orm::Subtype>::Itself as _orm::Mapped>::bind(
                        __orm_value,
                        __orm_column,
                        __orm_pass,
                    )
                }
            }
        }
        fn bind_key<'__orm>(
            __orm_key: &'__orm Self::Key,
            __orm_part: usize,
            __orm_pass: &mut _orm::SqlWriter<'_, '__orm>,
        ) -> _orm::QueryResult<()> {
            <__OrmBase as _orm::Mapped>::bind_key(__orm_key, __orm_part, __orm_pass)
        }
        #[inline]
        fn decode_key(
            __orm_row: &mut _orm::Row<'_, '_>,
        ) -> _orm::QueryResult<Self::Key> {
            <__OrmBase as _orm::Mapped>::decode_key(__orm_row)
        }
        fn decode_leading_key(
            __orm_row: &mut _orm::Row<'_, '_>,
        ) -> _orm::QueryResult<Self::Key> {
            <__OrmBase as _orm::Mapped>::decode_leading_key(__orm_row)
        }
        #[inline]
        fn decode(
            __orm_row: &mut _orm::Row<'_, '_>,
            __orm_key: &Self::Key,
        ) -> _orm::QueryResult<Self> {
            match <__OrmBase as _orm::Subtype>::read_discriminator(__orm_row)? {
                __ORM_SUBTYPE_EMPLOYEE => {
                    let __orm_key = __orm_key;
                    <<Employee as _orm::Subtype>::Itself as _orm::Mapped>::decode(
                            __orm_row,
                            __orm_key,
                        )
                        .map(Staff::Employee)
                }
                __ORM_SUBTYPE_BOSS => {
                    let __orm_key = __orm_key;
                    <<Boss as _orm::Subtype>::Itself as _orm::Mapped>::decode(
                            __orm_row,
                            __orm_key,
                        )
                        .map(Staff::Boss)
                }
                #[allow(unreachable_patterns)]
                _ => ::core::result::Result::Err(_orm::diesel::result::Error::NotFound),
            }
        }
        fn decode_column(
            &mut self,
            __orm_column: usize,
            __orm_row: &mut _orm::Row<'_, '_>,
        ) -> _orm::QueryResult<()> {
            match self {
                Staff::Employee(__orm_value) => {
                    if !<<Employee as _orm::Subtype>::Itself as _orm::InHierarchy>::HAS
                        .contains(__orm_column)
                    {
                        __orm_row.skip(1);
                        return ::core::result::Result::Ok(());
                    }
                    <<Employee as _orm::Subtype>::Itself as _orm::Mapped>::decode_column(
                        __orm_value,
                        __orm_column,
                        __orm_row,
                    )
                }
                Staff::Boss(__orm_value) => {
                    if !<<Boss as _orm::Subtype>::Itself as _orm::InHierarchy>::HAS
                        .contains(__orm_column)
                    {
                        __orm_row.skip(1);
                        return ::core::result::Result::Ok(());
                    }
                    <<Boss as _orm::Subtype>::Itself as _orm::Mapped>::decode_column(
                        __orm_value,
                        __orm_column,
                        __orm_row,
                    )
                }
            }
        }
    }
    #[automatically_derived]
    #[allow(unreachable_code)]
    impl _orm::Tracked for Staff {
        fn set_auto_key(&mut self, __orm_key: ::core::option::Option<i64>) {
            match self {
                Staff::Employee(__orm_value) => {
                    <<Employee as _orm::Subtype>::Itself as _orm::Tracked>::set_auto_key(
                        __orm_value,
                        __orm_key,
                    )
                }
                Staff::Boss(__orm_value) => {
                    <<Boss as _orm::Subtype>::Itself as _orm::Tracked>::set_auto_key(
                        __orm_value,
                        __orm_key,
                    )
                }
            }
        }
        fn snapshot(&self) -> Self {
            match self {
                Staff::Employee(__orm_value) => {
                    Staff::Employee(
                        <<Employee as _orm::Subtype>::Itself as _orm::Tracked>::snapshot(
                            __orm_value,
                        ),
                    )
                }
                Staff::Boss(__orm_value) => {
                    Staff::Boss(
                        <<Boss as _orm::Subtype>::Itself as _orm::Tracked>::snapshot(
                            __orm_value,
                        ),
                    )
                }
            }
        }
        fn diff(&self, __orm_before: &Self) -> _orm::ColumnSet {
            match (self, __orm_before) {
                (Staff::Employee(__orm_value), Staff::Employee(__orm_before)) => {
                    <<Employee as _orm::Subtype>::Itself as _orm::Tracked>::diff(
                        __orm_value,
                        __orm_before,
                    )
                }
                (Staff::Boss(__orm_value), Staff::Boss(__orm_before)) => {
                    <<Boss as _orm::Subtype>::Itself as _orm::Tracked>::diff(
                        __orm_value,
                        __orm_before,
                    )
                }
                #[allow(unreachable_patterns)]
                _ => {
                    _orm::ColumnSet::EMPTY
                        .with(<__OrmFirst as _orm::Subtype>::DISCRIMINATOR, true)
                }
            }
        }
        fn is_set(&self, __orm_column: usize) -> bool {
            match self {
                Staff::Employee(__orm_value) => {
                    !<<Employee as _orm::Subtype>::Itself as _orm::InHierarchy>::HAS
                        .contains(__orm_column)
                        || <<Employee as _orm::Subtype>::Itself as _orm::Tracked>::is_set(
                            __orm_value,
                            __orm_column,
                        )
                }
                Staff::Boss(__orm_value) => {
                    !<<Boss as _orm::Subtype>::Itself as _orm::InHierarchy>::HAS
                        .contains(__orm_column)
                        || <<Boss as _orm::Subtype>::Itself as _orm::Tracked>::is_set(
                            __orm_value,
                            __orm_column,
                        )
                }
            }
        }
        fn left_out(&self, __orm_column: usize) -> _orm::LeftOut {
            match self {
                Staff::Employee(__orm_value) => {
                    match <<Employee as _orm::Subtype>::Itself as _orm::InHierarchy>::HAS
                        .contains(__orm_column)
                    {
                        true => {
                            <<Employee as _orm::Subtype>::Itself as _orm::Tracked>::left_out(
                                __orm_value,
                                __orm_column,
                            )
                        }
                        false => ::core::option::Option::None,
                    }
                }
                Staff::Boss(__orm_value) => {
                    match <<Boss as _orm::Subtype>::Itself as _orm::InHierarchy>::HAS
                        .contains(__orm_column)
                    {
                        true => {
                            <<Boss as _orm::Subtype>::Itself as _orm::Tracked>::left_out(
                                __orm_value,
                                __orm_column,
                            )
                        }
                        false => ::core::option::Option::None,
                    }
                }
            }
        }
        fn unmake(&mut self, __orm_columns: _orm::ColumnSet) {
            match self {
                Staff::Employee(__orm_value) => {
                    <<Employee as _orm::Subtype>::Itself as _orm::Tracked>::unmake(
                        __orm_value,
                        __orm_columns,
                    )
                }
                Staff::Boss(__orm_value) => {
                    <<Boss as _orm::Subtype>::Itself as _orm::Tracked>::unmake(
                        __orm_value,
                        __orm_columns,
                    )
                }
            }
        }
        fn payload(&self) -> usize {
            match self {
                Staff::Employee(__orm_value) => {
                    <<Employee as _orm::Subtype>::Itself as _orm::Tracked>::payload(
                        __orm_value,
                    )
                }
                Staff::Boss(__orm_value) => {
                    <<Boss as _orm::Subtype>::Itself as _orm::Tracked>::payload(
                        __orm_value,
                    )
                }
            }
        }
        fn keep_skipped(&mut self, __orm_before: &mut Self) {
            match (self, __orm_before) {
                (Staff::Employee(__orm_value), Staff::Employee(__orm_before)) => {
                    <<Employee as _orm::Subtype>::Itself as _orm::Tracked>::keep_skipped(
                        __orm_value,
                        __orm_before,
                    );
                }
                (Staff::Boss(__orm_value), Staff::Boss(__orm_before)) => {
                    <<Boss as _orm::Subtype>::Itself as _orm::Tracked>::keep_skipped(
                        __orm_value,
                        __orm_before,
                    );
                }
                #[allow(unreachable_patterns)]
                _ => {}
            }
        }
        fn merge_from(&mut self, __orm_from: Self) {
            match (self, __orm_from) {
                (Staff::Employee(__orm_value), Staff::Employee(__orm_from)) => {
                    <<Employee as _orm::Subtype>::Itself as _orm::Tracked>::merge_from(
                        __orm_value,
                        __orm_from,
                    );
                }
                (Staff::Boss(__orm_value), Staff::Boss(__orm_from)) => {
                    <<Boss as _orm::Subtype>::Itself as _orm::Tracked>::merge_from(
                        __orm_value,
                        __orm_from,
                    );
                }
                #[allow(unreachable_patterns)]
                (__orm_this, __orm_from) => *__orm_this = __orm_from,
            }
        }
        fn take_fields(
            &mut self,
            __orm_columns: _orm::ColumnSet,
            __orm_from: &mut Self,
        ) {
            match (self, __orm_from) {
                (Staff::Employee(__orm_value), Staff::Employee(__orm_from)) => {
                    <<Employee as _orm::Subtype>::Itself as _orm::Tracked>::take_fields(
                        __orm_value,
                        __orm_columns,
                        __orm_from,
                    );
                }
                (Staff::Boss(__orm_value), Staff::Boss(__orm_from)) => {
                    <<Boss as _orm::Subtype>::Itself as _orm::Tracked>::take_fields(
                        __orm_value,
                        __orm_columns,
                        __orm_from,
                    );
                }
                #[allow(unreachable_patterns)]
                _ => {}
            }
        }
        fn bump_version(&mut self) {
            match self {
                Staff::Employee(__orm_value) => {
                    <<Employee as _orm::Subtype>::Itself as _orm::Tracked>::bump_version(
                        __orm_value,
                    )
                }
                Staff::Boss(__orm_value) => {
                    <<Boss as _orm::Subtype>::Itself as _orm::Tracked>::bump_version(
                        __orm_value,
                    )
                }
            }
        }
        fn has_last_version(&self) -> bool {
            match self {
                Staff::Employee(__orm_value) => {
                    <<Employee as _orm::Subtype>::Itself as _orm::Tracked>::has_last_version(
                        __orm_value,
                    )
                }
                Staff::Boss(__orm_value) => {
                    <<Boss as _orm::Subtype>::Itself as _orm::Tracked>::has_last_version(
                        __orm_value,
                    )
                }
            }
        }
        fn copy_version(&mut self, __orm_from: &Self) {
            match (self, __orm_from) {
                (Staff::Employee(__orm_value), Staff::Employee(__orm_from)) => {
                    <<Employee as _orm::Subtype>::Itself as _orm::Tracked>::copy_version(
                        __orm_value,
                        __orm_from,
                    );
                }
                (Staff::Boss(__orm_value), Staff::Boss(__orm_from)) => {
                    <<Boss as _orm::Subtype>::Itself as _orm::Tracked>::copy_version(
                        __orm_value,
                        __orm_from,
                    );
                }
                #[allow(unreachable_patterns)]
                _ => {}
            }
        }
        fn show(&self, __orm_column: usize) -> ::std::string::String {
            match self {
                Staff::Employee(__orm_value) => {
                    <<Employee as _orm::Subtype>::Itself as _orm::Tracked>::show(
                        __orm_value,
                        __orm_column,
                    )
                }
                Staff::Boss(__orm_value) => {
                    <<Boss as _orm::Subtype>::Itself as _orm::Tracked>::show(
                        __orm_value,
                        __orm_column,
                    )
                }
            }
        }
    }
    #[automatically_derived]
    #[allow(unreachable_code)]
    impl _orm::Referencing for Staff {
        const HAS_COLLECTIONS: bool = <<Employee as _orm::Subtype>::Itself as _orm::Referencing>::HAS_COLLECTIONS
            || <<Boss as _orm::Subtype>::Itself as _orm::Referencing>::HAS_COLLECTIONS;
        fn reference(&self, __orm_foreign_key: usize) -> _orm::Reference<'_> {
            match self {
                Staff::Employee(__orm_value) => {
                    <<Employee as _orm::Subtype>::Itself as _orm::Referencing>::reference(
                        __orm_value,
                        __orm_foreign_key,
                    )
                }
                Staff::Boss(__orm_value) => {
                    <<Boss as _orm::Subtype>::Itself as _orm::Referencing>::reference(
                        __orm_value,
                        __orm_foreign_key,
                    )
                }
            }
        }
        fn set_reference(
            &mut self,
            __orm_foreign_key: usize,
            __orm_to: _orm::Reference<'_>,
        ) {
            match self {
                Staff::Employee(__orm_value) => {
                    <<Employee as _orm::Subtype>::Itself as _orm::Referencing>::set_reference(
                        __orm_value,
                        __orm_foreign_key,
                        __orm_to,
                    )
                }
                Staff::Boss(__orm_value) => {
                    <<Boss as _orm::Subtype>::Itself as _orm::Referencing>::set_reference(
                        __orm_value,
                        __orm_foreign_key,
                        __orm_to,
                    )
                }
            }
        }
        fn visit_collections<__V: _orm::CollectionVisitor>(
            &mut self,
            __orm_visitor: &mut __V,
        ) {
            match self {
                Staff::Employee(__orm_value) => {
                    <<Employee as _orm::Subtype>::Itself as _orm::Referencing>::visit_collections(
                        __orm_value,
                        __orm_visitor,
                    )
                }
                Staff::Boss(__orm_value) => {
                    <<Boss as _orm::Subtype>::Itself as _orm::Referencing>::visit_collections(
                        __orm_value,
                        __orm_visitor,
                    )
                }
            }
        }
    }
    #[automatically_derived]
    #[allow(unreachable_code)]
    impl _orm::Lifecycle for Staff {
        const PREPARES: bool = <<Employee as _orm::Subtype>::Itself as _orm::Lifecycle>::PREPARES
            || <<Boss as _orm::Subtype>::Itself as _orm::Lifecycle>::PREPARES;
        const COMPLETES: bool = <<Employee as _orm::Subtype>::Itself as _orm::Lifecycle>::COMPLETES
            || <<Boss as _orm::Subtype>::Itself as _orm::Lifecycle>::COMPLETES;
        const SCOPES: usize = <__OrmBase as _orm::Lifecycle>::SCOPES;
        fn prepare_insert(
            &mut self,
        ) -> ::core::result::Result<(), _orm::ValidationError> {
            match self {
                Staff::Employee(__orm_value) => {
                    <<Employee as _orm::Subtype>::Itself as _orm::Lifecycle>::prepare_insert(
                        __orm_value,
                    )
                }
                Staff::Boss(__orm_value) => {
                    <<Boss as _orm::Subtype>::Itself as _orm::Lifecycle>::prepare_insert(
                        __orm_value,
                    )
                }
            }
        }
        fn prepare_update(
            &mut self,
            __orm_before: &Self,
        ) -> ::core::result::Result<(), _orm::ValidationError> {
            match (self, __orm_before) {
                (Staff::Employee(__orm_value), Staff::Employee(__orm_before)) => {
                    <<Employee as _orm::Subtype>::Itself as _orm::Lifecycle>::prepare_update(
                        __orm_value,
                        __orm_before,
                    )
                }
                (Staff::Boss(__orm_value), Staff::Boss(__orm_before)) => {
                    <<Boss as _orm::Subtype>::Itself as _orm::Lifecycle>::prepare_update(
                        __orm_value,
                        __orm_before,
                    )
                }
                #[allow(unreachable_patterns)]
                _ => ::core::result::Result::Ok(()),
            }
        }
        fn stamp_updated(&mut self) {
            match self {
                Staff::Employee(__orm_value) => {
                    <<Employee as _orm::Subtype>::Itself as _orm::Lifecycle>::stamp_updated(
                        __orm_value,
                    )
                }
                Staff::Boss(__orm_value) => {
                    <<Boss as _orm::Subtype>::Itself as _orm::Lifecycle>::stamp_updated(
                        __orm_value,
                    )
                }
            }
        }
        fn prepare_delete(&mut self) {
            match self {
                Staff::Employee(__orm_value) => {
                    <<Employee as _orm::Subtype>::Itself as _orm::Lifecycle>::prepare_delete(
                        __orm_value,
                    )
                }
                Staff::Boss(__orm_value) => {
                    <<Boss as _orm::Subtype>::Itself as _orm::Lifecycle>::prepare_delete(
                        __orm_value,
                    )
                }
            }
        }
        fn complete(&mut self) {
            match self {
                Staff::Employee(__orm_value) => {
                    <<Employee as _orm::Subtype>::Itself as _orm::Lifecycle>::complete(
                        __orm_value,
                    )
                }
                Staff::Boss(__orm_value) => {
                    <<Boss as _orm::Subtype>::Itself as _orm::Lifecycle>::complete(
                        __orm_value,
                    )
                }
            }
        }
        fn scope(
            __orm_scope: usize,
        ) -> ::core::option::Option<::std::boxed::Box<dyn _orm::SqlFragment>> {
            <__OrmBase as _orm::Lifecycle>::scope(__orm_scope)
        }
        fn deletion() -> ::core::option::Option<
            ::std::boxed::Box<dyn _orm::SqlFragment>,
        > {
            <__OrmBase as _orm::Lifecycle>::deletion()
        }
    }
    #[automatically_derived]
    #[allow(unreachable_code)]
    impl _orm::InHierarchy for Staff {
        type From = _orm::RootFrom<Self>;
        type Root = Self;
        fn entity_index() -> usize {
            static INDEX: _orm::EntityIndex = _orm::EntityIndex::new();
            INDEX.get()
        }
        fn tell_subtype(&mut self) {
            match self {
                Staff::Employee(__orm_value) => {
                    let __orm_code = __ORM_SUBTYPE_EMPLOYEE;
                    <Employee as _orm::Subtype>::set_discriminator(
                        __orm_value,
                        __orm_code,
                    );
                }
                Staff::Boss(__orm_value) => {
                    let __orm_code = __ORM_SUBTYPE_BOSS;
                    <Boss as _orm::Subtype>::set_discriminator(__orm_value, __orm_code);
                }
            }
        }
        fn subtype(&self) -> usize {
            match self {
                Staff::Employee(_) => {
                    <<Employee as _orm::Subtype>::Itself as _orm::Entity>::META.subtype
                }
                Staff::Boss(_) => {
                    <<Boss as _orm::Subtype>::Itself as _orm::Entity>::META.subtype
                }
            }
        }
    }
    #[automatically_derived]
    #[allow(unreachable_code)]
    impl _orm::Entity for Staff {
        type Table = <__OrmBase as _orm::Entity>::Table;
        const META: &'static _orm::EntityMeta = &_orm::EntityMeta {
            hierarchy: ::core::option::Option::Some(__ORM_HIERARCHY),
            ..__ORM_META
        };
        #[inline]
        fn key(&self) -> ::core::option::Option<Self::Key> {
            <__OrmBase as _orm::Entity>::key(self)
        }
    }
    type __OrmDiscriminator = <__OrmBase as _orm::Subtype>::Discriminator;
    const __ORM_SUBTYPE_EMPLOYEE: __OrmDiscriminator = EmployeeKind::Employee;
    const __ORM_SUBTYPE_BOSS: __OrmDiscriminator = EmployeeKind::Boss;
    const __ORM_LINEAGES: &[&[_orm::SubtypeShape]] = &[
        <Employee as _orm::Subtype>::SHAPES,
        <Boss as _orm::Subtype>::SHAPES,
    ];
    const __ORM_SUBTYPES: usize = _orm::layout::count_subtypes(__ORM_LINEAGES);
    const __ORM_COLUMNS: usize = _orm::layout::count_columns(
        <Staff as _orm::Hierarchy>::SHAPES,
    );
    const __ORM_PIECE_LINEAGES: &[&[_orm::SubtypePiece]] = &[
        <Employee as _orm::Subtype>::PIECES,
        <Boss as _orm::Subtype>::PIECES,
    ];
    const __ORM_PIECES: &[_orm::SubtypePiece; __ORM_SUBTYPES] = &_orm::layout::pieces::<
        __ORM_SUBTYPES,
    >(__ORM_PIECE_LINEAGES, <Staff as _orm::Hierarchy>::SHAPES);
    const __ORM_SIZES: _orm::layout::Sizes = _orm::layout::sizes(__ORM_PIECES);
    const __ORM_META: _orm::EntityMeta = _orm::EntityMeta {
        name: "Staff",
        columns: <Staff as _orm::Mapped>::COLUMNS,
        foreign_keys: &_orm::layout::foreign_keys::<
            { __ORM_SIZES.foreign_keys },
        >(__ORM_PIECES),
        relationships: &_orm::layout::relationships::<
            { __ORM_SIZES.relationships },
        >(__ORM_PIECES),
        indexes: &_orm::layout::indexes::<{ __ORM_SIZES.indexes }>(__ORM_PIECES),
        checks: &_orm::layout::checks::<{ __ORM_SIZES.checks }>(__ORM_PIECES),
        entity: _orm::entity_meta::<Staff>("", "", "").entity,
        ..*<__OrmFirst as _orm::Subtype>::BASE
    };
    const __ORM_TABLE_COLUMNS: &[[_orm::ColumnMeta; __ORM_COLUMNS]; __ORM_SIZES
        .tables] = &_orm::layout::columns_by_table(
        __ORM_PIECES,
        _orm::layout::columns(<Staff as _orm::Hierarchy>::SHAPES),
        __ORM_META.key,
    );
    const __ORM_HIERARCHY: &_orm::HierarchyMeta = &_orm::HierarchyMeta {
        discriminator: <__OrmFirst as _orm::Subtype>::DISCRIMINATOR,
        subtypes: &_orm::layout::subtypes::<
            __ORM_SUBTYPES,
        >(
            __ORM_PIECE_LINEAGES,
            __ORM_PIECES,
            &_orm::layout::layouts::<__ORM_SUBTYPES>(__ORM_PIECE_LINEAGES, __ORM_PIECES),
        ),
        concrete: &[
            _orm::ConcreteMeta {
                name: "Employee",
                subtype: _orm::layout::subtype_of_shape(
                    <Staff as _orm::Hierarchy>::SHAPES,
                    <Employee as _orm::Subtype>::SHAPES,
                ),
                code: _orm::layout::code(
                    <__OrmDiscriminator as _orm::DbEnum>::META,
                    "Employee",
                    "`discriminator` names a variant of the discriminator's enum, and `EmployeeKind::Employee` is none",
                ),
            },
            _orm::ConcreteMeta {
                name: "Boss",
                subtype: _orm::layout::subtype_of_shape(
                    <Staff as _orm::Hierarchy>::SHAPES,
                    <Boss as _orm::Subtype>::SHAPES,
                ),
                code: _orm::layout::code(
                    <__OrmDiscriminator as _orm::DbEnum>::META,
                    "Boss",
                    "`discriminator` names a variant of the discriminator's enum, and `EmployeeKind::Boss` is none",
                ),
            },
        ],
        tables: &_orm::layout::tables::<
            { __ORM_SIZES.tables },
            __ORM_COLUMNS,
        >(__ORM_PIECES, __ORM_TABLE_COLUMNS, __ORM_META),
    }
        .checked();
    #[allow(dead_code)]
    fn __orm_every_kind(__orm_value: __OrmDiscriminator) {
        match __orm_value {
            __ORM_SUBTYPE_EMPLOYEE => {}
            __ORM_SUBTYPE_BOSS => {}
        }
    }
    #[automatically_derived]
    impl _orm::HasDiscriminatorType for Staff {
        type Discriminator = EmployeeKind;
    }
    #[automatically_derived]
    impl _orm::Hierarchy for Staff {
        type Handles = StaffHandle;
        type Base = __OrmBase;
        const SHAPES: &'static [_orm::SubtypeShape] = &_orm::layout::shapes::<
            __ORM_SUBTYPES,
        >(__ORM_LINEAGES);
        fn handle_of(&self, __orm_handle: _orm::Handle<Self>) -> StaffHandle {
            match self {
                Staff::Employee(_) => StaffHandle::Employee(__orm_handle.same_object()),
                Staff::Boss(_) => StaffHandle::Boss(__orm_handle.same_object()),
            }
        }
        #[inline]
        fn as_subtype<__L: _orm::Subtype>(&self) -> ::core::option::Option<&__L> {
            match self {
                Staff::Employee(__orm_value) => {
                    <Employee as _orm::Subtype>::as_subtype(__orm_value)
                }
                Staff::Boss(__orm_value) => {
                    <Boss as _orm::Subtype>::as_subtype(__orm_value)
                }
            }
        }
        #[inline]
        fn as_subtype_mut<__L: _orm::Subtype>(
            &mut self,
        ) -> ::core::option::Option<&mut __L> {
            match self {
                Staff::Employee(__orm_value) => {
                    <Employee as _orm::Subtype>::as_subtype_mut(__orm_value)
                }
                Staff::Boss(__orm_value) => {
                    <Boss as _orm::Subtype>::as_subtype_mut(__orm_value)
                }
            }
        }
        fn into_subtype<__L: _orm::Subtype>(self) -> ::core::result::Result<__L, Self> {
            match self {
                Staff::Employee(__orm_value) => {
                    _orm::same_type(__orm_value).map_err(Staff::Employee)
                }
                Staff::Boss(__orm_value) => {
                    _orm::same_type(__orm_value).map_err(Staff::Boss)
                }
            }
        }
    }
    #[automatically_derived]
    #[allow(unused_mut)]
    impl _orm::Wraps<Employee> for Staff {
        fn wrap(mut __orm_value: Employee) -> Staff {
            {
                let __orm_code = __ORM_SUBTYPE_EMPLOYEE;
                <Employee as _orm::Subtype>::set_discriminator(
                    &mut __orm_value,
                    __orm_code,
                );
            }
            Staff::Employee(__orm_value)
        }
    }
    #[automatically_derived]
    impl ::core::convert::From<Employee> for Staff {
        fn from(__orm_value: Employee) -> Self {
            Staff::Employee(__orm_value)
        }
    }
    #[automatically_derived]
    #[allow(unused_mut)]
    impl _orm::Wraps<Boss> for Staff {
        fn wrap(mut __orm_value: Boss) -> Staff {
            {
                let __orm_code = __ORM_SUBTYPE_BOSS;
                <Boss as _orm::Subtype>::set_discriminator(&mut __orm_value, __orm_code);
            }
            Staff::Boss(__orm_value)
        }
    }
    #[automatically_derived]
    impl ::core::convert::From<Boss> for Staff {
        fn from(__orm_value: Boss) -> Self {
            Staff::Boss(__orm_value)
        }
    }
    #[automatically_derived]
    impl ::core::ops::Deref for Staff {
        type Target = __OrmBase;
        #[inline]
        fn deref(&self) -> &__OrmBase {
            match self {
                Staff::Employee(__orm_value) => {
                    <Employee as _orm::Subtype>::base(__orm_value)
                }
                Staff::Boss(__orm_value) => <Boss as _orm::Subtype>::base(__orm_value),
            }
        }
    }
    #[automatically_derived]
    impl ::core::ops::DerefMut for Staff {
        #[inline]
        fn deref_mut(&mut self) -> &mut __OrmBase {
            match self {
                Staff::Employee(__orm_value) => {
                    <Employee as _orm::Subtype>::base_mut(__orm_value)
                }
                Staff::Boss(__orm_value) => {
                    <Boss as _orm::Subtype>::base_mut(__orm_value)
                }
            }
        }
    }
};
