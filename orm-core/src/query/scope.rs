//! The default scopes: soft delete and tenant. Every statement passes through here, so that none can forget them.

use crate::error::{Error, ErrorKind, Result};
use crate::exec::Context;
use crate::expr::Node;
use crate::expr::ast::{
    Ask, Beside, BinaryOp, Body, Compound, Conflict, Inner, JoinedTable, Output, Question, Select, Write,
};
use crate::model::{IndexPart, RelationDef, RelationKind, TableDef};
use crate::value::{Slot, Value};

pub(crate) use crate::expr::ast::{Deleted, Scopes};

impl Scopes {
    /// The conditions that belong to every statement on the table.
    pub(crate) fn conditions(self, table: &'static TableDef, context: &Context) -> Result<Vec<Node>> {
        let mut conditions = Vec::new();
        if let Some((tenant, value)) = self.tenant(table, context)? {
            let column = &table.columns[tenant];
            conditions.push(Node::equal(table, column, value));
        }
        if let Some(deleted) = table.soft_delete
            && self.deleted != Deleted::Shown
        {
            let node = Box::new(Node::Column(table, &table.columns[deleted]));
            conditions.push(Node::IsNull {
                node,
                negated: self.deleted == Deleted::Only,
            });
        }
        Ok(conditions)
    }

