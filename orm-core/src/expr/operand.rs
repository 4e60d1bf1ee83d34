//! The operators of columns and expressions.

use super::ast::{BinaryOp, Function, Pattern, Question};
use super::{Choice, Expr, IntoExpr, IntoFilter, Node, Order};
use crate::model::{Column, Table};
use crate::value::{Scalar, Sql, Value};

/// Expression types with text operators.
#[diagnostic::on_unimplemented(
    message = "an expression of type `{Self}` is not text",
    label = "`contains`, `starts_with`, `lower`.. are for `String` columns"
)]
pub trait TextLike: Sql {}

impl TextLike for String {}
impl TextLike for Option<String> {}

/// Expression types with a day: dates, date-times and timestamps.
#[diagnostic::on_unimplemented(
    message = "an expression of type `{Self}` has no day",
    label = "`date`, `year`, `month` and `day` are for date and time columns"
)]
pub trait TimeLike: Sql {}

impl<T: Sql> TimeLike for T where T::Base: HasDay {}

/// Base types with a day.
pub trait HasDay {}

impl HasDay for chrono::NaiveDate {}
impl HasDay for chrono::NaiveDateTime {}
impl HasDay for chrono::DateTime<chrono::Utc> {}

/// A column or an expression: what has operators.
///
/// A comparison with NULL is neither true nor false in SQL, so that a row with NULL passes neither `eq(v)` nor `ne(v)`;
/// [`is_distinct_from`](Operand::is_distinct_from) takes NULL for a value. `eq(None)` is IS NULL, `ne(None)` IS NOT NULL.
#[allow(
    clippy::wrong_self_convention,
    reason = "`is_null`, `is_in`: the words of SQL; operands are cheap and moved"
)]
pub trait Operand: Sized {
    /// The model in which it is rooted.
    type Scope;
    /// The type of its value.
    type Type: Sql;

    /// The tree.
    fn into_node(self) -> Node;

    /// `a = b`
    fn eq<V: IntoExpr<Self::Scope, Self::Type>>(self, value: V) -> Expr<Self::Scope, bool> {
        compare(self, BinaryOp::Eq, value)
    }

    /// `a <> b`
    fn ne<V: IntoExpr<Self::Scope, Self::Type>>(self, value: V) -> Expr<Self::Scope, bool> {
        compare(self, BinaryOp::Ne, value)
    }

    /// `a < b`
    fn lt<V: IntoExpr<Self::Scope, Self::Type>>(self, value: V) -> Expr<Self::Scope, bool> {
        compare(self, BinaryOp::Lt, value)
    }

    /// `a <= b`
    fn le<V: IntoExpr<Self::Scope, Self::Type>>(self, value: V) -> Expr<Self::Scope, bool> {
        compare(self, BinaryOp::Le, value)
    }

    /// `a > b`
    fn gt<V: IntoExpr<Self::Scope, Self::Type>>(self, value: V) -> Expr<Self::Scope, bool> {
        compare(self, BinaryOp::Gt, value)
    }

    /// `a >= b`
    fn ge<V: IntoExpr<Self::Scope, Self::Type>>(self, value: V) -> Expr<Self::Scope, bool> {
        compare(self, BinaryOp::Ge, value)
    }

    /// Not equal, with NULL as a value: `IS DISTINCT FROM`.
    fn is_distinct_from<V: IntoExpr<Self::Scope, Self::Type>>(self, value: V) -> Expr<Self::Scope, bool> {
        compare(self, BinaryOp::DistinctFrom, value)
    }

    /// Equal, with NULL as a value: `IS NOT DISTINCT FROM`.
    fn is_not_distinct_from<V: IntoExpr<Self::Scope, Self::Type>>(self, value: V) -> Expr<Self::Scope, bool> {
        compare(self, BinaryOp::NotDistinctFrom, value)
    }

    /// `a BETWEEN low AND high`: both ends belong to it.
    fn between<L, H>(self, low: L, high: H) -> Expr<Self::Scope, bool>
    where
        L: IntoExpr<Self::Scope, Self::Type>,
        H: IntoExpr<Self::Scope, Self::Type>,
    {
        Expr::new(Node::Between(Box::new([
            self.into_node(),
            low.into_node(),
            high.into_node(),
        ])))
    }

    /// Equal to one of the values. An empty list is false, and sends no list.
    ///
    /// One array parameter on PostgreSQL, one JSON parameter on SQLite, a list padded to a power of two elsewhere, so
    /// that the text does not change with the length.
    fn is_in<I>(self, values: I) -> Expr<Self::Scope, bool>
    where
        I: IntoIterator,
        I::Item: IntoExpr<Self::Scope, <Self::Type as Sql>::Base>,
    {
        list(self, values, false)
    }

