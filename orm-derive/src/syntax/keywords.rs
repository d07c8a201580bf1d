//! The keywords of the attributes, each defined once.

/// The attribute of an entity and its fields.
pub(crate) const ENTITY: &str = "entity";

// On the struct.
pub(crate) const CRATE: &str = "crate";
pub(crate) const TABLE: &str = "table";
pub(crate) const SCHEMA: &str = "schema";
pub(crate) const MODULE: &str = "module";
pub(crate) const HOOKS: &str = "hooks";
pub(crate) const SCOPE: &str = "scope";
pub(crate) const HIERARCHY: &str = "hierarchy";
pub(crate) const VIEW: &str = "view";
pub(crate) const NO_RETURNING: &str = "no_returning";
pub(crate) const CHECK: &str = "check";
pub(crate) const FOREIGN_KEY: &str = "foreign_key";

// On the struct and on a field.
pub(crate) const UNIQUE: &str = "unique";
pub(crate) const INDEX: &str = "index";
pub(crate) const COMMENT: &str = "comment";

// On a field.
pub(crate) const COLUMN: &str = "column";
pub(crate) const PRIMARY_KEY: &str = "primary_key";
pub(crate) const DEFAULT: &str = "default";
pub(crate) const LENGTH: &str = "length";
pub(crate) const PRECISION: &str = "precision";
pub(crate) const SCALE: &str = "scale";
pub(crate) const VERSION: &str = "version";
pub(crate) const GROUP: &str = "group";
pub(crate) const SECRET: &str = "secret";
pub(crate) const SKIP: &str = "skip";
pub(crate) const SQL_TYPE: &str = "sql_type";
pub(crate) const WITH: &str = "with";
pub(crate) const DB_DEFAULT: &str = "db_default";
pub(crate) const COMPUTED: &str = "computed";
pub(crate) const SEQUENCE: &str = "sequence";
pub(crate) const ON_UPDATE: &str = "on_update";
pub(crate) const CREATED_AT: &str = "created_at";
pub(crate) const UPDATED_AT: &str = "updated_at";
pub(crate) const SOFT_DELETE: &str = "soft_delete";
pub(crate) const EMBED: &str = "embed";
pub(crate) const PREFIX: &str = "prefix";
pub(crate) const ONE_OF: &str = "one_of";
pub(crate) const BASE: &str = "base";
pub(crate) const DB_TYPE: &str = "db_type";
pub(crate) const ZERO_DATE_AS_NONE: &str = "zero_date_as_none";

// On a variant of the enum of a hierarchy.
pub(crate) const DISCRIMINATOR: &str = "discriminator";

// On a relationship.
pub(crate) const INVERSE: &str = "inverse";
pub(crate) const ORDER_BY: &str = "order_by";
pub(crate) const FILTER: &str = "filter";
pub(crate) const DELETE_ORPHAN: &str = "delete_orphan";
pub(crate) const THROUGH: &str = "through";
pub(crate) const FOREIGN_KEYS: &str = "foreign_keys";
pub(crate) const NO_CONSTRAINT: &str = "no_constraint";
pub(crate) const NO_INDEX: &str = "no_index";

// On a field, and in `foreign_key(…)`.
pub(crate) const REFERENCES: &str = "references";
pub(crate) const ON_DELETE: &str = "on_delete";

// In parentheses.
pub(crate) const COLUMNS: &str = "columns";
pub(crate) const NAME: &str = "name";
pub(crate) const WHERE: &str = "where";
pub(crate) const CONDITION: &str = "condition";

