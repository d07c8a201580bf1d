//! Reads the attributes in `#[entity(...)]`, one struct or field at a time.
//!
//! The checks here need no other field and no type. Those that do are in `check`.

use proc_macro2::{Ident, Span};
use syn::{Attribute, Expr, ExprPath, LitStr, TypePath};

use crate::syntax::ctxt::Ctxt;
use crate::syntax::keywords;
use crate::syntax::nearest::did_you_mean;
use crate::syntax::parse::{self, Keyword};
use crate::syntax::types::GivenType;
use crate::syntax::value::{self, ColumnName, DbTypes};

mod relation;
mod table;

pub(crate) use relation::{Order, Through};
pub(crate) use table::{CheckAttr, ForeignKeyAttr, IndexAttr, OnDelete};

/// A value and the attribute that gave it, to which errors point.
pub(crate) struct AttrValue<T> {
    pub(crate) word: Span,
    pub(crate) value: T,
}

impl<T: quote::ToTokens> quote::ToTokens for AttrValue<T> {
    fn to_tokens(&self, tokens: &mut proc_macro2::TokenStream) {
        self.value.to_tokens(tokens);
    }
}

/// An attribute without a value.
pub(crate) type Flag = Option<AttrValue<()>>;

#[derive(Default)]
pub(crate) struct EntityAttrs {
    pub(crate) table: Option<AttrValue<LitStr>>,
    pub(crate) schema: Option<AttrValue<LitStr>>,
    /// The name of the module that contains the columns.
    pub(crate) module: Option<AttrValue<Ident>>,
    pub(crate) comment: Option<AttrValue<LitStr>>,
    pub(crate) indexes: Vec<IndexAttr>,
    pub(crate) checks: Vec<CheckAttr>,
    pub(crate) foreign_keys: Vec<ForeignKeyAttr>,
    pub(crate) hooks: Flag,
    pub(crate) no_returning: Flag,
    /// The rows are those of a view. The value is its query, if there is one.
    pub(crate) view: Option<AttrValue<Option<LitStr>>>,
    pub(crate) scopes: Vec<AttrValue<ExprPath>>,
    /// The enum of all subtypes, if this struct is their base.
    pub(crate) hierarchy: Option<AttrValue<TypePath>>,
}

#[derive(Default)]
pub(crate) struct FieldAttrs {
    pub(crate) column: Option<AttrValue<LitStr>>,
    pub(crate) primary_key: Flag,
    /// `default` without a value means `Default::default()`.
    pub(crate) default: Option<AttrValue<Option<Expr>>>,
    pub(crate) unique: Flag,
    pub(crate) index: Flag,
    pub(crate) length: Option<AttrValue<u32>>,
    pub(crate) precision: Option<AttrValue<u32>>,
    pub(crate) scale: Option<AttrValue<u32>>,
    pub(crate) version: Flag,
    pub(crate) group: Option<AttrValue<LitStr>>,
    /// The value is not shown in texts for a reader.
    pub(crate) secret: Flag,
    pub(crate) skip: Flag,
    pub(crate) sql_type: Option<AttrValue<TypePath>>,
    pub(crate) with: Option<AttrValue<TypePath>>,
    pub(crate) db_type: Option<AttrValue<DbTypes>>,
    pub(crate) db_default: Option<AttrValue<LitStr>>,
    pub(crate) computed: Option<AttrValue<LitStr>>,
    pub(crate) sequence: Option<AttrValue<LitStr>>,
    /// The database also sets the value in an UPDATE.
    pub(crate) on_update: Flag,
    pub(crate) created_at: Flag,
    pub(crate) updated_at: Flag,
    pub(crate) soft_delete: Flag,
    pub(crate) references: Option<AttrValue<TypePath>>,
    pub(crate) on_delete: Option<AttrValue<OnDelete>>,
    pub(crate) comment: Option<AttrValue<LitStr>>,
    pub(crate) embed: Flag,
    pub(crate) one_of: Flag,
    pub(crate) prefix: Option<AttrValue<LitStr>>,
    pub(crate) base: Flag,
    /// MySQL's `0000-00-00` is read as `None`.
    pub(crate) zero_date_as_none: Flag,
    pub(crate) columns: Option<AttrValue<Vec<ColumnName>>>,
    pub(crate) inverse: Option<AttrValue<Ident>>,
    pub(crate) order_by: Option<AttrValue<Vec<Order>>>,
    pub(crate) filter: Option<AttrValue<ExprPath>>,
    pub(crate) delete_orphan: Flag,
    pub(crate) through: Option<AttrValue<Through>>,
    pub(crate) foreign_keys: Option<AttrValue<Vec<Ident>>>,
    pub(crate) no_constraint: Flag,
    pub(crate) no_index: Flag,
    /// Every attribute other than `skip`, because `skip` must be alone.
    pub(crate) beside_skip: Vec<Ident>,
}

