//! Functions of text. Lengths and positions are in characters, and NULL in makes NULL out, on every database.

use crate::expr::ast::Function;
use crate::expr::operand::TextLike;
use crate::expr::{Expr, Node, Operand};
use crate::value::{DataType, Sql, Value};

use super::{Choice, call, small};

/// A function of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TextFunction {
    /// One text behind the other.
    Concat,
    /// So many characters from a place on.
    Substring,
    /// The first characters.
    Left,
    /// The last characters.
    Right,
    /// One text in place of another.
    Replace,
    /// Filled up at the beginning, or cut at the end.
    LeftPad,
    /// Filled up at the end, or cut there.
    RightPad,
    /// Without blanks at the beginning.
    LeftTrim,
    /// Without blanks at the end.
    RightTrim,
    /// The place of a text in it.
    Position,
}

/// The result of a text function of `T` with another text `V`: NULL if either is.
type With<S, T, V> = <<V as Choice<S, String>>::Type as Sql>::Or<T>;

/// The functions of text; in the prelude beside [`Operand`].
pub trait TextOperand: Operand {
    /// The other text behind it; NULL if either is.
    fn concat<V: Choice<Self::Scope, String>>(
        self,
        other: V,
    ) -> Expr<Self::Scope, With<Self::Scope, Self::Type, V>>
    where
        Self::Type: TextLike,
    {
        call(
            Function::Text(TextFunction::Concat),
            vec![self.into_node(), other.into_node()],
        )
    }

    /// So many characters from a place on; the first is 1, and so is a place of 0.
    fn substring(self, from: u32, len: u32) -> Expr<Self::Scope, Self::Type>
    where
        Self::Type: TextLike,
    {
        text(TextFunction::Substring, self, [small(from.max(1)), small(len)])
    }

    /// The first characters, so many.
    fn left(self, len: u32) -> Expr<Self::Scope, Self::Type>
    where
        Self::Type: TextLike,
    {
        text(TextFunction::Left, self, [small(len)])
    }

    /// The last characters, so many.
    fn right(self, len: u32) -> Expr<Self::Scope, Self::Type>
    where
        Self::Type: TextLike,
    {
        text(TextFunction::Right, self, [small(len)])
    }

    /// Each `from` in it replaced by `to`, case included. An empty `from` stands nowhere.
    fn replace(self, from: impl Into<String>, to: impl Into<String>) -> Expr<Self::Scope, Self::Type>
    where
        Self::Type: TextLike,
    {
        text(TextFunction::Replace, self, [literal(from), literal(to)])
    }

    /// Filled up with a character at its beginning to so many characters, or cut to as many at its end.
    fn lpad(self, len: u32, fill: char) -> Expr<Self::Scope, Self::Type>
    where
        Self::Type: TextLike,
    {
        text(TextFunction::LeftPad, self, [small(len), literal(fill)])
    }

    /// Filled up with a character at its end to so many characters, or cut to as many there.
    fn rpad(self, len: u32, fill: char) -> Expr<Self::Scope, Self::Type>
    where
        Self::Type: TextLike,
    {
        text(TextFunction::RightPad, self, [small(len), literal(fill)])
    }

    /// Without blanks at the beginning.
    fn ltrim(self) -> Expr<Self::Scope, Self::Type>
    where
        Self::Type: TextLike,
    {
        text(TextFunction::LeftTrim, self, [])
    }

    /// Without blanks at the end.
    fn rtrim(self) -> Expr<Self::Scope, Self::Type>
    where
        Self::Type: TextLike,
    {
        text(TextFunction::RightTrim, self, [])
    }

    /// The place of the text in it, in characters from 1; 0 where it is not in it.
    fn position(self, text: impl Into<String>) -> Expr<Self::Scope, <Self::Type as Sql>::Map<i64>>
    where
        Self::Type: TextLike,
    {
        call(
            Function::Text(TextFunction::Position),
            vec![self.into_node(), literal(text)],
        )
    }
}

impl<O: Operand> TextOperand for O {}

fn text<O: Operand, const N: usize>(
    function: TextFunction,
    a: O,
    args: [Node; N],
) -> Expr<O::Scope, O::Type> {
    let args = std::iter::once(a.into_node()).chain(args).collect();
    call(Function::Text(function), args)
}

fn literal(text: impl Into<String>) -> Node {
    Node::Value(Value::Text(text.into()), DataType::Text)
}