    /// Fills in the default scopes of the models to which paths lead.
    pub(crate) fn along<'a>(
        self,
        nodes: impl IntoIterator<Item = &'a mut Node>,
        context: &Context,
    ) -> Result<()> {
        for node in nodes {
            match node {
                Node::Column(..) | Node::Value(..) => {}
                Node::Binary(_, sides) => self.along(sides.iter_mut(), context)?,
                Node::Via(via) => {
                    let relation = via.relation;
                    via.scope = self
                        .across(relation, None)
                        .conditions((relation.target)(), context)?;
                    self.along([&mut via.node], context)?;
                }
                Node::Related(related) => {
                    let scopes = Scopes {
                        deleted: Deleted::Hidden,
                        ..self
                    };
                    related.scope = scopes.conditions((related.relation.target)(), context)?;
                    if let Some(through) = related.relation.through {
                        related.through_scope = scopes.conditions((through.table)(), context)?;
                    }
                    self.along(&mut related.filter, context)?;
                    if let Ask::Value(value) = &mut related.ask {
                        self.along([value], context)?;
                    }
                }
                Node::Subquery(subquery) => {
                    if let Question::In { node, .. } = &mut subquery.ask {
                        self.along([node], context)?;
                    }
                    // It is a condition on this statement's rows, which may be those of every tenant.
                    subquery.query.scopes.all_tenants |= subquery.correlated && self.all_tenants;
                    subquery.query.scope(context)?;
                }
                other => self.along(other.parts_mut(), context)?,
            }
        }
        Ok(())
    }

    /// Fills in the default scopes of joined tables, and of the models to which paths in their conditions lead.
    fn joined(self, joins: &mut [JoinedTable], context: &Context) -> Result<()> {
        for join in joins {
            let deleted = if join.with_deleted {
                Deleted::Shown
            } else {
                Deleted::Hidden
            };
            join.scope = Scopes { deleted, ..self }.conditions(join.table, context)?;
            self.along(join.nodes_mut(), context)?;
        }
        Ok(())
    }

    /// Which of the rows to which a relation leads are seen, of a model with soft delete. A row that is certain to be there
    /// is shown although it is deleted: its type says so.
    pub(crate) fn across(self, relation: &RelationDef, deleted: Option<bool>) -> Scopes {
        let certain = relation.kind == RelationKind::BelongsTo && !relation.nullable;
        let shown = deleted.unwrap_or(certain);
        Scopes {
            deleted: if shown { Deleted::Shown } else { Deleted::Hidden },
            ..self
        }
    }

    /// Fills in the default scopes of what is read along relations, and of the models to which its paths lead.
    fn beside(self, beside: &mut [Beside], context: &Context) -> Result<()> {
        for one in beside {
            let relation = one.relation;
            one.scope = self
                .across(relation, one.deleted)
                .conditions((relation.target)(), context)?;
            if let Some(through) = relation.through {
                let shown = Scopes {
                    deleted: Deleted::Hidden,
                    ..self
                };
                one.through_scope = shown.conditions((through.table)(), context)?;
            }
            self.along(&mut one.filter, context)?;
            if let Output::Nodes(outputs) = &mut one.output {
                self.along(outputs.iter_mut().map(|(node, _)| node), context)?;
            }
            self.beside(&mut one.beside, context)?;
        }
        Ok(())
    }

    /// Puts the conditions that belong to every statement on its table into an UPDATE or DELETE.
    pub(super) fn write(self, write: &mut Write, context: &Context) -> Result<()> {
        let mut conditions = self.conditions(write.table(), context)?;
        let (set, filter) = match write {
            Write::Update(update) => (update.set.as_mut_slice(), &mut update.filter),
            Write::Delete(delete) => (Default::default(), &mut delete.filter),
        };
        if !conditions.is_empty() {
            conditions.append(filter);
            *filter = conditions;
        }
        self.along(set.iter_mut().map(|(_, node)| node).chain(filter), context)
    }

    /// Refuses an upsert that could meet a row of another tenant: it would be overwritten, or given back.
    pub(crate) fn guard_upsert(
        self,
        table: &'static TableDef,
        conflict: &Conflict,
        named: bool,
    ) -> Result<()> {
        let Some(tenant) = table.tenant.filter(|_| !self.all_tenants) else {
            return Ok(());
        };
        if conflict.set.iter().any(|(index, _)| *index == tenant) {
            return Err(super::update::moves_tenant(table, tenant));
        }
        // Where the constraint cannot be named, a row may meet any of them.
        let others_meet = || {
            !table.generated_key && !table.is_key(tenant)
                || table
                    .indexes
                    .iter()
                    .any(|i| i.unique && !i.columns().contains(&tenant))
        };
        if conflict.target.contains(&tenant) && (named || !others_meet()) {
            return Ok(());
        }
        Err(Error::invalid(format!(
            "this upsert could meet a `{}` of another tenant: name a unique constraint that has `{}` in it{}, or say `.all_tenants()`",
            table.model,
            table.columns[tenant].field,
            if named { "" } else { ", and have it in every unique constraint" }
        ))
        .with_table(table.name))
    }

    /// The column of the tenant, and whose rows are meant.
    pub(crate) fn tenant(
        self,
        table: &'static TableDef,
        context: &Context,
    ) -> Result<Option<(usize, Value)>> {
        let tenant = table.tenant.filter(|_| !self.all_tenants);
        tenant
            .map(|tenant| Ok((tenant, tenant_of(table, tenant, context)?)))
            .transpose()
    }

    /// Fills the tenant into a row that is inserted, and refuses a row of another one.
    pub(crate) fn fill(self, table: &'static TableDef, context: &Context, row: &mut [Slot]) -> Result<()> {
        let Some((tenant, value)) = self.tenant(table, context)? else {
            return Ok(());
        };
        let Some(slot) = row.get_mut(tenant) else {
            return Ok(());
        };
        match slot {
            Slot::Value(given) if *given == value => {}
            Slot::Unset | Slot::Value(Value::Null(_) | Value::NewId(_)) => *slot = Slot::Value(value),
            Slot::Value(_) => {
                return Err(Error::invalid(format!(
                    "a `{}` of another tenant cannot be written by this one: use `db.tenant(..)` of the row's, or `.all_tenants()`",
                    table.model
                ))
                .with_table(table.name));
            }
        }
        Ok(())
    }
}

