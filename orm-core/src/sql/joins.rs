//! Joins by conditions of the user's own, as text.

use super::Writer;
use super::path::Row;
use crate::error::{Error, Result};
use crate::expr::ast::{JoinKind, JoinedTable, Lateral, Node, Select};

/// A table of a query that joins several by conditions.
#[derive(Clone, Copy)]
pub(super) struct Slot {
    pub(super) row: Row,
    /// There is always such a row.
    certain: bool,
}

/// Where a row that a relation leads to is joined.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// After all tables that are joined by conditions.
    End,
    /// Before the table in this slot, whose condition speaks of it.
    Before(usize),
    /// Together with the table in this slot, from which it is reached, and whose condition speaks of it.
    Within(usize),
}

impl Writer {
    /// Plans the joins of a query.
    pub(super) fn plan(&mut self, select: &Select) -> Result<()> {
        if !select.joins.is_empty() {
            self.plan_tables(select)?;
        }
        self.plan_beside(&select.beside)?;
        self.plan_joins(select.nodes())
    }

    fn plan_tables(&mut self, select: &Select) -> Result<()> {
        let row = self.row()?;
        self.paths.slots.push(Slot { row, certain: true });
        for join in &select.joins {
            if join.kind == JoinKind::Full {
                if !self.features.full_joins {
                    return Err(Error::unsupported(format!(
                        "{} has no full join: run two queries, each of which joins one side to the other with \
                         `left_join`",
                        self.features.name
                    )));
                }
                self.paths.slots.iter_mut().for_each(|slot| slot.certain = false);
            }
            if join.lateral.is_some() && !self.features.lateral_joins {
                return Err(Error::unsupported(format!(
                    "{} has no lateral join: number the rows with `row_number().over(..)` and keep the first ones, or \
                     read them for each row",
                    self.features.name
                )));
            }
            let slot = Slot {
                row: self.reach(join.table),
                certain: matches!(join.kind, JoinKind::Inner | JoinKind::Cross),
            };
            self.paths.slots.push(slot);
        }
        for (i, join) in select.joins.iter().enumerate() {
            if join.lateral.is_none() {
                self.paths.condition_of = Some(i + 1);
                self.plan_joins(&join.on)?;
            }
        }
        self.paths.condition_of = None;
        Ok(())
    }

    /// Makes the row around the query that is written its first side, and its own row the second.
    pub(super) fn correlate(&mut self, around: Row) -> Result<()> {
        let sides = [(around, false), (self.row()?, true)];
        self.paths.slots = sides.map(|(row, certain)| Slot { row, certain }).into();
        self.paths.outer_slots = 1;
        Ok(())
    }

    /// The row of a table that the query joins.
    pub(super) fn slot(&self, slot: usize) -> Result<Row> {
        match self.paths.slots.get(slot) {
            Some(slot) => Ok(slot.row),
            None => Err(Error::invalid(
                "an expression of a joined table stands in a query that does not join it",
            )),
        }
    }

    /// Whether there always is this row.
    pub(super) fn is_certain(&self, row: Row) -> bool {
        self.paths
            .slots
            .iter()
            .find(|slot| slot.row.is(row))
            .is_none_or(|slot| slot.certain)
    }

    /// Adds an expression of one of the tables that the query joins.
    pub(super) fn side(&mut self, slot: usize, node: &Node) -> Result<()> {
        let row = self.slot(slot)?;
        self.at(row, |w| w.node(node))
    }

    /// Adds the tables of a query, with their joins.
    pub(super) fn tables(&mut self, select: &Select) -> Result<()> {
        let own = self.row()?;
        match (&select.within, &select.source) {
            (Some(within), _) => self.rows_within(within, own)?,
            (None, Some(compound)) => self.rows_of(compound, own)?,
            (None, None) => self.source(own, &select.scope)?,
        }
        for (i, join) in select.joins.iter().enumerate() {
            self.joined_table(i + 1, join)?;
        }
        self.joins_at(Place::End)
    }

