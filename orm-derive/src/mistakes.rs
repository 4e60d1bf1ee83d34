//! The mistakes of one derive: collected, so that all are reported at once, each at its token.

use std::cell::RefCell;
use std::fmt::Display;

use proc_macro2::TokenStream;
use quote::ToTokens;

/// What is wrong so far.
#[derive(Default)]
pub(crate) struct Mistakes(RefCell<Vec<syn::Error>>);

impl Mistakes {
    /// Notes a mistake at a place in the user's code.
    pub(crate) fn at(&self, place: impl ToTokens, message: impl Display) {
        self.0.borrow_mut().push(syn::Error::new_spanned(place, message));
    }

    /// The value of a parse, or `None` with its error noted.
    pub(crate) fn keep<T>(&self, parsed: syn::Result<T>) -> Option<T> {
        match parsed {
            Ok(value) => Some(value),
            Err(e) => {
                self.0.borrow_mut().push(e);
                None
            }
        }
    }

    /// Whether nothing is wrong.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.borrow().is_empty()
    }

    /// One `compile_error!` for each.
    pub(crate) fn into_tokens(self) -> TokenStream {
        self.0
            .into_inner()
            .iter()
            .map(syn::Error::to_compile_error)
            .collect()
    }
}
