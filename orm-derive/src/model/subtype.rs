//! The structs of a hierarchy: the base of all subtypes, and the structs that extend another.
//!
//! The derive of a subtype must know where its base is stored and what its key is. As for value
//! objects (`embed`), a macro beside the base provides that. The reply is kept as an attribute of
//! the struct.

use proc_macro2::{Literal, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::parse::{Parse, ParseStream};
use syn::spanned::Spanned;
use syn::{Attribute, DeriveInput, LitStr, Type, TypePath, braced, parse_quote};

use crate::attr::FieldAttrs;
use crate::model::column::Column;
use crate::model::embed::{self, EmbeddedColumn};
use crate::model::{Entity, named};
use crate::syntax::ctxt::Ctxt;
use crate::syntax::name::FieldName;

/// The attribute in which the reply of a base is kept.
const TOLD: &str = "__orm_base";

/// The role of a struct in a hierarchy.
pub(crate) enum Role<'a> {
    Plain,
    /// The base of all subtypes; its subtypes are the variants of this enum.
    Root(TypePath),
    /// It extends another struct.
    Subtype(Box<Base<'a>>),
}

/// The field that is the base of a subtype.
pub(crate) struct Base<'a> {
    pub(crate) field: FieldName<'a>,
    pub(crate) ty: &'a Type,
    pub(crate) attrs: FieldAttrs,
    pub(crate) inherited: Inherited,
    /// The names of the key's columns in the table of the subtype.
    pub(crate) key_names: Vec<String>,
}

/// What a base provides.
#[derive(Default)]
pub(crate) struct Inherited {
    pub(crate) schema: Option<String>,
    pub(crate) table: String,
    /// The columns of the key.
    pub(crate) key: Vec<EmbeddedColumn>,
}

impl<'a> Base<'a> {
    pub(crate) fn new(
        field: FieldName<'a>,
        ty: &'a Type,
        attrs: FieldAttrs,
        inherited: Inherited,
    ) -> Self {
        let key_names = match (&attrs.column, &attrs.columns) {
            (Some(column), _) => vec![column.value.value()],
            (None, Some(columns)) => {
                columns.value.iter().map(|(ident, _)| FieldName(ident).to_string()).collect()
            }
            (None, None) => {
                inherited.key.iter().map(|embedded_column| embedded_column.column.clone()).collect()
            }
        };
        Base { field, ty, attrs, inherited, key_names }
    }
}