pub(crate) const ON_STRUCT: &[&str] = &[
    CRATE,
    TABLE,
    SCHEMA,
    MODULE,
    UNIQUE,
    INDEX,
    CHECK,
    FOREIGN_KEY,
    COMMENT,
    HOOKS,
    SCOPE,
    HIERARCHY,
    VIEW,
    NO_RETURNING,
];
pub(crate) const ON_VARIANT: &[&str] = &[DISCRIMINATOR];
pub(crate) const ON_FIELD: &[&str] = &[
    COLUMN,
    PRIMARY_KEY,
    DEFAULT,
    UNIQUE,
    INDEX,
    LENGTH,
    PRECISION,
    SCALE,
    VERSION,
    GROUP,
    SECRET,
    SKIP,
    SQL_TYPE,
    DB_TYPE,
    WITH,
    DB_DEFAULT,
    COMPUTED,
    SEQUENCE,
    ON_UPDATE,
    CREATED_AT,
    UPDATED_AT,
    SOFT_DELETE,
    REFERENCES,
    ON_DELETE,
    COMMENT,
    EMBED,
    ONE_OF,
    PREFIX,
    BASE,
    ZERO_DATE_AS_NONE,
    COLUMNS,
    INVERSE,
    ORDER_BY,
    FILTER,
    DELETE_ORPHAN,
    THROUGH,
    FOREIGN_KEYS,
    NO_CONSTRAINT,
    NO_INDEX,
];

/// Keywords of a field that is a `ForeignKey`.
pub(crate) const ON_REFERENCE: &[&str] = &[
    COLUMN,
    COLUMNS,
    PRIMARY_KEY,
    UNIQUE,
    INDEX,
    DB_TYPE,
    COMMENT,
    ON_DELETE,
    DELETE_ORPHAN,
    NO_CONSTRAINT,
    NO_INDEX,
];
/// Keywords of a variant of an enum of references.
pub(crate) const ON_ONE_OF_VARIANT: &[&str] =
    &[COLUMN, COLUMNS, UNIQUE, INDEX, COMMENT, ON_DELETE, DELETE_ORPHAN, NO_CONSTRAINT, NO_INDEX];
/// Keywords of a field that is such an enum.
pub(crate) const ON_ONE_OF: &[&str] = &[ONE_OF, PREFIX];
/// Keywords of a field that is a `HasMany` or `HasOne`.
pub(crate) const ON_COLLECTION: &[&str] = &[INVERSE, ORDER_BY, FILTER, DELETE_ORPHAN];
/// Keywords of a field that is a `ManyToMany`.
pub(crate) const ON_MANY_TO_MANY: &[&str] =
    &[THROUGH, INVERSE, COLUMNS, FOREIGN_KEYS, ORDER_BY, FILTER];
/// Keywords of a field that is the base of a subtype.
pub(crate) const ON_BASE: &[&str] = &[BASE, COLUMN, COLUMNS];
/// Keywords that describe a relationship, and have no meaning for a plain column.
pub(crate) const ON_RELATIONSHIP: &[&str] =
    &[INVERSE, ORDER_BY, FILTER, DELETE_ORPHAN, THROUGH, FOREIGN_KEYS, NO_CONSTRAINT, NO_INDEX];

/// Keywords whose value is a type. As an expression, a generic type would need a turbofish.
pub(crate) const WITH_A_TYPE: &[&str] = &[SQL_TYPE, WITH, REFERENCES, THROUGH, HIERARCHY];

/// Keywords that take more keywords in parentheses.
pub(crate) const WITH_A_LIST: &[&str] =
    &[UNIQUE, INDEX, CHECK, FOREIGN_KEY, COLUMNS, FOREIGN_KEYS, DB_TYPE];

/// Keywords that take expressions in parentheses.
pub(crate) const WITH_EXPRESSIONS: &[&str] = &[ORDER_BY];

/// The values of `on_delete`.
pub(crate) const CASCADE: &str = "cascade";
pub(crate) const NULLIFY: &str = "nullify";
pub(crate) const RESTRICT: &str = "restrict";
pub(crate) const DATABASE: &str = "database";

/// The databases, as `db_type` names them.
pub(crate) const SQLITE: &str = "sqlite";
pub(crate) const POSTGRES: &str = "postgres";
pub(crate) const MYSQL: &str = "mysql";
pub(crate) const DATABASES: [&str; 3] = [SQLITE, POSTGRES, MYSQL];

/// The module that contains the scopes of an entity, beside its columns.
pub(crate) const SCOPES: &str = "scopes";

/// Names that a column's unit struct cannot have, because Diesel's `table!` creates or uses an item
/// of that name beside it.
pub(crate) const TAKEN_BY_DIESEL: &[&str] = &[
    "table",
    "columns",
    "star",
    "q",
    "all_columns",
    "dsl",
    "SqlType",
    "BoxedQuery",
    "diesel",
    "str",
    "usize",
];
