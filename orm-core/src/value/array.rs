//! `Vec<T>` of scalars: an array on PostgreSQL, JSON text elsewhere.

use super::{Cell, DataType, DecodeError, Literal, Scalar, Value};

/// A scalar that can stand in a `Vec<T>` column: its form in JSON is part of the promise, as databases without arrays
/// store one.
#[diagnostic::on_unimplemented(
    message = "`Vec<{Self}>` cannot be stored in a column",
    note = "arrays hold bool, integers, floats, String, dates, times, Uuid and Decimal; or mark the field `#[orm(json)]`"
)]
pub trait ArrayElement: Scalar {
    /// From one element of a JSON array: text, numbers and booleans are read as a column holds them.
    ///
    /// # Errors
    /// When the element is of another type or does not fit.
    fn from_json(json: &serde_json::Value) -> Result<Self, DecodeError> {
        Self::from_cell(match json {
            serde_json::Value::String(s) => Cell::Text(s),
            serde_json::Value::Bool(b) => Cell::Bool(*b),
            serde_json::Value::Number(n) => match (n.as_i64(), n.as_u64(), n.as_f64()) {
                (Some(n), _, _) => Cell::Int(n),
                (None, Some(n), _) => Cell::UInt(n),
                (None, None, Some(n)) => Cell::F64(n),
                (None, None, None) => Cell::Null,
            },
            _ => return Err(DecodeError::new("a JSON array element that is no scalar")),
        })
    }
}

impl<T: ArrayElement> Scalar for Vec<T> {
    const TYPE: DataType = T::TYPE.array();

    fn to_value(&self) -> Value {
        Value::Array(T::TYPE, self.iter().map(Scalar::to_value).collect())
    }

    fn into_value(self) -> Value {
        Value::Array(T::TYPE, self.into_iter().map(Scalar::into_value).collect())
    }

    fn from_cell(cell: Cell<'_>) -> Result<Self, DecodeError> {
        match cell {
            Cell::Array(items) => items.map(|cell| T::from_cell(cell?)).collect(),
            Cell::Text(s) | Cell::Json(s) => {
                let items: Vec<serde_json::Value> =
                    serde_json::from_str(s).map_err(|_| DecodeError::new("text that is not a JSON array"))?;
                items.iter().map(T::from_json).collect()
            }
            other => Err(DecodeError::mismatch("an array", &other)),
        }
    }
}

impl<T: ArrayElement> Literal for Vec<T> {}

/// Elements whose JSON form is a string that the type itself reads as text.
pub(super) fn from_json_text<T: Scalar>(json: &serde_json::Value, what: &str) -> Result<T, DecodeError> {
    match json.as_str() {
        Some(s) => T::from_cell(Cell::Text(s)),
        None => Err(DecodeError::new(format!(
            "a JSON array element that is not {what}"
        ))),
    }
}
