//! The relations of a struct to its hierarchy: the tables whose columns a condition on it may name,
//! the other entities that it is, and access to the fields of its base.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use crate::model::Entity;
use crate::model::subtype::Base;
use crate::syntax::name::FieldName;

/// Returns the tables whose columns a condition may name, and the other entities that the struct
/// is.
pub(crate) fn lineage(entity: &Entity<'_>) -> TokenStream {
    let Entity { ident, module, vis, .. } = entity;
    let tables = format_ident!("TablesOf{}", FieldName(ident).to_string());
    let once = quote!(_orm::diesel::query_source::Once);
    let appears = quote!(_orm::diesel::query_source::AppearsInFromClause);
    let of_base = entity.base().map(|base| {
        let ty = base.ty;
        let subtype = quote!(<#ty as _orm::Subtype>::Lineage);
        quote! {
            #[automatically_derived]
            impl<__T> #appears<__T> for __OrmLineage
            where
                #subtype: #appears<__T>,
            {
                type Count = <#subtype as #appears<__T>>::Count;
            }

            #[automatically_derived]
            impl<__T> _orm::Reads<__T> for __OrmLineage where #subtype: _orm::Reads<__T> {}

            #[automatically_derived]
            impl<__B: _orm::Entity> _orm::SubtypeOf<__B> for #ident where #ty: _orm::SubtypeOf<__B> {}
        }
    });
    let of_root = entity.base().is_none().then(|| {
        quote! {
            #[automatically_derived]
            impl _orm::SubtypeOf<__OrmRoot> for #ident {}

            #[automatically_derived]
            impl _orm::SubtypeOf<#ident> for __OrmRoot {}
        }
    });
    quote! {
        #[doc(hidden)]
        #[allow(missing_debug_implementations)]
        #vis struct #tables;

        type __OrmLineage = #tables;

        #[automatically_derived]
        impl #appears<#module::table> for __OrmLineage {
            type Count = #once;
        }

        #[automatically_derived]
        impl #appears<#module::table> for _orm::RootFrom<__OrmRoot> {
            type Count = #once;
        }

        #[automatically_derived]
        impl _orm::Reads<#module::table> for __OrmLineage {}

        #[automatically_derived]
        impl _orm::Reads<#module::table> for _orm::RootFrom<__OrmRoot> {}

        #[automatically_derived]
        #[diagnostic::do_not_recommend]
        impl _orm::Concrete for #ident
        where
            for<'__a> __OrmRoot: _orm::WrapsBounds<'__a, #ident>,
        {
            fn into_root(self) -> __OrmRoot {
                _orm::Wraps::wrap(self)
            }
        }

        #of_base
        #of_root
    }
}

/// Returns `Deref` to the base, so that a subtype has the fields of its base.
pub(crate) fn deref(entity: &Entity<'_>, base: &Base<'_>) -> TokenStream {
    let (ident, ty) = (entity.ident, base.ty);
    quote! {
        #[automatically_derived]
        impl ::core::ops::Deref for #ident {
            type Target = #ty;

            #[inline]
            fn deref(&self) -> &#ty {
                &self.#base
            }
        }

        #[automatically_derived]
        impl ::core::ops::DerefMut for #ident {
            #[inline]
            fn deref_mut(&mut self) -> &mut #ty {
                &mut self.#base
            }
        }
    }
}
