//! What can be given as a limit: a number of any integer type, or an `Option` of one.

use crate::error::{Error, Result};

/// A number of rows, or none.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a number of rows",
    label = "expected an integer, or an `Option` of one"
)]
pub trait IntoLimit {
    /// The number.
    ///
    /// # Errors
    /// `Invalid` when it is negative.
    fn into_limit(self) -> Result<Option<u64>>;
}

macro_rules! limits {
    ($($t:ty),*) => {$(
        impl IntoLimit for $t {
            fn into_limit(self) -> Result<Option<u64>> {
                u64::try_from(self).map(Some).map_err(|_| Error::invalid("a limit or an offset is negative"))
            }
        }
    )*};
}

limits!(u8, u16, u32, u64, usize, i16, i32, i64);

impl<T: IntoLimit> IntoLimit for Option<T> {
    fn into_limit(self) -> Result<Option<u64>> {
        self.map_or(Ok(None), IntoLimit::into_limit)
    }
}
