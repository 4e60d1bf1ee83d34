//! Defaults that the client can make as well as the database: what `draft` puts into a new row.

use chrono::{DateTime, NaiveDate, NaiveDateTime, SubsecRound, Utc};

use super::{Id, Keyed};

/// The default `now()`.
#[derive(Clone, Copy, Debug)]
pub struct Now;

/// The default `today()`: the day in UTC.
#[derive(Clone, Copy, Debug)]
pub struct Today;

/// The default `uuid()`.
#[derive(Clone, Copy, Debug)]
pub struct NewUuid;

/// The present moment, as exact as every database keeps it: read back, it is equal.
fn moment() -> DateTime<Utc> {
    Utc::now().trunc_subsecs(6)
}

/// A type whose columns can have a default that is written as a `D`: a literal, [`Now`], [`Today`], [`NewUuid`].
#[diagnostic::on_unimplemented(
    message = "a column of type `{Self}` cannot have a default of this kind (`{D}`)",
    label = "the default does not fit this type",
    note = "numbers take `0` or `1.5`, text `\"draft\"`, moments `now()`, days `today()`, Uuid `uuid()`, enums `Status::Draft`"
)]
pub trait DefaultValue<D> {
    /// The value.
    fn default_value(default: D) -> Self;
}

macro_rules! literals {
    ($($t:ty),*) => {$(
        impl DefaultValue<$t> for $t {
            fn default_value(default: $t) -> Self {
                default
            }
        }
    )*};
}

literals!(i8, i16, i32, i64, u8, u16, u32, u64, f32, f64, bool);

impl DefaultValue<i32> for f64 {
    fn default_value(default: i32) -> Self {
        f64::from(default)
    }
}

impl DefaultValue<i16> for f32 {
    fn default_value(default: i16) -> Self {
        f32::from(default)
    }
}

impl DefaultValue<&str> for String {
    fn default_value(default: &str) -> Self {
        default.to_owned()
    }
}

impl DefaultValue<Now> for DateTime<Utc> {
    fn default_value(Now: Now) -> Self {
        moment()
    }
}

impl DefaultValue<Now> for NaiveDateTime {
    fn default_value(Now: Now) -> Self {
        moment().naive_utc()
    }
}

impl DefaultValue<Today> for NaiveDate {
    fn default_value(Today: Today) -> Self {
        Utc::now().date_naive()
    }
}

#[cfg(feature = "uuid")]
impl DefaultValue<NewUuid> for ::uuid::Uuid {
    fn default_value(NewUuid: NewUuid) -> Self {
        ::uuid::Uuid::new_v4()
    }
}

#[cfg(feature = "decimal")]
impl DefaultValue<crate::value::DecimalParts> for rust_decimal::Decimal {
    /// The derive refuses literals that do not fit.
    fn default_value(default: crate::value::DecimalParts) -> Self {
        rust_decimal::Decimal::try_from_i128_with_scale(default.mantissa, default.scale).unwrap_or_default()
    }
}

impl<M: Keyed, D> DefaultValue<D> for Id<M>
where
    M::Raw: DefaultValue<D>,
{
    fn default_value(default: D) -> Self {
        Id::from_key(M::Raw::default_value(default))
    }
}