    /// Equal to none of the values. An empty list is true.
    fn not_in<I>(self, values: I) -> Expr<Self::Scope, bool>
    where
        I: IntoIterator,
        I::Item: IntoExpr<Self::Scope, <Self::Type as Sql>::Base>,
    {
        list(self, values, true)
    }

    /// The same value, of the type that may be NULL: what `union` wants beside a column that is nullable. It adds nothing to
    /// the statement.
    fn nullable(self) -> Expr<Self::Scope, <Self::Type as Sql>::Nullable> {
        Expr::new(self.into_node())
    }

    /// `a IS NULL`
    fn is_null(self) -> Expr<Self::Scope, bool> {
        Expr::new(Node::IsNull {
            node: Box::new(self.into_node()),
            negated: false,
        })
    }

    /// `a IS NOT NULL`
    fn is_not_null(self) -> Expr<Self::Scope, bool> {
        Expr::new(Node::IsNull {
            node: Box::new(self.into_node()),
            negated: true,
        })
    }

    /// The text stands somewhere in it, case and accents included. `%` and `_` have no meaning.
    fn contains(self, text: impl Into<String>) -> Expr<Self::Scope, bool>
    where
        Self::Type: TextLike,
    {
        like(self, Pattern::Contains(text.into()), false)
    }

    /// It begins with the text.
    fn starts_with(self, text: impl Into<String>) -> Expr<Self::Scope, bool>
    where
        Self::Type: TextLike,
    {
        like(self, Pattern::StartsWith(text.into()), false)
    }

    /// It ends with the text.
    fn ends_with(self, text: impl Into<String>) -> Expr<Self::Scope, bool>
    where
        Self::Type: TextLike,
    {
        like(self, Pattern::EndsWith(text.into()), false)
    }

    /// The text stands somewhere in it, without regard to case (accents count).
    fn icontains(self, text: impl Into<String>) -> Expr<Self::Scope, bool>
    where
        Self::Type: TextLike,
    {
        like(self, Pattern::Contains(text.into()), true)
    }

    /// It begins with the text, without regard to case.
    fn istarts_with(self, text: impl Into<String>) -> Expr<Self::Scope, bool>
    where
        Self::Type: TextLike,
    {
        like(self, Pattern::StartsWith(text.into()), true)
    }

    /// It ends with the text, without regard to case.
    fn iends_with(self, text: impl Into<String>) -> Expr<Self::Scope, bool>
    where
        Self::Type: TextLike,
    {
        like(self, Pattern::EndsWith(text.into()), true)
    }

    /// Matches a pattern: `%` stands for any text, `_` for one character, `!` takes the next character literally.
    /// For text of a user's, use [`contains`](Operand::contains).
    fn like(self, pattern: impl Into<String>) -> Expr<Self::Scope, bool>
    where
        Self::Type: TextLike,
    {
        like(self, Pattern::Like(pattern.into()), false)
    }

    /// Like [`like`](Operand::like), without regard to case.
    fn ilike(self, pattern: impl Into<String>) -> Expr<Self::Scope, bool>
    where
        Self::Type: TextLike,
    {
        like(self, Pattern::Like(pattern.into()), true)
    }

    /// In lower case, letter by letter.
    fn lower(self) -> Expr<Self::Scope, Self::Type>
    where
        Self::Type: TextLike,
    {
        function(Function::Lower, self)
    }

    /// In upper case, letter by letter: a letter whose upper case is several (`ß`) stays as it is.
    fn upper(self) -> Expr<Self::Scope, Self::Type>
    where
        Self::Type: TextLike,
    {
        function(Function::Upper, self)
    }

    /// The length, in characters.
    fn length(self) -> Expr<Self::Scope, <Self::Type as Sql>::Map<i64>>
    where
        Self::Type: TextLike,
    {
        function(Function::Length, self)
    }

    /// Without blanks at both ends.
    fn trim(self) -> Expr<Self::Scope, Self::Type>
    where
        Self::Type: TextLike,
    {
        function(Function::Trim, self)
    }

    /// The day, in UTC.
    fn date(self) -> Expr<Self::Scope, <Self::Type as Sql>::Map<chrono::NaiveDate>>
    where
        Self::Type: TimeLike,
    {
        function(Function::Date, self)
    }

    /// The year.
    fn year(self) -> Expr<Self::Scope, <Self::Type as Sql>::Map<i32>>
    where
        Self::Type: TimeLike,
    {
        function(Function::Year, self)
    }

    /// The month, from 1.
    fn month(self) -> Expr<Self::Scope, <Self::Type as Sql>::Map<i32>>
    where
        Self::Type: TimeLike,
    {
        function(Function::Month, self)
    }

    /// The day of the month, from 1.
    fn day(self) -> Expr<Self::Scope, <Self::Type as Sql>::Map<i32>>
    where
        Self::Type: TimeLike,
    {
        function(Function::Day, self)
    }

