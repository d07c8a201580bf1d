//! The expansion of `#[derive(DbEnum)]`: the codes in both directions, and what a column type
//! needs.

use proc_macro2::{Literal, TokenStream};
use quote::{ToTokens, quote};
use syn::DeriveInput;

use super::conversions::conversions;
use crate::docs;
use crate::model::db_enum::{CodeAttr, CodeValue, DbEnum, Kind, Variant};
use crate::syntax::ctxt::Ctxt;
use crate::syntax::name::FieldName;

/// Returns the whole expansion, or the errors and a fallback.
pub(crate) fn derive(input: &DeriveInput) -> TokenStream {
    let mut ctxt = Ctxt::new();
    let model = DbEnum::read(input, &mut ctxt);
    match (ctxt.finish(), model) {
        (Ok(()), Some(model)) => expand(&model, Bodies::Real),
        (Err(errors), Some(model)) => {
            let (errors, fallback) = (errors.into_compile_error(), expand(&model, Bodies::Absent));
            quote!(#errors #fallback)
        }
        (Err(errors), None) => errors.into_compile_error(),
        (Ok(()), None) => unreachable!("an enum without a model has been reported"),
    }
}

/// Beside an error the functions exist, and do nothing.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Bodies {
    Real,
    Absent,
}

fn expand(model: &DbEnum<'_>, bodies: Bodies) -> TokenStream {
    let inherent = inherent(model, bodies);
    let meta = meta(model, bodies);
    let texts = texts(model, bodies);
    let columns = columns(model, bodies);
    // The warning would concern the placeholder of a body.
    let quiet = (bodies == Bodies::Absent).then(|| quote!(#[allow(unreachable_code)]));
    quote! {
        #[doc(hidden)]
        #quiet
        const _: () = {
            use ::orm_runtime::__private as _orm;

            #inherent
            #meta
            #texts
            #columns
        };
    }
}

/// The types and expressions for codes in the functions of the enum.
struct Words {
    /// The type of a code as a value, as an argument, and as an owned value.
    code: TokenStream,
    argument: TokenStream,
    owned: TokenStream,
    /// Diesel's SQL type, and the Rust type that Diesel reads and writes for it.
    sql: TokenStream,
    stored: TokenStream,
}

fn words(model: &DbEnum<'_>) -> Words {
    let text = quote!(::std::string::String);
    match model.kind {
        Kind::Text => Words {
            code: quote!(&'static str),
            argument: quote!(&str),
            owned: text.clone(),
            sql: quote!(Text),
            stored: text,
        },
        Kind::Char => Words {
            code: quote!(char),
            argument: quote!(char),
            owned: quote!(char),
            sql: quote!(Text),
            stored: text,
        },
        Kind::Integer => {
            let (sql, stored) = if model.is_small() {
                (quote!(SmallInt), quote!(i16))
            } else {
                (quote!(Integer), quote!(i32))
            };
            Words { code: quote!(i32), argument: quote!(i32), owned: quote!(i32), sql, stored }
        }
    }
}

fn literal(code: &CodeAttr) -> TokenStream {
    match &code.value {
        CodeValue::Text(code) => Literal::string(code).into_token_stream(),
        CodeValue::Char(code) => Literal::character(*code).into_token_stream(),
        CodeValue::Integer(code) => Literal::i32_unsuffixed(*code).into_token_stream(),
    }
}

fn text_literal(code: &CodeAttr) -> Literal {
    Literal::string(&code.value.text())
}

/// Returns a `match self` over the variants, or a placeholder.
fn each(
    model: &DbEnum<'_>,
    bodies: Bodies,
    value: impl Fn(&Variant<'_>) -> TokenStream,
) -> TokenStream {
    if bodies == Bodies::Absent {
        return quote!(::core::unreachable!());
    }
    let arms = model.variants.iter().map(|variant| {
        let (ident, value) = (variant.ident, value(variant));
        quote!(Self::#ident => #value)
    });
    quote!(match self { #(#arms,)* })
}

fn inherent(model: &DbEnum<'_>, bodies: Bodies) -> TokenStream {
    let DbEnum { ident, vis, .. } = model;
    let Words { code: code_type, argument, .. } = words(model);
    let code = each(model, bodies, |variant| literal(&variant.code));
    let label = each(model, bodies, |variant| Literal::string(&variant.label).into_token_stream());
    let arms = model.variants.iter().map(|variant| {
        let ident = variant.ident;
        let codes = std::iter::once(&variant.code).chain(&variant.aliases).map(literal);
        quote!(#(#codes)|* => ::core::result::Result::Ok(Self::#ident))
    });
    let from_code = match bodies {
        Bodies::Absent => quote!(::core::unreachable!()),
        Bodies::Real => quote! {
            match code {
                #(#arms,)*
                _ => ::core::result::Result::Err(_orm::UnknownCode::new(
                    <Self as _orm::DbEnum>::META,
                    code,
                )),
            }
        },
    };
    let [code_doc, label_doc, all_doc, choices_doc, from_doc] = docs::db_enum(ident);
    quote! {
        #[automatically_derived]
        #[allow(dead_code)]
        impl #ident {
            #[doc = #code_doc]
            #vis const fn code(self) -> #code_type {
                #code
            }

            #[doc = #label_doc]
            #vis const fn label(self) -> &'static str {
                #label
            }

            #[doc = #all_doc]
            #vis fn all() -> impl ::core::iter::ExactSizeIterator<Item = Self> + ::core::clone::Clone
            {
                <Self as _orm::DbEnum>::VARIANTS.iter().copied()
            }

            #[doc = #choices_doc]
            #vis fn choices()
            -> impl ::core::iter::ExactSizeIterator<Item = (#code_type, &'static str)> {
                Self::all().map(|value| (value.code(), value.label()))
            }

            #[doc = #from_doc]
            #vis fn from_code(
                code: #argument,
            ) -> ::core::result::Result<Self, _orm::UnknownCode> {
                #from_code
            }
        }
    }
}

fn meta(model: &DbEnum<'_>, bodies: Bodies) -> TokenStream {
    let ident = model.ident;
    let name = FieldName(ident).to_string();
    let type_name = &model.type_name;
    let storage = match model.kind {
        Kind::Text if model.is_native() => quote!(Native),
        Kind::Text | Kind::Char => {
            let longest = Literal::u32_unsuffixed(model.longest());
            quote!(Text(#longest))
        }
        Kind::Integer if model.is_small() => quote!(SmallInt),
        Kind::Integer => quote!(Integer),
    };
    let variants = model.variants.iter().map(|variant| {
        let name = FieldName(variant.ident).to_string();
        let code = meta_code(&variant.code);
        let aliases = variant.aliases.iter().map(meta_code);
        let label = &variant.label;
        quote! {
            _orm::VariantMeta { name: #name, code: #code, label: #label, aliases: &[#(#aliases),*] }
        }
    });
    let idents = model.variants.iter().map(|variant| variant.ident);
    let positions: Vec<_> = (0..model.variants.len()).map(Literal::usize_unsuffixed).collect();
    let position = match bodies {
        Bodies::Absent => quote!(::core::unreachable!()),
        Bodies::Real => {
            let idents = model.variants.iter().map(|variant| variant.ident);
            quote!(match self { #(Self::#idents => #positions,)* })
        }
    };
    quote! {
        #[automatically_derived]
        impl _orm::DbEnum for #ident {
            const META: &'static _orm::EnumMeta = &_orm::EnumMeta {
                name: #name,
                type_name: #type_name,
                storage: _orm::EnumStorage::#storage,
                variants: &[#(#variants),*],
            };
            const VARIANTS: &'static [Self] = &[#(Self::#idents),*];

            fn position(self) -> usize {
                #position
            }
        }
    }
}

fn meta_code(code: &CodeAttr) -> TokenStream {
    match &code.value {
        CodeValue::Integer(code) => {
            let code = Literal::i32_unsuffixed(*code);
            quote!(_orm::Code::Integer(#code))
        }
        _ => {
            let code = text_literal(code);
            quote!(_orm::Code::Text(#code))
        }
    }
}

/// Returns `Display`, `FromStr` and serde: the code as text, and back.
fn texts(model: &DbEnum<'_>, bodies: Bodies) -> TokenStream {
    let ident = model.ident;
    let Words { owned, .. } = words(model);
    let parse = match model.kind {
        _ if bodies == Bodies::Absent => quote!(::core::unreachable!()),
        Kind::Text => quote!(Self::from_code(text)),
        Kind::Char => {
            let unknown = unknown_text();
            quote! {
                let mut chars = text.chars();
                match (chars.next(), chars.next()) {
                    (::core::option::Option::Some(code), ::core::option::Option::None) => {
                        Self::from_code(code)
                    }
                    _ => #unknown,
                }
            }
        }
        Kind::Integer => {
            let unknown = unknown_text();
            quote! {
                match <i32 as ::core::str::FromStr>::from_str(text) {
                    ::core::result::Result::Ok(code) => Self::from_code(code),
                    ::core::result::Result::Err(_) => #unknown,
                }
            }
        }
    };
    let from_owned = match model.kind {
        Kind::Text => quote!(Self::from_code(&code)),
        Kind::Char | Kind::Integer => quote!(Self::from_code(code)),
    };
    quote! {
        #[automatically_derived]
        impl ::core::fmt::Display for #ident {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                ::core::fmt::Display::fmt(&self.code(), f)
            }
        }

        #[automatically_derived]
        impl ::core::str::FromStr for #ident {
            type Err = _orm::UnknownCode;

            fn from_str(text: &str) -> ::core::result::Result<Self, _orm::UnknownCode> {
                #parse
            }
        }

        #[automatically_derived]
        impl _orm::FromOwnedCode<#owned> for #ident {
            fn from_owned_code(code: #owned) -> ::core::result::Result<Self, _orm::UnknownCode> {
                #from_owned
            }
        }

        ::orm_runtime::__enum_serde!(#ident, #owned);
    }
}

fn unknown_text() -> TokenStream {
    quote! {
        ::core::result::Result::Err(_orm::UnknownCode::new(<Self as _orm::DbEnum>::META, text))
    }
}

/// Returns what makes the enum the type of a column.
fn columns(model: &DbEnum<'_>, bodies: Bodies) -> TokenStream {
    let ident = model.ident;
    let Words { sql, stored, .. } = words(model);
    let sql = quote!(_orm::sql_types::#sql);
    let postgres_type = model.is_native().then(|| {
        let type_name = &model.type_name;
        quote! {
            const POSTGRES_TYPE: ::core::option::Option<&'static str> =
                ::core::option::Option::Some(#type_name);
        }
    });
    let (borrowed, store) = match model.kind {
        Kind::Integer => {
            let codes = each(model, bodies, |variant| {
                let code = literal(&variant.code);
                quote!({ const CODE: #stored = #code; &CODE })
            });
            (quote!(#stored), quote!({ let code: &'static #stored = #codes; code }))
        }
        Kind::Text | Kind::Char => {
            let codes =
                each(model, bodies, |variant| text_literal(&variant.code).into_token_stream());
            (quote!(str), quote!({ let code: &'static str = #codes; code }))
        }
    };
    let load = match model.kind {
        Kind::Text => quote!(_orm::read_code(&stored, Self::from_code)),
        Kind::Char => quote! {
            _orm::read_code(&stored, |code| ::core::str::FromStr::from_str(code))
        },
        Kind::Integer => quote!(Self::from_code(::core::convert::Into::into(stored))),
    };
    let conversions = conversions(
        &quote!(_orm::Custom<#ident>),
        &quote!(#ident),
        &quote!(#borrowed: _orm::diesel::serialize::ToSql<#sql, __DB>),
        &quote!(_orm::diesel::serialize::ToSql::<#sql, __DB>::to_sql(#store, out)),
        (&stored, &sql),
        &quote!(::core::result::Result::Ok((#load)?)),
    );
    let json = match model.kind {
        Kind::Integer => quote! {
            |value, json| _orm::Key::push_json(&value.code(), json)
        },
        Kind::Text => quote!(|value, json| _orm::push_json_text(value.code(), json)),
        Kind::Char => quote! {
            |value, json| _orm::push_json_text(value.code().encode_utf8(&mut [0; 4]), json)
        },
    };
    quote! {
        #[automatically_derived]
        impl _orm::CustomType for #ident {
            type Sql = #sql;
            const KIND: _orm::ColumnType = _orm::ColumnType::Enum(<Self as _orm::DbEnum>::META);
            #postgres_type
        }

        #conversions

        ::orm_runtime::__own_type!(
            #ident,
            _orm::Custom<#ident>,
            index = _orm::HashIndex<#ident>,
            parked = |_, _| ::core::option::Option::None,
            json = #json
        );
    }
}
