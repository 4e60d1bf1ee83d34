//! Decimals where the database has none (SQLite): scaled integers, whose scales the writer brings together.
//!
//! A column of at most 18 digits is an INTEGER of its smallest unit; a wider one is a BLOB of 16 bytes in the order of
//! its numbers, which compares but does not compute.

use super::Writer;
use crate::error::{Error, ErrorKind, Result};
use crate::expr::ast::{AggregateFunction, Ask, BinaryOp, Node, Question};
use crate::model::ColumnDef;
use crate::value::{DataType, DecimalParts, Value};

/// The most digits of a decimal that is stored as an integer.
pub(super) const NARROW: u32 = 18;

/// How a decimal expression is computed: at which scale, and whether it is a wide column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Scaled {
    pub(super) scale: u32,
    pub(super) wide: bool,
}

impl Scaled {
    /// What holds both.
    pub(super) fn with(self, other: Scaled) -> Scaled {
        Scaled {
            scale: self.scale.max(other.scale),
            wide: self.wide || other.wide,
        }
    }
}

impl Writer {
    /// The scale of a decimal expression, where decimals are scaled integers; `None` for all else.
    pub(super) fn scaled(&self, node: &Node) -> Option<Scaled> {
        if self.features.decimals {
            return None;
        }
        scale_of(node)
    }

    /// The scales of some columns, where anybody needs them.
    pub(super) fn listed(&self, columns: impl IntoIterator<Item = Option<Scaled>>) -> Vec<Option<Scaled>> {
        if self.features.decimals {
            return Vec::new();
        }
        columns.into_iter().collect()
    }

