//! Window functions, and where they may stand.

use crate::error::{Error, Result};
use crate::expr::ast::{Frame, FrameBound, FrameUnit, Node, Over, WindowFunction};
use crate::sql::{Dialect, Writer};

impl Writer {
    /// Adds an aggregate or a window function over its window.
    pub(in crate::sql) fn over(&mut self, over: &Over) -> Result<()> {
        if self.in_condition {
            return Err(Error::invalid(
                "a window function stands in `select` and `order_by` only: the rows of a window are those that the \
                 conditions left",
            ));
        }
        match &over.function {
            Node::Aggregate(aggregate) => self.aggregate(aggregate, None, Some(over)),
            Node::Only(sides) => match &**sides {
                [Node::Aggregate(aggregate), condition] => {
                    self.aggregate(aggregate, Some(condition), Some(over))
                }
                _ => Err(no_aggregate("filter")),
            },
            Node::Window(function, args) => self.window_function(*function, args, over),
            _ => Err(no_aggregate("over")),
        }
    }

    /// Adds an aggregate of some rows.
    pub(in crate::sql) fn only(&mut self, node: &Node, condition: &Node) -> Result<()> {
        match node {
            Node::Aggregate(aggregate) => self.aggregate(aggregate, Some(condition), None),
            _ => Err(no_aggregate("filter")),
        }
    }

    fn window_function(&mut self, function: WindowFunction, args: &[Node], over: &Over) -> Result<()> {
        use WindowFunction::{DenseRank, FirstValue, Lag, LastValue, Lead, Ntile, Rank, RowNumber};
        if over.order_by.is_empty() && matches!(function, Rank | DenseRank | Ntile(_) | Lag(_) | Lead(_)) {
            return Err(Error::invalid(
                "ranks, `ntile`, `lag` and `lead` need the order of their window: say `window().order_by(..)`",
            ));
        }
        let common = self.common_scale(args.iter());
        let name = match function {
            RowNumber => "ROW_NUMBER(",
            Rank => "RANK(",
            DenseRank => "DENSE_RANK(",
            Ntile(_) => "NTILE(",
            Lag(_) => "LAG(",
            Lead(_) => "LEAD(",
            FirstValue => "FIRST_VALUE(",
            LastValue => "LAST_VALUE(",
        };
        // MariaDB takes no default: whether there is such a row is asked apart, as its value may be NULL.
        let apart = self.dialect == Dialect::MariaDb;
        if let (Lag(rows) | Lead(rows), [_, or], true) = (function, args, apart) {
            self.push("CASE WHEN ");
            self.push(name);
            self.push("1, ");
            self.push_number(distance(rows));
            self.push(")");
            self.over_clause(over)?;
            self.push(" IS NULL THEN ");
            self.at_common(or, common)?;
            self.push(" ELSE ");
        }
        self.push(name);
        if let Some(arg) = args.first() {
            self.at_common(arg, common)?;
        }
        match function {
            Ntile(parts) => self.push_number(distance(parts)),
            Lag(rows) | Lead(rows) => {
                self.push(", ");
                self.push_number(distance(rows));
            }
            _ => {}
        }
        match args {
            [_, or] if !apart => {
                self.push(", ");
                self.at_common(or, common)?;
            }
            _ => {}
        }
        self.push(")");
        self.over_clause(over)?;
        if args.len() > 1 && apart {
            self.push(" END");
        }
        Ok(())
    }

    pub(super) fn over_clause(&mut self, over: &Over) -> Result<()> {
        self.push(" OVER (");
        for (i, node) in over.partition_by.iter().enumerate() {
            self.push(if i == 0 { "PARTITION BY " } else { ", " });
            self.node(node)?;
        }
        let keyword = if over.partition_by.is_empty() {
            "ORDER BY "
        } else {
            " ORDER BY "
        };
        self.order_terms(keyword, &over.order_by)?;
        if let Some(frame) = over.frame {
            if !(over.partition_by.is_empty() && over.order_by.is_empty()) {
                self.push(" ");
            }
            self.frame(frame)?;
        }
        self.push(")");
        Ok(())
    }

    fn frame(&mut self, frame: Frame) -> Result<()> {
        let distance = |bound| matches!(bound, FrameBound::Preceding(_) | FrameBound::Following(_));
        if frame.unit == FrameUnit::Range && (distance(frame.from) || distance(frame.to)) {
            return Err(Error::invalid(
                "a frame of a range goes from `Start` or `Current` to `Current` or `End`: count rows with `rows(..)`",
            ));
        }
        if place(frame.from) > place(frame.to)
            || frame.from == FrameBound::End
            || frame.to == FrameBound::Start
        {
            return Err(Error::invalid("a frame ends before it begins"));
        }
        self.push(match frame.unit {
            FrameUnit::Rows => "ROWS BETWEEN ",
            FrameUnit::Range => "RANGE BETWEEN ",
        });
        self.bound(frame.from);
        self.push(" AND ");
        self.bound(frame.to);
        Ok(())
    }

    fn bound(&mut self, bound: FrameBound) {
        match bound {
            FrameBound::Start => self.push("UNBOUNDED PRECEDING"),
            FrameBound::Current => self.push("CURRENT ROW"),
            FrameBound::End => self.push("UNBOUNDED FOLLOWING"),
            FrameBound::Preceding(rows) | FrameBound::Following(rows) => {
                self.push_number(distance(rows));
                self.push(if matches!(bound, FrameBound::Preceding(_)) {
                    " PRECEDING"
                } else {
                    " FOLLOWING"
                });
            }
        }
    }
}

/// Distances are written, not bound, as limits are; databases count them in 32 bits with a sign.
fn distance(rows: u32) -> i32 {
    i32::try_from(rows).unwrap_or(i32::MAX)
}

fn place(bound: FrameBound) -> i64 {
    match bound {
        FrameBound::Start => i64::MIN,
        FrameBound::Preceding(rows) => -i64::from(rows),
        FrameBound::Current => 0,
        FrameBound::Following(rows) => i64::from(rows),
        FrameBound::End => i64::MAX,
    }
}

fn no_aggregate(method: &str) -> Error {
    Error::invalid(format!(
        "`{method}` is for aggregates, such as `sum()` and `count()`: this expression is none"
    ))
}
