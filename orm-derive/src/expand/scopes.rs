//! Default scopes, and soft deletion.

use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::{quote, quote_spanned};

use super::one_column::sql_type;
use crate::docs;
use crate::model::{Entity, Scope};

/// Returns the methods for the conditions of the scopes and for deletions.
pub(super) fn methods(entity: &Entity<'_>) -> Option<TokenStream> {
    let scopes = entity.scopes().enumerate().map(|(position, scope)| {
        let position = Literal::usize_unsuffixed(position);
        let condition = condition(entity, &scope);
        quote!(#position => ::core::option::Option::Some(#condition))
    });
    let scopes: Vec<_> = scopes.collect();
    let count = Literal::usize_unsuffixed(scopes.len());
    let deletion = match entity.base() {
        Some(base) => Some(super::heirs::deletion(base)),
        None => deletion(entity),
    };
    let base = entity.base().map(|base| base.ty);
    let behind = base.map(|base| quote!(<#base as _orm::Lifecycle>::SCOPES +));
    let place = base.map(|base| quote!(.wrapping_sub(<#base as _orm::Lifecycle>::SCOPES)));
    let rest = match base {
        Some(base) => quote!(<#base as _orm::Lifecycle>::scope(__orm_scope)),
        None => quote!(::core::option::Option::None),
    };
    (!scopes.is_empty() || base.is_some()).then(|| {
        quote! {
            const SCOPES: usize = #behind #count;

            fn scope(
                __orm_scope: usize,
            ) -> ::core::option::Option<::std::boxed::Box<dyn _orm::SqlFragment>> {
                match __orm_scope #place {
                    #(#scopes,)*
                    _ => #rest,
                }
            }

            #deletion
        }
    })
}

/// Returns the unit structs by which queries lift scopes, in a separate module beside the columns.
pub(super) fn module(entity: &Entity<'_>) -> Option<TokenStream> {
    let structs = entity.scopes().map(|scope| {
        let name = scope.name();
        let doc = docs::scope(entity.ident, &name);
        quote! {
            #[doc = #doc]
            #[derive(Debug, Clone, Copy)]
            pub struct #name;
        }
    });
    let structs: Vec<_> = structs.collect();
    let doc = docs::scopes(entity.ident);
    (!structs.is_empty()).then(|| {
        quote! {
            #[doc = #doc]
            #[allow(non_camel_case_types, dead_code)]
            pub mod scopes {
                #(#structs)*
            }
        }
    })
}

/// Returns the code that declares the unit structs as scopes of the entity.
pub(crate) fn markers(entity: &Entity<'_>) -> TokenStream {
    let module = &entity.module;
    let (generics, owner) = super::heirs::heirs(entity);
    let markers = entity.scopes().enumerate().map(|(position, scope)| {
        let position = Literal::usize_unsuffixed(position);
        let position = match entity.base() {
            Some(base) => {
                let ty = base.ty;
                quote!((<#ty as _orm::Lifecycle>::SCOPES + #position))
            }
            None => quote!(#position),
        };
        let name = scope.name();
        quote! {
            #[automatically_derived]
            impl #generics _orm::DefaultScope<#owner> for #module::scopes::#name {
                const POSITION: usize = #position;
            }
        }
    });
    quote!(#(#markers)*)
}

fn condition(entity: &Entity<'_>, scope: &Scope<'_>) -> TokenStream {
    match scope {
        Scope::Function { path, .. } => quote!(_orm::scope::<Self>(#path)),
        Scope::SoftDelete(column) => {
            let module = &entity.module;
            let field = column.field;
            quote! {
                ::std::boxed::Box::new(
                    _orm::diesel::ExpressionMethods::is_null(#module::#field),
                )
            }
        }
    }
}

fn deletion(entity: &Entity<'_>) -> Option<TokenStream> {
    let column = entity.soft_delete_column()?;
    let whole = column.ty.whole;
    let sql_type = sql_type(column);
    let now = now(&column.ty.value);
    Some(quote! {
        fn deletion() -> ::core::option::Option<::std::boxed::Box<dyn _orm::SqlFragment>> {
            ::core::option::Option::Some(
                _orm::builder::value::<#whole, #sql_type>(::core::option::Option::Some(#now)),
            )
        }
    })
}

/// Returns the time at which the code runs, as a value of a type. The compiler reports at the type
/// if it cannot be a time.
fn now(ty: &syn::Type) -> TokenStream {
    let span = crate::syntax::types::span(ty);
    quote_spanned!(span=> <#ty as _orm::Now>::now())
}

impl Scope<'_> {
    /// Returns the name by which the scope is lifted.
    fn name(&self) -> Ident {
        match self {
            Scope::Function { name, .. } => (*name).clone(),
            Scope::SoftDelete(_) => {
                Ident::new(crate::syntax::keywords::SOFT_DELETE, Span::call_site())
            }
        }
    }
}
