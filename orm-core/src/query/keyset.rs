//! Pages by the place of their rows in the order: they stay right while rows come and go, and cost the same at any
//! depth.

use super::cursor::{fingerprint, value_of};
use super::rows::{collect, query_stmt};
use super::select::run_of;
use super::{Cursor, Query};
use crate::error::{Error, Result};
use crate::exec::Executor;
use crate::expr::ast::{BinaryOp, Node, OrderTerm, Output, Select};
use crate::model::{ColumnDef, Table, TableDef};
use crate::sql::{Dialect, order_text, type_of};
use crate::value::{DataType, EnumStorage, RowReader, Value};

/// A page of rows, and the places at which the pages beside it begin.
#[derive(Clone, Debug, PartialEq)]
pub struct KeysetPage<T> {
    /// The rows, in the query's order.
    pub items: Vec<T>,
    /// Where the page after this one begins, for [`page_after`](Query::page_after); `None` when this one was the last.
    pub next: Option<Cursor>,
    /// Where the page before this one ends, for [`page_before`](Query::page_before); `None` when this one was the first.
    pub previous: Option<Cursor>,
}

/// In which direction a page is read.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    After,
    Before,
}

impl<M: Table> Query<M> {
    /// The rows that come after a cursor in the query's order, `size` of them as long as there are so many; with `None`
    /// the first ones. One statement.
    ///
    /// The primary key is added to the order as its last term, in the direction of the term before it, so that rows with
    /// equal values have a place, too; NULL has the place that the order gives it. Each row is seen once while rows are
    /// inserted and deleted between the pages. An index over the order's columns makes any page as fast as the first.
    ///
    /// `next` is there when there was a further row. `previous` is there for every page that has a cursor: the rows
    /// before it may be gone by then, and the page is empty.
    ///
    /// # Errors
    /// `Invalid`, before anything is sent: for a size of 0, a query with a limit, an offset or groups, an order by
    /// aggregates, and a cursor that was made for another order.
    pub async fn page_after<'c>(
        self,
        cursor: impl Into<Option<&'c Cursor>>,
        size: u64,
        db: &dyn Executor,
    ) -> Result<KeysetPage<M>> {
        self.keyset(cursor.into(), Way::After, size, db).await
    }

    /// The rows that come before a cursor in the query's order, the nearest `size` of them, in the query's order; with
    /// `None` the last ones. One statement. All else is as with [`page_after`](Query::page_after).
    ///
    /// # Errors
    /// As [`page_after`](Query::page_after).
    pub async fn page_before<'c>(
        self,
        cursor: impl Into<Option<&'c Cursor>>,
        size: u64,
        db: &dyn Executor,
    ) -> Result<KeysetPage<M>> {
        self.keyset(cursor.into(), Way::Before, size, db).await
    }

    async fn keyset(
        mut self,
        cursor: Option<&Cursor>,
        way: Way,
        size: u64,
        db: &dyn Executor,
    ) -> Result<KeysetPage<M>> {
        self.scope(db.context())?;
        let cut = Cut::of(&mut self.select, cursor, way, size, db.dialect())?;
        self.select.output = Output::Own;
        let run = run_of(&self.select);
        let sql = self.tag.on(self.select.to_sql(db.dialect())?);
        let stmt = query_stmt(sql, &self.select, run);
        let mut rows = collect(db, stmt, read::<M>).await?;
        let size = usize::try_from(size).unwrap_or(usize::MAX);
        let more = rows.len() > size;
        rows.truncate(size);
        let (items, values) = rows.into_iter().unzip();
        Ok(cut.page(items, values, more))
    }
}

/// A cut through the order of a query, at which a page begins or ends.
pub(crate) struct Cut {
    order: u64,
    way: Way,
    cursor: Option<Cursor>,
}

impl Cut {
    /// Makes the query give the rows of a page, and one more that tells whether there is a further page. The values of the
    /// order are further outputs.
    pub(crate) fn of(
        select: &mut Select,
        cursor: Option<&Cursor>,
        way: Way,
        size: u64,
        dialect: Dialect,
    ) -> Result<Cut> {
        if size == 0 {
            return Err(Error::invalid("a page holds at least one row"));
        }
        let mut terms = terms_of(select, dialect)?;
        let order = order_of(select.from, &terms, dialect)?;
        if way == Way::Before {
            terms.iter_mut().for_each(Term::reverse);
        }
        if let Some(cursor) = cursor {
            let values = fitting(cursor, order, &terms)?;
            let inclusive = cursor.after == (way == Way::Before);
            select.filter.extend(beyond(&terms, &values, inclusive));
        }
        select.also = terms.iter().map(|term| term.node.clone()).collect();
        select.order_by = terms.into_iter().map(Term::into_order).collect();
        select.limit = Some(size.saturating_add(1));
        Ok(Cut {
            order,
            way,
            cursor: cursor.cloned(),
        })
    }

