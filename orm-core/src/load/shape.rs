//! What becomes of a row: the model, the model with what was loaded, or a projection.

use super::level::Level;
use super::load::{Along, Extent, Load, LoadIf, LoadOf};
use super::plan::{LoadNode, ShapeNode};
use crate::error::{Error, Result};
use crate::exec::{Collect, RowSink};
use crate::expr::ast::Output;
use crate::model::{Attach, RelationOf, Relations, Table};

/// What is made of each row of `M`, and what is read for it: nothing but the model (`()`), the model with loads, a
/// projection.
pub trait Shape<M: Table>: Clone + Send + Sync + 'static {
    /// What a row becomes.
    type Value: Send + 'static;

    /// What is read.
    #[doc(hidden)]
    fn describe(&self) -> Described;

    /// Makes the values of the rows.
    ///
    /// # Errors
    /// When the rows are not those that were described, which is a defect.
    #[doc(hidden)]
    fn finish(&self, level: Level) -> Result<Vec<Self::Value>>;
}

/// What a shape reads, without its types.
#[derive(Clone)]
pub struct Described(pub(crate) ShapeNode);

pub(super) fn collect<M: Table>() -> Box<dyn RowSink> {
    Box::new(Collect::new(M::read))
}

impl<M: Table> Shape<M> for () {
    type Value = M;

    fn describe(&self) -> Described {
        Described(ShapeNode {
            output: Output::Own,
            make: collect::<M>,
            children: Vec::new(),
        })
    }

    fn finish(&self, level: Level) -> Result<Vec<M>> {
        Ok(level.into_parts::<M>()?.0)
    }
}

impl<M: Relations, P, L> Shape<M> for (P, L)
where
    (P, L): Steps<M>,
{
    type Value = <(P, L) as Steps<M>>::With;

    fn describe(&self) -> Described {
        let mut children = Vec::new();
        self.nodes(&mut children);
        Described(ShapeNode {
            output: Output::Own,
            make: collect::<M>,
            children,
        })
    }

    fn finish(&self, level: Level) -> Result<Vec<Self::Value>> {
        let (rows, _, mut children) = level.into_parts::<M>()?;
        let mut loaded = self.loaded(&mut children, rows.len())?;
        rows.into_iter()
            .map(|row| Self::attach(row, &mut loaded).ok_or_else(defect))
            .collect()
    }
}

/// Loads that are attached one after the other.
pub trait Steps<M: Relations>: Clone + Send + Sync + 'static {
    /// The row with all of them.
    type With: Send + 'static;
    /// What was loaded for all rows.
    type Loaded;

    /// What is loaded.
    #[doc(hidden)]
    fn nodes(&self, out: &mut Vec<LoadNode>);

    /// Makes what was loaded of its rows.
    ///
    /// # Errors
    /// When the rows are not those that were described, which is a defect.
    #[doc(hidden)]
    fn loaded(&self, children: &mut std::vec::IntoIter<Level>, rows: usize) -> Result<Self::Loaded>;

    /// The next row with what belongs to it.
    #[doc(hidden)]
    fn attach(row: M, loaded: &mut Self::Loaded) -> Option<Self::With>;
}

impl<M: Relations> Steps<M> for () {
    type With = M::Bare;
    type Loaded = ();

    fn nodes(&self, _: &mut Vec<LoadNode>) {}

    fn loaded(&self, _: &mut std::vec::IntoIter<Level>, _: usize) -> Result<()> {
        Ok(())
    }

    fn attach(row: M, (): &mut ()) -> Option<M::Bare> {
        Some(row.bare())
    }
}

/// The relation is a parameter here, and no associated type: so the compiler says in our words that it has no place.
macro_rules! steps {
    ($load:ty) => {
        impl<M: Relations, P: Steps<M>, R, S, E> Steps<M> for (P, $load)
        where
            R: RelationOf<M>,
            S: Shape<R::To>,
            E: Extent<R>,
            P::With: Attach<R, <$load as Along>::Value>,
        {
            type With = <P::With as Attach<R, <$load as Along>::Value>>::With;
            type Loaded = (P::Loaded, std::vec::IntoIter<<$load as Along>::Value>);

            fn nodes(&self, out: &mut Vec<LoadNode>) {
                self.0.nodes(out);
                LoadOf::<M>::nodes(&self.1, out);
            }

            fn loaded(&self, children: &mut std::vec::IntoIter<Level>, rows: usize) -> Result<Self::Loaded> {
                let before = self.0.loaded(children, rows)?;
                let loaded = LoadOf::<M>::finish(&self.1, children, rows)?;
                Ok((before, loaded.into_iter()))
            }

            fn attach(row: M, loaded: &mut Self::Loaded) -> Option<Self::With> {
                let row = P::attach(row, &mut loaded.0)?;
                Some(row.attach(loaded.1.next()?))
            }
        }
    };
}

steps!(Load<R, S, E>);
steps!(LoadIf<Load<R, S, E>>);

/// The rows of a level are not those that were described.
pub(super) fn defect() -> Error {
    Error::invalid("a load gave other rows than it was planned for: this is a defect of the library")
}
