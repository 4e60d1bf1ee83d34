//! Functions over windows.

use super::{Node, OrderTerm};

/// A function of a row's place in its window, or of another row there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum WindowFunction {
    /// The number of the row.
    RowNumber,
    /// The rank, with gaps.
    Rank,
    /// The rank, without gaps.
    DenseRank,
    /// In which of so many parts the row lies.
    Ntile(u32),
    /// The value so many rows before.
    Lag(u32),
    /// The value so many rows later.
    Lead(u32),
    /// The value in the frame's first row.
    FirstValue,
    /// The value in the frame's last row.
    LastValue,
}

/// A function over a window.
#[derive(Clone, Debug)]
pub struct Over {
    /// An aggregate or a window function.
    pub function: Node,
    /// What rows are parted by.
    pub partition_by: Vec<Node>,
    /// The order of the rows.
    pub order_by: Vec<OrderTerm>,
    /// Which rows around the current one.
    pub frame: Option<Frame>,
}

impl Over {
    /// What it is computed of: the aggregate's own arguments, as it is none of the query's.
    pub(super) fn parts(&self) -> Vec<&Node> {
        let order = self.order_by.iter().map(|term| &term.node);
        let arguments = match &self.function {
            Node::Only(sides) => {
                let mut parts = sides[0].parts();
                parts.push(&sides[1]);
                parts
            }
            function => function.parts(),
        };
        arguments
            .into_iter()
            .chain(&self.partition_by)
            .chain(order)
            .collect()
    }

    pub(super) fn parts_mut(&mut self) -> Vec<&mut Node> {
        let order = self.order_by.iter_mut().map(|term| &mut term.node);
        let arguments = match &mut self.function {
            Node::Only(sides) => {
                let [aggregate, condition] = &mut **sides;
                let mut parts = aggregate.parts_mut();
                parts.push(condition);
                parts
            }
            function => function.parts_mut(),
        };
        arguments
            .into_iter()
            .chain(&mut self.partition_by)
            .chain(order)
            .collect()
    }
}

/// The rows of a window around the current one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame {
    /// What its bounds count.
    pub unit: FrameUnit,
    /// Where it begins.
    pub from: FrameBound,
    /// Where it ends.
    pub to: FrameBound,
}

/// What the bounds of a frame count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FrameUnit {
    /// Rows.
    Rows,
    /// Values of the order.
    Range,
}

/// Where a frame begins or ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FrameBound {
    /// The first row of the window.
    Start,
    /// So many rows before the current one.
    Preceding(u32),
    /// The current row.
    Current,
    /// So many rows after the current one.
    Following(u32),
    /// The last row of the window.
    End,
}
