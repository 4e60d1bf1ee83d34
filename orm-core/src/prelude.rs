//! What a program that uses models needs: `use orm_core::prelude::*;`.

pub use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Utc};
#[cfg(feature = "decimal")]
pub use rust_decimal::Decimal;
#[cfg(feature = "uuid")]
pub use uuid::Uuid;

pub use crate::error::{Error, ErrorKind, Result};
pub use crate::exec::Executor;
pub use crate::expr::{AggregateOperand, Expr, Filter, Operand, count_all, output};
pub use crate::model::{Id, IntoId};
pub use crate::query::{Model, NamedOperand, excluded, sql};
pub use crate::sql::Dialect;
pub use crate::value::{Auto, Json};
pub use crate::{params, sql};
