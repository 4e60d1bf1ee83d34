//! `Json<T>`: any serde type in a JSON column.

use std::ops::{Deref, DerefMut};

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Cell, DataType, DecodeError, Literal, Scalar, Value};

/// A column that holds any serde type as JSON.
///
/// A type whose serialization fails (a map with keys that are not strings) is stored as JSON `null`: see
/// [`Json::check`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Json<T>(pub T);

impl<T: Serialize> Json<T> {
    /// Whether the value can be written as JSON.
    ///
    /// # Errors
    /// `Encode`, with serde's reason.
    pub fn check(&self) -> crate::error::Result<()> {
        serde_json::to_string(&self.0).map(drop).map_err(|e| {
            crate::error::Error::new(
                crate::error::ErrorKind::Encode,
                "the value cannot be written as JSON",
            )
            .with_source(e)
        })
    }
}

impl<T> Deref for Json<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T> DerefMut for Json<T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.0
    }
}

impl<T: Serialize + DeserializeOwned + Send + Sync + 'static> Scalar for Json<T> {
    const TYPE: DataType = DataType::Json;

    fn to_value(&self) -> Value {
        Value::Json(json_text(&self.0))
    }

    fn from_cell(cell: Cell<'_>) -> Result<Self, DecodeError> {
        match cell {
            Cell::Json(s) | Cell::Text(s) => serde_json::from_str(s)
                .map(Json)
                .map_err(|e| DecodeError::new(format!("JSON that does not fit: {}", json_fault(&e)))),
            other => Err(DecodeError::mismatch("JSON", &other)),
        }
    }
}

impl<T: Serialize + DeserializeOwned + Send + Sync + 'static> Literal for Json<T> {}

/// The JSON text of a value; `null` for what has none.
pub(crate) fn json_text<T: Serialize>(value: &T) -> String {
    serde_json::to_string(value).unwrap_or_else(|_| "null".to_owned())
}

/// Serde's message may quote the value; its category and position do not.
fn json_fault(e: &serde_json::Error) -> String {
    format!(
        "{:?} error at line {}, column {}",
        e.classify(),
        e.line(),
        e.column()
    )
}