/// Where an attribute is written. Each position allows different attributes.
#[derive(Clone, Copy)]
pub(crate) struct Position {
    pub(crate) name: &'static str,
    pub(crate) words: &'static [&'static str],
    pub(crate) other_name: &'static str,
    pub(crate) other_words: &'static [&'static str],
}

const STRUCT: Position = Position {
    name: "a struct",
    words: keywords::ON_STRUCT,
    other_name: "a field",
    other_words: keywords::ON_FIELD,
};
const FIELD: Position = Position {
    name: "a field",
    words: keywords::ON_FIELD,
    other_name: "the struct",
    other_words: keywords::ON_STRUCT,
};

const VARIANT: Position = Position {
    name: "a variant",
    words: keywords::ON_ONE_OF_VARIANT,
    other_name: "the field that has the enum",
    other_words: keywords::ON_ONE_OF,
};

impl EntityAttrs {
    pub(crate) fn read(attrs: &[Attribute], ctxt: &mut Ctxt) -> Self {
        let mut read = EntityAttrs::default();
        for word in parse::words(attrs, keywords::ENTITY, ctxt) {
            if word.is(keywords::TABLE) {
                set(&mut read.table, &word, value::name, ctxt);
            } else if word.is(keywords::SCHEMA) {
                set(&mut read.schema, &word, value::name, ctxt);
            } else if word.is(keywords::MODULE) {
                set(&mut read.module, &word, value::module, ctxt);
            } else if word.is(keywords::COMMENT) {
                set(&mut read.comment, &word, value::text, ctxt);
            } else if word.is(keywords::UNIQUE) || word.is(keywords::INDEX) {
                read.indexes.extend(IndexAttr::read(&word, ctxt));
            } else if word.is(keywords::CHECK) {
                read.checks.extend(CheckAttr::read(&word, ctxt));
            } else if word.is(keywords::FOREIGN_KEY) {
                read.foreign_keys.extend(ForeignKeyAttr::read(&word, ctxt));
            } else if word.is(keywords::HOOKS) {
                set(&mut read.hooks, &word, value::flag, ctxt);
            } else if word.is(keywords::VIEW) {
                set(&mut read.view, &word, value::optional_sql, ctxt);
            } else if word.is(keywords::NO_RETURNING) {
                set(&mut read.no_returning, &word, value::flag, ctxt);
            } else if word.is(keywords::SCOPE) {
                let mut scope = None;
                set(&mut scope, &word, value::function, ctxt);
                read.scopes.extend(scope);
            } else if word.is(keywords::HIERARCHY) {
                set(&mut read.hierarchy, &word, value::hierarchy, ctxt);
            } else {
                unknown(&word, STRUCT, ctxt);
            }
        }
        read
    }
}

impl FieldAttrs {
    pub(crate) fn read(attrs: &[Attribute], ctxt: &mut Ctxt) -> Self {
        let mut read = FieldAttrs::default();
        for word in parse::words(attrs, keywords::ENTITY, ctxt) {
            if !read.set(&word, ctxt) {
                unknown(&word, FIELD, ctxt);
                continue;
            }
            if !word.is(keywords::SKIP) {
                read.beside_skip.push(word.name);
            }
        }
        read
    }

    /// Reads the attributes of a variant of an enum of references.
    pub(crate) fn of_variant(attrs: &[Attribute], ctxt: &mut Ctxt) -> Self {
        let mut read = FieldAttrs::default();
        for word in parse::words(attrs, keywords::ENTITY, ctxt) {
            if VARIANT.words.iter().any(|known| word.is(known)) {
                read.set(&word, ctxt);
            } else {
                unknown(&word, VARIANT, ctxt);
            }
        }
        read
    }

