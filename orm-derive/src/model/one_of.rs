//! Polymorphic associations: an entity's field is an enum of references.
//!
//! The enum provides its variants to the entity as a value object provides its columns (see
//! [`embed`]). In the entity each variant is a reference, which is reached through the enum's
//! field.
//!
//! [`embed`]: super::embed

use std::ops::Range;

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, format_ident, quote};
use syn::parse::{Parse, ParseStream};
use syn::spanned::Spanned;
use syn::{Attribute, Data, DeriveInput, Fields, LitStr, Type, parenthesized};

use crate::attr::{AttrValue, FieldAttrs};
use crate::model::reference_rules;
use crate::model::relation::Reference;
use crate::syntax::ctxt::Ctxt;
use crate::syntax::name::{self, FieldName};
use crate::syntax::relation_type::{Kind, RelationType};
use crate::syntax::types;

/// A field with `#[entity(one_of)]`.
pub(crate) struct OneOfField<'a> {
    pub(crate) field: FieldName<'a>,
    pub(crate) ty: &'a Type,
    /// The type without `Option`.
    pub(crate) value: &'a Type,
    pub(crate) optional: bool,
    pub(crate) attrs: FieldAttrs,
    /// Its references, by their positions among those of the entity.
    pub(crate) references: Range<usize>,
}

/// The variant that a reference belongs to.
#[derive(Clone, Copy)]
pub(crate) struct OfVariant {
    /// The position of its field among the entity's fields that are such enums.
    pub(crate) one_of: usize,
    pub(crate) variant: usize,
    /// Whether the field can be without a variant.
    pub(crate) optional: bool,
}

/// A variant, as the enum provides it.
#[derive(Clone)]
pub(crate) struct Variant {
    attrs: Vec<Attribute>,
    pub(crate) ident: Ident,
    pub(crate) ty: Type,
    /// The name of the reference: `subject_post`, or `post` while the field is not known.
    pub(crate) name: Ident,
}

impl<'a> OneOfField<'a> {
    pub(crate) fn new(
        field: FieldName<'a>,
        ty: &'a Type,
        attrs: FieldAttrs,
        references: Range<usize>,
    ) -> Self {
        let inner = types::argument(types::peel(ty), "Option");
        let value = inner.unwrap_or_else(|| types::peel(ty));
        OneOfField { field, ty, value, optional: inner.is_some(), attrs, references }
    }
}

impl Variant {
    /// Gives the reference its name in the entity.
    pub(crate) fn name_in(&mut self, field: &Ident) {
        self.name =
            format_ident!("{}_{}", FieldName(field).to_string(), self.stem(), span = field.span());
    }

    fn stem(&self) -> String {
        name::snake_case(&FieldName(&self.ident).to_string())
    }

    /// Returns the type of the reference, whose columns are NULL while the enum has another
    /// variant.
    pub(crate) fn reference_type(&self) -> Option<RelationType<'_>> {
        Some(RelationType { nullable: true, ..RelationType::read(&self.ty)? })
    }

    /// Returns the attributes of the variant, with the names of its columns as the entity sees
    /// them.
    pub(crate) fn attrs_in(&self, field: FieldName<'_>, prefix: Option<&LitStr>) -> FieldAttrs {
        // Mistakes have been reported at the enum.
        let mut unheard = Ctxt::new();
        let mut attrs = FieldAttrs::of_variant(&self.attrs, &mut unheard);
        let _ = unheard.finish();
        let prefix = prefix.map_or_else(|| format!("{field}_"), LitStr::value);
        let outside = |name: &str| LitStr::new(&format!("{prefix}{name}"), self.ident.span());
        match &mut attrs.columns {
            Some(columns) => {
                for (ident, column) in &mut columns.value {
                    let inside = FieldName(ident).to_string();
                    *column = Some(outside(&column.as_ref().map_or(inside, LitStr::value)));
                    *ident = format_ident!("{}_{ident}", field.to_string(), span = ident.span());
                }
            }
            None => {
                let given = attrs.column.as_ref().map(|column| column.value.value());
                let name = given.unwrap_or_else(|| format!("{}_id", self.stem()));
                attrs.column = Some(AttrValue { word: self.ident.span(), value: outside(&name) });
            }
        }
        attrs
    }
}