    /// The scales of result columns.
    pub(super) fn output_scales<'a>(
        &self,
        columns: impl Iterator<Item = Option<Scaled>> + 'a,
    ) -> Option<std::sync::Arc<[Option<u32>]>> {
        if self.features.decimals {
            return None;
        }
        let scales: Vec<Option<u32>> = columns.map(|s| s.map(|s| s.scale)).collect();
        scales.iter().any(Option::is_some).then(|| scales.into())
    }

    /// A comparison or a computation of which at least one side is decimal.
    pub(super) fn decimal_binary(&mut self, op: BinaryOp, a: &Node, b: &Node) -> Result<()> {
        let (left, right) = (scale_or_integer(a), scale_or_integer(b));
        if left.wide || right.wide {
            return self.wide_binary(op, a, left, b, right);
        }
        // A product needs no common scale: those of its factors add up.
        let common = if op == BinaryOp::Mul {
            None
        } else {
            Some(left.scale.max(right.scale))
        };
        self.push("(");
        self.at_scale(a, left.scale, common.unwrap_or(left.scale))?;
        self.binary_operator(op);
        self.at_scale(b, right.scale, common.unwrap_or(right.scale))?;
        self.push(")");
        Ok(())
    }

    /// A decimal expression at another scale, never a smaller one.
    fn at_scale(&mut self, node: &Node, from: u32, to: u32) -> Result<()> {
        if let Node::Value(value, _) = node {
            return self.decimal_param(value, to);
        }
        if from == to {
            return self.node(node);
        }
        self.node(node)?;
        self.push(" * ");
        self.power(to - from)
    }

    /// What several decimal expressions are brought to, so that one of them can stand for all; `None` where they are no
    /// scaled integers.
    pub(super) fn common_scale<'a>(&self, nodes: impl Iterator<Item = &'a Node>) -> Option<Scaled> {
        if self.features.decimals {
            return None;
        }
        super::functions::most(nodes)
    }

    /// An expression at the scale that it shares with others.
    pub(super) fn at_common(&mut self, node: &Node, common: Option<Scaled>) -> Result<()> {
        match common {
            None => self.argument(node),
            Some(Scaled { scale, wide: true }) => {
                let own = scale_or_integer(node);
                if own.wide && own.scale != scale {
                    return Err(too_wide());
                }
                self.wide_side(node, own, scale)
            }
            Some(Scaled { scale, wide: false }) => self.at_scale(node, scale_or_integer(node).scale, scale),
        }
    }

    /// A power of ten, as a constant.
    pub(super) fn power(&mut self, digits: u32) -> Result<()> {
        let Some(power) = 10i64.checked_pow(digits) else {
            return Err(too_wide());
        };
        self.push_number(power);
        Ok(())
    }

    /// A parameter at a scale that is known to be enough.
    fn decimal_param(&mut self, value: &Value, scale: u32) -> Result<()> {
        let value = match narrow(value, scale)? {
            Some(value) => value,
            None => return Err(too_wide()),
        };
        self.placeholder(value);
        Ok(())
    }

    /// Wide columns compare with each other at the same scale, and with values.
    fn wide_binary(&mut self, op: BinaryOp, a: &Node, left: Scaled, b: &Node, right: Scaled) -> Result<()> {
        if !op.is_comparison() {
            return Err(too_wide());
        }
        let scale = match (left.wide, right.wide) {
            (true, true) if left.scale != right.scale => return Err(too_wide()),
            (true, _) => left.scale,
            (false, _) => right.scale,
        };
        self.push("(");
        self.wide_side(a, left, scale)?;
        self.binary_operator(op);
        self.wide_side(b, right, scale)?;
        self.push(")");
        Ok(())
    }

    fn wide_side(&mut self, node: &Node, scaled: Scaled, scale: u32) -> Result<()> {
        match node {
            Node::Value(value, _) => {
                let Some(value) = wide(value, scale) else {
                    return Err(Error::new(
                        ErrorKind::Encode,
                        format!(
                            "a decimal has more than the {scale} digits behind the point of the column it is compared with"
                        ),
                    ));
                };
                self.placeholder(value);
                Ok(())
            }
            _ if scaled.wide => self.node(node),
            _ => Err(too_wide()),
        }
    }

    /// A list of values beside a decimal column: those that the column cannot hold are equal to no row.
    pub(super) fn decimal_list(list: &[Value], scaled: Scaled) -> Vec<Value> {
        list.iter()
            .filter_map(|v| {
                if scaled.wide {
                    wide(v, scaled.scale)
                } else {
                    narrow(v, scaled.scale).ok().flatten()
                }
            })
            .collect()
    }

    /// What is assigned to a decimal column by an expression: rounded half away from zero, as databases with decimals
    /// do it.
    pub(super) fn decimal_assignment(&mut self, column: &ColumnDef, node: &Node) -> Result<()> {
        let to = column.scale.unwrap_or(0);
        let from = scale_or_integer(node);
        if from.wide || is_wide(column) {
            return match node.column() {
                Some(other) if other.scale == column.scale && is_wide(other) == is_wide(column) => {
                    self.node(node)
                }
                _ => Err(too_wide()),
            };
        }
        if from.scale <= to {
            return self.at_scale(node, from.scale, to);
        }
        let half = 5i64
            .checked_mul(10i64.checked_pow(from.scale - to - 1).unwrap_or(i64::MAX))
            .ok_or_else(too_wide)?;
        self.push("((");
        self.node(node)?;
        self.push(" + CASE WHEN ");
        self.node(node)?;
        self.push(" < 0 THEN -");
        self.push_number(half);
        self.push(" ELSE ");
        self.push_number(half);
        self.push(" END) / ");
        self.power(from.scale - to)?;
        self.push(")");
        Ok(())
    }
}

/// The value that a column stores for a decimal: exactly that number, or an error that names the column.
///
/// # Errors
/// `Encode` when the number has more digits than the column; it is not rounded.
pub(crate) fn stored(value: Value, column: &ColumnDef, native: bool) -> Result<Value> {
    let Value::Decimal(parts) = value else {
        return Ok(value);
    };
    let (precision, scale) = (column.precision.unwrap_or(38), column.scale.unwrap_or(0));
    let fits = parts.rescaled(scale).filter(|p| {
        10u128
            .checked_pow(precision)
            .is_none_or(|most| p.mantissa.unsigned_abs() < most)
    });
    let Some(parts) = fits else {
        return Err(Error::new(
            ErrorKind::Encode,
            format!(
                "a decimal does not fit {precision} digits, {scale} of them behind the point: round it first"
            ),
        )
        .with_columns(vec![column.full_name()]));
    };
    Ok(match (native, is_wide(column)) {
        (true, _) => Value::Decimal(parts),
        (false, true) => wide_bytes(parts),
        (false, false) => i64::try_from(parts.mantissa).map_or(Value::Decimal(parts), Value::I64),
    })
}

fn is_wide(column: &ColumnDef) -> bool {
    column.data_type == DataType::Decimal && column.precision.unwrap_or(0) > NARROW
}

