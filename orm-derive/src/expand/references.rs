//! References: fields of one or several columns, which contain the key of another entity.

use super::one_column;
use proc_macro2::{Literal, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};

use super::one_column::value_sql_type;
use super::one_of;
use super::struct_fields::Said;
use crate::model::Entity;
use crate::model::column::Column;
use crate::model::column::Part;
use crate::model::relation::Reference;
use crate::syntax::name::FieldName;
use crate::syntax::types::SqlType;

/// Returns the type of a column's values. For a reference it is that of the key.
pub(super) fn column_type(column: &Column<'_>) -> TokenStream {
    let value = &column.ty.value;
    match column.reference {
        None => column.ty.whole.to_token_stream(),
        Some(_) if column.ty.nullable => quote!(::core::option::Option<#value>),
        Some(_) => quote!(#value),
    }
}

/// Returns the code that binds the key, or NULL if there is none.
pub(super) fn bind(column: &Column<'_>, part: Part) -> TokenStream {
    let Column { field, ty, .. } = column;
    let (value, sql_type) = (&ty.value, value_sql_type(column));
    let value_trait = one_column::value_trait(column);
    let (key, known) = (of_key(part, quote!(__orm_known)), known_key(*field, part));
    quote_spanned! {ty.span()=>
        match #known {
            ::core::option::Option::Some(__orm_known) => #value_trait::bind(#key, __orm_pass),
            ::core::option::Option::None => {
                _orm::builder::bind_null::<#value, #sql_type>(__orm_pass)
            }
        }
    }
}

/// Returns the whole key, if it is known.
fn known_key(field: FieldName<'_>, part: Part) -> TokenStream {
    let known_key = match part.variant {
        None => quote!(_orm::ForeignKeyField::known_key),
        Some(variant) => one_of::of_variant("known_key", variant),
    };
    quote!(#known_key(&self.#field))
}

/// Returns an expression that compares a reference of two objects.
pub(super) fn same(field: FieldName<'_>, part: Part) -> TokenStream {
    let same = match part.variant {
        None => quote!(_orm::ForeignKeyField::same),
        Some(variant) => one_of::of_variant("same", variant),
    };
    quote!(#same(&self.#field, &__orm_before.#field))
}

/// Returns the reference to part of a key, if that part is a reference.
fn of_key(part: Part, key: TokenStream) -> TokenStream {
    let at = Literal::usize_unsuffixed(part.part);
    if part.only { key } else { quote!(&#key.#at) }
}

/// Returns a part of the entity's own key.
pub(super) fn key_part(field: FieldName<'_>, span: Span, part: Part) -> TokenStream {
    let known = quote!(_orm::ForeignKeyField::known_key(&self.#field)?);
    let key = of_key(part, known);
    quote_spanned!(span=> ::core::clone::Clone::clone(#key))
}

/// Returns the code that reads the field from a row, or if it is part of the key, from the key that
/// has been read.
pub(super) fn decode(entity: &Entity<'_>, reference: &Reference<'_>) -> TokenStream {
    if let Some(of) = reference.of_variant {
        return one_of::decode(entity, &entity.one_ofs[of.one_of]);
    }
    let span = crate::syntax::types::span(reference.ty.whole);
    let (reads, key) = key_of_row(entity, reference);
    quote_spanned! {span=>
        {
            #reads
            _orm::ForeignKeyField::of_key(#key)
        }
    }
}

/// Returns the statements that read the columns of a reference, and the resulting key, or `None`.
pub(super) fn key_of_row(
    entity: &Entity<'_>,
    reference: &Reference<'_>,
) -> (TokenStream, TokenStream) {
    let columns = &entity.columns[reference.first..reference.first + reference.parts];
    let mut reads = TokenStream::new();
    let mut names = Vec::new();
    let mut in_key = false;
    for (part, column) in columns.iter().enumerate() {
        let name = quote::format_ident!("__orm_part_{part}");
        let key = entity.key_columns().position(|key| key.position == column.position);
        in_key |= key.is_some();
        let value = match key {
            Some(key) => one_column::known_key_part(entity, key),
            None => one_column::get(column, column_type(column)),
        };
        reads.extend(quote!(let #name = #value;));
        names.push(name);
    }
    let nullable = reference.ty.nullable && !in_key;
    let composite = columns.first().and_then(|column| column.reference).is_some_and(|it| !it.only);
    let key = match (nullable, composite) {
        (false, false) => quote!(::core::option::Option::Some(#(#names)*)),
        (false, true) => quote!(::core::option::Option::Some((#(#names),*))),
        (true, false) => quote!(#(#names)*),
        (true, true) => quote! {
            match (#(#names),*) {
                (#(::core::option::Option::Some(#names)),*) => {
                    ::core::option::Option::Some((#(#names),*))
                }
                _ => ::core::option::Option::None,
            }
        },
    };
    (reads, key)
}

/// Returns about how many bytes the key adds to a statement.
pub(super) fn payload(column: &Column<'_>, part: Part) -> TokenStream {
    let Column { field, ty, .. } = column;
    let value_trait = match ty.sql {
        SqlType::Custom(_) => one_column::value_trait(column),
        _ => quote!(_orm::ColumnValue),
    };
    let (key, known) = (of_key(part, quote!(__orm_known)), known_key(*field, part));
    quote_spanned! {ty.span()=>
        #known.map_or(0, |__orm_known| #value_trait::payload(#key))
    }
}

/// Returns the methods `reference` and `set_reference`.
pub(super) fn methods(entity: &Entity<'_>) -> Option<TokenStream> {
    let arms = |what: fn(&Entity<'_>, &Reference<'_>) -> TokenStream| -> Vec<TokenStream> {
        let references = entity.references.iter().enumerate();
        references
            .map(|(place, reference)| {
                let (place, what) = (Literal::usize_unsuffixed(place), what(entity, reference));
                quote!(#place => #what)
            })
            .collect()
    };
    let (gets, sets) = (arms(get), arms(set));
    let place = entity.base().map(|_| quote!(.wrapping_sub(__ORM_AT.foreign_key)));
    let get_base = match entity.base() {
        Some(base) => quote!(_orm::Referencing::reference(&self.#base, __orm_foreign_key)),
        None => quote!(_orm::Reference::NULL),
    };
    let set_base = match entity.base() {
        Some(base) => {
            quote!(_orm::Referencing::set_reference(&mut self.#base, __orm_foreign_key, __orm_to))
        }
        None => quote!({}),
    };
    (!entity.references.is_empty() || entity.base().is_some()).then(|| {
        quote! {
            fn reference(&self, __orm_foreign_key: usize) -> _orm::Reference<'_> {
                match __orm_foreign_key #place {
                    #(#gets,)*
                    _ => #get_base,
                }
            }

            fn set_reference(
                &mut self,
                __orm_foreign_key: usize,
                __orm_to: _orm::Reference<'_>,
            ) {
                match __orm_foreign_key #place {
                    #(#sets,)*
                    _ => #set_base,
                }
            }
        }
    })
}

fn get(entity: &Entity<'_>, reference: &Reference<'_>) -> TokenStream {
    let Some(of) = reference.of_variant else {
        let field = reference.field;
        return quote!(_orm::ForeignKeyField::reference(&self.#field));
    };
    let (field, variant) = (entity.one_ofs[of.one_of].field, Literal::usize_unsuffixed(of.variant));
    quote!(_orm::OneOfField::reference(&self.#field, #variant))
}

fn set(entity: &Entity<'_>, reference: &Reference<'_>) -> TokenStream {
    let Some(of) = reference.of_variant else {
        let field = reference.field;
        return quote!(_orm::ForeignKeyField::set_reference(&mut self.#field, __orm_to));
    };
    let (field, variant) = (entity.one_ofs[of.one_of].field, Literal::usize_unsuffixed(of.variant));
    quote!(_orm::OneOfField::set_reference(&mut self.#field, #variant, __orm_to))
}

/// Returns the references as foreign keys.
pub(super) fn foreign_keys<'e>(entity: &'e Entity<'_>) -> impl Iterator<Item = TokenStream> + 'e {
    entity.references.iter().map(|reference| {
        let positions = entity.column_places(&reference.positions());
        let on_delete = one_column::on_delete_tokens(reference.on_delete());
        let (target, key) = (reference.ty.target, &reference.key);
        let field = reference.field.to_string();
        let mut said = Said::default();
        said.option("field", Some(quote!(#field)));
        said.flag("nullable", reference.is_optional());
        let one_of = reference.of_variant.map(|of| entity.one_ofs[of.one_of].field.to_string());
        said.option("one_of", one_of.map(|field| quote!(#field)));
        said.flag("delete_orphan", reference.attrs.delete_orphan.is_some());
        if reference.attrs.no_constraint.is_some() {
            said.say("constraint", quote!(false));
        }
        let said = said.0;
        // The compiler reports at the target that its key has a different type.
        let target = quote_spanned! {crate::syntax::types::span(target)=>
            _orm::target_of::<#target, #key>()
        };
        quote! {
            _orm::ForeignKeyMeta {
                #said
                .._orm::ForeignKeyMeta::new(&#positions, #target, _orm::OnDelete::#on_delete)
            }
        }
    })
}

/// Returns the indexes of references with several columns.
pub(super) fn indexes<'e>(entity: &'e Entity<'_>) -> impl Iterator<Item = TokenStream> + 'e {
    let composite = entity.references.iter().filter(|reference| reference.parts > 1);
    composite.flat_map(|reference| {
        let attrs = &reference.attrs;
        let unique = attrs.unique.is_some().then_some(true);
        let index = entity.is_indexed(reference).then_some(false);
        unique.into_iter().chain(index).map(|unique| {
            let positions = entity.column_places(&reference.positions());
            quote! {
                _orm::IndexMeta {
                    name: ::core::option::Option::None,
                    columns: &#positions,
                    unique: #unique,
                    condition: ::core::option::Option::None,
                }
            }
        })
    })
}

/// Returns the conversions of a new object into a reference to it, which may be optional.
pub(crate) fn newcomers(entity: &Entity<'_>) -> TokenStream {
    let ident = entity.ident;
    let key = quote!(<#ident as _orm::Mapped>::Key);
    let (generics, target, bounds) = if entity.is_subtype() {
        let bounds = quote! {
            where
                __B: _orm::Entity<Root = <#ident as _orm::InHierarchy>::Root>,
                #ident: _orm::SubtypeOf<__B>,
                for<'__a> #ident: _orm::ConcreteBounds<'__a>,
        };
        (Some(quote!(<__B>)), quote!(__B), Some(bounds))
    } else {
        (None, quote!(#ident), None)
    };
    let reference = quote!(_orm::ForeignKey<#target, #key>);
    quote! {
        #[automatically_derived]
        impl #generics ::core::convert::From<#ident> for #reference #bounds {
            fn from(__orm_object: #ident) -> Self {
                _orm::ForeignKey::to_new(__orm_object)
            }
        }

        #[automatically_derived]
        impl #generics ::core::convert::From<#ident> for ::core::option::Option<#reference> #bounds {
            fn from(__orm_object: #ident) -> Self {
                ::core::option::Option::Some(_orm::ForeignKey::to_new(__orm_object))
            }
        }
    }
}
