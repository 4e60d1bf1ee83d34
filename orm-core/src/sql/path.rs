//! Relation paths as text: joins of a query, and subqueries.

use super::Writer;
use super::joins::{Place, Slot};
use crate::error::{Error, Result};
use crate::expr::ast::{Ask, Beside, Node, Related, Via};
use crate::model::{RelationDef, RelationKind, TableDef, or_key};

/// The row in which columns are rooted while they are written.
#[derive(Clone, Copy)]
pub(super) struct Row {
    pub(super) table: &'static TableDef,
    /// `t1`; a statement's own table goes by its name.
    pub(super) alias: Option<u32>,
}

/// A row that a query joins.
#[derive(Clone)]
pub(super) struct Join {
    from: Row,
    relation: &'static RelationDef,
    scope: Vec<Node>,
    to: Row,
    /// The row of a join table between them, and its conditions.
    link: Option<(Row, Vec<Node>)>,
    /// Paths do not lead over it.
    apart: bool,
    /// There is always such a row.
    certain: bool,
    /// Where it stands among the tables that the query joins by conditions.
    place: Place,
}

/// Where paths lead in the query that is being written.
#[derive(Default)]
pub(super) struct Paths {
    row: Option<Row>,
    pub(super) joins: Vec<Join>,
    /// The rows of the tables that the query joins by conditions, its own first; empty where it joins none.
    pub(super) slots: Vec<Slot>,
    /// How many of them are rows of a statement around this one, so that nothing is joined to them here.
    pub(super) outer_slots: usize,
    /// The slot whose conditions are planned.
    pub(super) condition_of: Option<usize>,
    /// The rows that are read beside the query's own, each before those that are read beside it.
    pub(super) beside: Vec<Row>,
    aliases: u32,
    /// The tables that were reached.
    pub(super) tables: Vec<&'static str>,
    /// The names of the tables around the query that is being written.
    outer: Vec<&'static str>,
    /// The table that the statement changes.
    pub(super) target: Option<&'static TableDef>,
    /// That table is read, too.
    pub(super) reads_target: bool,
    /// A table that was reached has a column whose values are not shown.
    pub(super) redact: bool,
}

impl Row {
    pub(super) fn is(self, other: Row) -> bool {
        self.alias == other.alias && self.table.is(other.table)
    }
}

impl Writer {
    /// From here on columns are those of this statement's own table.
    pub(super) fn root(&mut self, table: &'static TableDef) {
        self.paths.redact |= table.redacts;
        self.paths.row = Some(Row { table, alias: None });
    }

    /// The alias of the row in which columns are rooted.
    pub(super) fn alias(&self) -> Option<u32> {
        self.paths.row.and_then(|row| row.alias)
    }

    pub(super) fn push_alias(&mut self, alias: u32) {
        self.push("t");
        self.push_number(alias);
    }

    pub(super) fn row(&self) -> Result<Row> {
        self.paths
            .row
            .ok_or_else(|| Error::invalid("a relation has no place in this statement"))
    }

    pub(super) fn reach(&mut self, table: &'static TableDef) -> Row {
        self.reads(table);
        Row {
            table,
            alias: Some(self.next_alias()),
        }
    }

    /// An alias that no other row has.
    pub(super) fn next_alias(&mut self) -> u32 {
        self.paths.aliases += 1;
        self.paths.aliases
    }

    fn reads(&mut self, table: &'static TableDef) {
        if !self.paths.tables.contains(&table.name) {
            self.paths.tables.push(table.name);
        }
        self.paths.redact |= table.redacts;
        self.paths.reads_target |= self.paths.target.is_some_and(|target| target.is(table));
    }

    /// Writes a query inside the statement: rooted in its own table, with joins of its own. The table has an alias where
    /// one around it has its name.
    pub(super) fn nested(
        &mut self,
        table: &'static TableDef,
        write: impl FnOnce(&mut Self) -> Result<()>,
    ) -> Result<()> {
        let around = self.paths.row.filter(|row| row.alias.is_none());
        self.paths.outer.extend(around.map(|row| row.table.name));
        let hidden = self
            .paths
            .outer
            .iter()
            .any(|name| name.eq_ignore_ascii_case(table.name));
        let alias = hidden.then(|| self.next_alias());
        self.reads(table);
        let joins = std::mem::take(&mut self.paths.joins);
        let slots = std::mem::take(&mut self.paths.slots);
        let outer_slots = std::mem::take(&mut self.paths.outer_slots);
        let beside = std::mem::take(&mut self.paths.beside);
        let place = (self.single_rows, self.in_condition);
        (self.single_rows, self.in_condition) = (false, false);
        let done = self.at(Row { table, alias }, write);
        (self.single_rows, self.in_condition) = place;
        self.paths.joins = joins;
        self.paths.slots = slots;
        self.paths.outer_slots = outer_slots;
        self.paths.beside = beside;
        if around.is_some() {
            self.paths.outer.pop();
        }
        done
    }

