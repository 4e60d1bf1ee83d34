//! What a program that uses models needs: `use orm_core::prelude::*;`.

pub use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Utc};
#[cfg(feature = "decimal")]
pub use rust_decimal::Decimal;
#[cfg(feature = "uuid")]
pub use uuid::Uuid;

pub use orm_derive::{Cte, DbEnum, DbType, Embed, FromRow, Model, Projection};

pub use crate::db::{Db, Tx, TxOptions};
pub use crate::error::{Error, ErrorKind, Result};
pub use crate::exec::Executor;
pub use crate::expr::literal;
pub use crate::expr::{AggregateOperand, Expr, Filter, Operand, RelationPath, Sort, count_all, output, sql};
pub use crate::expr::{
    CastOperand, ChoiceOperand, JsonOperand, JsonStep, NumberOperand, TextOperand, TimeOperand, TimeUnit,
    case, now, sql_function,
};
pub use crate::expr::{FrameBound, WindowOperand, dense_rank, ntile, rank, row_number, window};
pub use crate::load::{LoadRelation, Projection, With};
pub use crate::model::{Has, Id, IntoId};
pub use crate::pool::{Backoff, PoolOptions};
pub use crate::query::{Cursor, Model, NamedOperand, SubqueryOperand, cte, excluded, exists, params, sql};
pub use crate::sql::Dialect;
pub use crate::value::{Auto, FromRow, Json, Part};

use std::time::Duration;

/// So many milliseconds.
#[must_use]
pub const fn millis(n: u64) -> Duration {
    Duration::from_millis(n)
}

/// So many seconds.
#[must_use]
pub const fn secs(n: u64) -> Duration {
    Duration::from_secs(n)
}

/// So many minutes.
#[must_use]
pub const fn mins(n: u64) -> Duration {
    Duration::from_secs(n.saturating_mul(60))
}

/// So many hours.
#[must_use]
pub const fn hours(n: u64) -> Duration {
    mins(n.saturating_mul(60))
}

/// So many days of 24 hours.
#[must_use]
pub const fn days(n: u64) -> Duration {
    hours(n.saturating_mul(24))
}
