//! Value objects: structs whose fields are columns of the entity that has them.
//!
//! A derive sees one struct. What the fields of another are is told by a macro beside that, which has
//! the struct's name: `#[derive(Entity)]` calls the macro of each value object in turn, each adds its
//! columns, and the last hands all of it to [`resume`]. It is the way continuations are passed among
//! macros by example. Enums of references tell their variants by the same macro.

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::{DeriveInput, LitBool, LitStr, Path, Token, Type, TypePath, braced, bracketed};

use crate::attr::FieldAttrs;
use crate::model::named;
use crate::model::one_of::Variant;
use crate::syntax::ctxt::Ctxt;
use crate::syntax::name::FieldName;
use crate::syntax::types::{self, SqlType};

/// A field that is a value object.
pub(crate) struct EmbedField<'a> {
    pub(crate) field: FieldName<'a>,
    pub(crate) ty: &'a Type,
    /// The type without `Option`.
    pub(crate) value: &'a Type,
    pub(crate) optional: bool,
    pub(crate) attrs: FieldAttrs,
    /// The position of its first column.
    pub(crate) first: usize,
    pub(crate) embedded_columns: Vec<EmbeddedColumn>,
}

/// A column of a value object.
#[derive(Clone)]
pub(crate) struct EmbeddedColumn {
    /// The column's name in Diesel's table, as far as it is known: `geo_lat`.
    pub(crate) ident: Ident,
    /// The way to the field: `geo.lat`.
    pub(crate) field: String,
    /// The column's name in the database, as far as it is known.
    pub(crate) column: String,
    /// `Given` or `Custom`, for whatever the type is it is named by a path.
    pub(crate) sql: SqlType,
    pub(crate) nullable: bool,
    /// Whether its value is brought to what the column keeps before it is written, or it is a part of
    /// an optional value object that may be there without a value in any column.
    pub(crate) fits: bool,
}

impl<'a> EmbedField<'a> {
    pub(crate) fn new(
        field: FieldName<'a>,
        ty: &'a Type,
        attrs: FieldAttrs,
        first: usize,
        embedded_columns: Vec<EmbeddedColumn>,
    ) -> Self {
        let inner = types::argument(types::peel(ty), "Option");
        let value = inner.unwrap_or_else(|| types::peel(ty));
        let mut embed = EmbedField {
            field,
            ty,
            value,
            optional: inner.is_some(),
            attrs,
            first,
            embedded_columns,
        };
        embed.name_columns();
        embed
    }

    /// The columns as they are seen from outside.
    fn name_columns(&mut self) {
        let field = self.field.to_string();
        let prefix = match &self.attrs.prefix {
            Some(prefix) => prefix.value.value(),
            None => format!("{field}_"),
        };
        let renamed = self.attrs.columns.as_ref().map(|given| &given.value[..]).unwrap_or_default();
        let vanishes = self.optional
            && self.embedded_columns.iter().all(|embedded_column| embedded_column.nullable);
        for embedded_column in &mut self.embedded_columns {
            let own = renamed.iter().find(|(name, _)| *name == embedded_column.ident);
            embedded_column.column = match own {
                Some((_, Some(column))) => column.value(),
                _ => format!("{prefix}{}", embedded_column.column),
            };
            embedded_column.ident =
                format_ident!("{field}_{}", embedded_column.ident, span = self.field.0.span());
            embedded_column.field = format!("{field}.{}", embedded_column.field);
            embedded_column.nullable |= self.optional;
            embedded_column.fits |= vanishes;
        }
    }
}

/// What the macro of another type tells of it.
#[derive(Clone)]
pub(crate) enum ValueObjectReply {
    /// A value object: its columns.
    Columns(Vec<EmbeddedColumn>),
    /// An enum of references: its variants.
    Variants(Vec<Variant>),
}

/// The fields of a struct whose types tell of themselves, with the paths of their macros.
pub(crate) fn asked(input: &DeriveInput) -> Vec<(&Ident, &Path)> {
    let Some(fields) = named::named_fields(input) else { return Vec::new() };
    // What is wrong with the attributes is reported when all is known.
    let mut unheard = Ctxt::new();
    let asked = fields
        .filter(|field| {
            let attrs = FieldAttrs::read(&field.attrs, &mut unheard);
            attrs.embed.is_some() || attrs.one_of.is_some()
        })
        .filter_map(|field| Some((field.ident.as_ref()?, path(&field.ty)?)))
        .collect();
    let _ = unheard.finish();
    asked
}

