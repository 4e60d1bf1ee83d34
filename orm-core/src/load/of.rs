//! One row's collection as a query: `Author::books.of(id)`.

use super::statement::{column, side};
use crate::error::Error;
use crate::expr::ast::{BinaryOp, Inner, Node, Output, Question, Scopes, Select, Subquery};
use crate::model::{Id, RelationDef, Table, TableDef, or_key};
use crate::query::Query;
use crate::value::Value;

/// The rows to which a relation leads from the row with this key.
pub(super) fn of<M: Table, T: Table>(relation: &'static RelationDef, id: &Id<M>) -> Query<T> {
    let mut query = Query::of(Select::new(T::table()));
    let key = match id.to_values() {
        Ok(key) => own_key(M::table(), relation, &key),
        Err(e) => {
            query.fail(&Error::invalid(e.to_string()));
            return query;
        }
    };
    let target = T::table();
    query.select.filter = match relation.through {
        None => {
            let columns = or_key(relation.target_columns, target).iter().zip(key);
            columns
                .map(|(index, key)| Node::binary(BinaryOp::Eq, column(target, *index), key))
                .collect()
        }
        Some(through) => {
            let link = (through.table)();
            let far = through.far.iter().zip(or_key(relation.target_columns, target));
            let far = far.map(|(far, key)| {
                Node::binary(
                    BinaryOp::Eq,
                    side(1, column(link, *far)),
                    side(0, column(target, *key)),
                )
            });
            let near = through.near.iter().zip(key);
            let near = near.map(|(near, key)| Node::binary(BinaryOp::Eq, side(1, column(link, *near)), key));
            let links = Select {
                filter: far.chain(near).collect(),
                ..Select::new(link)
            };
            vec![Node::Subquery(Box::new(Subquery {
                ask: Question::Exists { negated: false },
                query: Inner::new(links, Scopes::default()),
                correlated: true,
            }))]
        }
    };
    query
}

/// The values of the row in the columns from which the relation leads; looked up where they are not its primary key.
fn own_key(table: &'static TableDef, relation: &'static RelationDef, id: &[Value]) -> Vec<Node> {
    let keys = || table.primary_key.iter().zip(id);
    if relation.columns.is_empty() {
        return keys()
            .map(|(key, value)| Node::Value(value.clone(), table.columns[*key].data_type))
            .collect();
    }
    let looked_up = relation.columns.iter().map(|own| {
        let row = Select {
            output: Output::Nodes(vec![(column(table, *own), None)]),
            filter: keys()
                .map(|(key, value)| Node::equal(table, &table.columns[*key], value.clone()))
                .collect(),
            ..Select::new(table)
        };
        Node::Subquery(Box::new(Subquery::new(
            Question::Value,
            Inner::new(row, Scopes::default()),
        )))
    });
    looked_up.collect()
}
