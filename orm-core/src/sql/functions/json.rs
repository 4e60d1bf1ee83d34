//! Functions of JSON documents and arrays.

use crate::error::Result;
use crate::expr::JsonFunction;
use crate::expr::ast::Node;
use crate::sql::{Dialect, Writer};
use crate::value::{DataType, Value};

pub(super) const fn type_of(function: JsonFunction) -> DataType {
    match function {
        JsonFunction::Get => DataType::Json,
        JsonFunction::Text => DataType::Text,
        JsonFunction::Float => DataType::F64,
        JsonFunction::Int | JsonFunction::ArrayLength => DataType::I64,
        JsonFunction::Bool | JsonFunction::Contains | JsonFunction::ArrayContains => DataType::Bool,
    }
}

impl Writer {
    pub(super) fn json_function(&mut self, function: JsonFunction, args: &[Node]) -> Result<()> {
        let [document, rest @ ..] = args else {
            return Ok(());
        };
        match (function, rest) {
            (JsonFunction::Get, steps) => self.json_get(document, steps),
            (JsonFunction::Contains, [other]) => match self.dialect {
                Dialect::Sqlite => self.call("orm_json_contains", args),
                Dialect::Postgres => self.around(["(", " @> ", ")"], document, other),
                Dialect::MySql | Dialect::MariaDb => self.call("JSON_CONTAINS", args),
            },
            (JsonFunction::ArrayContains, [value]) => self.array_contains(document, value),
            (JsonFunction::ArrayLength, _) => {
                self.push(match self.dialect {
                    Dialect::Sqlite => "json_array_length(",
                    Dialect::Postgres => "CARDINALITY(",
                    Dialect::MySql | Dialect::MariaDb => "JSON_LENGTH(",
                });
                self.node(document)?;
                self.push(")");
                Ok(())
            }
            (scalar, steps) => self.json_scalar(scalar, document, steps),
        }
    }

    fn around(&mut self, parts: [&str; 3], a: &Node, b: &Node) -> Result<()> {
        self.push(parts[0]);
        self.node(a)?;
        self.push(parts[1]);
        self.node(b)?;
        self.push(parts[2]);
        Ok(())
    }

    fn json_get(&mut self, document: &Node, steps: &[Node]) -> Result<()> {
        match self.dialect {
            Dialect::Postgres => {
                self.push("(");
                self.node(document)?;
                for step in steps {
                    self.push(" -> ");
                    self.node(step)?;
                }
                self.push(")");
                return Ok(());
            }
            Dialect::Sqlite => {
                self.push("orm_json_get(");
                self.node(document)?;
                self.push(", ");
                self.param(Value::Text(json_steps(steps)), DataType::Text)?;
            }
            Dialect::MySql | Dialect::MariaDb => {
                self.push("JSON_EXTRACT(");
                self.node(document)?;
                self.push(", ");
                self.param(Value::Text(path(steps)), DataType::Text)?;
            }
        }
        self.push(")");
        Ok(())
    }

