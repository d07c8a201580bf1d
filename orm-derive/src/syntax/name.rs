//! Names: identifiers with and without `r#`, and conversions of case.

use std::fmt;

use proc_macro2::{Ident, TokenStream};
use quote::ToTokens;
use syn::ext::IdentExt;

/// The name of a field. As tokens it is what the user wrote, including `r#`. As text it is the bare
/// name, which is used for columns, messages and longer identifiers.
#[derive(Clone, Copy)]
pub(crate) struct FieldName<'a>(pub(crate) &'a Ident);

impl ToTokens for FieldName<'_> {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        self.0.to_tokens(tokens);
    }
}

impl fmt::Display for FieldName<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.unraw().fmt(f)
    }
}

/// Converts `HTTPServer` to `http_server`.
pub(crate) fn snake_case(name: &str) -> String {
    let chars: Vec<char> = name.chars().collect();
    let mut snake = String::new();
    for (i, c) in chars.iter().enumerate() {
        let after = i.checked_sub(1).map(|before| chars[before]);
        let ends_a_word = after.is_some_and(|b| b.is_lowercase() || b.is_numeric());
        let ends_an_acronym = after.is_some_and(char::is_uppercase)
            && chars.get(i + 1).is_some_and(|next| next.is_lowercase());
        if c.is_uppercase() && (ends_a_word || ends_an_acronym) {
            snake.push('_');
        }
        snake.extend(c.to_lowercase());
    }
    snake
}

/// Converts `full_name` to `FullName`.
pub(crate) fn camel_case(name: &str) -> String {
    let upper = |word: &str| {
        let mut chars = word.chars();
        chars.next().map_or(String::new(), |c| c.to_uppercase().chain(chars).collect())
    };
    name.split('_').map(upper).collect()
}

/// Converts `PartTime` to `Part Time`.
pub(crate) fn words(name: &str) -> String {
    let mut words = String::new();
    for word in snake_case(name).split('_').filter(|word| !word.is_empty()) {
        if !words.is_empty() {
            words.push(' ');
        }
        words.push_str(&camel_case(word));
    }
    words
}

/// Returns `true` if a name can be an identifier: it is not a keyword and has no other characters.
pub(crate) fn is_identifier(name: &str) -> bool {
    syn::parse_str::<Ident>(name).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_in_names() {
        let cases = [
            ("User", "user"),
            ("UserAccount", "user_account"),
            ("HTTPServer", "http_server"),
            ("User2Group", "user2_group"),
            ("A", "a"),
            ("AB", "ab"),
            ("Größe", "größe"),
        ];
        for (camel, snake) in cases {
            assert_eq!(snake_case(camel), snake);
        }
        assert_eq!(camel_case("full_name"), "FullName");
        assert_eq!(camel_case("_x"), "X");
        assert_eq!(words("PartTime"), "Part Time");
        assert_eq!(words("HTTPCall"), "Http Call");
    }
}
