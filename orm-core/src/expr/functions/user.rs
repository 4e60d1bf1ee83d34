//! Functions of the database that the user declares with their types.

use crate::expr::ast::Function;
use crate::expr::{Expr, Node};
use crate::value::{DataType, Scalar, Sql};

/// A function of the database by its name, with the type of its result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Call {
    /// As it is written.
    pub name: &'static str,
    /// What it gives.
    pub result: DataType,
}

/// The call of a declared function. [`sql_function!`](crate::sql_function!) writes it, with the types of the arguments
/// checked.
pub fn call_function<S, T: Sql>(name: &'static str, args: Vec<Node>) -> Expr<S, T> {
    let result = <T::Base as Scalar>::TYPE;
    super::call(Function::Call(Call { name, result }), args)
}

/// Declares functions of the database: each becomes a Rust function of typed expressions, columns and values.
///
/// The name is written into the SQL as it stands; `= "schema.name"` behind the types gives another. A function that may
/// answer NULL, also because an argument is NULL, gives an `Option`.
///
/// ```
/// # use orm_core::prelude::*;
/// #[derive(Model)]
/// #[orm(table = "products")]
/// pub struct Product {
///     pub id: Id<Product>,
///     pub name: String,
/// }
///
/// sql_function! { pub fn similarity(a: String, b: String) -> f64; }
///
/// let query = Product::query().filter(similarity(Product::name, "lamp").gt(0.3));
/// let sql = query.to_sql(Dialect::Postgres).to_string();
/// assert!(sql.ends_with("WHERE similarity(\"products\".\"name\", $1) > $2    [\"lamp\", 0.3]"), "{sql}");
/// ```
#[macro_export]
macro_rules! sql_function {
    ($($(#[$meta:meta])* $vis:vis fn $name:ident($($arg:ident: $t:ty),* $(,)?) -> $out:ty $(= $written:literal)?;)+) => {$(
        $(#[$meta])*
        $vis fn $name<S>($($arg: impl $crate::expr::IntoExpr<S, $t>),*) -> $crate::expr::Expr<S, $out> {
            $crate::expr::call_function(
                $crate::sql_function!(@name $name $($written)?),
                ::std::vec![$($crate::expr::IntoExpr::into_node($arg)),*],
            )
        }
    )+};
    (@name $name:ident) => {
        ::core::stringify!($name)
    };
    (@name $name:ident $written:literal) => {
        $written
    };
}

pub use sql_function;
