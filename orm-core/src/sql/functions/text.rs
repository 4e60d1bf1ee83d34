//! Functions of text.

use crate::error::Result;
use crate::expr::TextFunction;
use crate::expr::ast::Node;
use crate::sql::{Dialect, Writer};
use crate::value::DataType;

pub(super) const fn type_of(function: TextFunction) -> DataType {
    match function {
        TextFunction::Position => DataType::I64,
        _ => DataType::Text,
    }
}

impl Writer {
    pub(super) fn text_function(&mut self, function: TextFunction, args: &[Node]) -> Result<()> {
        let [first, rest @ ..] = args else {
            return Ok(());
        };
        let sqlite = self.dialect == Dialect::Sqlite;
        let mysql = matches!(self.dialect, Dialect::MySql | Dialect::MariaDb);
        let name = match function {
            TextFunction::Concat if !mysql => {
                self.push("(");
                self.node(first)?;
                for arg in rest {
                    self.push(" || ");
                    self.node(arg)?;
                }
                self.push(")");
                return Ok(());
            }
            TextFunction::Concat => "CONCAT",
            TextFunction::Left | TextFunction::Right if sqlite => {
                self.push("substr(");
                self.node(first)?;
                self.push(", ");
                for len in rest {
                    if function == TextFunction::Left {
                        self.push("1");
                    } else {
                        // From so many before the end on, and so many at most: all of a shorter text, none for 0.
                        self.push("-");
                        self.node(len)?;
                    }
                    self.push(", ");
                    self.node(len)?;
                }
                self.push(")");
                return Ok(());
            }
            TextFunction::Left => "LEFT",
            TextFunction::Right => "RIGHT",
            TextFunction::Substring => {
                if sqlite {
                    "substr"
                } else {
                    "SUBSTRING"
                }
            }
            TextFunction::Replace => "REPLACE",
            TextFunction::LeftPad if sqlite => "orm_lpad",
            TextFunction::LeftPad => "LPAD",
            TextFunction::RightPad if sqlite => "orm_rpad",
            TextFunction::RightPad => "RPAD",
            TextFunction::LeftTrim => "LTRIM",
            TextFunction::RightTrim => "RTRIM",
            TextFunction::Position if mysql => {
                self.push("LOCATE(");
                for arg in rest {
                    self.node(arg)?;
                    self.push(", ");
                }
                self.exact(first)?;
                self.push(")");
                return Ok(());
            }
            TextFunction::Position if sqlite => "instr",
            TextFunction::Position => "STRPOS",
        };
        self.push(name);
        self.push("(");
        self.exact(first)?;
        for arg in rest {
            self.push(", ");
            self.node(arg)?;
        }
        self.push(")");
        Ok(())
    }

    /// A text in which is looked for another with regard to case, whatever its column does.
    fn exact(&mut self, node: &Node) -> Result<()> {
        self.node(node)?;
        if node.column().is_some_and(|column| column.case_insensitive) {
            match self.dialect {
                Dialect::Sqlite => {}
                Dialect::Postgres => self.push(" COLLATE \"default\""),
                Dialect::MySql | Dialect::MariaDb => self.push(" COLLATE utf8mb4_bin"),
            }
        }
        Ok(())
    }
}
