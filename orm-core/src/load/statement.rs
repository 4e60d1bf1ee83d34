//! The statements of a plan, as data: the query's own, and one for each relation that is not joined.

use super::key::Key;
use super::plan::{ChildPlan, LevelPlan};
use crate::expr::ast::{
    Beside, BinaryOp, InKeys, JoinKind, JoinedTable, Node, OrderTerm, Select, Via, Within,
};
use crate::model::{RelationDef, TableDef, or_key};
use crate::sql::Dialect;
use crate::sql::dialect::ListStyle;
use crate::value::{DataType, Value};

/// The query's own statement, with all that is joined to its rows.
pub(super) fn root(query: Select, plan: &LevelPlan) -> Select {
    let mut select = query;
    // A row has its key in it: none comes twice.
    select.distinct &= select.from.primary_key.is_empty();
    if plan.folds && (select.limit.is_some() || select.offset.is_some()) {
        select = within(select);
    }
    if plan.folds {
        add_key(select.from, &mut select.order_by);
    }
    select.output = plan.output.clone();
    join(&mut select, plan);
    select
}

/// The same rows, chosen by a query of their own, so that rows can be joined to them without counting for the limit.
fn within(mut select: Select) -> Select {
    let mut outer = Select::new(select.from);
    outer.with = std::mem::take(&mut select.with);
    outer.order_by = select.order_by.clone();
    outer.also = std::mem::take(&mut select.also);
    outer.within = Some(Box::new(Within {
        select,
        keys: Vec::new(),
        number: None,
    }));
    outer
}

/// The statement for the rows to which a relation leads from the rows with these keys.
pub(super) fn related(child: &ChildPlan, keys: &[&Key]) -> Select {
    let types = key_types(child.relation);
    let mut values = Vec::with_capacity(keys.len() * types.len());
    for key in keys {
        key.to_values(&types, &mut values);
    }
    of_rows(child, condition(child.relation, types, values), keys.len() == 1)
}

/// The key is one of these.
fn condition(relation: &'static RelationDef, types: Vec<DataType>, values: Vec<Value>) -> Node {
    match <[Node; 1]>::try_from(key_nodes(relation)) {
        Ok([node]) => Node::In {
            node: Box::new(node),
            list: values,
            data_type: types.first().copied().unwrap_or(DataType::I64),
            negated: false,
        },
        Err(nodes) => Node::InKeys(Box::new(InKeys { nodes, types, values })),
    }
}

/// A condition that only shows what is sent: it has one key, of the right types.
pub(super) fn sample_condition(relation: &'static RelationDef) -> Node {
    let types = key_types(relation);
    let values = types.iter().map(|data_type| match data_type {
        DataType::Uuid => Value::Uuid([0; 16]),
        DataType::Text | DataType::Enum(_) => Value::Text("a key".into()),
        DataType::Bytes => Value::Bytes(Vec::new()),
        kind if kind.is_integer() => Value::I64(0),
        kind => Value::Null(*kind),
    });
    let values = values.collect();
    condition(relation, types, values)
}

/// The statement for the rows to which a relation leads, from the rows for which the condition on the key holds.
pub(super) fn of_rows(child: &ChildPlan, condition: Node, single: bool) -> Select {
    let (relation, options) = (child.relation, &child.options);
    let target = (relation.target)();
    let mut select = Select::new(target);
    if let Some(through) = relation.through {
        let link = (through.table)();
        let pairs = through.far.iter().zip(or_key(relation.target_columns, target));
        let on = pairs.map(|(far, key)| {
            let (far, key) = (column(link, *far), column(target, *key));
            Node::binary(BinaryOp::Eq, side(1, far), side(0, key))
        });
        select.joins.push(JoinedTable {
            table: link,
            kind: JoinKind::Inner,
            on: on.collect(),
            scope: Vec::new(),
            with_deleted: false,
            lateral: None,
        });
    }
    select.filter.push(condition);
    select.filter.extend(options.filter.iter().cloned());
    let keys = key_nodes(relation);
    let mut order = options.order_by.clone();
    if child.many || child.level.folds {
        add_key(target, &mut order);
    }
    if (options.limit.is_some() || options.offset > 0) && !single {
        select = ranked(child, select, keys, order);
    } else {
        // One row of each key has no order, and is asked for once.
        select.order_by = if child.many {
            keys.iter().cloned().map(ascending).chain(order).collect()
        } else {
            order
        };
        (select.limit, select.offset) = (options.limit, (options.offset > 0).then_some(options.offset));
        if relation.through.is_some() {
            select.also = keys;
        }
        if child.level.folds && (select.limit.is_some() || select.offset.is_some()) {
            select = within_related(child, select);
        }
    }
    select.output = child.level.output.clone();
    join(&mut select, &child.level);
    select
}