    /// The place just after a row with these values of the order.
    pub(crate) fn after(&self, values: &[Value]) -> Cursor {
        self.at(values, true)
    }

    fn at(&self, values: &[Value], after: bool) -> Cursor {
        Cursor {
            order: self.order,
            after,
            values: values.to_vec(),
        }
    }

    /// The page of these rows, as the query gave them, each with its values of the order.
    pub(crate) fn page<T>(self, mut items: Vec<T>, mut values: Vec<Vec<Value>>, more: bool) -> KeysetPage<T> {
        if self.way == Way::Before {
            items.reverse();
            values.reverse();
        }
        // Without a row, both sides of the page are where it was asked for.
        let place = |values: Option<&Vec<Value>>, after| {
            let at = values.map(|values| self.at(values, after));
            at.or_else(|| self.cursor.clone())
        };
        let (has_next, has_previous) = match self.way {
            Way::After => (more, self.cursor.is_some()),
            Way::Before => (self.cursor.is_some(), more),
        };
        KeysetPage {
            next: has_next.then(|| place(values.last(), true)).flatten(),
            previous: has_previous.then(|| place(values.first(), false)).flatten(),
            items,
        }
    }
}

/// The model, and behind it the values of the order.
fn read<M: Table>(row: &mut RowReader<'_>) -> Result<(M, Vec<Value>)> {
    let model = M::read(row)?;
    let width = row.width().saturating_sub(row.position());
    let values = place_of(row, width)?;
    Ok((model, values))
}

/// The values of the order, in so many columns from the reader's position on.
pub(crate) fn place_of(row: &mut RowReader<'_>, width: usize) -> Result<Vec<Value>> {
    (0..width).map(|_| row.read_by(value_of)).collect()
}

/// One term of an order of which everything is known.
struct Term {
    node: Node,
    descending: bool,
    nulls_first: bool,
    nullable: bool,
}

impl Term {
    const fn reverse(&mut self) {
        self.descending = !self.descending;
        self.nulls_first = !self.nulls_first;
    }

    fn into_order(self) -> OrderTerm {
        OrderTerm {
            node: self.node,
            descending: self.descending,
            nulls_first: self.nullable.then_some(self.nulls_first),
        }
    }

    fn is_null(&self, negated: bool) -> Node {
        Node::IsNull {
            node: Box::new(self.node.clone()),
            negated,
        }
    }

    fn compare(&self, op: BinaryOp, value: &Value) -> Node {
        let data_type = type_of(&self.node).unwrap_or_else(|| value.data_type());
        Node::binary(op, self.node.clone(), Node::Value(value.clone(), data_type))
    }

    fn equal(&self, value: &Value) -> Node {
        if value.is_null() {
            self.is_null(false)
        } else {
            self.compare(BinaryOp::Eq, value)
        }
    }

    /// The rows behind this value, and those that have it if `inclusive`; `None` when there can be none.
    fn behind(&self, value: &Value, inclusive: bool) -> Option<Node> {
        if value.is_null() {
            return match (self.nulls_first, inclusive) {
                (true, true) => Some(Node::Bool(true)),
                (true, false) => Some(self.is_null(true)),
                (false, true) => Some(self.is_null(false)),
                (false, false) => None,
            };
        }
        let compared = self.compare(
            match (self.descending, inclusive) {
                (false, false) => BinaryOp::Gt,
                (false, true) => BinaryOp::Ge,
                (true, false) => BinaryOp::Lt,
                (true, true) => BinaryOp::Le,
            },
            value,
        );
        if self.nullable && !self.nulls_first {
            return Some(Node::Or(vec![compared, self.is_null(false)]));
        }
        Some(compared)
    }
}

