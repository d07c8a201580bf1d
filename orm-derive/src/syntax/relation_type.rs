//! Types that are relationships: `ForeignKey<…>`, `HasMany<…>`, `HasOne<…>` and `ManyToMany<…>`.

use std::borrow::Cow;

use quote::quote;
use syn::{GenericArgument, PathArguments, Type, parse_quote_spanned};

use super::{keywords, types};

/// The kind of a relationship.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    ForeignKey,
    HasMany,
    HasOne,
    ManyToMany,
}

/// `ForeignKey<target, key>`, alone or in an `Option`, or a collection.
pub(crate) struct RelationType<'a> {
    pub(crate) whole: &'a Type,
    /// The type without `Option`.
    pub(crate) inner: &'a Type,
    pub(crate) kind: Kind,
    pub(crate) nullable: bool,
    pub(crate) target: &'a Type,
    pub(crate) key: Option<&'a Type>,
}

impl<'a> RelationType<'a> {
    /// Reads the type of a field. Returns `None` if it is not a relationship, or not a valid one:
    /// that is reported like any other type that cannot be a column.
    pub(crate) fn read(ty: &'a Type) -> Option<Self> {
        let whole = types::peel(ty);
        let optional = types::argument(whole, "Option");
        let inner = optional.unwrap_or(whole);
        let (kind, arguments) = named(inner)?;
        let (target, key) = match arguments[..] {
            [target] => (target, None),
            [target, key] => (target, Some(key)),
            _ => return None,
        };
        let nullable = optional.is_some();
        let fits = kind == Kind::ForeignKey || !nullable;
        (fits && !is_self(target)).then_some(RelationType {
            whole,
            inner,
            kind,
            nullable,
            target,
            key,
        })
    }

    /// Returns the type of the target's key.
    pub(crate) fn key(&self) -> Cow<'a, Type> {
        let span = types::span(self.inner);
        match self.key {
            Some(key) => Cow::Borrowed(key),
            None => Cow::Owned(parse_quote_spanned!(span=> ::core::primitive::i64)),
        }
    }
}

/// Returns the kind of a relationship's type, and its arguments.
fn named(ty: &Type) -> Option<(Kind, Vec<&Type>)> {
    let segment = types::last_segment(ty)?;
    let kind = match segment.ident.to_string().as_str() {
        "ForeignKey" => Kind::ForeignKey,
        "HasMany" => Kind::HasMany,
        "HasOne" => Kind::HasOne,
        "ManyToMany" => Kind::ManyToMany,
        _ => return None,
    };
    let arguments = match &segment.arguments {
        PathArguments::AngleBracketed(arguments) => arguments
            .args
            .iter()
            .map(|argument| match argument {
                GenericArgument::Type(ty) => Some(types::peel(ty)),
                _ => None,
            })
            .collect::<Option<_>>()
            .unwrap_or_default(),
        _ => Vec::new(),
    };
    Some((kind, arguments))
}

fn is_self(ty: &Type) -> bool {
    types::last_segment(ty).is_some_and(|segment| segment.ident == "Self")
}

/// Returns an error if a relationship's type is not allowed in this position.
pub(crate) fn misplaced(ty: &Type) -> Option<syn::Error> {
    let (kind, arguments) = named(ty)?;
    let text = quote!(#ty).to_string().replace(' ', "");
    Some(match (&arguments[..], kind) {
        ([target, ..], _) if is_self(target) => syn::Error::new_spanned(
            target,
            "generated code must name the entity; write its name in place of `Self`",
        ),
        ([] | [_, _, _, ..], _) => syn::Error::new_spanned(
            ty,
            format!("a relationship needs an entity; name it, as in `{}<User>`", kind.name()),
        ),
        (_, Kind::ForeignKey) => syn::Error::new_spanned(
            ty,
            format!(
                "a reference has no wrapper, or an `Option` if it may be NULL; write `{text}` or `Option<{text}>`"
            ),
        ),
        _ => syn::Error::new_spanned(
            ty,
            format!("a collection has no wrapper, and may be empty; write `{text}`"),
        ),
    })
}

/// Returns the message for `Vec<ForeignKey<…>>`.
pub(crate) fn listed(ty: &Type) -> Option<String> {
    let (_, arguments) = named(ty)?;
    let target = arguments.first()?;
    let target = quote!(#target).to_string().replace(' ', "");
    Some(format!(
        "a column holds one reference; write `HasMany<{target}>` for the objects that reference this one, or `ManyToMany<{target}>` for both ways"
    ))
}

impl Kind {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Kind::ForeignKey => "ForeignKey",
            Kind::HasMany => "HasMany",
            Kind::HasOne => "HasOne",
            Kind::ManyToMany => "ManyToMany",
        }
    }

    /// Returns the keywords that a field of this kind can have.
    pub(crate) fn words(self) -> &'static [&'static str] {
        match self {
            Kind::ForeignKey => keywords::ON_REFERENCE,
            Kind::HasMany | Kind::HasOne => keywords::ON_COLLECTION,
            Kind::ManyToMany => keywords::ON_MANY_TO_MANY,
        }
    }
}