    /// The value, or this one where it is NULL: what may be NULL itself leaves the result so, and takes another
    /// `coalesce`.
    fn coalesce<V>(self, or: V) -> Expr<Self::Scope, V::Type>
    where
        V: Choice<Self::Scope, <Self::Type as Sql>::Base>,
    {
        let args = match self.into_node() {
            Node::Function(Function::Coalesce, mut args) => {
                args.push(or.into_node());
                args
            }
            node => vec![node, or.into_node()],
        };
        Expr::new(Node::Function(Function::Coalesce, args))
    }

    /// Both hold.
    fn and<F: IntoFilter<Self::Scope>>(self, other: F) -> Expr<Self::Scope, bool>
    where
        Self: IntoFilter<Self::Scope>,
    {
        Expr::new(Node::And(
            self.into_filter()
                .into_iter()
                .chain(other.into_filter())
                .collect(),
        ))
    }

    /// At least one of them holds. A `None` leaves the first condition alone.
    fn or<F: IntoFilter<Self::Scope>>(self, other: F) -> Expr<Self::Scope, bool>
    where
        Self: IntoFilter<Self::Scope>,
    {
        Expr::new(Node::Or(
            self.into_filter()
                .into_iter()
                .chain(other.into_filter())
                .collect(),
        ))
    }

    /// From the least to the greatest.
    fn asc(self) -> Order<Self::Scope> {
        Order::new(self.into_node(), false)
    }

    /// From the greatest to the least.
    fn desc(self) -> Order<Self::Scope> {
        Order::new(self.into_node(), true)
    }
}

impl<M: Table, T: Sql> Operand for Column<M, T> {
    type Scope = M;
    type Type = T;

    fn into_node(self) -> Node {
        Node::Column(M::table(), self.def())
    }
}

impl<S, T: Sql> Operand for Expr<S, T> {
    type Scope = S;
    type Type = T;

    fn into_node(self) -> Node {
        self.node
    }
}

fn compare<O: Operand, V: IntoExpr<O::Scope, O::Type>>(a: O, op: BinaryOp, b: V) -> Expr<O::Scope, bool> {
    Expr::new(Node::binary(op, a.into_node(), b.into_node()))
}

fn function<O: Operand, T>(f: Function, a: O) -> Expr<O::Scope, T> {
    Expr::new(Node::Function(f, vec![a.into_node()]))
}

fn like<O: Operand>(node: O, pattern: Pattern, insensitive: bool) -> Expr<O::Scope, bool> {
    Expr::new(Node::Like {
        node: Box::new(node.into_node()),
        pattern,
        insensitive,
        negated: false,
    })
}

fn list<O: Operand, I>(node: O, values: I, negated: bool) -> Expr<O::Scope, bool>
where
    I: IntoIterator,
    I::Item: IntoExpr<O::Scope, <O::Type as Sql>::Base>,
{
    let node = node.into_node();
    let nodes: Vec<Node> = values.into_iter().map(IntoExpr::into_node).collect();
    if nodes.iter().all(|n| matches!(n, Node::Value(..))) {
        let list: Vec<Value> = nodes
            .into_iter()
            .filter_map(|n| match n {
                Node::Value(value, _) => Some(value),
                _ => None,
            })
            .collect();
        let data_type = <<O::Type as Sql>::Base as Scalar>::TYPE;
        return Expr::new(Node::In {
            node: Box::new(node),
            list,
            data_type,
            negated,
        });
    }
    // Columns or expressions among the values: each is compared.
    let equal = |n| Node::binary(BinaryOp::Eq, node.clone(), n);
    let any = Node::Or(nodes.into_iter().map(equal).collect());
    Expr::new(if negated { Node::Not(Box::new(any)) } else { any })
}

impl<S> std::ops::Not for Expr<S, bool> {
    type Output = Expr<S, bool>;

    fn not(self) -> Self::Output {
        Expr::new(match self.node {
            Node::IsNull { node, negated } => Node::IsNull {
                node,
                negated: !negated,
            },
            Node::Like {
                node,
                pattern,
                insensitive,
                negated,
            } => Node::Like {
                node,
                pattern,
                insensitive,
                negated: !negated,
            },
            Node::In {
                node,
                list,
                data_type,
                negated,
            } => Node::In {
                node,
                list,
                data_type,
                negated: !negated,
            },
            Node::Subquery(mut subquery) => {
                match &mut subquery.ask {
                    Question::In { negated, .. } | Question::Exists { negated } => *negated = !*negated,
                    Question::Value => return Expr::new(Node::Not(Box::new(Node::Subquery(subquery)))),
                }
                Node::Subquery(subquery)
            }
            node => Node::Not(Box::new(node)),
        })
    }
}

impl<M: Table> std::ops::Not for Column<M, bool> {
    type Output = Expr<M, bool>;

    fn not(self) -> Self::Output {
        Expr::new(Node::Not(Box::new(Operand::into_node(self))))
    }
}
