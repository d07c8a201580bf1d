//! The attributes as constants.

use super::one_column;
use super::struct_fields::Said;
use proc_macro2::{Literal, TokenStream};
use quote::{quote, quote_spanned};

use super::{references, relations};
use crate::attr::{ForeignKeyAttr, OnDelete};
use crate::model::Entity;
use crate::model::column::Column;
use crate::model::embed::EmbedField;
use crate::syntax::value::DbTypes;

pub(super) fn entity(entity: &Entity<'_>) -> TokenStream {
    let Entity { ident, table, attrs, .. } = entity;
    let name = crate::syntax::name::FieldName(ident).to_string();
    let module = entity.module.to_string();
    let key = entity.column_places(&entity.key);
    let auto_key = entity.auto_key().is_some();

    let mut said = Said::default();
    said.option("schema", attrs.schema.as_ref().map(|schema| quote!(#schema)));
    said.option(
        "version",
        entity.version.map(|version| {
            let version = Literal::usize_unsuffixed(version);
            quote!(#version)
        }),
    );
    said.option(
        "soft_delete",
        entity.soft_delete.map(|soft_delete| {
            let soft_delete = Literal::usize_unsuffixed(soft_delete);
            quote!(#soft_delete)
        }),
    );
    said.list("indexes", indexes(entity));
    said.list("checks", checks(entity));
    said.list("foreign_keys", foreign_keys(entity));
    said.list("relationships", relations::metas(entity));
    said.option("comment", attrs.comment.as_ref().map(|comment| quote!(#comment)));
    said.option(
        "view",
        attrs.view.as_ref().map(|view| {
            let query = option(view.value.as_ref());
            quote!(_orm::ViewMeta { query: #query })
        }),
    );
    said.flag("no_returning", attrs.no_returning.is_some());
    let said = said.0;
    quote! {
        _orm::EntityMeta {
            columns: <Self as _orm::Mapped>::COLUMNS,
            key: &#key,
            auto_key: #auto_key,
            #said
            .._orm::entity_meta::<Self>(#name, #module, #table)
        }
    }
}

/// Returns the columns. Those of value objects follow the entity's own.
pub(super) fn columns(entity: &Entity<'_>) -> TokenStream {
    let indexed = |it: &Column<'_>| match it.reference.filter(|part| part.only) {
        Some(part) => entity.is_indexed(&entity.references[part.reference]),
        None => it.attrs.index.is_some(),
    };
    let columns = entity.columns.iter().map(|it| column(it, indexed(it)));
    let columns = columns.chain(entity.embeds.iter().flat_map(embedded));
    quote!(&[#(#columns),*])
}

/// Returns `ColumnMeta { unique: true, ..ColumnMeta::new("name", "name", KIND) }`, with only the
/// fields that differ from the default.
pub(super) fn column(column: &Column<'_>, indexed: bool) -> TokenStream {
    let Column { attrs, ty, name, .. } = column;
    let field = column.ident_name();
    let column_trait = one_column::column_trait(column, references::column_type(column));
    let kind = quote_spanned!(ty.span()=> #column_trait::KIND);
    let new = quote!(_orm::ColumnMeta::new(#field, #name, #kind));

    let mut said = Said::default();
    said.flag("nullable", ty.nullable);
    said.option(
        "length",
        attrs.length.as_ref().map(|length| {
            let length = Literal::u32_unsuffixed(length.value);
            quote!(#length)
        }),
    );
    said.option("db_type", attrs.db_type.as_ref().map(|given| db_type(&given.value)));
    said.option("digits", column.digits().map(|(precision, scale)| quote!((#precision, #scale))));
    said.flag("unique", attrs.unique.is_some());
    said.flag("index", indexed);
    said.flag("deferred", ty.deferred);
    said.option("group", attrs.group.as_ref().map(|group| quote!(#group)));
    said.flag("default", attrs.default.is_some());
    said.option("generated", generated(column));
    said.flag("read_back", ty.made.is_some());
    said.flag("created_at", attrs.created_at.is_some());
    said.flag("updated_at", attrs.updated_at.is_some());
    said.flag("on_update", attrs.on_update.is_some());
    said.flag("secret", attrs.secret.is_some());
    said.option("comment", attrs.comment.as_ref().map(|comment| quote!(#comment)));
    let said = said.0;
    if said.is_empty() { new } else { quote!(_orm::ColumnMeta { #said ..#new }) }
}

/// Returns the columns of a value object as the entity sees them.
pub(super) fn embedded(embed: &EmbedField<'_>) -> Vec<TokenStream> {
    let value = embed.value;
    let span = crate::syntax::types::span(value);
    let metas = quote_spanned!(span=> <#value as _orm::Embedded>::META);
    let column = |(n, embedded_column): (usize, &crate::model::embed::EmbeddedColumn)| {
        let (n, field, name) =
            (Literal::usize_unsuffixed(n), &embedded_column.field, &embedded_column.column);
        let mut said = Said::default();
        said.flag("nullable", embedded_column.nullable);
        let said = said.0;
        quote!(_orm::ColumnMeta { field: #field, name: #name, #said ..#metas[#n] })
    };
    embed.embedded_columns.iter().enumerate().map(column).collect()
}

fn db_type(types: &DbTypes) -> TokenStream {
    let [sqlite, postgres, mysql] = types.each_ref().map(|ty| option(ty.as_ref()));
    quote!(_orm::DbTypeNames { sqlite: #sqlite, postgres: #postgres, mysql: #mysql })
}

fn generated(column: &Column<'_>) -> Option<TokenStream> {
    let attrs = &column.attrs;
    if let Some(computed) = &attrs.computed {
        return Some(quote!(_orm::GeneratedBy::Computed(#computed)));
    }
    if let Some(sequence) = &attrs.sequence {
        return Some(quote!(_orm::GeneratedBy::Sequence(#sequence)));
    }
    let default = attrs.db_default.as_ref()?;
    Some(quote!(_orm::GeneratedBy::Default(#default)))
}

pub(super) fn indexes(entity: &Entity<'_>) -> Vec<TokenStream> {
    let index = |index: &crate::attr::IndexAttr| {
        let columns = entity.column_places(&entity.positions(&index.columns));
        let unique = index.unique;
        let name = option(index.name.as_ref());
        let condition = option(index.condition.as_ref());
        quote! {
            _orm::IndexMeta {
                name: #name, columns: &#columns, unique: #unique, condition: #condition
            }
        }
    };
    let given = entity.attrs.indexes.iter().map(index);
    given.chain(references::indexes(entity)).collect()
}

pub(super) fn checks(entity: &Entity<'_>) -> Vec<TokenStream> {
    let check = |check: &crate::attr::CheckAttr| {
        let name = option(check.name.as_ref());
        let condition = &check.condition;
        quote!(_orm::CheckMeta { name: #name, condition: #condition })
    };
    entity.attrs.checks.iter().map(check).collect()
}

/// Returns the foreign keys of the references, of single columns, and of several columns.
pub(super) fn foreign_keys(entity: &Entity<'_>) -> Vec<TokenStream> {
    let single = entity.columns.iter().filter_map(|column| {
        let target = &column.attrs.references.as_ref()?.value;
        let on_delete = column.attrs.on_delete.as_ref().map(|given| given.value);
        Some(foreign_key(entity, &[column], target, on_delete))
    });
    let composite = entity.attrs.foreign_keys.iter().map(|foreign_key_attr| {
        let ForeignKeyAttr { columns, target, on_delete, .. } = foreign_key_attr;
        let columns = entity.positions(columns);
        let columns: Vec<_> =
            columns.iter().filter_map(|&position| entity.own_column(position)).collect();
        foreign_key(entity, &columns, target, on_delete.as_ref().map(|given| given.value))
    });
    references::foreign_keys(entity).chain(single).chain(composite).collect()
}

fn foreign_key(
    entity: &Entity<'_>,
    columns: &[&Column<'_>],
    target: &syn::TypePath,
    on_delete: Option<OnDelete>,
) -> TokenStream {
    let on_delete = super::one_column::on_delete_tokens(on_delete);
    let nullable = columns.iter().any(|column| column.ty.nullable);
    let places: Vec<_> = columns.iter().map(|column| column.position).collect();
    let places = entity.column_places(&places);
    let values = columns.iter().map(|column| &column.ty.value);
    let key = match columns {
        [only] => {
            let value = &only.ty.value;
            quote!(#value)
        }
        _ => quote!((#(#values),*)),
    };
    let span = crate::syntax::types::span_of(target);
    // The compiler reports at the target that its key has a different type.
    let target = quote_spanned!(span=> _orm::target_of::<#target, #key>());
    quote! {
        _orm::ForeignKeyMeta {
            columns: &#places,
            target: #target,
            on_delete: _orm::OnDelete::#on_delete,
            field: ::core::option::Option::None,
            nullable: #nullable,
            one_of: ::core::option::Option::None,
            delete_orphan: false,
            constraint: true,
        }
    }
}

fn option(value: Option<impl quote::ToTokens>) -> TokenStream {
    match value {
        Some(value) => quote!(::core::option::Option::Some(#value)),
        None => quote!(::core::option::Option::None),
    }
}