/// The path of a value object's type; of anything else there is no macro.
pub(crate) fn path(ty: &Type) -> Option<&Path> {
    let ty = types::peel(ty);
    match types::argument(ty, "Option").unwrap_or(ty) {
        Type::Path(TypePath { qself: None, path })
            if path.segments.iter().all(|segment| segment.arguments.is_empty()) =>
        {
            Some(path)
        }
        _ => None,
    }
}

/// The derive that waits for the columns of value objects.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Waiting {
    Entity,
    Embed,
}

/// Asks the next type what there is to tell of it; `None` where all is known.
pub(crate) fn request(
    waiting: Waiting,
    input: &DeriveInput,
    known: &[ValueObjectReply],
) -> Option<TokenStream> {
    let (_, path) = *asked(input).get(known.len())?;
    let waiting = match waiting {
        Waiting::Entity => quote!(entity),
        Waiting::Embed => quote!(embed),
    };
    let call = quote_spanned!(path.span()=> #path!);
    Some(quote!(#call { #waiting { #input } #(#known)* }))
}

/// The macro by which a type tells of itself.
pub(crate) fn responder(ident: &Ident, told: &ValueObjectReply) -> TokenStream {
    let name = format_ident!("__orm_embed_{}", FieldName(ident).to_string());
    quote! {
        #[doc(hidden)]
        #[allow(unused_macros)]
        macro_rules! #name {
            ($($waiting:tt)*) => {
                ::orm_runtime::__private::resume! { $($waiting)* #told }
            };
        }
        #[doc(hidden)]
        #[allow(unused_imports)]
        pub(crate) use #name as #ident;
    }
}

impl ToTokens for ValueObjectReply {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        tokens.extend(match self {
            ValueObjectReply::Columns(embedded_columns) => {
                quote!({ columns #(#embedded_columns),* })
            }
            ValueObjectReply::Variants(variants) => quote!({ variants #(#variants),* }),
        });
    }
}

impl Parse for ValueObjectReply {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let told;
        braced!(told in input);
        let what: Ident = told.parse()?;
        Ok(if what == "columns" {
            let embedded_columns = Punctuated::<_, Token![,]>::parse_terminated(&told)?;
            ValueObjectReply::Columns(embedded_columns.into_iter().collect())
        } else {
            let variants = Punctuated::<_, Token![,]>::parse_terminated(&told)?;
            ValueObjectReply::Variants(variants.into_iter().collect())
        })
    }
}

impl ToTokens for EmbeddedColumn {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let EmbeddedColumn { ident, field, column, sql, nullable, fits } = self;
        let (kind, path) = match sql {
            SqlType::Custom(path) => (quote!(custom), quote!(#path)),
            known => (quote!(given), known.path(&quote!(::diesel), &quote!(::orm_runtime))),
        };
        tokens.extend(quote!([#ident #field #column #kind #path, #nullable #fits]));
    }
}

impl Parse for EmbeddedColumn {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let embedded_column;
        bracketed!(embedded_column in input);
        let ident = embedded_column.parse()?;
        let field = embedded_column.parse::<LitStr>()?.value();
        let column = embedded_column.parse::<LitStr>()?.value();
        let kind: Ident = embedded_column.parse()?;
        let path: TypePath = embedded_column.parse()?;
        embedded_column.parse::<Token![,]>()?;
        let sql = if kind == "custom" { SqlType::Custom(path) } else { SqlType::Given(path) };
        let nullable = embedded_column.parse::<LitBool>()?.value;
        let fits = embedded_column.parse::<LitBool>()?.value;
        Ok(EmbeddedColumn { ident, field, column, sql, nullable, fits })
    }
}

/// What the macros hand over.
pub(crate) struct Resumed {
    pub(crate) waiting: Waiting,
    pub(crate) input: DeriveInput,
    pub(crate) known: Vec<ValueObjectReply>,
}

impl Parse for Resumed {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let waiting: Ident = input.parse()?;
        let waiting = if waiting == "entity" { Waiting::Entity } else { Waiting::Embed };
        let item;
        braced!(item in input);
        let item = item.parse()?;
        let mut known = Vec::new();
        while !input.is_empty() {
            known.push(input.parse()?);
        }
        Ok(Resumed { waiting, input: item, known })
    }
}