/// The order of a query, with the primary key at its end.
fn terms_of(select: &Select, dialect: Dialect) -> Result<Vec<Term>> {
    let refused = |why: &'static str| Err(Error::invalid(why).with_table(select.from.name));
    if select.limit.is_some() || select.offset.is_some() {
        return refused("a page has a size of its own: leave out `limit` and `offset`");
    }
    if !select.group_by.is_empty() || !select.having.is_empty() {
        return refused(
            "groups have no pages by place: leave out `group_by` and `having`, or use `limit` and `offset`",
        );
    }
    let table = select.from;
    let features = dialect.features();
    let mut terms = Vec::with_capacity(select.order_by.len() + table.primary_key.len());
    for order in &select.order_by {
        if order.node.has_aggregate() || matches!(order.node, Node::Output(_)) {
            return refused(
                "pages are cut by columns and expressions of each row, not by aggregates or outputs",
            );
        }
        if matches!(type_of(&order.node), Some(DataType::Json | DataType::Array(_))) {
            return refused(
                "pages cannot be cut by JSON or arrays: they have no order that all databases agree on",
            );
        }
        let natural = features.nulls_first != order.descending;
        terms.push(Term {
            node: ordered(&order.node, features.enums_compare_as_text),
            descending: order.descending,
            nulls_first: order.nulls_first.unwrap_or(natural),
            nullable: !matches!(order.node, Node::Column(of, column) if of.is(table) && !column.nullable),
        });
    }
    let descending = terms.last().is_some_and(|term| term.descending);
    for key in table.primary_key {
        let column = &table.columns[*key];
        if !terms.iter().any(|term| is_column(&term.node, column)) {
            terms.push(Term {
                node: Node::Column(table, column),
                descending,
                nulls_first: false,
                nullable: false,
            });
        }
    }
    Ok(terms)
}

fn is_column(node: &Node, column: &ColumnDef) -> bool {
    matches!(node, Node::Column(_, other) if std::ptr::eq(*other, column))
}

/// What is compared as it is ordered: an enum that is ordered by its declaration and compared as text becomes its
/// number.
fn ordered(node: &Node, enums_compare_as_text: bool) -> Node {
    match type_of(node) {
        Some(DataType::Enum(def)) if enums_compare_as_text && def.storage == EnumStorage::Native => {
            Node::binary(
                BinaryOp::Add,
                node.clone(),
                Node::Value(Value::I32(0), DataType::I32),
            )
        }
        _ => node.clone(),
    }
}

/// A number that stands for the order, the same in every process.
fn order_of(table: &'static TableDef, terms: &[Term], dialect: Dialect) -> Result<u64> {
    let order: Vec<OrderTerm> = terms
        .iter()
        .map(|term| OrderTerm {
            node: term.node.clone(),
            descending: term.descending,
            nulls_first: Some(term.nulls_first),
        })
        .collect();
    let sql = order_text(table, &order, dialect)?;
    let mut text = sql.text.to_string();
    for param in &sql.params {
        text.push('\n');
        text.push_str(&param.display());
    }
    for term in terms {
        text.push_str(if term.nulls_first { "\nfirst" } else { "\nlast" });
    }
    Ok(fingerprint(text.as_bytes()))
}

/// The cursor's values, as values of the terms.
fn fitting(cursor: &Cursor, order: u64, terms: &[Term]) -> Result<Vec<Value>> {
    if cursor.order != order || cursor.values.len() != terms.len() {
        return Err(Error::invalid(
            "this cursor was made for another order: use it with the `order_by` that it comes from, or begin at the first page",
        ));
    }
    let values = cursor.values.iter().zip(terms).map(|(value, term)| {
        // A number of the column's own width, so that an index is used.
        type_of(&term.node)
            .filter(|_| !value.is_null())
            .and_then(|data_type| value.clone().converted(data_type))
            .unwrap_or_else(|| value.clone())
    });
    Ok(values.collect())
}

/// The conditions on rows behind this place.
fn beyond(terms: &[Term], values: &[Value], inclusive: bool) -> Vec<Node> {
    let mut conditions = Vec::with_capacity(2);
    // It follows from the other one, and is one that databases look for in an index.
    if let ([first, _, ..], [value, ..]) = (terms, values)
        && let Some(bound @ Node::Binary(..)) = first.behind(value, true)
    {
        conditions.push(bound);
    }
    conditions.push(nested(terms, values, inclusive).unwrap_or(Node::Bool(false)));
    conditions
}

fn nested(terms: &[Term], values: &[Value], inclusive: bool) -> Option<Node> {
    let ([term, terms @ ..], [value, values @ ..]) = (terms, values) else {
        return None;
    };
    if terms.is_empty() {
        return term.behind(value, inclusive);
    }
    let behind = term.behind(value, false);
    let equal = nested(terms, values, inclusive).map(|rest| Node::And(vec![term.equal(value), rest]));
    match (behind, equal) {
        (Some(behind), Some(equal)) => Some(Node::Or(vec![behind, equal])),
        (behind, equal) => behind.or(equal),
    }
}