    /// A scalar of one kind at a path: of any other it is NULL.
    fn json_scalar(&mut self, function: JsonFunction, document: &Node, steps: &[Node]) -> Result<()> {
        match self.dialect {
            Dialect::Sqlite => {
                self.push("orm_json_scalar(");
                self.node(document)?;
                self.push(", ");
                self.param(Value::Text(json_steps(steps)), DataType::Text)?;
                self.push(match function {
                    JsonFunction::Text => ", 'text')",
                    JsonFunction::Float => ", 'float')",
                    JsonFunction::Int => ", 'int')",
                    _ => ", 'bool')",
                });
            }
            Dialect::Postgres => {
                self.push("CASE WHEN ");
                // The kind is asked first, and a cast is tried on that kind alone.
                self.push("JSONB_TYPEOF(");
                self.json_get(document, steps)?;
                self.push(match function {
                    JsonFunction::Text => ") = 'string'",
                    JsonFunction::Bool => ") = 'boolean'",
                    _ => ") = 'number'",
                });
                if function == JsonFunction::Int {
                    self.push(" AND (");
                    self.json_get(document, steps)?;
                    self.push(" #>> '{}') ~ '^-?[0-9]{1,19}$' AND (");
                    self.json_get(document, steps)?;
                    self.push(")::numeric BETWEEN -9223372036854775808 AND 9223372036854775807");
                }
                self.push(" THEN (");
                self.json_get(document, steps)?;
                self.push(match function {
                    JsonFunction::Text => " #>> '{}') END",
                    JsonFunction::Float => ")::float8 END",
                    JsonFunction::Int => ")::int8 END",
                    _ => ")::bool END",
                });
            }
            Dialect::MySql | Dialect::MariaDb => {
                self.push("CASE WHEN JSON_TYPE(");
                self.json_get(document, steps)?;
                self.push(match function {
                    JsonFunction::Text => ") = 'STRING' THEN JSON_UNQUOTE(",
                    JsonFunction::Float => {
                        ") IN ('INTEGER', 'UNSIGNED INTEGER', 'DOUBLE', 'DECIMAL') THEN CAST("
                    }
                    JsonFunction::Int => ") = 'INTEGER' AND CAST(",
                    _ => ") = 'BOOLEAN' THEN (JSON_UNQUOTE(",
                });
                if function == JsonFunction::Int {
                    self.json_get(document, steps)?;
                    self.push(
                        " AS DECIMAL(65, 0)) BETWEEN -9223372036854775808 AND 9223372036854775807 THEN CAST(",
                    );
                }
                self.json_get(document, steps)?;
                if matches!(function, JsonFunction::Text | JsonFunction::Bool) {
                    self.push(")");
                    self.push(self.features.json_collation);
                }
                self.push(match function {
                    JsonFunction::Text => " END",
                    JsonFunction::Float => " AS DOUBLE) END",
                    JsonFunction::Int => " AS SIGNED) END",
                    _ => " = 'true') END",
                });
            }
        }
        Ok(())
    }

    fn array_contains(&mut self, array: &Node, value: &Node) -> Result<()> {
        match self.dialect {
            Dialect::Postgres => self.around(["(", " = ANY(", "))"], value, array),
            // NULL holds nothing that could be asked for.
            Dialect::Sqlite => {
                self.push("CASE WHEN ");
                self.node(array)?;
                self.push(" IS NOT NULL THEN ");
                self.in_array(value)?;
                self.push(" IN (SELECT value FROM json_each(");
                self.node(array)?;
                self.push(")) END");
                Ok(())
            }
            Dialect::MySql | Dialect::MariaDb => {
                self.push("JSON_CONTAINS(");
                self.node(array)?;
                self.push(", ");
                self.in_array(value)?;
                self.push(")");
                Ok(())
            }
        }
    }

    /// A value in the form that it has in an array of its type.
    fn in_array(&mut self, value: &Node) -> Result<()> {
        let Node::Value(value, data_type) = value else {
            return Ok(());
        };
        self.check(value)?;
        let array = Value::Array(*data_type, vec![value.clone()]);
        match self.dialect {
            Dialect::Sqlite => {
                self.push("(SELECT value FROM json_each(");
                self.placeholder(array);
                self.push("))");
            }
            // An array of one value is contained where that value is.
            _ => self.placeholder(array),
        }
        Ok(())
    }
}

/// A path as a JSON array, for our own functions.
fn json_steps(steps: &[Node]) -> String {
    let steps: Vec<serde_json::Value> = steps
        .iter()
        .filter_map(|step| match step {
            Node::Value(Value::Text(key), _) => Some(key.clone().into()),
            Node::Value(Value::I32(index), _) => Some((*index).into()),
            _ => None,
        })
        .collect();
    serde_json::Value::Array(steps).to_string()
}

/// A path in the words of MySQL: `$."a"[0]`. It is bound like any text.
fn path(steps: &[Node]) -> String {
    let mut path = "$".to_owned();
    for step in steps {
        match step {
            Node::Value(Value::Text(key), _) => {
                path.push('.');
                path.push_str(&serde_json::Value::from(key.as_str()).to_string());
            }
            Node::Value(Value::I32(index), _) => path.push_str(&format!("[{index}]")),
            _ => {}
        }
    }
    path
}
