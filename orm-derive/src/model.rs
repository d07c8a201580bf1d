//! The model: what the struct and its attributes mean, with every default decided.

use proc_macro2::{Ident, Span};
use syn::{DeriveInput, ExprPath, Visibility};

use crate::attr::EntityAttrs;
use crate::model::column::Part;
use crate::model::column::{Column, Skipped};
use crate::model::embed::{EmbedField, ValueObjectReply};
use crate::model::one_of::OneOfField;
use crate::model::relation::{Collection, Reference};
use crate::model::subtype::{Base, Role};
use crate::syntax::ctxt::Ctxt;
use crate::syntax::keywords;
use crate::syntax::name::{self, FieldName};

pub(crate) mod association;
pub(crate) mod builder_input;
pub(crate) mod column;
pub(crate) mod db_enum;
pub(crate) mod db_type;
pub(crate) mod embed;
mod fields;
pub(crate) mod hierarchy;
pub(crate) mod named;
pub(crate) mod one_of;
pub(crate) mod reference_rules;
pub(crate) mod relation;
mod shape;
pub(crate) mod subtype;
pub(crate) mod unit_structs;

use fields::ReadFields;

/// An entity.
pub(crate) struct Entity<'a> {
    pub(crate) ident: &'a Ident,
    pub(crate) vis: &'a Visibility,
    pub(crate) attrs: EntityAttrs,
    /// The module beside the struct, and the name of Diesel's table in it.
    pub(crate) module: Ident,
    pub(crate) diesel_table: Ident,
    pub(crate) table: String,
    pub(crate) columns: Vec<Column<'a>>,
    /// Fields that contain value objects. Their columns follow the others.
    pub(crate) embeds: Vec<EmbedField<'a>>,
    pub(crate) skipped: Vec<Skipped<'a>>,
    pub(crate) references: Vec<Reference<'a>>,
    /// Fields that are enums of references. Each variant is one of `references`.
    pub(crate) one_ofs: Vec<OneOfField<'a>>,
    pub(crate) collections: Vec<Collection<'a>>,
    /// The positions of the key's columns.
    pub(crate) key: Vec<usize>,
    pub(crate) version: Option<usize>,
    /// The position of the column that says when a row was deleted.
    pub(crate) soft_delete: Option<usize>,
    /// What it is in a hierarchy.
    pub(crate) role: Role<'a>,
    /// Fields that would be a second base.
    pub(crate) more_bases: Vec<FieldName<'a>>,
}

/// A value object: a struct whose fields are columns of an entity.
pub(crate) struct ValueObject<'a> {
    pub(crate) ident: &'a Ident,
    pub(crate) columns: Vec<Column<'a>>,
    pub(crate) embeds: Vec<EmbedField<'a>>,
    pub(crate) skipped: Vec<Skipped<'a>>,
    references: Vec<Reference<'a>>,
    one_ofs: Vec<OneOfField<'a>>,
    collections: Vec<Collection<'a>>,
}

/// A condition that holds for every query of the entity.
pub(crate) enum Scope<'a> {
    /// A condition that the user wrote.
    Function { name: &'a Ident, path: &'a ExprPath },
    /// Deleted rows are hidden.
    SoftDelete(&'a Column<'a>),
}

impl<'a> Entity<'a> {
    /// Returns the model of a struct, or `None` if there is no struct with fields.
    pub(crate) fn read(
        input: &'a DeriveInput,
        known: &'a [ValueObjectReply],
        ctxt: &mut Ctxt,
    ) -> Option<Self> {
        let attrs = EntityAttrs::read(&input.attrs, ctxt);
        let fields = shape::shape(input, &shape::ENTITY, ctxt)?;
        let ReadFields {
            columns,
            embeds,
            skipped,
            references,
            one_ofs,
            collections,
            base,
            more_bases,
        } = ReadFields::of(fields, known, ctxt);
        let told = subtype::inherited(input).unwrap_or_default();
        let table = match &attrs.table {
            Some(table) => table.value.value(),
            None if base.is_some() => told.table.clone(),
            None => name::snake_case(&FieldName(&input.ident).to_string()),
        };
        let role = match (base, &attrs.hierarchy) {
            (Some((field, ty, attrs)), _) => {
                Role::Subtype(Box::new(Base::new(field, ty, attrs, told)))
            }
            (None, Some(kinds)) => Role::Root(kinds.value.clone()),
            (None, None) => Role::Plain,
        };

        let module = match &attrs.module {
            Some(module) => module.value.clone(),
            None => module_name(&input.ident),
        };
        Some(Entity {
            ident: &input.ident,
            vis: &input.vis,
            table,
            attrs,
            diesel_table: diesel_table_name(&module, &columns),
            module,
            key: if matches!(role, Role::Subtype(_)) { Vec::new() } else { key_of(&columns) },
            version: columns.iter().position(|column| column.attrs.version.is_some()),
            soft_delete: columns.iter().position(|column| column.attrs.soft_delete.is_some()),
            columns,
            embeds,
            skipped,
            references,
            one_ofs,
            collections,
            role,
            more_bases,
        })
    }

