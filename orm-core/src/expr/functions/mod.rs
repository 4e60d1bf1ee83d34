//! Functions over expressions, by what they compute with; which they are is plain data in the tree.

mod cast;
mod choice;
mod json;
mod number;
mod text;
mod time;
mod user;

pub use cast::{CastOperand, CastTo};
pub use choice::{Case, CaseStart, Choice, ChoiceOperand, Ordered, case};
pub use json::{Document, JsonFunction, JsonOperand, JsonPath, JsonStep};
pub use number::{NumberFunction, NumberOperand, Rounds};
pub use text::{TextFunction, TextOperand};
pub use time::{HasHour, Moment, TimeFunction, TimeOperand, TimePart, TimeUnit, now};
pub use user::{Call, call_function, sql_function};

use super::ast::Function;
use super::{Expr, Node};
use crate::value::{DataType, Value};

fn call<S, T>(function: Function, args: Vec<Node>) -> Expr<S, T> {
    Expr::new(Node::Function(function, args))
}

/// A count or a position as a parameter; databases take it as 32 bits with a sign.
fn small(n: u32) -> Node {
    Node::Value(Value::I32(i32::try_from(n).unwrap_or(i32::MAX)), DataType::I32)
}
