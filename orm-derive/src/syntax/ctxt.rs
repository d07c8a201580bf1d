//! A collector of errors, so that all mistakes of a struct are reported at once.

use std::fmt::Display;

use proc_macro2::Span;
use quote::ToTokens;

/// The errors so far. They must be taken out with `finish`: dropping them unread would lose an
/// error and let a wrong mapping compile.
pub(crate) struct Ctxt(Option<Vec<syn::Error>>);

impl Ctxt {
    pub(crate) fn new() -> Self {
        Ctxt(Some(Vec::new()))
    }

    /// Adds an error at a piece of the user's code.
    pub(crate) fn at(&mut self, tokens: impl ToTokens, message: impl Display) {
        self.push(syn::Error::new_spanned(tokens, message));
    }

    /// Adds an error at a span.
    pub(crate) fn at_span(&mut self, span: Span, message: impl Display) {
        self.push(syn::Error::new(span, message));
    }

    pub(crate) fn push(&mut self, error: syn::Error) {
        self.0.get_or_insert_default().push(error);
    }

    /// Returns all errors as one, if there are any.
    pub(crate) fn finish(mut self) -> Result<(), syn::Error> {
        let errors = self.0.take().unwrap_or_default();
        errors
            .into_iter()
            .reduce(|mut all, next| {
                all.combine(next);
                all
            })
            .map_or(Ok(()), Err)
    }
}

impl Drop for Ctxt {
    fn drop(&mut self) {
        if self.0.is_some() && !std::thread::panicking() {
            panic!("the errors of a derive were not read");
        }
    }
}