    fn joined_table(&mut self, slot: usize, join: &JoinedTable) -> Result<()> {
        let row = self.slot(slot)?;
        self.joins_at(Place::Before(slot))?;
        let crossed = join.on.is_empty() && join.scope.is_empty();
        self.push(match join.kind {
            JoinKind::Cross if crossed => " CROSS JOIN ",
            JoinKind::Inner | JoinKind::Cross => " JOIN ",
            JoinKind::Left => " LEFT JOIN ",
            JoinKind::Full => " FULL JOIN ",
        });
        if let Some(lateral) = &join.lateral {
            self.lateral(slot, join, lateral)?;
            self.push(" ON TRUE");
            return Ok(());
        }
        // In the condition of a full join the scope would not keep a row away, but leave it alone.
        let (inside, on): (&[Node], &[Node]) = match join.kind {
            JoinKind::Full => (&join.scope, &[]),
            _ => (&[], &join.scope),
        };
        let group = self.has_joins_at(Place::Within(slot));
        self.push(if group { "(" } else { "" });
        self.source(row, inside)?;
        self.joins_at(Place::Within(slot))?;
        self.push(if group { ")" } else { "" });
        for (i, node) in join.on.iter().enumerate() {
            self.push(if i == 0 { " ON " } else { " AND " });
            self.of_single_rows(node)?;
        }
        for (i, node) in on.iter().enumerate() {
            self.push(if i == 0 && join.on.is_empty() {
                " ON "
            } else {
                " AND "
            });
            self.at(row, |w| w.of_single_rows(node))?;
        }
        Ok(())
    }

    /// Adds the rows of a table that a lateral join takes for each row before them.
    fn lateral(&mut self, slot: usize, join: &JoinedTable, lateral: &Lateral) -> Result<()> {
        let (row, inside) = (self.slot(slot)?, self.reach(join.table));
        // The tables before it are around this query, and joins inside are its own.
        let joins = std::mem::take(&mut self.paths.joins);
        let outer = std::mem::replace(&mut self.paths.outer_slots, slot);
        self.set_row(slot, inside);
        self.at(inside, |w| {
            w.plan_joins(
                join.on
                    .iter()
                    .chain(lateral.order_by.iter().map(|term| &term.node)),
            )?;
            w.push("LATERAL (SELECT ");
            w.push_alias_of(inside);
            w.push(".* FROM ");
            w.aliased(inside)?;
            w.joins_at(Place::End)?;
            for (i, node) in join.on.iter().chain(&join.scope).enumerate() {
                w.push(if i == 0 { " WHERE " } else { " AND " });
                w.of_single_rows(node)?;
            }
            w.order_by(&lateral.order_by)?;
            w.limit(lateral.limit, lateral.offset);
            w.push(") AS ");
            w.push_alias_of(row);
            Ok(())
        })?;
        self.set_row(slot, row);
        self.paths.outer_slots = outer;
        self.paths.joins = joins;
        Ok(())
    }

    fn set_row(&mut self, slot: usize, row: Row) {
        if let Some(slot) = self.paths.slots.get_mut(slot) {
            slot.row = row;
        }
    }

    fn push_alias_of(&mut self, row: Row) {
        if let Some(alias) = row.alias {
            self.push_alias(alias);
        }
    }

    /// Adds a table, or those of its rows that satisfy the conditions.
    fn source(&mut self, row: Row, conditions: &[Node]) -> Result<()> {
        if conditions.is_empty() {
            return self.aliased(row);
        }
        let inside = Row { alias: None, ..row };
        self.push("(SELECT * FROM ");
        self.table(row.table)?;
        self.at(inside, |w| w.filter(conditions))?;
        self.named_as(row)
    }

    /// Ends rows that stand in a table's place, and gives them its name or alias.
    pub(super) fn named_as(&mut self, row: Row) -> Result<()> {
        self.push(") AS ");
        match row.alias {
            Some(alias) => {
                self.push_alias(alias);
                Ok(())
            }
            None => self.name(row.table.name),
        }
    }

    /// Adds the columns of the joined tables behind those of the query's own.
    pub(super) fn joined_columns(&mut self, select: &Select) -> Result<()> {
        for (i, join) in select.joins.iter().enumerate() {
            let row = self.slot(i + 1)?;
            self.push(", ");
            self.at(row, |w| w.columns(join.table, 0..join.table.columns.len(), true))?;
        }
        Ok(())
    }

    /// Adds the columns of all tables under names that differ.
    pub(super) fn numbered_columns(&mut self, select: &Select) -> Result<()> {
        let mut number = 0;
        let joined = select.joins.iter().map(|join| join.table);
        for (slot, table) in std::iter::once(select.from).chain(joined).enumerate() {
            let row = self.slot(slot)?;
            for column in table.columns {
                self.push(if number == 0 { "" } else { ", " });
                self.at(row, |w| w.column(table, column))?;
                self.push(" AS c");
                self.push_number(number);
                number += 1;
            }
        }
        Ok(())
    }
}
