//! What fills the fields of a projection: columns and expressions, embedded structs, related rows, and groups of these.

use std::marker::PhantomData;

use super::level::Level;
use super::load::LoadOf;
use super::plan::ShapeNode;
use super::projection::Gives;
use crate::error::Result;
use crate::expr::Node;
use crate::expr::ast::Output;
use crate::model::{EmbedColumn, Embedded, Table};
use crate::value::{RowReader, Sql};

/// What fills one field.
pub trait Item<M: Table>: Clone + Send + Sync + 'static {
    /// What is read of the row itself.
    type Part: Send + 'static;
    /// What was loaded for all rows.
    type Loaded;
    /// The field.
    type Value;

    /// Adds what is read.
    fn describe(&self, shape: &mut ShapeNode);

    /// Reads it.
    ///
    /// # Errors
    /// `Decode` when a value does not fit.
    fn read(row: &mut RowReader<'_>) -> Result<Self::Part>;

    /// Makes what was loaded of its rows.
    ///
    /// # Errors
    /// When the rows are not those that were described, which is a defect.
    fn loaded(&self, children: &mut std::vec::IntoIter<Level>, rows: usize) -> Result<Self::Loaded>;

    /// The field of the next row.
    fn make(part: Self::Part, loaded: &mut Self::Loaded) -> Option<Self::Value>;
}

/// A column or expression.
pub(super) struct Read<T> {
    node: Node,
    marker: PhantomData<fn() -> T>,
}

impl<T> Read<T> {
    pub(super) const fn new(node: Node) -> Self {
        Read {
            node,
            marker: PhantomData,
        }
    }
}

impl<T> Clone for Read<T> {
    fn clone(&self) -> Self {
        Read::new(self.node.clone())
    }
}

impl<M: Table, T: Sql> Item<M> for Read<T> {
    type Part = T;
    type Loaded = ();
    type Value = T;

    fn describe(&self, shape: &mut ShapeNode) {
        if let Output::Nodes(nodes) = &mut shape.output {
            nodes.push((self.node.clone(), None));
        }
    }

    fn read(row: &mut RowReader<'_>) -> Result<T> {
        row.read()
    }

    fn loaded(&self, _: &mut std::vec::IntoIter<Level>, _: usize) -> Result<()> {
        Ok(())
    }

    fn make(part: T, (): &mut ()) -> Option<T> {
        Some(part)
    }
}

/// Related rows.
pub(super) struct Nested<L, T> {
    load: L,
    gives: PhantomData<fn() -> T>,
}

impl<L, T> Nested<L, T> {
    pub(super) const fn new(load: L) -> Self {
        Nested {
            load,
            gives: PhantomData,
        }
    }
}

impl<L: Clone, T> Clone for Nested<L, T> {
    fn clone(&self) -> Self {
        Nested {
            load: self.load.clone(),
            gives: PhantomData,
        }
    }
}

impl<M: Table, L: LoadOf<M>, T: Send + 'static> Item<M> for Nested<L, T>
where
    L::Value: Gives<T>,
{
    type Part = ();
    type Loaded = std::vec::IntoIter<L::Value>;
    type Value = T;

    fn describe(&self, shape: &mut ShapeNode) {
        self.load.nodes(&mut shape.children);
    }

    fn read(_: &mut RowReader<'_>) -> Result<()> {
        Ok(())
    }

    fn loaded(&self, children: &mut std::vec::IntoIter<Level>, rows: usize) -> Result<Self::Loaded> {
        Ok(self.load.finish(children, rows)?.into_iter())
    }

    fn make((): (), loaded: &mut Self::Loaded) -> Option<T> {
        loaded.next().map(Gives::give)
    }
}

/// The columns of an embedded struct.
pub(super) struct Embed<M, E>(pub(super) EmbedColumn<M, E>);

impl<M, E> Clone for Embed<M, E> {
    fn clone(&self) -> Self {
        Embed(self.0)
    }
}

impl<M: Table, E: Embedded + Send + 'static> Item<M> for Embed<M, E> {
    type Part = E;
    type Loaded = ();
    type Value = E;

    fn describe(&self, shape: &mut ShapeNode) {
        if let Output::Nodes(nodes) = &mut shape.output {
            let columns = self.0.columns().iter();
            nodes.extend(columns.map(|column| (Node::Column(M::table(), column), None)));
        }
    }

    fn read(row: &mut RowReader<'_>) -> Result<E> {
        E::read(row)
    }

    fn loaded(&self, _: &mut std::vec::IntoIter<Level>, _: usize) -> Result<()> {
        Ok(())
    }

    fn make(part: E, (): &mut ()) -> Option<E> {
        Some(part)
    }
}

/// A group of items: the derive makes groups of groups where there are more, so that there may be any number of fields.
macro_rules! group {
    ($($item:ident $n:tt),*) => {
        #[allow(unused_variables, reason = "a group may be empty")]
        #[allow(clippy::unused_unit, reason = "a group may be empty")]
        impl<M: Table, $($item: Item<M>),*> Item<M> for ($($item,)*) {
            type Part = ($($item::Part,)*);
            type Loaded = ($($item::Loaded,)*);
            type Value = ($($item::Value,)*);

            fn describe(&self, shape: &mut ShapeNode) {
                $(self.$n.describe(shape);)*
            }

            fn read(row: &mut RowReader<'_>) -> Result<Self::Part> {
                Ok(($($item::read(row)?,)*))
            }

            fn loaded(&self, children: &mut std::vec::IntoIter<Level>, rows: usize) -> Result<Self::Loaded> {
                Ok(($(self.$n.loaded(children, rows)?,)*))
            }

            fn make(part: Self::Part, loaded: &mut Self::Loaded) -> Option<Self::Value> {
                Some(($($item::make(part.$n, &mut loaded.$n)?,)*))
            }
        }
    };
}

group!();
group!(A 0);
group!(A 0, B 1);
group!(A 0, B 1, C 2);
group!(A 0, B 1, C 2, D 3);
group!(A 0, B 1, C 2, D 3, E 4);
group!(A 0, B 1, C 2, D 3, E 4, F 5);
group!(A 0, B 1, C 2, D 3, E 4, F 5, G 6);
group!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7);
group!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8);
group!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9);
group!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10);
group!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10, L 11);