    /// Returns what the attributes say about the SQL type.
    pub(crate) fn given_type(&self) -> GivenType<'_> {
        match (&self.sql_type, &self.with) {
            (Some(sql_type), _) => GivenType::Sql(&sql_type.value),
            (None, Some(with)) => GivenType::Decorator(&with.value),
            (None, None) => GivenType::None,
        }
    }

    /// Returns those attributes of a reference that apply to each of its columns. Attributes for
    /// all columns together are kept only if there is a single column.
    pub(crate) fn of_key_column(&self, only: bool) -> Self {
        let flag =
            |flag: &Flag| flag.as_ref().map(|given| AttrValue { word: given.word, value: () });
        let (comment, db_type) = (self.comment.as_ref(), self.db_type.as_ref().filter(|_| only));
        FieldAttrs {
            primary_key: flag(&self.primary_key),
            unique: if only { flag(&self.unique) } else { None },
            index: if only { flag(&self.index) } else { None },
            comment: comment.map(|it| AttrValue { word: it.word, value: it.value.clone() }),
            db_type: db_type.map(|it| AttrValue { word: it.word, value: it.value.clone() }),
            ..FieldAttrs::default()
        }
    }

    /// Stores an attribute of a field, and returns `false` if fields have no such attribute.
    fn set(&mut self, word: &Keyword, ctxt: &mut Ctxt) -> bool {
        match word.name.to_string().as_str() {
            keywords::COLUMN => set(&mut self.column, word, value::name, ctxt),
            keywords::PRIMARY_KEY => set(&mut self.primary_key, word, value::flag, ctxt),
            keywords::DEFAULT => set(&mut self.default, word, value::optional_expr, ctxt),
            keywords::UNIQUE => set(&mut self.unique, word, value::flag, ctxt),
            keywords::INDEX => set(&mut self.index, word, value::flag, ctxt),
            keywords::LENGTH => set(&mut self.length, word, value::length, ctxt),
            keywords::PRECISION => set(&mut self.precision, word, value::precision, ctxt),
            keywords::SCALE => set(&mut self.scale, word, value::scale, ctxt),
            keywords::VERSION => set(&mut self.version, word, value::flag, ctxt),
            keywords::GROUP => set(&mut self.group, word, value::name, ctxt),
            keywords::SECRET => set(&mut self.secret, word, value::flag, ctxt),
            keywords::SKIP => set(&mut self.skip, word, value::flag, ctxt),
            keywords::SQL_TYPE => set(&mut self.sql_type, word, value::sql_type, ctxt),
            keywords::DB_TYPE => set(&mut self.db_type, word, value::db_type, ctxt),
            keywords::WITH => set(&mut self.with, word, value::decorator, ctxt),
            keywords::DB_DEFAULT => set(&mut self.db_default, word, value::sql, ctxt),
            keywords::COMPUTED => set(&mut self.computed, word, value::sql, ctxt),
            keywords::SEQUENCE => set(&mut self.sequence, word, value::name, ctxt),
            keywords::ON_UPDATE => set(&mut self.on_update, word, value::flag, ctxt),
            keywords::CREATED_AT => set(&mut self.created_at, word, value::flag, ctxt),
            keywords::UPDATED_AT => set(&mut self.updated_at, word, value::flag, ctxt),
            keywords::SOFT_DELETE => set(&mut self.soft_delete, word, value::flag, ctxt),
            keywords::REFERENCES => set(&mut self.references, word, value::entity, ctxt),
            keywords::ON_DELETE => set(&mut self.on_delete, word, table::on_delete, ctxt),
            keywords::COMMENT => set(&mut self.comment, word, value::text, ctxt),
            keywords::EMBED => set(&mut self.embed, word, value::flag, ctxt),
            keywords::ONE_OF => set(&mut self.one_of, word, value::flag, ctxt),
            keywords::PREFIX => set(&mut self.prefix, word, value::text, ctxt),
            keywords::BASE => set(&mut self.base, word, value::flag, ctxt),
            keywords::ZERO_DATE_AS_NONE => {
                set(&mut self.zero_date_as_none, word, value::flag, ctxt);
            }
            keywords::COLUMNS => set(&mut self.columns, word, value::columns, ctxt),
            keywords::INVERSE => set(&mut self.inverse, word, relation::inverse, ctxt),
            keywords::ORDER_BY => set(&mut self.order_by, word, relation::order_by, ctxt),
            keywords::FILTER => set(&mut self.filter, word, value::function, ctxt),
            keywords::DELETE_ORPHAN => set(&mut self.delete_orphan, word, value::flag, ctxt),
            keywords::THROUGH => set(&mut self.through, word, relation::through, ctxt),
            keywords::FOREIGN_KEYS => {
                set(&mut self.foreign_keys, word, relation::foreign_keys, ctxt)
            }
            keywords::NO_CONSTRAINT => set(&mut self.no_constraint, word, value::flag, ctxt),
            keywords::NO_INDEX => set(&mut self.no_index, word, value::flag, ctxt),
            _ => return false,
        }
        true
    }
}

/// Reads the value of an attribute into its slot, which must be empty.
pub(crate) fn set<T>(
    slot: &mut Option<AttrValue<T>>,
    word: &Keyword,
    read: fn(&Keyword) -> Result<T, syn::Error>,
    ctxt: &mut Ctxt,
) {
    if slot.is_some() {
        ctxt.at(&word.name, format!("`{}` is written twice; remove one", word.name));
        return;
    }
    match read(word) {
        Ok(value) => *slot = Some(AttrValue { word: word.name.span(), value }),
        Err(error) => ctxt.push(error),
    }
}

pub(crate) fn unknown(word: &Keyword, place: Position, ctxt: &mut Ctxt) {
    let name = &word.name;
    let Position { name: here, words, other_name, other_words } = place;
    if other_words.iter().any(|other| word.is(other)) {
        ctxt.at(
            name,
            format!("`{name}` is an attribute of {other_name}, not of {here}; move it there"),
        );
    } else {
        let cure = did_you_mean(&name.to_string(), words);
        ctxt.at(name, format!("unknown attribute `{name}` of {here}; {cure}"));
    }
}
