//! The sides of a join: handles by which columns of each model become expressions of the whole.

use std::marker::PhantomData;

use super::ast::{Aggregate, Node, OrderTerm, Over};
use super::{Expr, RootedIn};
use crate::error::Result;
use crate::model::Table;
use crate::value::{RowReader, Sql};

/// A model of a joined query of which every row has one.
pub struct Inner<M>(PhantomData<fn() -> M>);

/// A model of a joined query of which a row may have none: what was joined by `left_join`, and all of a full join.
pub struct Left<M>(PhantomData<fn() -> M>);

/// A row is there for certain: see [`Side`].
#[derive(Debug)]
pub struct Present;

/// A row may be missing: see [`Side`].
#[derive(Debug)]
pub struct Maybe;

/// Whether a row is there: [`Present`] or [`Maybe`].
pub trait Presence: sealed::Sealed + 'static {
    /// The type of a value of such a row.
    type Of<T: Sql>: Sql<Base = T::Base>;
}

impl Presence for Present {
    type Of<T: Sql> = T;
}

impl Presence for Maybe {
    type Of<T: Sql> = T::Nullable;
}

/// One model of a joined query: [`Inner<M>`](Inner) or [`Left<M>`](Left).
pub trait Member: sealed::Sealed + 'static {
    /// The model.
    type Model: Table;
    /// Whether its row is there.
    type Presence: Presence;
    /// The same model where its row may be missing.
    type Optional: Member<Model = Self::Model>;
    /// What a row of it becomes: the model, or an `Option` of it.
    type Row: Send + 'static;

    /// Reads its columns.
    ///
    /// # Errors
    /// `Decode` when a value does not fit.
    fn read(row: &mut RowReader<'_>) -> Result<Self::Row>;
}

impl<M: Table> Member for Inner<M> {
    type Model = M;
    type Presence = Present;
    type Optional = Left<M>;
    type Row = M;

    fn read(row: &mut RowReader<'_>) -> Result<M> {
        M::read(row)
    }
}

impl<M: Table> Member for Left<M> {
    type Model = M;
    type Presence = Maybe;
    type Optional = Left<M>;
    type Row = Option<M>;

    fn read(row: &mut RowReader<'_>) -> Result<Option<M>> {
        let (table, start) = (M::table(), row.position());
        for key in table.primary_key {
            if !row.is_null(start + key)? {
                return M::read(row).map(Some);
            }
        }
        if table.primary_key.is_empty() {
            for column in 0..table.columns.len() {
                if !row.is_null(start + column)? {
                    return M::read(row).map(Some);
                }
            }
        }
        row.seek(start + table.columns.len());
        Ok(None)
    }
}

/// The models of a joined query: a tuple of two to four [`Inner`] and [`Left`].
#[diagnostic::on_unimplemented(
    message = "a query joins four models at most",
    label = "this is one too many: join it in a query of its own"
)]
pub trait Scope: sealed::Sealed + 'static {
    /// A row: a tuple of models, each an `Option` where it may be missing.
    type Row: Send + 'static;

    /// Reads the columns of all models.
    ///
    /// # Errors
    /// `Decode` when a value does not fit.
    fn read(row: &mut RowReader<'_>) -> Result<Self::Row>;
}

macro_rules! scopes {
    ($($m:ident),*) => {
        impl<$($m: Member),*> sealed::Sealed for ($($m,)*) {}

        #[diagnostic::do_not_recommend]
        impl<$($m: Member),*> Scope for ($($m,)*) {
            type Row = ($($m::Row,)*);

            fn read(row: &mut RowReader<'_>) -> Result<Self::Row> {
                Ok(($($m::read(row)?,)*))
            }
        }
    };
}

scopes!(A, B);
scopes!(A, B, C);
scopes!(A, B, C, D);

/// One side of a join with the models `S`: a handle for model `M`, whose row is there for certain (`N` is [`Present`]) or
/// may be missing ([`Maybe`]).
///
/// The methods of a joined query lend one for each model to their closures. It is `Copy`, and a function of your own can
/// take it: `fn cheap<S>(product: Side<S, Product>) -> Expr<S, bool>`.
pub struct Side<S, M, N = Present> {
    slot: usize,
    marker: Marker<S, M, N>,
}

type Marker<S, M, N> = PhantomData<fn() -> (S, M, N)>;

/// The handle for member `P` of the models `S`.
pub type SideOf<S, P> = Side<S, <P as Member>::Model, <P as Member>::Presence>;

impl<S, M, N> Side<S, M, N> {
    pub(crate) const fn at(slot: usize) -> Self {
        Side {
            slot,
            marker: PhantomData,
        }
    }
}

impl<S, M, N: Presence> Side<S, M, N> {
    /// A column or expression of this model, as one of the join: with NULL where its row may be missing. Paths along
    /// relations are joined, once each.
    pub fn get<O: RootedIn<M>>(self, operand: O) -> Expr<S, N::Of<O::Type>> {
        Expr::new(of_side(self.slot, operand.into_node()))
    }
}

impl<S, M, N> Clone for Side<S, M, N> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<S, M, N> Copy for Side<S, M, N> {}

impl<S, M: Table, N> std::fmt::Debug for Side<S, M, N> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ({})", M::table().model, self.slot)
    }
}

/// An expression of a side. An aggregate and its window stay outermost, so that they can take more words.
fn of_side(slot: usize, node: Node) -> Node {
    let side = |node| of_side(slot, node);
    let terms = |terms: Vec<OrderTerm>| {
        let of_term = |term: OrderTerm| OrderTerm {
            node: side(term.node),
            ..term
        };
        terms.into_iter().map(of_term).collect()
    };
    match node {
        Node::Aggregate(aggregate) => Node::Aggregate(Box::new(Aggregate {
            node: aggregate.node.map(side),
            order_by: terms(aggregate.order_by),
            ..*aggregate
        })),
        Node::Only(parts) => Node::Only(Box::new(parts.map(side))),
        Node::Window(function, args) => Node::Window(function, args.into_iter().map(side).collect()),
        Node::Over(over) => Node::Over(Box::new(Over {
            function: side(over.function),
            partition_by: over.partition_by.into_iter().map(side).collect(),
            order_by: terms(over.order_by),
            frame: over.frame,
        })),
        node => Node::Side(slot, Box::new(node)),
    }
}

mod sealed {
    /// Implemented here alone.
    pub trait Sealed {}

    impl Sealed for super::Present {}
    impl Sealed for super::Maybe {}
    impl<M> Sealed for super::Inner<M> {}
    impl<M> Sealed for super::Left<M> {}
}
