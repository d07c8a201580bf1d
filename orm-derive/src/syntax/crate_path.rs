//! `crate = path`: the runtime crate under another name, or re-exported by another crate of the
//! program.

use std::borrow::Cow;

use proc_macro2::{Group, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::{Attribute, DeriveInput, Meta, Path, Token};

use super::keywords::CRATE;

/// A struct or an enum without its `crate = path`, and the path.
pub(crate) struct Named<'a> {
    pub(crate) input: Cow<'a, DeriveInput>,
    path: Option<Path>,
    error: Option<syn::Error>,
}

impl<'a> Named<'a> {
    /// Takes `crate = path` out of the attributes of a struct or an enum.
    pub(crate) fn of(input: &'a DeriveInput, attribute: &str) -> Self {
        let mut named = Named { input: Cow::Borrowed(input), path: None, error: None };
        for (n, attr) in input.attrs.iter().enumerate() {
            if !attr.path().is_ident(attribute) {
                continue;
            }
            let Some((tokens, found)) = take(attr) else { continue };
            if let Meta::List(list) = &mut named.input.to_mut().attrs[n].meta {
                list.tokens = tokens;
            }
            match syn::parse2::<Path>(found.value) {
                Ok(path) => named.path = Some(path),
                Err(_) => named.error = Some(syn::Error::new_spanned(found.name, EXPECTED)),
            }
        }
        named
    }

    /// Replaces the name of the crate in an expansion.
    pub(crate) fn rename(&self, expansion: TokenStream) -> TokenStream {
        let mut tokens = match &self.path {
            Some(path) => renamed(expansion, path),
            None => expansion,
        };
        if let Some(error) = &self.error {
            tokens.extend(error.to_compile_error());
        }
        tokens
    }
}

const EXPECTED: &str = "write the path of the crate, as in `crate = my_crate::orm_runtime`";

struct Found {
    name: TokenTree,
    value: TokenStream,
}

/// Finds `crate = …` in `#[entity(…)]`, and returns it with the rest of the list.
fn take(attr: &Attribute) -> Option<(TokenStream, Found)> {
    let Meta::List(list) = &attr.meta else { return None };
    let is_comma = |token: &TokenTree| matches!(token, TokenTree::Punct(it) if it.as_char() == ',');
    let tokens: Vec<TokenTree> = list.tokens.clone().into_iter().collect();
    let mut parts: Vec<&[TokenTree]> = tokens.split(is_comma).collect();
    let is_crate = |part: &&[TokenTree]| matches!(part.first(), Some(TokenTree::Ident(ident)) if ident == CRATE);
    let found = parts.remove(parts.iter().position(is_crate)?);
    let rest = parts.into_iter().map(|part| part.iter().cloned().collect::<TokenStream>());
    let is_sign = |token: &&TokenTree| matches!(token, TokenTree::Punct(it) if it.as_char() == '=');
    let value = found[1..].iter().filter(|token| !is_sign(token)).cloned().collect();
    Some((quote!(#(#rest),*), Found { name: found[0].clone(), value }))
}

/// Replaces every `::orm_runtime` by a path.
fn renamed(tokens: TokenStream, path: &Path) -> TokenStream {
    let colons = <Token![::]>::default().to_token_stream().to_string();
    let mut out: Vec<TokenTree> = Vec::new();
    for token in tokens {
        match token {
            TokenTree::Group(group) => {
                let mut inner = Group::new(group.delimiter(), renamed(group.stream(), path));
                inner.set_span(group.span());
                out.push(inner.into());
            }
            TokenTree::Ident(ident) if ident == "orm_runtime" => {
                let begins = out.len().checked_sub(2);
                let is_absolute = begins.is_some_and(|at| {
                    let sign: String = out[at..].iter().map(ToString::to_string).collect();
                    sign == colons
                });
                match begins {
                    Some(at) if is_absolute => {
                        out.truncate(at);
                        out.extend(path.to_token_stream());
                    }
                    _ => out.push(ident.into()),
                }
            }
            other => out.push(other),
        }
    }
    out.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use quote::quote;
    use syn::parse_quote;

    use super::Named;

    #[test]
    fn the_path_stands_in_place_of_the_crate() {
        let input = parse_quote!(
            #[entity(table = "t", crate = my::orm)]
            struct User {}
        );
        let named = Named::of(&input, "entity");
        let left = &named.input;
        let expected = quote!(
            #[entity(table = "t")]
            struct User {}
        );
        assert_eq!(quote!(#left).to_string(), expected.to_string());
        let expansion =
            quote!(impl ::orm_runtime::Entity for orm_runtime { use ::orm_runtime::A; });
        let renamed = quote!(impl my::orm::Entity for orm_runtime { use my::orm::A; });
        assert_eq!(named.rename(expansion).to_string(), renamed.to_string());
    }
}
