//! The derives without rustc: tokens in, tokens out.

mod errors;
mod errors_of_others;
mod expansion;

use proc_macro2::TokenStream;

/// A derive as a function.
type Derive = fn(TokenStream) -> TokenStream;

/// The code of a struct, formatted.
fn expand(derive: Derive, input: &str) -> String {
    let file: syn::File = syn::parse2(derive(input.parse().unwrap())).unwrap();
    prettyplease::unparse(&file)
}

/// The errors of a struct: for each the source text that it stands at, and what it says.
fn errors(derive: Derive, input: &str) -> Vec<(String, String)> {
    let file: syn::File = syn::parse2(derive(input.parse().unwrap())).unwrap();
    file.items
        .iter()
        .filter_map(|item| match item {
            syn::Item::Macro(item) if item.mac.path.segments.last()?.ident == "compile_error" => {
                let message: syn::LitStr = item.mac.parse_body().unwrap();
                let first = item.mac.path.segments.first()?.ident.span();
                let last = item.mac.tokens.clone().into_iter().last()?.span();
                Some((between(input, first, last), message.value()))
            }
            _ => None,
        })
        .collect()
}

/// The source text from one token to another.
fn between(input: &str, first: proc_macro2::Span, last: proc_macro2::Span) -> String {
    let (start, end) = (first.byte_range().start, last.byte_range().end);
    let text = input.get(start..end.max(start)).unwrap_or_default();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A snapshot of inputs, each with its errors.
fn report(name: &str, derive: Derive, inputs: &[&str]) {
    let mut text = String::new();
    for input in inputs {
        let errors = errors(derive, input);
        assert!(!errors.is_empty(), "no error: {input}");
        text.push_str(input);
        for (place, message) in errors {
            text.push_str(&format!("\n    at `{place}`: {message}"));
        }
        text.push_str("\n\n");
    }
    insta::with_settings!({prepend_module_to_snapshot => false, omit_expression => true}, {
        insta::assert_snapshot!(name, text);
    });
}