    /// Returns `true` if the columns of a reference have an index. Loading a collection searches by
    /// these columns, and so does the database when it deletes the referenced row. No index is
    /// needed if another index begins with the same columns.
    pub(crate) fn is_indexed(&self, reference: &Reference<'_>) -> bool {
        let positions = reference.positions();
        let whole = self.attrs.indexes.iter().filter(|index| index.condition.is_none());
        let mut others = whole.map(|index| self.positions(&index.columns));
        reference.attrs.no_index.is_none()
            && (reference.attrs.index.is_some()
                || !(reference.attrs.unique.is_some()
                    || self.key.starts_with(&positions)
                    || others.any(|columns| columns.starts_with(&positions))))
    }

    /// Returns `true` if the variants of all its enums of references are known.
    pub(crate) fn is_told(&self) -> bool {
        self.one_ofs.iter().all(|one_of| !one_of.references.is_empty())
    }

    /// Returns the number of columns, including those of value objects.
    pub(crate) fn column_count(&self) -> usize {
        let inside: usize = self.embeds.iter().map(|embed| embed.embedded_columns.len()).sum();
        self.columns.len() + inside
    }

    /// Returns the columns of the key.
    pub(crate) fn key_columns(&self) -> impl ExactSizeIterator<Item = &Column<'a>> {
        self.key.iter().map(|&position| &self.columns[position])
    }

    /// Returns the one column whose value the database generates.
    pub(crate) fn auto_key(&self) -> Option<&Column<'a>> {
        self.key_columns().find(|column| column.ty.auto)
    }

    /// Returns the columns that a query selects.
    pub(crate) fn selected(&self) -> impl Iterator<Item = &Column<'a>> {
        self.columns.iter().filter(|column| !column.ty.deferred)
    }

    pub(crate) fn deferred(&self) -> impl Iterator<Item = &Column<'a>> {
        self.columns.iter().filter(|column| column.ty.deferred)
    }

    /// Returns the version column of optimistic locking.
    pub(crate) fn version_column(&self) -> Option<&Column<'a>> {
        self.version.map(|position| &self.columns[position])
    }

    /// Returns the column that says when a row was deleted.
    pub(crate) fn soft_delete_column(&self) -> Option<&Column<'a>> {
        self.soft_delete.map(|position| &self.columns[position])
    }

    /// Returns the default scopes. If several have the same name, which is an error, only one of
    /// them is returned.
    pub(crate) fn scopes(&self) -> impl Iterator<Item = Scope<'_>> {
        let mut names = Vec::new();
        let taken = self.soft_delete.map(|_| keywords::SOFT_DELETE);
        let functions = self.attrs.scopes.iter().filter_map(move |scope| {
            let path = &scope.value;
            let name = &path.path.segments.last()?.ident;
            let new = !names.contains(&name) && taken.is_none_or(|taken| name != taken);
            names.push(name);
            new.then_some(Scope::Function { name, path })
        });
        functions.chain(self.soft_delete_column().map(Scope::SoftDelete))
    }

    /// Returns the fields that are columns, each by its first one.
    pub(crate) fn column_fields(&self) -> impl Iterator<Item = &Column<'a>> {
        let is_first = |it: Part| it.part == 0 && it.variant.is_none_or(|variant| variant == 0);
        self.columns.iter().filter(move |column| column.reference.is_none_or(is_first))
    }

    /// Returns the columns that are whole fields.
    pub(crate) fn plain_columns(&self) -> impl Iterator<Item = &Column<'a>> {
        self.columns.iter().filter(|column| column.reference.is_none())
    }

    /// Returns the fields that are relationships, in order.
    pub(crate) fn relationships(&self) -> Vec<FieldName<'a>> {
        relationships(&self.references, &self.collections)
    }

    /// Returns the positions of those fields that are columns.
    pub(crate) fn positions(&self, fields: &[Ident]) -> Vec<usize> {
        fields.iter().filter_map(|field| self.position(field)).collect()
    }

    /// Returns the position of a field that is a column, or of a column of a value object.
    pub(crate) fn position(&self, field: &Ident) -> Option<usize> {
        let own = self.columns.iter().map(|column| &column.ident);
        let inside = self
            .embeds
            .iter()
            .flat_map(|embed| &embed.embedded_columns)
            .map(|embedded_column| &embedded_column.ident);
        let by_column = own.chain(inside).position(|ident| ident == field);
        by_column.or_else(|| {
            let reference = self.references.iter().find(|it| it.field.0 == field)?;
            (reference.parts == 1).then_some(reference.first)
        })
    }

    /// Returns the field that a column belongs to. For an enum of references, this is the enum's
    /// field.
    pub(crate) fn field_of(&self, column: &Column<'a>) -> FieldName<'a> {
        column.reference.map_or(column.field, |part| self.references[part.reference].field)
    }

    /// Returns the column at a position, unless it is inside a value object.
    pub(crate) fn own_column(&self, position: usize) -> Option<&Column<'a>> {
        self.columns.get(position)
    }

    pub(crate) fn is_key(&self, column: &Column<'_>) -> bool {
        self.key.contains(&column.position)
    }
}

