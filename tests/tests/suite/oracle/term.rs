//! Random expressions. Each is made twice: for the database through the public operators, and as a function of a row that
//! says what the database must compute. `None` is NULL: a condition is true, false or neither.

use std::fmt::Debug;
use std::sync::Arc;

use orm_core::prelude::*;
use orm_core::value::Sql;
use proptest::prelude::BoxedStrategy;

use super::model::Item;

/// What an expression is of a row.
type Eval<B> = Arc<dyn Fn(&Item) -> Option<B>>;

/// An expression of type `T`, its meaning, and how it is read.
pub struct Term<T: Sql> {
    pub expr: Expr<Item, T>,
    pub eval: Eval<T::Base>,
    pub shown: String,
}

impl<T: Sql> Clone for Term<T> {
    fn clone(&self) -> Self {
        Term {
            expr: self.expr.clone(),
            eval: Arc::clone(&self.eval),
            shown: self.shown.clone(),
        }
    }
}

impl<T: Sql> Debug for Term<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.shown)
    }
}

/// A condition: true, false, or neither.
pub type Condition = Term<bool>;

pub type Terms<T> = BoxedStrategy<Term<T>>;

impl<T: Sql + 'static> Term<T> {
    pub fn new(
        expr: Expr<Item, T>,
        shown: impl Into<String>,
        eval: impl Fn(&Item) -> Option<T::Base> + 'static,
    ) -> Self {
        Term {
            expr,
            eval: Arc::new(eval),
            shown: shown.into(),
        }
    }

    pub fn of(&self, item: &Item) -> Option<T::Base> {
        (self.eval)(item)
    }

    /// A function of this term; NULL stays NULL.
    pub fn map<U: Sql + 'static>(
        self,
        name: &str,
        expr: impl FnOnce(Expr<Item, T>) -> Expr<Item, U>,
        eval: impl Fn(T::Base) -> U::Base + 'static,
    ) -> Term<U> {
        let shown = format!("{}.{name}()", self.shown);
        let of = self.eval;
        Term::new(expr(self.expr), shown, move |item| of(item).map(&eval))
    }
}

/// Columns without NULL, as terms.
macro_rules! columns {
    ($($field:ident),+ $(,)?) => {
        vec![$($crate::oracle::term::Term::new(
            Item::$field.into(), stringify!($field), |item: &Item| Some(item.$field.clone())
        )),+]
    };
}

/// Columns with NULL, as terms.
macro_rules! nullable {
    ($($field:ident),+ $(,)?) => {
        vec![$($crate::oracle::term::Term::new(
            Item::$field.into(), stringify!($field), |item: &Item| item.$field.clone()
        )),+]
    };
}

pub(super) use {columns, nullable};
