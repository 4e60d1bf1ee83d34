//! Functions of JSON documents and of arrays. Keys and values are bound; none becomes text.

use crate::expr::ast::Function;
use crate::expr::{Expr, Node, Operand};
use crate::value::{ArrayElement, DataType, Json, Literal, Scalar, Sql, Value};

use super::call;

/// A function of a JSON document or an array.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum JsonFunction {
    /// What stands at a path, as JSON.
    Get,
    /// The text at a path.
    Text,
    /// The number at a path, as a float.
    Float,
    /// The whole number at a path.
    Int,
    /// The truth value at a path.
    Bool,
    /// Whether the document contains another.
    Contains,
    /// Whether the array has a value.
    ArrayContains,
    /// How many values the array has.
    ArrayLength,
}

/// Types that are JSON documents: `serde_json::Value` and `Json<T>`.
#[diagnostic::on_unimplemented(
    message = "an expression of type `{Self}` is not JSON",
    label = "`json_get` and its kind are for `serde_json::Value` and `Json<T>` columns"
)]
pub trait Document: Scalar {}

impl Document for serde_json::Value {}
impl<T> Document for Json<T> where Json<T>: Scalar {}

/// One step into a JSON document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JsonStep {
    /// Into an object, by its key.
    Key(String),
    /// Into an array, by a position from 0.
    Index(u32),
}

impl From<&str> for JsonStep {
    fn from(key: &str) -> Self {
        JsonStep::Key(key.to_owned())
    }
}

impl From<String> for JsonStep {
    fn from(key: String) -> Self {
        JsonStep::Key(key)
    }
}

impl From<u32> for JsonStep {
    fn from(index: u32) -> Self {
        JsonStep::Index(index)
    }
}

/// The way to a place in a JSON document: a key, a position, a tuple of these, or a `Vec<JsonStep>`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a path into a JSON document",
    label = "expected a key, a position (`u32`), a tuple of these, or a `Vec<JsonStep>`"
)]
pub trait JsonPath {
    /// The steps.
    fn steps(self) -> Vec<JsonStep>;
}

impl JsonPath for &str {
    fn steps(self) -> Vec<JsonStep> {
        vec![self.into()]
    }
}

impl JsonPath for String {
    fn steps(self) -> Vec<JsonStep> {
        vec![self.into()]
    }
}

impl JsonPath for u32 {
    fn steps(self) -> Vec<JsonStep> {
        vec![self.into()]
    }
}

impl JsonPath for Vec<JsonStep> {
    fn steps(self) -> Vec<JsonStep> {
        self
    }
}

macro_rules! paths {
    ($($step:ident $n:tt),*) => {
        impl<$($step: Into<JsonStep>),*> JsonPath for ($($step,)*) {
            fn steps(self) -> Vec<JsonStep> {
                vec![$(self.$n.into()),*]
            }
        }
    };
}

paths!(A 0, B 1);
paths!(A 0, B 1, C 2);
paths!(A 0, B 1, C 2, D 3);
paths!(A 0, B 1, C 2, D 3, E 4);

fn at<O: Operand, T>(function: JsonFunction, document: O, path: impl JsonPath) -> Expr<O::Scope, T> {
    let steps = path.steps().into_iter().map(|step| match step {
        JsonStep::Key(key) => Node::Value(Value::Text(key), DataType::Text),
        JsonStep::Index(index) => super::small(index),
    });
    let args = std::iter::once(document.into_node()).chain(steps).collect();
    call(Function::Json(function), args)
}

/// The functions of JSON documents and arrays; in the prelude beside [`Operand`].
pub trait JsonOperand: Operand {
    /// What stands at a path, as JSON: `User::settings.json_get(("theme", "color"))`. NULL where nothing does; JSON's
    /// own `null` is a value.
    fn json_get<P: JsonPath>(self, path: P) -> Expr<Self::Scope, Option<serde_json::Value>>
    where
        <Self::Type as Sql>::Base: Document,
    {
        at(JsonFunction::Get, self, path)
    }

    /// The text at a path; NULL where there is none, or something else.
    fn json_text<P: JsonPath>(self, path: P) -> Expr<Self::Scope, Option<String>>
    where
        <Self::Type as Sql>::Base: Document,
    {
        at(JsonFunction::Text, self, path)
    }

    /// The number at a path; NULL where there is none, or something else.
    fn json_f64<P: JsonPath>(self, path: P) -> Expr<Self::Scope, Option<f64>>
    where
        <Self::Type as Sql>::Base: Document,
    {
        at(JsonFunction::Float, self, path)
    }

    /// The whole number at a path; NULL where there is none, or something else, or one that `i64` does not hold.
    fn json_i64<P: JsonPath>(self, path: P) -> Expr<Self::Scope, Option<i64>>
    where
        <Self::Type as Sql>::Base: Document,
    {
        at(JsonFunction::Int, self, path)
    }

    /// The truth value at a path; NULL where there is none, or something else.
    fn json_bool<P: JsonPath>(self, path: P) -> Expr<Self::Scope, Option<bool>>
    where
        <Self::Type as Sql>::Base: Document,
    {
        at(JsonFunction::Bool, self, path)
    }

    /// Whether the object has the key, be its value `null`. NULL has none.
    fn json_has_key(self, key: &str) -> Expr<Self::Scope, bool>
    where
        <Self::Type as Sql>::Base: Document,
    {
        self.json_get(key).is_not_null()
    }

    /// Whether the document contains this one: an object all its keys with what they contain, an array all its
    /// elements. Of arrays in arrays, MySQL and MariaDB look for elements at every depth.
    fn json_contains(self, document: serde_json::Value) -> Expr<Self::Scope, <Self::Type as Sql>::Map<bool>>
    where
        <Self::Type as Sql>::Base: Document,
    {
        let document = Node::Value(document.into_value(), DataType::Json);
        call(
            Function::Json(JsonFunction::Contains),
            vec![self.into_node(), document],
        )
    }

    /// Whether the array has the value.
    fn array_contains<T: ArrayElement + Literal>(
        self,
        value: impl Into<T>,
    ) -> Expr<Self::Scope, <Self::Type as Sql>::Map<bool>>
    where
        Self: Operand<Type: Sql<Base = Vec<T>>>,
    {
        let value = Node::Value(value.into().into_value(), T::TYPE);
        call(
            Function::Json(JsonFunction::ArrayContains),
            vec![self.into_node(), value],
        )
    }

    /// How many values the array has.
    fn array_length<T: ArrayElement>(self) -> Expr<Self::Scope, <Self::Type as Sql>::Map<i64>>
    where
        Self: Operand<Type: Sql<Base = Vec<T>>>,
    {
        call(Function::Json(JsonFunction::ArrayLength), vec![self.into_node()])
    }
}

impl<O: Operand> JsonOperand for O {}
