//! The meaning of the words of `#[entity(...)]`, one struct or field at a time.
//!
//! What is judged here needs no look at another field or at a type; that is in `check`.

use proc_macro2::{Ident, Span};
use syn::{Attribute, Expr, ExprPath, LitStr, TypePath};

use crate::syntax::ctxt::Ctxt;
use crate::syntax::parse::{self, Word};
use crate::syntax::types::GivenType;
use crate::syntax::value::{self, ColumnName, DbTypes};
use crate::syntax::words;

mod relation;
mod table;

pub(crate) use relation::{Order, Through};
pub(crate) use table::{CheckAttr, ForeignKeyAttr, IndexAttr, OnDelete};

/// A value and the word that gave it, at which errors point.
pub(crate) struct Given<T> {
    pub(crate) word: Span,
    pub(crate) value: T,
}

impl<T: quote::ToTokens> quote::ToTokens for Given<T> {
    fn to_tokens(&self, tokens: &mut proc_macro2::TokenStream) {
        self.value.to_tokens(tokens);
    }
}

/// A word without a value.
pub(crate) type Flag = Option<Given<()>>;

#[derive(Default)]
pub(crate) struct EntityAttrs {
    pub(crate) table: Option<Given<LitStr>>,
    pub(crate) schema: Option<Given<LitStr>>,
    /// The name of the module with the columns.
    pub(crate) module: Option<Given<Ident>>,
    pub(crate) comment: Option<Given<LitStr>>,
    pub(crate) indexes: Vec<IndexAttr>,
    pub(crate) checks: Vec<CheckAttr>,
    pub(crate) foreign_keys: Vec<ForeignKeyAttr>,
    pub(crate) hooks: Flag,
    pub(crate) no_returning: Flag,
    /// The rows are those of a view; what it selects may be said.
    pub(crate) view: Option<Given<Option<LitStr>>>,
    pub(crate) scopes: Vec<Given<ExprPath>>,
    /// The enum of the kinds of which this is the base.
    pub(crate) kinds: Option<Given<TypePath>>,
}

#[derive(Default)]
pub(crate) struct FieldAttrs {
    pub(crate) column: Option<Given<LitStr>>,
    pub(crate) primary_key: Flag,
    /// `default` alone stands for `Default::default()`.
    pub(crate) default: Option<Given<Option<Expr>>>,
    pub(crate) unique: Flag,
    pub(crate) index: Flag,
    pub(crate) length: Option<Given<u32>>,
    pub(crate) precision: Option<Given<u32>>,
    pub(crate) scale: Option<Given<u32>>,
    pub(crate) version: Flag,
    pub(crate) group: Option<Given<LitStr>>,
    pub(crate) skip: Flag,
    pub(crate) sql_type: Option<Given<TypePath>>,
    pub(crate) with: Option<Given<TypePath>>,
    pub(crate) db_type: Option<Given<DbTypes>>,
    pub(crate) db_default: Option<Given<LitStr>>,
    pub(crate) computed: Option<Given<LitStr>>,
    pub(crate) sequence: Option<Given<LitStr>>,
    /// The database sets the value in an UPDATE as well.
    pub(crate) on_update: Flag,
    pub(crate) created_at: Flag,
    pub(crate) updated_at: Flag,
    pub(crate) soft_delete: Flag,
    pub(crate) references: Option<Given<TypePath>>,
    pub(crate) on_delete: Option<Given<OnDelete>>,
    pub(crate) comment: Option<Given<LitStr>>,
    pub(crate) embed: Flag,
    pub(crate) one_of: Flag,
    pub(crate) prefix: Option<Given<LitStr>>,
    pub(crate) base: Flag,
    /// MySQL's `0000-00-00` is read as `None`.
    pub(crate) zero_date_as_none: Flag,
    pub(crate) columns: Option<Given<Vec<ColumnName>>>,
    pub(crate) inverse: Option<Given<Ident>>,
    pub(crate) order_by: Option<Given<Vec<Order>>>,
    pub(crate) only: Option<Given<ExprPath>>,
    pub(crate) delete_orphan: Flag,
    pub(crate) through: Option<Given<Through>>,
    pub(crate) via: Option<Given<Vec<Ident>>>,
    pub(crate) no_constraint: Flag,
    pub(crate) no_index: Flag,
    /// Every word but `skip`, for the rule that `skip` stands alone.
    pub(crate) beside_skip: Vec<Ident>,
}

