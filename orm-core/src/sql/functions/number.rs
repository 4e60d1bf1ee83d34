//! Functions of numbers, and casts.

use super::narrow;
use crate::error::Result;
use crate::expr::NumberFunction;
use crate::expr::ast::Node;
use crate::sql::{Dialect, Writer};
use crate::value::DataType;

impl Writer {
    pub(super) fn number_function(
        &mut self,
        function: NumberFunction,
        data_type: DataType,
        arg: &Node,
    ) -> Result<()> {
        if let Some(scaled) = self.scaled(arg) {
            let scale = narrow(scaled)?;
            return self.scaled_function(function, arg, scale);
        }
        let decimal = data_type == DataType::Decimal;
        match function {
            NumberFunction::Abs => self.wrapped("ABS(", arg, ")"),
            NumberFunction::Round(digits) if decimal => {
                self.push("ROUND(");
                self.node(arg)?;
                self.push(", ");
                self.push_number(digits);
                self.push(")");
                Ok(())
            }
            NumberFunction::Round(digits) => self.float_round(arg, digits),
            NumberFunction::Floor | NumberFunction::Ceil => {
                let floor = function == NumberFunction::Floor;
                let (before, after) = match (self.dialect, floor) {
                    (Dialect::Sqlite, true) => ("orm_floor(", ")"),
                    (Dialect::Sqlite, false) => ("orm_ceil(", ")"),
                    // Of a decimal they make a whole number, of another type.
                    (Dialect::MySql | Dialect::MariaDb, true) if decimal => {
                        ("CAST(FLOOR(", ") AS DECIMAL(38, 0))")
                    }
                    (Dialect::MySql | Dialect::MariaDb, false) if decimal => {
                        ("CAST(CEILING(", ") AS DECIMAL(38, 0))")
                    }
                    (_, true) => ("FLOOR(", ")"),
                    (_, false) => ("CEILING(", ")"),
                };
                self.wrapped(before, arg, after)
            }
        }
    }

    fn wrapped(&mut self, before: &str, arg: &Node, after: &str) -> Result<()> {
        self.push(before);
        self.node(arg)?;
        self.push(after);
        Ok(())
    }

    /// A function of a decimal that is a scaled integer.
    fn scaled_function(&mut self, function: NumberFunction, arg: &Node, scale: u32) -> Result<()> {
        let (name, digits) = match function {
            NumberFunction::Abs => return self.wrapped("ABS(", arg, ")"),
            NumberFunction::Round(digits) if digits >= scale => return self.node(arg),
            NumberFunction::Round(digits) => ("orm_div_round(", scale - digits),
            NumberFunction::Floor => ("orm_div_floor(", scale),
            NumberFunction::Ceil => ("orm_div_ceil(", scale),
        };
        self.wrapped(name, arg, ", ")?;
        self.power(digits)?;
        self.push(")");
        Ok(())
    }

    /// Halves away from zero: of the databases, one takes the even neighbour and one rounds what it prints.
    fn float_round(&mut self, arg: &Node, digits: u32) -> Result<()> {
        let trunc = match self.dialect {
            Dialect::Sqlite => {
                self.push(if digits > 0 { "(orm_round(" } else { "orm_round(" });
                self.shifted(arg, digits)?;
                self.push(")");
                self.shifted_back(digits);
                return Ok(());
            }
            Dialect::Postgres => ("TRUNC(", ")"),
            Dialect::MySql | Dialect::MariaDb => ("TRUNCATE(", ", 0)"),
        };
        // What lies behind the point, doubled, is at least one where it is at least a half; all of it is exact.
        self.push(if digits > 0 { "((" } else { "(" });
        self.push(trunc.0);
        self.shifted(arg, digits)?;
        self.push(trunc.1);
        self.push(" + ");
        self.push(trunc.0);
        self.push("(");
        self.shifted(arg, digits)?;
        self.push(" - ");
        self.push(trunc.0);
        self.shifted(arg, digits)?;
        self.push(trunc.1);
        self.push(") * 2");
        self.push(trunc.1);
        self.push(")");
        self.shifted_back(digits);
        Ok(())
    }

    fn shifted(&mut self, arg: &Node, digits: u32) -> Result<()> {
        if digits == 0 {
            return self.node(arg);
        }
        self.wrapped("(", arg, " * 1e")?;
        self.push_number(digits);
        self.push(")");
        Ok(())
    }

    fn shifted_back(&mut self, digits: u32) {
        if digits > 0 {
            self.push(" / 1e");
            self.push_number(digits);
            self.push(")");
        }
    }

    pub(super) fn cast(&mut self, to: DataType, arg: &Node) -> Result<()> {
        let scaled = self.scaled(arg);
        let (before, after) = match self.dialect {
            Dialect::Sqlite => match (to, scaled) {
                (DataType::F64, Some(scaled)) => {
                    self.wrapped("orm_decimal_float(", arg, ", ")?;
                    self.push_number(scaled.scale);
                    self.push(")");
                    return Ok(());
                }
                (DataType::F64 | DataType::F32, None) => ("CAST(", " AS REAL)"),
                (DataType::Text, _) => ("CAST(", " AS TEXT)"),
                // Whole numbers have one width, and are decimals of no digits behind the point.
                _ => ("", ""),
            },
            Dialect::Postgres => (
                "CAST(",
                match to {
                    DataType::I8 | DataType::U8 | DataType::I16 => " AS int2)",
                    DataType::I32 | DataType::U16 => " AS int4)",
                    DataType::F32 | DataType::F64 => " AS float8)",
                    DataType::Text => " AS text)",
                    DataType::Decimal => " AS numeric)",
                    _ => " AS int8)",
                },
            ),
            Dialect::MySql | Dialect::MariaDb => (
                "CAST(",
                match to {
                    DataType::F32 | DataType::F64 => " AS DOUBLE)",
                    DataType::Text => " AS CHAR)",
                    DataType::Decimal => " AS DECIMAL(38, 0))",
                    DataType::U8 | DataType::U16 | DataType::U32 | DataType::U64 => " AS UNSIGNED)",
                    _ => " AS SIGNED)",
                },
            ),
        };
        self.wrapped(before, arg, after)
    }
}
