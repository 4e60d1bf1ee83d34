//! Functions as text: which database has which, under what name, and what stands in for those it lacks.

mod aggregate;
mod json;
mod number;
mod text;
mod time;
mod window;

use super::decimal::{Scaled, scale_of as decimal_scale, too_wide};
use super::{Dialect, Writer};
use crate::error::Result;
use crate::expr::ast::{Ask, BinaryOp, Function, Node, Question};
use crate::expr::{Call, NumberFunction};
use crate::value::{DataType, Scalar};

impl Writer {
    /// Adds `name(a, b)`.
    pub(super) fn call(&mut self, name: &str, args: &[Node]) -> Result<()> {
        self.push(name);
        self.push("(");
        for (i, arg) in args.iter().enumerate() {
            if i > 0 {
                self.push(", ");
            }
            self.node(arg)?;
        }
        self.push(")");
        Ok(())
    }

    /// Adds a function of its arguments.
    pub(super) fn function(&mut self, function: Function, args: &[Node]) -> Result<()> {
        let sqlite = self.dialect == Dialect::Sqlite;
        match function {
            Function::Lower => self.call(if sqlite { "orm_lower" } else { "LOWER" }, args),
            Function::Upper => self.call(if sqlite { "orm_upper" } else { "UPPER" }, args),
            Function::Length => self.call(if sqlite { "length" } else { "CHAR_LENGTH" }, args),
            Function::Trim => self.call("TRIM", args),
            Function::Text(function) => self.text_function(function, args),
            Function::Json(function) => self.json_function(function, args),
            Function::Call(function) => self.user_function(function, args),
            Function::Time(function, data_type) => self.time_function(function, data_type, args),
            Function::Number(function, data_type) => match args {
                [arg] => self.number_function(function, data_type, arg),
                _ => Ok(()),
            },
            Function::Cast(to) => match args {
                [arg] => self.cast(to, arg),
                _ => Ok(()),
            },
            Function::Coalesce => self.alike("COALESCE", args),
            Function::Case => self.case(args),
            Function::Nullif => self.nullif(args),
            Function::Greatest | Function::Least => self.extreme(function, args),
            Function::Date | Function::Year | Function::Month | Function::Day => match args.first() {
                Some(arg) => self.day_part(function, arg),
                None => Ok(()),
            },
        }
    }

    /// A function that the user has declared. Nobody knows at which scale it would take or give a decimal that is a
    /// scaled integer.
    fn user_function(&mut self, function: Call, args: &[Node]) -> Result<()> {
        let decimal = function.result == DataType::Decimal && !self.features.decimals;
        if decimal || args.iter().any(|arg| self.scaled(arg).is_some()) {
            return Err(self.unscaled());
        }
        self.foreign = true;
        self.call(function.name, args)
    }

    /// A function whose arguments stand for each other: decimals at one scale.
    fn alike(&mut self, name: &str, args: &[Node]) -> Result<()> {
        let common = self.common_scale(args.iter());
        self.push(name);
        self.push("(");
        for (i, arg) in args.iter().enumerate() {
            if i > 0 {
                self.push(", ");
            }
            self.at_common(arg, common)?;
        }
        self.push(")");
        Ok(())
    }

    fn case(&mut self, args: &[Node]) -> Result<()> {
        let common = self.common_scale(values(args));
        let (arms, otherwise) = args.as_chunks::<2>();
        if let ([], [only]) = (arms, otherwise) {
            return self.at_common(only, common);
        }
        self.push("CASE");
        for [condition, value] in arms {
            self.push(" WHEN ");
            self.node(condition)?;
            self.push(" THEN ");
            self.at_common(value, common)?;
        }
        for value in otherwise {
            self.push(" ELSE ");
            self.at_common(value, common)?;
        }
        self.push(" END");
        Ok(())
    }

    fn nullif(&mut self, args: &[Node]) -> Result<()> {
        match args {
            // Each side may be written at its own scale only in a comparison.
            [a, b] if self.scaled(a).is_some() || self.scaled(b).is_some() => {
                self.push("CASE WHEN ");
                self.decimal_binary(BinaryOp::Eq, a, b)?;
                self.push(" THEN NULL ELSE ");
                self.node(a)?;
                self.push(" END");
                Ok(())
            }
            _ => self.call("NULLIF", args),
        }
    }