/// Numbers the rows of each key, and takes the first ones.
fn ranked(child: &ChildPlan, inner: Select, keys: Vec<Node>, order: Vec<OrderTerm>) -> Select {
    let (relation, options) = (child.relation, &child.options);
    let mut outer = Select::new(inner.from);
    let row = || Node::Output("orm_row".into());
    let bound = |n: u64| {
        let n = i64::try_from(n).unwrap_or(i64::MAX);
        Node::Value(Value::I64(n), DataType::I64)
    };
    if options.offset > 0 {
        outer
            .filter
            .push(Node::binary(BinaryOp::Gt, row(), bound(options.offset)));
    }
    if let Some(limit) = options.limit {
        let last = options.offset.saturating_add(limit);
        outer.filter.push(Node::binary(BinaryOp::Le, row(), bound(last)));
    }
    let read = outer_keys(relation);
    outer.order_by = read.iter().cloned().chain([row()]).map(ascending).collect();
    let behind = relation.through.is_some();
    outer.also = if behind { read } else { Vec::new() };
    outer.within = Some(Box::new(Within {
        keys: if behind { keys.clone() } else { Vec::new() },
        number: Some((keys, order)),
        select: inner,
    }));
    outer
}

/// The rows of a single key, limited before others are joined to them.
fn within_related(child: &ChildPlan, mut inner: Select) -> Select {
    let mut outer = Select::new(inner.from);
    let keys = outer_keys(child.relation);
    // The order begins with the key, which is read in another way outside.
    let order = inner.order_by.iter().skip(keys.len()).cloned();
    outer.order_by = keys.iter().cloned().map(ascending).chain(order).collect();
    let also = std::mem::take(&mut inner.also);
    outer.also = if also.is_empty() { Vec::new() } else { keys };
    outer.within = Some(Box::new(Within {
        select: inner,
        keys: also,
        number: None,
    }));
    outer
}

/// The key's columns as they are read outside the query that chooses the rows.
fn outer_keys(relation: &'static RelationDef) -> Vec<Node> {
    match relation.through {
        None => key_nodes(relation),
        Some(through) => (0..through.near.len())
            .map(|i| Node::Output(format!("orm_key_{i}").into()))
            .collect(),
    }
}

/// The columns at the other end that hold the key: of the table there, or of the join table.
pub(super) fn key_nodes(relation: &'static RelationDef) -> Vec<Node> {
    let target = (relation.target)();
    match relation.through {
        None => or_key(relation.target_columns, target)
            .iter()
            .map(|key| column(target, *key))
            .collect(),
        Some(through) => {
            let link = (through.table)();
            through
                .near
                .iter()
                .map(|key| side(1, column(link, *key)))
                .collect()
        }
    }
}

/// Their types.
pub(super) fn key_types(relation: &'static RelationDef) -> Vec<DataType> {
    let target = (relation.target)();
    let (table, columns) = match relation.through {
        None => (target, or_key(relation.target_columns, target)),
        Some(through) => ((through.table)(), through.near),
    };
    columns.iter().map(|key| table.columns[*key].data_type).collect()
}

/// Adds what is joined to the rows, and the order in which repeated ones come one after the other.
fn join(select: &mut Select, plan: &LevelPlan) {
    select.beside = beside(plan);
    if plan.folds {
        fold_order(plan, &mut select.order_by, &|node| node);
    }
}

fn beside(plan: &LevelPlan) -> Vec<Beside> {
    let joined = plan.children.iter().filter(|child| child.is_joined());
    joined
        .map(|child| Beside {
            output: child.level.output.clone(),
            filter: child.options.filter.clone(),
            deleted: child.options.deleted,
            beside: beside(&child.level),
            ..Beside::new(child.relation)
        })
        .collect()
}

/// Adds the order of the joined collection, as expressions of the row from which it is reached.
fn fold_order(plan: &LevelPlan, order: &mut Vec<OrderTerm>, reach: &dyn Fn(Node) -> Node) {
    for child in plan.children.iter().filter(|child| child.is_repeating()) {
        let along = |node: Node| {
            reach(Node::Via(Box::new(Via {
                relation: child.relation,
                node,
                scope: Vec::new(),
            })))
        };
        if child.many {
            let mut terms = child.options.order_by.clone();
            add_key((child.relation.target)(), &mut terms);
            order.extend(terms.into_iter().map(|term| OrderTerm {
                node: along(term.node),
                ..term
            }));
        }
        fold_order(&child.level, order, &along);
    }
}

/// Adds the primary key to an order that does not have it.
pub(super) fn add_key(table: &'static TableDef, order: &mut Vec<OrderTerm>) {
    for key in table.primary_key {
        let column = &table.columns[*key];
        let same =
            |term: &OrderTerm| matches!(&term.node, Node::Column(_, other) if std::ptr::eq(*other, column));
        if !order.iter().any(same) {
            order.push(ascending(Node::Column(table, column)));
        }
    }
}

pub(super) fn column(table: &'static TableDef, index: usize) -> Node {
    Node::Column(table, &table.columns[index])
}

pub(super) fn side(slot: usize, node: Node) -> Node {
    Node::Side(slot, Box::new(node))
}

const fn ascending(node: Node) -> OrderTerm {
    OrderTerm {
        node,
        descending: false,
        nulls_first: None,
    }
}

/// How many keys one statement takes.
pub(super) fn keys_at_once(keys: &[&Key], dialect: Dialect) -> usize {
    let features = dialect.features();
    let width = keys.first().map_or(1, |key| key.width());
    let whole = match features.lists {
        ListStyle::Array => true,
        ListStyle::JsonEach => width == 1 && keys.iter().all(|key| key.is_json_scalar()),
        ListStyle::Padded => false,
    };
    if whole {
        return usize::MAX;
    }
    // Lists are filled up to a power of two, and room is left for the parameters of a filter.
    let most = features.max_params / 4 * 3 / width;
    (most / 2 + 1).next_power_of_two()
}