/// Where a word stands; each place has words of its own.
#[derive(Clone, Copy)]
pub(crate) struct Place {
    pub(crate) name: &'static str,
    pub(crate) words: &'static [&'static str],
    pub(crate) other_name: &'static str,
    pub(crate) other_words: &'static [&'static str],
}

const STRUCT: Place = Place {
    name: "a struct",
    words: words::ON_STRUCT,
    other_name: "a field",
    other_words: words::ON_FIELD,
};
const FIELD: Place = Place {
    name: "a field",
    words: words::ON_FIELD,
    other_name: "the struct",
    other_words: words::ON_STRUCT,
};

const VARIANT: Place = Place {
    name: "a variant",
    words: words::ON_ONE_OF_VARIANT,
    other_name: "the field that has the enum",
    other_words: words::ON_ONE_OF,
};

impl EntityAttrs {
    pub(crate) fn read(attrs: &[Attribute], ctxt: &mut Ctxt) -> Self {
        let mut read = EntityAttrs::default();
        for word in parse::words(attrs, words::ENTITY, ctxt) {
            if word.is(words::TABLE) {
                set(&mut read.table, &word, value::name, ctxt);
            } else if word.is(words::SCHEMA) {
                set(&mut read.schema, &word, value::name, ctxt);
            } else if word.is(words::MODULE) {
                set(&mut read.module, &word, value::module, ctxt);
            } else if word.is(words::COMMENT) {
                set(&mut read.comment, &word, value::text, ctxt);
            } else if word.is(words::UNIQUE) || word.is(words::INDEX) {
                read.indexes.extend(IndexAttr::read(&word, ctxt));
            } else if word.is(words::CHECK) {
                read.checks.extend(CheckAttr::read(&word, ctxt));
            } else if word.is(words::FOREIGN_KEY) {
                read.foreign_keys.extend(ForeignKeyAttr::read(&word, ctxt));
            } else if word.is(words::HOOKS) {
                set(&mut read.hooks, &word, value::flag, ctxt);
            } else if word.is(words::VIEW) {
                set(&mut read.view, &word, value::optional_sql, ctxt);
            } else if word.is(words::NO_RETURNING) {
                set(&mut read.no_returning, &word, value::flag, ctxt);
            } else if word.is(words::SCOPE) {
                let mut scope = None;
                set(&mut scope, &word, value::function, ctxt);
                read.scopes.extend(scope);
            } else if word.is(words::KINDS) {
                set(&mut read.kinds, &word, value::kinds, ctxt);
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
        for word in parse::words(attrs, words::ENTITY, ctxt) {
            if !read.set(&word, ctxt) {
                unknown(&word, FIELD, ctxt);
                continue;
            }
            if !word.is(words::SKIP) {
                read.beside_skip.push(word.name);
            }
        }
        read
    }

    /// What is said of a variant of an enum of references.
    pub(crate) fn of_variant(attrs: &[Attribute], ctxt: &mut Ctxt) -> Self {
        let mut read = FieldAttrs::default();
        for word in parse::words(attrs, words::ENTITY, ctxt) {
            if VARIANT.words.iter().any(|known| word.is(known)) {
                read.set(&word, ctxt);
            } else {
                unknown(&word, VARIANT, ctxt);
            }
        }
        read
    }

    /// What is said about the SQL type.
    pub(crate) fn given_type(&self) -> GivenType<'_> {
        match (&self.sql_type, &self.with) {
            (Some(sql_type), _) => GivenType::Sql(&sql_type.value),
            (None, Some(with)) => GivenType::Decorator(&with.value),
            (None, None) => GivenType::None,
        }
    }

    /// What a column of a reference has of the words of its field; what is said of all columns
    /// together is said elsewhere, but where there is only one.
    pub(crate) fn of_key_column(&self, only: bool) -> Self {
        let flag = |flag: &Flag| flag.as_ref().map(|given| Given { word: given.word, value: () });
        let (comment, db_type) = (self.comment.as_ref(), self.db_type.as_ref().filter(|_| only));
        FieldAttrs {
            primary_key: flag(&self.primary_key),
            unique: if only { flag(&self.unique) } else { None },
            index: if only { flag(&self.index) } else { None },
            comment: comment.map(|it| Given { word: it.word, value: it.value.clone() }),
            db_type: db_type.map(|it| Given { word: it.word, value: it.value.clone() }),
            ..FieldAttrs::default()
        }
    }

    /// Whether the word is one of a field.
    fn set(&mut self, word: &Word, ctxt: &mut Ctxt) -> bool {
        match word.name.to_string().as_str() {
            words::COLUMN => set(&mut self.column, word, value::name, ctxt),
            words::PRIMARY_KEY => set(&mut self.primary_key, word, value::flag, ctxt),
            words::DEFAULT => set(&mut self.default, word, value::optional_expr, ctxt),
            words::UNIQUE => set(&mut self.unique, word, value::flag, ctxt),
            words::INDEX => set(&mut self.index, word, value::flag, ctxt),
            words::LENGTH => set(&mut self.length, word, value::length, ctxt),
            words::PRECISION => set(&mut self.precision, word, value::precision, ctxt),
            words::SCALE => set(&mut self.scale, word, value::scale, ctxt),
            words::VERSION => set(&mut self.version, word, value::flag, ctxt),
            words::GROUP => set(&mut self.group, word, value::name, ctxt),
            words::SKIP => set(&mut self.skip, word, value::flag, ctxt),
            words::SQL_TYPE => set(&mut self.sql_type, word, value::sql_type, ctxt),
            words::DB_TYPE => set(&mut self.db_type, word, value::db_type, ctxt),
            words::WITH => set(&mut self.with, word, value::decorator, ctxt),
            words::DB_DEFAULT => set(&mut self.db_default, word, value::sql, ctxt),
            words::COMPUTED => set(&mut self.computed, word, value::sql, ctxt),
            words::SEQUENCE => set(&mut self.sequence, word, value::name, ctxt),
            words::ON_UPDATE => set(&mut self.on_update, word, value::flag, ctxt),
            words::CREATED_AT => set(&mut self.created_at, word, value::flag, ctxt),
            words::UPDATED_AT => set(&mut self.updated_at, word, value::flag, ctxt),
            words::SOFT_DELETE => set(&mut self.soft_delete, word, value::flag, ctxt),
            words::REFERENCES => set(&mut self.references, word, value::entity, ctxt),
            words::ON_DELETE => set(&mut self.on_delete, word, table::on_delete, ctxt),
            words::COMMENT => set(&mut self.comment, word, value::text, ctxt),
            words::EMBED => set(&mut self.embed, word, value::flag, ctxt),
            words::ONE_OF => set(&mut self.one_of, word, value::flag, ctxt),
            words::PREFIX => set(&mut self.prefix, word, value::text, ctxt),
            words::BASE => set(&mut self.base, word, value::flag, ctxt),
            words::ZERO_DATE_AS_NONE => {
                set(&mut self.zero_date_as_none, word, value::flag, ctxt);
            }
            words::COLUMNS => set(&mut self.columns, word, value::columns, ctxt),
            words::INVERSE => set(&mut self.inverse, word, relation::inverse, ctxt),
            words::ORDER_BY => set(&mut self.order_by, word, relation::order_by, ctxt),
            words::ONLY => set(&mut self.only, word, value::function, ctxt),
            words::DELETE_ORPHAN => set(&mut self.delete_orphan, word, value::flag, ctxt),
            words::THROUGH => set(&mut self.through, word, relation::through, ctxt),
            words::VIA => set(&mut self.via, word, relation::via, ctxt),
            words::NO_CONSTRAINT => set(&mut self.no_constraint, word, value::flag, ctxt),
            words::NO_INDEX => set(&mut self.no_index, word, value::flag, ctxt),
            _ => return false,
        }
        true
    }
}

/// Reads the value of a word into its place, which has to be free.
pub(crate) fn set<T>(
    slot: &mut Option<Given<T>>,
    word: &Word,
    read: fn(&Word) -> Result<T, syn::Error>,
    ctxt: &mut Ctxt,
) {
    if slot.is_some() {
        ctxt.at(&word.name, format!("`{}` is given twice; remove one", word.name));
        return;
    }
    match read(word) {
        Ok(value) => *slot = Some(Given { word: word.name.span(), value }),
        Err(error) => ctxt.push(error),
    }
}

pub(crate) fn unknown(word: &Word, place: Place, ctxt: &mut Ctxt) {
    let name = &word.name;
    let Place { name: here, words, other_name, other_words } = place;
    if other_words.iter().any(|other| word.is(other)) {
        ctxt.at(name, format!("`{name}` is a word of {other_name}, not of {here}; move it there"));
    } else {
        let known: Vec<_> = words.iter().map(|word| format!("`{word}`")).collect();
        let known = known.join(", ");
        ctxt.at(name, format!("unknown word `{name}`; {here} knows {known}"));
    }
}
