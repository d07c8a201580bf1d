//! Value objects: structs whose fields are columns of the entity that contains them.
//!
//! A derive sees one struct. A macro beside each value object, with the same name as the struct,
//! provides its columns to others: `#[derive(Entity)]` calls the macro of each value object in
//! turn, each adds its columns, and the last passes all of them to `derives::resume`. This is
//! continuation passing with `macro_rules!`. Enums of references provide their variants by the same
//! macro.

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

/// A field that contains a value object.
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
    /// The column's name in Diesel's table, or the part of it that is known: `geo_lat`.
    pub(crate) ident: Ident,
    /// The path to the field: `geo.lat`.
    pub(crate) field: String,
    /// The column's name in the database, or the part of it that is known.
    pub(crate) column: String,
    /// `Given` or `Custom`, because a path names the type in either case.
    pub(crate) sql: SqlType,
    pub(crate) nullable: bool,
    /// Whether its value is converted to the column's precision before it is written, or it is part
    /// of an optional value object that can be present without a value in any column.
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

    /// Gives the columns the names that the entity sees.
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

/// What the macro of another type provides.
#[derive(Clone)]
pub(crate) enum ValueObjectReply {
    /// A value object: its columns.
    Columns(Vec<EmbeddedColumn>),
    /// An enum of references: its variants.
    Variants(Vec<Variant>),
}

/// Returns the fields whose types provide columns or variants, with the paths of their macros.
pub(crate) fn asked(input: &DeriveInput) -> Vec<(&Ident, &Path)> {
    let Some(fields) = named::named_fields(input) else { return Vec::new() };
    // Mistakes in the attributes are reported when everything is known.
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

/// Returns the path of a value object's type. Other types have no macro.
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

/// The derive that needs the columns of value objects.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Waiting {
    Entity,
    Embed,
}

/// Requests what the next type provides. Returns `None` if everything is known.
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

/// Returns the macro by which a type provides its columns or variants.
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

/// What the macros pass on.
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