impl Inner {
    /// Puts the default scopes into a query that stands inside a statement, once: those of its own models, as its own
    /// words say, with the tenant for whom the whole runs.
    pub(crate) fn scope(&mut self, context: &Context) -> Result<()> {
        if let Some(fault) = &self.fault {
            return Err(Error::invalid(fault.clone()));
        }
        scoped(&mut self.select, self.scopes, context)?;
        go_together(&self.select)
    }
}

impl Compound {
    fn scope(&mut self, context: &Context) -> Result<()> {
        self.queries_mut().try_for_each(|query| query.scope(context))
    }
}

/// Puts the default scopes into a SELECT.
pub(crate) fn scoped(select: &mut Select, scopes: Scopes, context: &Context) -> Result<()> {
    for cte in &mut select.with {
        match &mut cte.body {
            Body::Rows(rows) => rows.scope(context)?,
            Body::Written(written) => written.scopes.write(&mut written.write, context)?,
        }
    }
    let mut filter = match (&mut select.within, &mut select.source) {
        // What chooses the rows has them.
        (Some(within), _) => {
            scoped(&mut within.select, scopes, context)?;
            let number = within.number.iter_mut();
            let order = number.flat_map(|(_, order)| order.iter_mut().map(|term| &mut term.node));
            scopes.along(within.keys.iter_mut().chain(order), context)?;
            Vec::new()
        }
        (None, Some(compound)) => {
            compound.scope(context)?;
            Vec::new()
        }
        (None, None) => scopes.conditions(select.from, context)?,
    };
    if select.has_full_join() {
        select.scope = filter;
    } else if !filter.is_empty() {
        filter.append(&mut select.filter);
        select.filter = filter;
    }
    scopes.along(select.nodes_mut(), context)?;
    scopes.joined(&mut select.joins, context)?;
    scopes.beside(&mut select.beside, context)?;
    outputs_exist(select)
}

/// Refuses an order by an output that is not there: a database may take its name for a text.
fn outputs_exist(select: &Select) -> Result<()> {
    let mut named = select.order_by.iter().filter_map(|term| match &term.node {
        Node::Output(name) => Some(name),
        _ => None,
    });
    let Some(first) = named.next() else { return Ok(()) };
    // What a query gives that chooses the rows is ours.
    if select.within.is_some() {
        return Ok(());
    }
    let known: Vec<String> = match select.outputs() {
        [] => select
            .from
            .columns
            .iter()
            .map(|column| column.full_name())
            .collect(),
        outputs => outputs.iter().filter_map(output_name).collect(),
    };
    match std::iter::once(first)
        .chain(named)
        .find(|name| !known.iter().any(|k| **k == ***name))
    {
        None => Ok(()),
        Some(name) => Err(Error::invalid(format!(
            "`output(\"{name}\")` is no output of this query: it has {}",
            if known.is_empty() {
                "none with a name".to_owned()
            } else {
                known.join(", ")
            }
        ))
        .with_table(select.from.name)),
    }
}

/// The name that the database gives to an output, where it has one.
fn output_name((node, name): &(Node, Option<std::sync::Arc<str>>)) -> Option<String> {
    match (name, node) {
        (Some(name), _) => Some(name.to_string()),
        (None, Node::Column(_, column)) => Some(column.full_name()),
        (None, Node::Side(_, inner)) => match &**inner {
            Node::Column(_, column) => Some(column.full_name()),
            _ => None,
        },
        (None, Node::Via(via)) => match &via.node {
            Node::Column(_, column) => Some(column.full_name()),
            _ => None,
        },
        (None, _) => None,
    }
}

/// Refuses outputs of which one is of all rows and another of each.
pub(crate) fn go_together(select: &Select) -> Result<()> {
    if let Output::Nodes(outputs) = &select.output
        && select.group_by.is_empty()
        && outputs.iter().any(|(node, _)| node.has_aggregate())
        && let Some((table, column)) = outputs
            .iter()
            .map(|(node, _)| node)
            .chain(select.order_by.iter().map(|term| &term.node))
            .chain(&select.having)
            .find_map(Node::bare_column)
    {
        let name = format!("{}::{}", table.model, column.field);
        let group = if select.joins.is_empty() {
            name
        } else {
            format!("|..| side.get({name})")
        };
        return Err(Error::invalid(format!(
            "`{}` stands beside an aggregate, and of its many values none is meant: say `.group_by({group})`, or put \
             it into an aggregate",
            column.field
        ))
        .with_table(table.name));
    }
    Ok(())
}

