//! What all derives read alike: the crate's path, the case of names, the shape of the input.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{DeriveInput, LitStr, Path, parse_quote};

use crate::attrs::Attrs;
use crate::mistakes::Mistakes;
use crate::names;

/// `#[orm(crate = "..")]`, or `::orm_core`.
pub(crate) fn krate(attrs: &mut Attrs<'_>, mistakes: &Mistakes) -> Path {
    attrs
        .value::<LitStr>("crate", "\"my_crate::orm_core\"")
        .and_then(|(_, text)| {
            let path = text.parse_with(Path::parse_mod_style).ok();
            if path.is_none() {
                mistakes.at(
                    &text,
                    "write the path of the library: `crate = \"my_crate::orm_core\"`",
                );
            }
            path
        })
        .unwrap_or_else(|| parse_quote!(::orm_core))
}

/// `#[orm(rename_all = "..")]`
pub(crate) fn case(attrs: &mut Attrs<'_>, mistakes: &Mistakes) -> Option<String> {
    let text = attrs.text("rename_all", "camelCase")?;
    let case = text.value();
    if names::CASES.contains(&case.as_str()) {
        return Some(case);
    }
    mistakes.at(&text, format!("`rename_all` knows {}", names::CASES.join(", ")));
    None
}

/// `None`, with the mistake noted, for a generic type.
pub(crate) fn refuse_generics(input: &DeriveInput, what: &str, mistakes: &Mistakes) -> Option<()> {
    if input.generics.params.is_empty() {
        return Some(());
    }
    mistakes.at(
        &input.generics,
        format!("{what} cannot be generic: write one type for each, without `<..>`"),
    );
    None
}

/// The code in a scope of its own, where the library's modules have short names that nobody else uses.
pub(crate) fn scoped(krate: &Path, code: &TokenStream) -> TokenStream {
    quote! {
        #[allow(non_upper_case_globals, missing_docs, unreachable_pub, clippy::all)]
        #[allow(private_interfaces, private_bounds, unused_imports)]
        const _: () = {
            use #krate::{error as __e, model as __m, value as __v, value::Field as __F};
            #code
        };
    }
}
