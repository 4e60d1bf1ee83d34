//! The derives of `orm-core`. They see syntax only: attributes become one plain description, which is checked, all
//! mistakes at once, and written out as data and thin impls; rustc resolves the types.

mod attrs;
mod db_enum;
mod db_type;
mod embed;
mod from_row;
mod input;
mod mistakes;
mod model;
mod names;
mod types;

use proc_macro::TokenStream;

/// A struct that is a table.
#[proc_macro_derive(Model, attributes(orm))]
pub fn derive_model(input: TokenStream) -> TokenStream {
    model::derive(input.into()).into()
}

/// An enum that is stored in one column.
#[proc_macro_derive(DbEnum, attributes(orm))]
pub fn derive_db_enum(input: TokenStream) -> TokenStream {
    db_enum::derive(input.into()).into()
}

/// A newtype that is stored in one column, as what it wraps.
#[proc_macro_derive(DbType, attributes(orm))]
pub fn derive_db_type(input: TokenStream) -> TokenStream {
    db_type::derive(input.into()).into()
}

/// A struct whose fields are columns of the table that it is embedded in.
#[proc_macro_derive(Embed, attributes(orm))]
pub fn derive_embed(input: TokenStream) -> TokenStream {
    embed::derive(input.into()).into()
}

/// A struct made from a result row of any shape.
#[proc_macro_derive(FromRow, attributes(orm))]
pub fn derive_from_row(input: TokenStream) -> TokenStream {
    from_row::derive(input.into()).into()
}