pub(super) fn too_wide() -> Error {
    Error::unsupported(
        "SQLite computes decimals as integers of 64 bits: a column of more than 18 digits compares with values and with columns of its own scale, and does not compute; compute in Rust",
    )
}

/// The scale of a column, if it is decimal.
pub(super) fn column_scale(column: &ColumnDef) -> Option<Scaled> {
    (column.data_type == DataType::Decimal).then(|| Scaled {
        scale: column.scale.unwrap_or(0),
        wide: is_wide(column),
    })
}

pub(super) fn scale_of(node: &Node) -> Option<Scaled> {
    match node {
        Node::Column(_, column) | Node::Excluded(column) => column_scale(column),
        Node::Value(Value::Decimal(parts), _) => Some(Scaled {
            scale: parts.scale,
            wide: false,
        }),
        Node::Value(Value::Null(DataType::Decimal), _) => Some(Scaled {
            scale: 0,
            wide: false,
        }),
        Node::Negate(inner) => scale_of(inner),
        Node::Via(via) => scale_of(&via.node),
        Node::Side(_, node) => scale_of(node),
        Node::Related(related) => match &related.ask {
            Ask::Value(value) => scale_of(value),
            Ask::Exists | Ask::None => None,
        },
        Node::Subquery(subquery) => match &subquery.ask {
            Question::Value => super::compound::output_scale(&subquery.query.select, 0),
            Question::In { .. } | Question::Exists { .. } => None,
        },
        Node::Binary(op, sides) => {
            let [a, b] = &**sides;
            let (left, right) = (scale_of(a), scale_of(b));
            if op.is_comparison() || (left.is_none() && right.is_none()) {
                return None;
            }
            let (left, right) = (scale_or_integer(a), scale_or_integer(b));
            let scale = match op {
                BinaryOp::Mul => left.scale + right.scale,
                _ => left.scale.max(right.scale),
            };
            Some(Scaled {
                scale,
                wide: left.wide || right.wide,
            })
        }
        Node::Function(function, args) => super::functions::scale_of(*function, args),
        Node::Only(sides) => scale_of(&sides[0]),
        Node::Over(over) => scale_of(&over.function),
        Node::Window(_, args) => super::functions::most(args),
        Node::Aggregate(aggregate)
            if matches!(
                aggregate.function,
                AggregateFunction::Sum | AggregateFunction::Min | AggregateFunction::Max
            ) =>
        {
            aggregate.node.as_ref().and_then(scale_of)
        }
        _ => None,
    }
}

pub(super) fn scale_or_integer(node: &Node) -> Scaled {
    scale_of(node).unwrap_or(Scaled {
        scale: 0,
        wide: false,
    })
}

/// The integer that stands for a value at a scale; `None` when it has more digits than that.
fn narrow(value: &Value, scale: u32) -> Result<Option<Value>> {
    let parts = match value {
        Value::Decimal(parts) => *parts,
        Value::Null(_) => return Ok(Some(Value::Null(DataType::I64))),
        other => match integer(other) {
            Some(n) => DecimalParts {
                mantissa: n,
                scale: 0,
            },
            None => return Ok(Some(other.clone())),
        },
    };
    match parts.rescaled(scale) {
        Some(parts) => i64::try_from(parts.mantissa)
            .map(|n| Some(Value::I64(n)))
            .map_err(|_| too_wide()),
        None => Ok(None),
    }
}

fn wide(value: &Value, scale: u32) -> Option<Value> {
    match value {
        Value::Null(_) => Some(Value::Null(DataType::Bytes)),
        Value::Decimal(parts) => parts.rescaled(scale).map(wide_bytes),
        other => DecimalParts {
            mantissa: integer(other)?,
            scale: 0,
        }
        .rescaled(scale)
        .map(wide_bytes),
    }
}

fn wide_bytes(parts: DecimalParts) -> Value {
    Value::Bytes((parts.mantissa ^ i128::MIN).to_be_bytes().to_vec())
}

fn integer(value: &Value) -> Option<i128> {
    match value {
        Value::I16(n) => Some(i128::from(*n)),
        Value::I32(n) => Some(i128::from(*n)),
        Value::I64(n) => Some(i128::from(*n)),
        Value::U64(n) => Some(i128::from(*n)),
        _ => None,
    }
}
