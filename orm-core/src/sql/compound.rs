//! Rows of several queries together, and queries with a name, as text.

use std::sync::Arc;

use super::decimal::{Scaled, column_scale, scale_of, too_wide};
use super::functions::type_of;
use super::path::Row;
use super::writer::raw_cast;
use super::{Dialect, Writer};
use crate::error::{Error, Result};
use crate::expr::ast::{Body, Compound, Cte, Inner, Node, Output, Select, SetOperation, Write, Written};
use crate::model::ColumnDef;
use crate::value::DataType;

/// What becomes of the outputs of a compound's queries.
#[derive(Clone, Copy)]
enum Outputs<'a> {
    /// They are the columns of their table, in the place of which they stand.
    Columns,
    /// They are read, each at the scale that the queries have in common.
    Read(&'a [Option<Scaled>]),
    /// They fill the columns of this one; by the first ones a database decides what the columns can hold.
    Fill { cte: &'a Cte, first: bool },
}

impl Writer {
    /// Adds the queries that have a name, if there are any.
    pub(super) fn with(&mut self, ctes: &[Cte]) -> Result<()> {
        for (i, cte) in ctes.iter().enumerate() {
            self.push(match i {
                0 if ctes.iter().any(|cte| cte.recursive) => "WITH RECURSIVE ",
                0 => "WITH ",
                _ => ", ",
            });
            self.name(cte.table.name)?;
            self.column_list(cte.table, &cte.columns)?;
            self.push(" AS (");
            let first = cte.recursive;
            self.apart(|w| match &cte.body {
                Body::Rows(rows) => w.compound(alone(rows), Outputs::Fill { cte, first }),
                Body::Written(written) => w.written(written),
            })?;
            self.push(")");
        }
        if !ctes.is_empty() {
            self.push(" ");
        }
        Ok(())
    }

    /// Adds a statement that writes, and what a query reads of it.
    fn written(&mut self, written: &Written) -> Result<()> {
        if !self.features.writes_in_with {
            return Err(Error::unsupported(format!(
                "{} reads no rows of an UPDATE or DELETE in a query: take those that `returning()` gives, in a transaction",
                self.features.name
            )));
        }
        let target = self.paths.target;
        match &written.write {
            Write::Update(update) => self.update(update)?,
            Write::Delete(delete) => self.delete(delete)?,
        }
        self.paths.target = target;
        self.push(" RETURNING ");
        let columns = written.write.table().columns;
        for (i, index) in written.outputs.iter().enumerate() {
            self.push(if i == 0 { "" } else { ", " });
            self.bare_column(&columns[*index])?;
        }
        Ok(())
    }

    /// Adds the queries that have a name for a part of a statement. What writes has its name for the whole of it.
    pub(super) fn with_inside(&mut self, ctes: &[Cte]) -> Result<()> {
        if ctes.iter().any(|cte| cte.writes().is_some()) {
            return Err(Error::invalid(
                "a query that reads written rows stands inside another one: give the name to the outermost, by `with_cte`",
            ));
        }
        self.with(ctes)
    }

    /// Adds rows that stand in the place of a table's.
    pub(super) fn rows_of(&mut self, compound: &Compound, row: Row) -> Result<()> {
        self.push("(");
        let scales = self.scales_of(compound);
        self.apart(|w| match compound.first.select.outputs() {
            [] => w.compound(compound, Outputs::Columns),
            _ => w.compound(compound, Outputs::Read(&scales)),
        })?;
        self.named_as(row)
    }

    /// Adds a SELECT of all outputs of the rows that stand in the table's place.
    pub(super) fn whole(&mut self, select: &Select) -> Result<Option<Arc<[Option<u32>]>>> {
        let Some(compound) = &select.source else {
            return Err(Error::invalid("a query has no outputs"));
        };
        let scales = self.scales_of(compound);
        if select.is_compound_alone() {
            self.apart(|w| w.compound(compound, Outputs::Read(&scales)))?;
        } else {
            self.push(if select.distinct {
                "SELECT DISTINCT *"
            } else {
                "SELECT *"
            });
            self.from(select, true)?;
        }
        Ok(self.output_scales(scales.into_iter()))
    }

    /// The scale of each output: the one that the queries have in common.
    fn scales_of(&self, compound: &Compound) -> Vec<Option<Scaled>> {
        let width = compound.first.select.outputs().len();
        if self.features.decimals {
            return vec![None; width];
        }
        (0..width).map(|i| common_scale(compound, i)).collect()
    }

    /// Adds all outputs of the rows that stand in a table's place, each at a scale that is its own or a greater one.
    pub(super) fn all_of(&mut self, select: &Select, scale: impl Fn(usize) -> Option<Scaled>) -> Result<()> {
        let wanted: Vec<_> = match &select.source {
            Some(compound) if !self.features.decimals => {
                let own = self.scales_of(compound).into_iter().enumerate();
                own.map(|(i, own)| scale(i).map_or(Ok(None), |to| raised(own, to)))
                    .collect::<Result<_>>()?
            }
            _ => Vec::new(),
        };
        if wanted.iter().all(Option::is_none) {
            self.push("*");
            return Ok(());
        }
        let mut taken = Vec::new();
        for (i, ((node, name), digits)) in select.outputs().iter().zip(wanted).enumerate() {
            self.push(if i == 0 { "" } else { ", " });
            let name = output_name(node, name.as_ref(), &mut taken);
            self.name(&name)?;
            if let Some(digits) = digits {
                self.push(" * ");
                self.power(digits)?;
                self.push(" AS ");
                self.name(&name)?;
            }
        }
        Ok(())
    }

    /// Adds the queries, from the first to the last: where INTERSECT binds closer than the others, what is before it
    /// stands in parentheses.
    fn compound(&mut self, compound: &Compound, outputs: Outputs<'_>) -> Result<()> {
        use SetOperation::{Except, ExceptAll, Intersect, IntersectAll, Union, UnionAll};
        let closer = |operation| matches!(operation, Intersect | IntersectAll);
        let parentheses = self.features.set_parentheses;
        let mut loose = false;
        let mut opened = Vec::new();
        for (i, (operation, _)) in compound.rest.iter().enumerate() {
            if closer(*operation) && loose && parentheses {
                opened.push(i);
                loose = false;
            }
            loose |= !closer(*operation);
        }
        for _ in &opened {
            self.push("(");
        }
        self.query_of(&compound.first, outputs)?;
        let outputs = match outputs {
            Outputs::Fill { cte, .. } => Outputs::Fill { cte, first: false },
            other => other,
        };
        for (i, (operation, query)) in compound.rest.iter().enumerate() {
            if opened.contains(&i) {
                self.push(")");
            }
            if matches!(operation, IntersectAll | ExceptAll) && !self.features.set_operations_all {
                return Err(Error::unsupported(format!(
                    "{} has no INTERSECT ALL and EXCEPT ALL that can be relied on: use `intersect` and `except`, which leave \
                     doubles out",
                    self.features.name
                )));
            }
            self.push(match operation {
                Union => " UNION ",
                UnionAll => " UNION ALL ",
                Intersect => " INTERSECT ",
                IntersectAll => " INTERSECT ALL ",
                Except => " EXCEPT ",
                ExceptAll => " EXCEPT ALL ",
            });
            self.query_of(query, outputs)?;
        }
        Ok(())
    }

    /// Adds one of the queries. One with an order, a limit or names of its own keeps them to itself.
    fn query_of(&mut self, query: &Inner, outputs: Outputs<'_>) -> Result<()> {
        let select = &query.select;
        let apart = !select.order_by.is_empty()
            || select.limit.is_some()
            || select.offset.is_some()
            || !select.with.is_empty();
        let (open, close) = match (apart, self.features.set_parentheses) {
            (false, _) => ("", ""),
            (true, true) => ("(", ")"),
            (true, false) => ("SELECT * FROM (", ")"),
        };
        self.push(open);
        let shared = self.share_params;
        self.share_params |= select.distinct || !select.group_by.is_empty();
        let done = self.nested(select.from, |w| {
            w.with_inside(&select.with)?;
            w.plan(select)?;
            w.push(if select.distinct {
                "SELECT DISTINCT "
            } else {
                "SELECT "
            });
            w.outputs_of(select, outputs)?;
            w.from(select, true)
        });
        self.share_params = shared;
        done?;
        self.push(close);
        Ok(())
    }

    fn outputs_of(&mut self, select: &Select, how: Outputs<'_>) -> Result<()> {
        let nodes = match &select.output {
            Output::Nodes(nodes) => nodes,
            Output::Model | Output::Own => {
                for (i, column) in select.from.columns.iter().enumerate() {
                    self.push(if i == 0 { "" } else { ", " });
                    self.column(select.from, column)?;
                }
                return Ok(());
            }
            Output::Whole => {
                return self.all_of(select, |i| match how {
                    Outputs::Columns => None,
                    Outputs::Read(scales) => scales.get(i).copied().flatten(),
                    Outputs::Fill { cte, .. } => filled(cte, i).and_then(column_scale),
                });
            }
            Output::Count | Output::Exists => return Err(Error::invalid("a query gives no rows")),
        };
        let mut taken: Vec<Arc<str>> = Vec::with_capacity(nodes.len());
        for (i, (node, name)) in nodes.iter().enumerate() {
            self.push(if i == 0 { "" } else { ", " });
            match how {
                Outputs::Columns => self.node(node)?,
                Outputs::Fill { cte, first } => {
                    self.filling(node, filled(cte, i), first)?;
                }
                Outputs::Read(scales) => {
                    self.at_common(node, scales.get(i).copied().flatten())?;
                    if let Some(data_type) = type_of(node) {
                        self.enum_as_text(data_type);
                    }
                    let name = output_name(node, name.as_ref(), &mut taken);
                    self.push(" AS ");
                    self.name(&name)?;
                }
            }
        }
        Ok(())
    }

    /// Adds an output that fills a column of a query with a name. Those of a recursive query's first part say their type,
    /// as it is all that the database goes by: one text may be longer than the next.
    fn filling(&mut self, node: &Node, column: Option<&ColumnDef>, says_type: bool) -> Result<()> {
        let scale = column.and_then(column_scale).filter(|_| !self.features.decimals);
        if let (Some(to), Some(own), false) = (scale, scale_of(node), matches!(node, Node::Value(..))) {
            digits_to(own, to)?;
        }
        let data_type = type_of(node).filter(|_| says_type);
        match (self.dialect, data_type) {
            (Dialect::Postgres, Some(DataType::Enum(_))) | (_, None) => self.at_common(node, scale),
            (Dialect::Postgres, Some(data_type)) => {
                self.push("(");
                self.node(node)?;
                self.push(")");
                self.push(raw_cast(data_type));
                Ok(())
            }
            (Dialect::MySql | Dialect::MariaDb, Some(DataType::Decimal)) => {
                self.push("CAST(");
                self.node(node)?;
                self.push(" AS DECIMAL(");
                self.push_number(column.and_then(|column| column.precision).unwrap_or(38));
                self.push(", ");
                self.push_number(column.and_then(|column| column.scale).unwrap_or(0));
                self.push("))");
                Ok(())
            }
            (Dialect::MySql | Dialect::MariaDb, Some(data_type)) => {
                let cast = match data_type {
                    DataType::Text => " AS CHAR(16383))",
                    DataType::I8 | DataType::I16 | DataType::I32 | DataType::I64 | DataType::Bool => {
                        " AS SIGNED)"
                    }
                    DataType::U8 | DataType::U16 | DataType::U32 | DataType::U64 => " AS UNSIGNED)",
                    DataType::F32 | DataType::F64 => " AS DOUBLE)",
                    _ => return self.at_common(node, scale),
                };
                self.push("CAST(");
                self.node(node)?;
                self.push(cast);
                Ok(())
            }
            (Dialect::Sqlite, Some(_)) => self.at_common(node, scale),
        }
    }
}

/// The column that an output fills.
fn filled(cte: &Cte, output: usize) -> Option<&'static ColumnDef> {
    cte.columns
        .get(output)
        .and_then(|index| cte.table.columns.get(*index))
}