    fn extreme(&mut self, function: Function, args: &[Node]) -> Result<()> {
        let greatest = function == Function::Greatest;
        match self.dialect {
            Dialect::Sqlite => self.alike(if greatest { "max" } else { "min" }, args),
            Dialect::MySql | Dialect::MariaDb => self.call(if greatest { "GREATEST" } else { "LEAST" }, args),
            Dialect::Postgres => {
                // It leaves NULL out where the others let it win.
                let mut guarded = false;
                for arg in args {
                    if matches!(arg, Node::Value(value, _) if !value.is_null()) {
                        continue;
                    }
                    self.push(if guarded { " OR " } else { "CASE WHEN " });
                    guarded = true;
                    self.node(arg)?;
                    self.push(" IS NULL");
                }
                if guarded {
                    self.push(" THEN NULL ELSE ");
                }
                self.call(if greatest { "GREATEST" } else { "LEAST" }, args)?;
                if guarded {
                    self.push(" END");
                }
                Ok(())
            }
        }
    }
}

/// The values of a CASE, without its conditions.
fn values(args: &[Node]) -> impl Iterator<Item = &Node> {
    let (arms, otherwise) = args.as_chunks::<2>();
    arms.iter().map(|[_, value]| value).chain(otherwise)
}

/// The type of an expression, as far as the tree tells.
pub(crate) fn type_of(node: &Node) -> Option<DataType> {
    match node {
        Node::Column(_, column) | Node::Excluded(column) => Some(column.data_type),
        Node::Value(_, data_type) => Some(*data_type),
        Node::Negate(inner) => type_of(inner),
        Node::Via(via) => type_of(&via.node),
        Node::Side(_, node) => type_of(node),
        Node::Related(related) => match &related.ask {
            Ask::Value(value) => type_of(value),
            Ask::Exists | Ask::None => Some(DataType::Bool),
        },
        Node::Subquery(subquery) => match &subquery.ask {
            Question::Value => subquery.output().and_then(type_of),
            Question::In { .. } | Question::Exists { .. } => Some(DataType::Bool),
        },
        Node::Aggregate(aggregate) => Some(aggregate.result),
        Node::Only(sides) => type_of(&sides[0]),
        Node::Over(over) => type_of(&over.function),
        Node::Window(_, args) => args.first().map_or(Some(DataType::I64), type_of),
        Node::Function(function, args) => match function {
            Function::Date => Some(DataType::Date),
            Function::Length => Some(<i64 as Scalar>::TYPE),
            Function::Cast(to) | Function::Number(_, to) => Some(*to),
            Function::Coalesce | Function::Nullif | Function::Greatest | Function::Least => {
                args.first().and_then(type_of)
            }
            Function::Case => values(args).find_map(type_of),
            Function::Year | Function::Month | Function::Day => Some(DataType::I32),
            Function::Lower | Function::Upper | Function::Trim => Some(DataType::Text),
            Function::Text(function) => Some(text::type_of(*function)),
            Function::Json(function) => Some(json::type_of(*function)),
            Function::Call(function) => Some(function.result),
            Function::Time(function, data_type) => Some(time::type_of(*function, *data_type)),
        },
        _ => None,
    }
}

/// The greatest scale of several expressions, one of which is the result.
pub(super) fn most<'a>(nodes: impl IntoIterator<Item = &'a Node>) -> Option<Scaled> {
    nodes.into_iter().filter_map(decimal_scale).reduce(Scaled::with)
}

/// The scale of a function's result, where decimals are scaled integers.
pub(super) fn scale_of(function: Function, args: &[Node]) -> Option<Scaled> {
    match function {
        Function::Coalesce | Function::Greatest | Function::Least => most(args),
        Function::Case => most(values(args)),
        Function::Nullif => args.first().and_then(decimal_scale),
        Function::Number(function, DataType::Decimal) => {
            let own = args.first().and_then(decimal_scale)?;
            let scale = match function {
                NumberFunction::Abs => own.scale,
                NumberFunction::Round(digits) => own.scale.min(digits),
                NumberFunction::Floor | NumberFunction::Ceil => 0,
            };
            Some(Scaled { scale, ..own })
        }
        Function::Cast(DataType::Decimal) => Some(args.first().and_then(decimal_scale).unwrap_or(Scaled {
            scale: 0,
            wide: false,
        })),
        _ => None,
    }
}

/// The scale of a decimal that is computed with.
fn narrow(scaled: Scaled) -> Result<u32> {
    if scaled.wide {
        Err(too_wide())
    } else {
        Ok(scaled.scale)
    }
}