/// For statements that are only shown: those of a tenant's models are, too.
pub(crate) fn preview() -> Context {
    Context {
        tenant: Some(Value::Text("the tenant".into())),
        preview: true,
        ..Context::default()
    }
}

/// The tenant, as a value of its column's type.
fn tenant_of(table: &TableDef, tenant: usize, context: &Context) -> Result<Value> {
    let value = context.tenant.clone().ok_or_else(|| no_tenant(table))?;
    let column = &table.columns[tenant];
    if context.preview {
        return Ok(value);
    }
    let kind = value.data_type();
    value.converted(column.data_type).ok_or_else(|| {
        Error::invalid(format!(
            "`db.tenant(..)` was given a value of type {kind:?}, and `{}::{}` is of type {:?}: give it one of that type",
            table.model, column.field, column.data_type
        ))
        .with_table(table.name)
    })
}

fn no_tenant(table: &TableDef) -> Error {
    Error::new(
        ErrorKind::Invalid,
        format!(
            "`{}` belongs to a tenant and none is given: use `db.tenant(id)`, or `.all_tenants()` where that is meant",
            table.model
        ),
    )
    .with_table(table.name)
}

/// Whether a condition restricts anything.
pub(crate) fn is_effective(node: &Node) -> bool {
    match node {
        Node::Bool(true) => false,
        Node::And(nodes) => nodes.iter().any(is_effective),
        Node::Or(nodes) => nodes.is_empty() || nodes.iter().all(is_effective),
        Node::In { list, negated, .. } => !(*negated && list.is_empty()),
        _ => true,
    }
}

/// Whether the conditions hold for one row at most: they give a value to each column of the primary key or of a unique
/// index.
pub(crate) fn names_one_row(table: &TableDef, filter: &[Node]) -> bool {
    let given = |column| filter.iter().any(|node| value_of(table, node, column).is_some());
    let key = table.primary_key;
    !key.is_empty() && key.iter().all(|column| given(*column))
        || table
            .indexes
            .iter()
            .filter(|i| i.unique && i.condition.is_none() && !i.parts.is_empty())
            .any(|i| {
                i.parts
                    .iter()
                    .all(|part| matches!(part, IndexPart::Column(column) if given(*column)))
            })
}

/// The primary key that the conditions give, as its `Id` is shown.
pub(crate) fn key_of(table: &TableDef, filter: &[Node]) -> Option<String> {
    let values: Option<Vec<&Value>> = table
        .primary_key
        .iter()
        .map(|key| filter.iter().find_map(|node| value_of(table, node, *key)))
        .collect();
    match values?.as_slice() {
        [] => None,
        [Value::Text(text)] => Some(text.clone()),
        [one] => Some(one.display()),
        many => {
            let parts: Vec<String> = many.iter().map(|value| value.display()).collect();
            Some(format!("({})", parts.join(", ")))
        }
    }
}

/// The value that a condition gives to a column.
fn value_of<'a>(table: &TableDef, node: &'a Node, index: usize) -> Option<&'a Value> {
    match node {
        Node::And(nodes) => nodes.iter().find_map(|n| value_of(table, n, index)),
        Node::Binary(BinaryOp::Eq, sides) => match &**sides {
            [Node::Column(of, column), Node::Value(value, _)]
                if of.is(table)
                    && std::ptr::eq(*column, &raw const table.columns[index])
                    && !value.is_null() =>
            {
                Some(value)
            }
            _ => None,
        },
        _ => None,
    }
}
