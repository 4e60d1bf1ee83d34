//! INSERT of the rows of a SELECT, as text.

use super::{Dialect, SqlText, Writer};
use crate::error::{Error, Result};
use crate::expr::ast::{InsertSelect, Output};

impl InsertSelect {
    /// The statement's text and parameters.
    ///
    /// # Errors
    /// When the outputs are not as many as the columns, or a value does not fit its column. Nothing was sent then.
    pub fn to_sql(&self, dialect: Dialect) -> Result<SqlText> {
        let outputs = match &self.select.output {
            Output::Nodes(outputs) if outputs.len() == self.columns.len() => outputs,
            Output::Whole => {
                return Err(Error::unsupported(
                    "rows of several queries together are not inserted as they are: give them a name by `cte`, or insert \
                     those of each query",
                ));
            }
            _ => {
                return Err(Error::invalid(
                    "an insert takes as many outputs of the query as it names columns",
                ));
            }
        };
        let mut w = Writer::new(dialect);
        w.share_params = self.select.distinct || !self.select.group_by.is_empty();
        w.root(self.select.from);
        w.plan(&self.select)?;
        // What writes stands before all.
        let writes = self.select.with.iter().any(|cte| cte.writes().is_some());
        if writes {
            w.with(&self.select.with)?;
        }
        w.push("INSERT INTO ");
        w.table(self.into)?;
        let also = self.also.iter().map(|(index, _)| index);
        let columns: Vec<usize> = self.columns.iter().chain(also).copied().collect();
        w.column_list(self.into, &columns)?;
        w.push(" ");
        if !writes {
            w.with(&self.select.with)?;
        }
        w.push(if self.select.distinct {
            "SELECT DISTINCT "
        } else {
            "SELECT "
        });
        let nodes = outputs.iter().map(|(node, _)| node);
        let nodes = nodes.chain(self.also.iter().map(|(_, node)| node));
        for (i, (index, node)) in columns.iter().zip(nodes).enumerate() {
            if i > 0 {
                w.push(", ");
            }
            w.assigned(self.into, *index, node)?;
        }
        w.from(&self.select, true)?;
        w.finish(None)
    }
}
