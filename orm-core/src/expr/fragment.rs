//! The typed hole: SQL of the user's own where an expression is wanted.

use std::sync::Arc;

use super::ast::FragmentPart;
use super::{Expr, Node, Operand};
use crate::error::{Error, Result};
use crate::model::{Column, Table};
use crate::value::{Literal, Sql};

/// SQL of the user's own with its arguments, before it has a type.
#[derive(Clone, Debug)]
pub struct Fragment(Node);

/// What can stand in a `{name}` of [`sql!`](crate::sql!): a column or expression of model `S`, or a value, which is
/// bound and never becomes text.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot stand in `sql!`",
    label = "expected a column, an expression or a value"
)]
pub trait FragmentArg<K> {
    /// The tree.
    fn into_arg(self) -> Node;
}

/// Tells values from columns and expressions.
#[derive(Debug)]
pub struct ByValue;

/// Tells columns and expressions from values.
#[derive(Debug)]
pub struct ByExpr;

impl<T: Literal> FragmentArg<ByValue> for T {
    fn into_arg(self) -> Node {
        Node::Value(self.into_value(), T::TYPE)
    }
}

impl FragmentArg<ByValue> for &str {
    fn into_arg(self) -> Node {
        FragmentArg::<ByValue>::into_arg(self.to_owned())
    }
}

impl<M: Table, T: Sql> FragmentArg<ByExpr> for Column<M, T> {
    fn into_arg(self) -> Node {
        Operand::into_node(self)
    }
}

impl<S, T: Sql> FragmentArg<ByExpr> for Expr<S, T> {
    fn into_arg(self) -> Node {
        self.into_node()
    }
}

/// Puts arguments into the text of a [`sql!`](crate::sql!): `{name}` stands for an argument, `{{` and `}}` for braces.
/// The macro checks the names when it is compiled.
#[must_use]
pub fn fragment(text: &str, args: Vec<(&'static str, Node)>) -> Fragment {
    Fragment(match parts(text, &args) {
        Ok(parts) => Node::Fragment(parts),
        // The text was not checked by the macro: the writer reports what is left in it.
        Err(e) => Node::Fragment(vec![FragmentPart::Text(Arc::from(format!("/* {e} */ {{")))]),
    })
}

fn parts(text: &str, args: &[(&'static str, Node)]) -> Result<Vec<FragmentPart>> {
    split(text)?
        .into_iter()
        .map(|part| match part {
            Part::Text(text) => Ok(FragmentPart::Text(Arc::from(text))),
            Part::Name(name) => match args.iter().find(|(n, _)| *n == name) {
                Some((_, node)) => Ok(FragmentPart::Node(node.clone())),
                None => Err(Error::invalid(format!(
                    "the SQL names `{{{name}}}`, which is not among its parameters"
                ))),
            },
        })
        .collect()
}

/// A piece of SQL text with named places.
pub(crate) enum Part {
    Text(String),
    Name(String),
}

/// Splits `a {b} c` at its names. `{{` and `}}` stand for braces.
pub(crate) fn split(text: &str) -> Result<Vec<Part>> {
    let mut parts = Vec::new();
    let mut plain = String::new();
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '{' | '}' if chars.peek() == Some(&c) => {
                chars.next();
                plain.push(c);
            }
            '{' => {
                let mut name = String::new();
                loop {
                    match chars.next() {
                        Some('}') => break,
                        Some(c) if c.is_alphanumeric() || c == '_' => name.push(c),
                        _ => {
                            return Err(Error::invalid(
                                "a `{` in SQL begins a name and must end with `}`; write `{{` for a brace",
                            ));
                        }
                    }
                }
                if name.is_empty() {
                    return Err(Error::invalid(
                        "a `{}` in SQL needs a name; write `{{}}` for braces",
                    ));
                }
                if !plain.is_empty() {
                    parts.push(Part::Text(std::mem::take(&mut plain)));
                }
                parts.push(Part::Name(name));
            }
            '}' => return Err(Error::invalid("a lone `}` in SQL: write `}}` for a brace")),
            c => plain.push(c),
        }
    }
    if !plain.is_empty() {
        parts.push(Part::Text(plain));
    }
    Ok(parts)
}

impl Fragment {
    /// As an expression of type `T`.
    pub fn typed<S, T: Sql>(self) -> Expr<S, T> {
        Expr::new(self.0)
    }
}

impl<M> super::IntoFilter<M> for Fragment {
    fn into_filter(self) -> Option<Node> {
        Some(self.0)
    }
}

/// SQL of your own where an expression is wanted: `sql!("length({name}) > {n}", name = Product::name, n = 3)`.
///
/// Columns and expressions are written into the text, values are bound. As it stands it is a condition;
/// `sql!(i64: "length({name})", name = Product::name)` is an expression of that type.
#[macro_export]
macro_rules! sql {
    ($text:literal $(, $name:ident = $arg:expr)* $(,)?) => {
        $crate::expr::fragment($text, ::std::vec![$((::core::stringify!($name), $crate::expr::FragmentArg::into_arg($arg))),*])
    };
    ($t:ty: $text:literal $(, $name:ident = $arg:expr)* $(,)?) => {
        $crate::sql!($text $(, $name = $arg)*).typed::<_, $t>()
    };
}

pub use sql;