fn relationships<'a>(
    references: &[Reference<'a>],
    collections: &[Collection<'a>],
) -> Vec<FieldName<'a>> {
    let references = references.iter().map(|it| (it.relationship, it.field));
    let mut all: Vec<_> =
        references.chain(collections.iter().map(|it| (it.relationship, it.field))).collect();
    all.sort_by_key(|(place, _)| *place);
    all.into_iter().map(|(_, field)| field).collect()
}

impl<'a> ValueObject<'a> {
    /// Returns the model of a struct, or `None` if there is no struct with fields.
    pub(crate) fn read(
        input: &'a DeriveInput,
        known: &'a [ValueObjectReply],
        ctxt: &mut Ctxt,
    ) -> Option<Self> {
        let fields = shape::shape(input, &shape::VALUE_OBJECT, ctxt)?;
        let ReadFields { columns, embeds, skipped, references, one_ofs, collections, .. } =
            ReadFields::of(fields, known, ctxt);
        let ident = &input.ident;
        Some(ValueObject { ident, columns, embeds, skipped, references, one_ofs, collections })
    }

    /// Returns the fields that are relationships, which a value object cannot have.
    pub(crate) fn relationships(&self) -> Vec<FieldName<'a>> {
        let mut all = relationships(&self.references, &self.collections);
        // The references of an enum are one field.
        let of_enum = |field: &FieldName<'_>| {
            self.references.iter().any(|it| it.of_variant.is_some() && it.field.0 == field.0)
        };
        all.retain(|field| !of_enum(field));
        all.extend(self.one_ofs.iter().map(|one_of| one_of.field));
        all
    }
}

/// Returns the columns marked as the key, or else the column of the field `id`.
fn key_of(columns: &[Column<'_>]) -> Vec<usize> {
    let positions = |wanted: fn(&Column<'_>) -> bool| -> Vec<usize> {
        columns.iter().filter(|column| wanted(column)).map(|column| column.position).collect()
    };
    let marked = positions(|column| column.attrs.primary_key.is_some());
    if marked.is_empty() { positions(|column| column.field.0 == "id") } else { marked }
}

/// Converts `User` to `user`, and `Type` to `type_`.
fn module_name(ident: &Ident) -> Ident {
    let mut name = name::snake_case(&FieldName(ident).to_string());
    if !name::is_identifier(&name) {
        name.push('_');
    }
    Ident::new(&name, ident.span())
}

/// Returns the name of the table in `table!`. It is the module's name, unless a column has that
/// name, which Diesel refuses. It is visible only in Diesel's `dsl` module.
fn diesel_table_name(module: &Ident, columns: &[Column<'_>]) -> Ident {
    let mut name = module.to_string();
    while columns.iter().any(|column| column.ident_name() == name) {
        name.push('_');
    }
    Ident::new(&name, Span::call_site())
}