    /// Writes a query that knows nothing of the rows around it.
    pub(super) fn apart<T>(&mut self, write: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        let row = self.paths.row.take();
        let outer = std::mem::take(&mut self.paths.outer);
        let done = write(self);
        (self.paths.row, self.paths.outer) = (row, outer);
        done
    }

    /// Plans the joins for the paths in these expressions.
    pub(super) fn plan_joins<'a>(&mut self, nodes: impl IntoIterator<Item = &'a Node>) -> Result<()> {
        for node in nodes {
            self.plan_join(node)?;
        }
        Ok(())
    }

    fn plan_join(&mut self, node: &Node) -> Result<()> {
        let Node::Via(via) = node else {
            return match node {
                // What most conditions are made of, without a list of their parts.
                Node::Column(..) | Node::Value(..) => Ok(()),
                Node::Binary(_, sides) => self.plan_joins(&**sides),
                Node::Side(slot, _) if *slot < self.paths.outer_slots => Ok(()),
                Node::Side(slot, node) => {
                    let row = self.slot(*slot)?;
                    self.at(row, |w| w.plan_join(node))
                }
                other => self.plan_joins(other.parts()),
            };
        };
        let from = self.row()?;
        let to = match self.join_of(from, via.relation) {
            Some(row) => row,
            None => self.join(from, via.relation, via.scope.clone(), false),
        };
        self.at(to, |w| w.plan_join(&via.node))
    }

    /// Joins the row to which a relation leads.
    fn join(&mut self, from: Row, relation: &'static RelationDef, scope: Vec<Node>, apart: bool) -> Row {
        let to = self.reach((relation.target)());
        let before = self.paths.joins.iter().find(|join| join.to.is(from));
        let certain = before.map_or_else(|| self.is_certain(from), |join| join.certain)
            && relation.kind == RelationKind::BelongsTo
            && !relation.nullable
            && scope.is_empty();
        self.paths.joins.push(Join {
            from,
            relation,
            scope,
            to,
            link: None,
            apart,
            certain,
            place: self.place_of(from),
        });
        to
    }

    /// Joins the rows that are read beside this one; those to which a path leads anyway are the same.
    pub(super) fn join_beside(&mut self, beside: &Beside) -> Result<Row> {
        let from = self.row()?;
        let relation = beside.relation;
        if beside.deleted.is_none()
            && let Some(row) = self.join_of(from, relation)
        {
            return Ok(row);
        }
        let link = relation.through.map(|through| self.reach((through.table)()));
        let mut scope = beside.scope.clone();
        scope.extend(beside.filter.iter().cloned());
        // No path leads over a collection but that of its own order.
        let many = matches!(relation.kind, RelationKind::HasMany | RelationKind::ManyToMany);
        let to = self.join(from, relation, scope, beside.deleted.is_some() && !many);
        if let Some(join) = self.paths.joins.last_mut() {
            // A row whose key leads to none is told, not dropped.
            join.certain = false;
            join.link = link.map(|row| (row, beside.through_scope.clone()));
        }
        Ok(to)
    }

    fn join_of(&self, from: Row, relation: &RelationDef) -> Option<Row> {
        let same = |join: &&Join| !join.apart && join.from.is(from) && std::ptr::eq(join.relation, relation);
        self.paths.joins.iter().find(same).map(|join| join.to)
    }

    /// Whether rows are joined.
    pub(super) fn has_joins(&self) -> bool {
        !self.paths.joins.is_empty() || !self.paths.slots.is_empty()
    }

    /// Does something with columns rooted in another row.
    pub(super) fn at<T>(&mut self, row: Row, work: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        let outer = self.paths.row.replace(row);
        let done = work(self);
        self.paths.row = outer;
        done
    }

    /// Where a row that is joined along a path from this one stands.
    fn place_of(&self, from: Row) -> Place {
        let Some(slot) = self.paths.condition_of else {
            return Place::End;
        };
        let within = Place::Within(slot);
        let of_slot = self.paths.slots.get(slot).is_some_and(|own| own.row.is(from));
        let before = self.paths.joins.iter().find(|join| join.to.is(from));
        if of_slot || before.is_some_and(|join| join.place == within) {
            within
        } else {
            Place::Before(slot)
        }
    }

    /// Whether a row is joined at this place.
    pub(super) fn has_joins_at(&self, place: Place) -> bool {
        self.paths.joins.iter().any(|join| join.place == place)
    }

    /// Adds the joins that were planned for this place.
    pub(super) fn joins_at(&mut self, place: Place) -> Result<()> {
        if !self.has_joins_at(place) {
            return Ok(());
        }
        for join in self.paths.joins.clone() {
            if join.place != place {
                continue;
            }
            self.push(if join.certain { " JOIN " } else { " LEFT JOIN " });
            match (&join.link, join.relation.through) {
                (Some((link, scope)), Some(through)) => {
                    let key = or_key(join.relation.target_columns, join.to.table);
                    self.push("(");
                    self.aliased(*link)?;
                    self.push(" JOIN ");
                    self.aliased(join.to)?;
                    self.push(" ON ");
                    self.equal_columns(join.to, key, *link, through.far)?;
                    self.push(") ON ");
                    let own = or_key(join.relation.columns, join.from.table);
                    self.equal_columns(*link, through.near, join.from, own)?;
                    self.conditions(*link, scope)?;
                }
                _ => {
                    self.aliased(join.to)?;
                    self.push(" ON ");
                    self.pairs(join.relation, join.from, join.to)?;
                }
            }
            self.conditions(join.to, &join.scope)?;
        }
        Ok(())
    }

    pub(super) fn aliased(&mut self, row: Row) -> Result<()> {
        self.table(row.table)?;
        if let Some(alias) = row.alias {
            self.push(" AS ");
            self.push_alias(alias);
        }
        Ok(())
    }

    pub(super) fn conditions(&mut self, row: Row, conditions: &[Node]) -> Result<()> {
        self.at(row, |w| {
            for node in conditions {
                w.push(" AND ");
                w.of_single_rows(node)?;
            }
            Ok(())
        })
    }

    /// The columns by which a relation leads from one row to the other.
    fn pairs(&mut self, relation: &RelationDef, from: Row, to: Row) -> Result<()> {
        let own = or_key(relation.columns, from.table);
        let theirs = or_key(relation.target_columns, to.table);
        self.equal_columns(to, theirs, from, own)
    }

    fn equal_columns(&mut self, a: Row, left: &[usize], b: Row, right: &[usize]) -> Result<()> {
        for (i, (left, right)) in left.iter().zip(right).enumerate() {
            if i > 0 {
                self.push(" AND ");
            }
            self.at(a, |w| w.column(a.table, &a.table.columns[*left]))?;
            self.push(" = ");
            self.at(b, |w| w.column(b.table, &b.table.columns[*right]))?;
        }
        Ok(())
    }

    /// An expression of the row to which a relation leads: of a joined row, or of a subquery where nothing is joined.
    pub(super) fn via(&mut self, via: &Via) -> Result<()> {
        let from = self.row()?;
        if let Some(row) = self.join_of(from, via.relation) {
            return self.at(row, |w| w.node(&via.node));
        }
        let to = self.reach((via.relation.target)());
        self.push("(SELECT ");
        self.at(to, |w| w.node(&via.node))?;
        self.push(" FROM ");
        self.aliased(to)?;
        self.push(" WHERE ");
        self.pairs(via.relation, from, to)?;
        self.conditions(to, &via.scope)?;
        self.push(")");
        Ok(())
    }

    /// A question about related rows, as a subquery.
    pub(super) fn related(&mut self, related: &Related) -> Result<()> {
        let from = self.row()?;
        let relation = related.relation;
        let to = self.reach((relation.target)());
        // Joins in the subquery are its own.
        let outer = std::mem::take(&mut self.paths.joins);
        let value = match &related.ask {
            Ask::Value(value) => Some(value),
            Ask::Exists | Ask::None => None,
        };
        self.at(to, |w| w.plan_joins(value.into_iter().chain(&related.filter)))?;
        self.push(match &related.ask {
            Ask::Exists => "EXISTS (SELECT ",
            Ask::None => "NOT EXISTS (SELECT ",
            Ask::Value(_) => "(SELECT ",
        });
        match value {
            Some(value) => {
                let outer = std::mem::replace(&mut self.single_rows, false);
                self.at(to, |w| w.node(value))?;
                self.single_rows = outer;
            }
            None => self.push("1"),
        }
        self.push(" FROM ");
        match relation.through {
            None => {
                self.aliased(to)?;
                self.joins_at(Place::End)?;
                self.push(" WHERE ");
                self.pairs(relation, from, to)?;
            }
            Some(through) => {
                let link = self.reach((through.table)());
                self.aliased(link)?;
                self.push(" JOIN ");
                self.aliased(to)?;
                self.push(" ON ");
                self.equal_columns(to, or_key(relation.target_columns, to.table), link, through.far)?;
                self.joins_at(Place::End)?;
                self.push(" WHERE ");
                self.equal_columns(link, through.near, from, or_key(relation.columns, from.table))?;
                self.conditions(link, &related.through_scope)?;
            }
        }
        self.conditions(to, &related.scope)?;
        self.conditions(to, &related.filter)?;
        self.push(")");
        self.paths.joins = outer;
        Ok(())
    }
}