impl ToTokens for Variant {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let Variant { attrs, ident, ty, .. } = self;
        tokens.extend(quote!(#(#attrs)* #ident(#ty)));
    }
}

impl Parse for Variant {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let attrs = input.call(Attribute::parse_outer)?;
        let ident: Ident = input.parse()?;
        let ty;
        parenthesized!(ty in input);
        let ty = ty.parse()?;
        Ok(Variant { attrs, name: ident.clone(), ident, ty })
    }
}

/// The enum itself.
pub(crate) struct OneOf<'a> {
    pub(crate) ident: &'a Ident,
    pub(crate) variants: Vec<Variant>,
}

impl<'a> OneOf<'a> {
    /// Returns the model of an enum, with those variants that have no errors.
    pub(crate) fn read(input: &'a DeriveInput, ctxt: &mut Ctxt) -> Self {
        let ident = &input.ident;
        let mut model = OneOf { ident, variants: Vec::new() };
        const CURE: &str = "derive `OneOf` on an enum with a reference in each variant";
        let data = match &input.data {
            Data::Enum(data) => data,
            Data::Struct(data) => {
                ctxt.at(data.struct_token, format!("a struct has no variants; {CURE}"));
                return model;
            }
            Data::Union(data) => {
                ctxt.at(data.union_token, format!("a union has no variants; {CURE}"));
                return model;
            }
        };
        if !input.generics.params.is_empty() {
            ctxt.at(&input.generics, "an enum of references cannot be generic; name the entities");
            return model;
        }
        if data.variants.is_empty() {
            ctxt.at(
                ident,
                "an enum without variants references nothing; write one for each entity, as in `Post(ForeignKey<Post>)`",
            );
        }
        for attr in input.attrs.iter().filter(|attr| attr.path().is_ident("entity")) {
            ctxt.at(
                attr,
                "an enum of references has no attributes; write this on a variant, or on the field of the entity",
            );
        }
        model.variants = data.variants.iter().filter_map(|it| Variant::read(it, ctxt)).collect();
        model
    }
}

impl Variant {
    fn read(variant: &syn::Variant, ctxt: &mut Ctxt) -> Option<Self> {
        let ident = &variant.ident;
        let cure = format!("write `{ident}(ForeignKey<...>)`");
        let inner = match &variant.fields {
            Fields::Unnamed(fields) if fields.unnamed.len() == 1 => &fields.unnamed[0],
            Fields::Unit => {
                ctxt.at(
                    ident,
                    format!(
                        "a variant references an entity; {cure}, or use an `Option` of the enum for no reference"
                    ),
                );
                return None;
            }
            fields => {
                ctxt.at(fields, format!("a variant is one reference; {cure}"));
                return None;
            }
        };
        for attr in inner.attrs.iter().filter(|attr| attr.path().is_ident("entity")) {
            ctxt.at(
                attr,
                "the attributes of a reference are written on its variant; move them there",
            );
        }
        let ty = types::peel(&inner.ty);
        let fits = |ty: &RelationType<'_>| ty.kind == Kind::ForeignKey && !ty.nullable;
        if RelationType::read(ty).filter(fits).is_none() {
            ctxt.at(ty, format!("a variant is one reference to an entity; {cure}"));
            return None;
        }
        let attrs = variant.attrs.iter().filter(|attr| attr.path().is_ident("entity"));
        let mut told = Variant {
            attrs: attrs.cloned().collect(),
            ident: ident.clone(),
            ty: ty.clone(),
            name: ident.clone(),
        };
        told.name = Ident::new(&format!("_{}", told.stem()), ty.span());
        told.judge(ctxt).then_some(told)
    }

    /// Reports mistakes in the reference. Returns `true` if its columns are known regardless.
    fn judge(&self, ctxt: &mut Ctxt) -> bool {
        let attrs = FieldAttrs::of_variant(&self.attrs, ctxt);
        let Some(ty) = self.reference_type() else { return false };
        let name = Ident::new_raw(&self.stem(), self.ident.span());
        let (reference, columns) = Reference::read(FieldName(&name), ty, attrs, (0, 0, 0), ctxt);
        reference_rules::columns(&reference, ctxt);
        reference_rules::without(&reference, ctxt);
        columns.iter().all(|column| !column.ty.broken)
    }
}