impl<'a> Entity<'a> {
    /// Returns the base that it extends.
    pub(crate) fn base(&self) -> Option<&Base<'a>> {
        match &self.role {
            Role::Subtype(base) => Some(base),
            _ => None,
        }
    }

    /// Returns `true` if it is in a hierarchy.
    pub(crate) fn is_subtype(&self) -> bool {
        !matches!(self.role, Role::Plain)
    }

    /// Returns the schema of its table.
    pub(crate) fn schema(&self) -> Option<String> {
        match self.base() {
            Some(base) if self.attrs.table.is_none() => base.inherited.schema.clone(),
            _ => self.attrs.schema.as_ref().map(|schema| schema.value.value()),
        }
    }

    /// Returns the discriminator column.
    pub(crate) fn discriminator(&self) -> Option<&Column<'a>> {
        self.columns.iter().find(|column| column.ty.discriminator)
    }

    /// Returns the position of a column among those of all subtypes.
    pub(crate) fn column_place(&self, position: usize) -> TokenStream {
        self.place(&quote!(column), position)
    }

    /// Returns the position of a reference among those of all subtypes.
    pub(crate) fn foreign_key_place(&self, position: usize) -> TokenStream {
        self.place(&quote!(foreign_key), position)
    }

    /// Returns the position of a relationship among those of all subtypes.
    pub(crate) fn relationship_place(&self, position: usize) -> TokenStream {
        self.place(&quote!(relationship), position)
    }

    /// Returns the positions of columns, as a list.
    pub(crate) fn column_places(&self, positions: &[usize]) -> TokenStream {
        let places = positions.iter().map(|&position| self.column_place(position));
        quote!([#(#places),*])
    }

    fn place(&self, of: &TokenStream, position: usize) -> TokenStream {
        let position = Literal::usize_unsuffixed(position);
        match self.role {
            Role::Subtype(_) => quote!((__ORM_AT.#of + #position)),
            _ => quote!(#position),
        }
    }
}

/// Requests from the base of a subtype where it is stored. Returns `None` if that is known or it
/// has no base.
pub(crate) fn request(input: &DeriveInput) -> Option<TokenStream> {
    if input.attrs.iter().any(|attr| attr.path().is_ident(TOLD)) {
        return None;
    }
    let mut fields = named::named_fields(input)?;
    // Mistakes in the attributes are reported when everything is known.
    let mut unheard = Ctxt::new();
    let base = fields.find(|field| FieldAttrs::read(&field.attrs, &mut unheard).base.is_some());
    let _ = unheard.finish();
    let path = embed::path(&base?.ty)?;
    let call = quote_spanned!(path.span()=> #path!);
    Some(quote!(#call { #input }))
}

/// Returns the macro by which a struct provides its table and key to the structs that extend it.
pub(crate) fn responder(entity: &Entity<'_>) -> TokenStream {
    let ident = entity.ident;
    let name = format_ident!("__orm_base_{}", FieldName(ident).to_string());
    let Inherited { schema, table, key } = inherited_from(entity);
    let schema = schema.unwrap_or_default();
    quote! {
        #[doc(hidden)]
        #[allow(unused_macros)]
        macro_rules! #name {
            ($($subtype:tt)*) => {
                ::orm_runtime::__private::resume_subtype! { { $($subtype)* } #schema #table #(#key)* }
            };
        }
        #[doc(hidden)]
        #[allow(unused_imports)]
        pub(crate) use #name as #ident;
    }
}

fn inherited_from(entity: &Entity<'_>) -> Inherited {
    let given = |name: &crate::attr::AttrValue<LitStr>| name.value.value();
    let own = || entity.attrs.schema.as_ref().map(given);
    let Some(base) = entity.base() else {
        let key = entity.key_columns().map(|column| EmbeddedColumn {
            ident: column.ident.clone(),
            field: column.field.to_string(),
            column: column.name.clone(),
            sql: column.ty.sql.clone(),
            nullable: false,
            fits: false,
        });
        return Inherited { schema: own(), table: entity.table.clone(), key: key.collect() };
    };
    let Inherited { schema, table, key } = &base.inherited;
    if entity.attrs.table.is_none() {
        return Inherited { schema: schema.clone(), table: table.clone(), key: key.clone() };
    }
    let key = key.iter().zip(&base.key_names);
    let key = key
        .map(|(embedded_column, column)| EmbeddedColumn {
            column: column.clone(),
            ..embedded_column.clone()
        })
        .collect();
    Inherited { schema: own(), table: entity.table.clone(), key }
}

/// Returns the reply that was kept.
pub(crate) fn inherited(input: &DeriveInput) -> Option<Inherited> {
    let attr = input.attrs.iter().find(|attr| attr.path().is_ident(TOLD))?;
    attr.parse_args().ok()
}

impl Parse for Inherited {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let schema = input.parse::<LitStr>()?.value();
        let table = input.parse::<LitStr>()?.value();
        let mut key = Vec::new();
        while !input.is_empty() {
            key.push(input.parse()?);
        }
        Ok(Inherited { schema: (!schema.is_empty()).then_some(schema), table, key })
    }
}

/// What the macro of a base passes on.
pub(crate) struct Resumed {
    subtype: DeriveInput,
    inherited: TokenStream,
}

impl Parse for Resumed {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let subtype;
        braced!(subtype in input);
        Ok(Resumed { subtype: subtype.parse()?, inherited: input.parse()? })
    }
}

impl Resumed {
    /// Returns the subtype, with the reply of its base as an attribute.
    pub(crate) fn subtype(self) -> DeriveInput {
        let Resumed { mut subtype, inherited } = self;
        let name = format_ident!("{TOLD}");
        let attr: Attribute = parse_quote!(#[#name(#inherited)]);
        subtype.attrs.push(attr);
        subtype
    }
}

impl ToTokens for Base<'_> {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        self.field.to_tokens(tokens);
    }
}