/// The scale that the queries have in common for an output.
fn common_scale(compound: &Compound, output: usize) -> Option<Scaled> {
    let scales = compound
        .queries()
        .filter_map(|query| output_scale(&query.select, output));
    scales.reduce(Scaled::with)
}

/// The scale of a query's output.
pub(super) fn output_scale(select: &Select, output: usize) -> Option<Scaled> {
    match (&select.output, &select.source) {
        (Output::Whole, Some(compound)) => common_scale(compound, output),
        _ => select.outputs().get(output).and_then(|(node, _)| scale_of(node)),
    }
}

/// By how many digits a scale must be raised to be another; `None` where it is that already.
fn raised(own: Option<Scaled>, to: Scaled) -> Result<Option<u32>> {
    let own = own.unwrap_or(Scaled {
        scale: 0,
        wide: false,
    });
    match digits_to(own, to)? {
        0 if own.wide == to.wide => Ok(None),
        digits if !own.wide && !to.wide => Ok(Some(digits)),
        _ => Err(too_wide()),
    }
}

fn digits_to(own: Scaled, to: Scaled) -> Result<u32> {
    to.scale.checked_sub(own.scale).ok_or_else(|| {
        Error::unsupported(format!(
            "a decimal of {} digits behind the point fills a column that has {}, and SQLite has no decimals that keep them: \
             give the column as many, or round the decimal",
            own.scale, to.scale
        ))
    })
}

/// What an output is called: rows of a derived table have a name for each output, and each another one.
fn output_name(node: &Node, name: Option<&Arc<str>>, taken: &mut Vec<Arc<str>>) -> Arc<str> {
    let name = name
        .cloned()
        .or_else(|| column_name(node))
        .filter(|name| !taken.contains(name))
        .unwrap_or_else(|| format!("c{}", taken.len() + 1).into());
    taken.push(Arc::clone(&name));
    name
}

/// The queries of a compound that is nothing but another one.
fn alone(rows: &Compound) -> &Compound {
    let first = &rows.first.select;
    match &first.source {
        Some(compound) if rows.rest.is_empty() && first.is_compound_alone() => compound,
        _ => rows,
    }
}

/// The name of an output that is a column as it is.
fn column_name(node: &Node) -> Option<Arc<str>> {
    match node {
        Node::Column(_, column) => Some(column.full_name().into()),
        Node::Side(_, inner) => column_name(inner),
        _ => None,
    }
}
