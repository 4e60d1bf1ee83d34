//! Which statements a load sends, decided before the first: pure data, made by functions that await nothing.

use std::sync::Arc;

use super::key::{KeyColumn, Lower};
use super::options::{Options, Strategy};
use crate::exec::RowSink;
use crate::expr::ast::{Node, Output};
use crate::model::{RelationDef, RelationKind, TableDef, Through, or_key};

/// The most rows of other tables that are joined in one statement; SQLite and MariaDB take about twice as many.
const MOST_JOINS: usize = 30;

const AGGREGATE: &str = "an aggregate in a projection of related rows is of all of them, whoever has them: put it where they \
                         are related, as `#[orm(sum(reviews.rating))]`";

/// What is wanted of each row, before it is planned.
#[derive(Clone)]
pub struct ShapeNode {
    /// The columns of the table ([`Output::Own`]), or expressions.
    pub(crate) output: Output,
    /// Makes what takes the rows.
    pub(crate) make: fn() -> Box<dyn RowSink>,
    /// What is loaded with each row.
    pub(crate) children: Vec<LoadNode>,
}

/// A relation that is to be loaded, before it is planned.
#[derive(Clone)]
pub struct LoadNode {
    pub(crate) relation: &'static RelationDef,
    pub(crate) options: Options,
    pub(crate) shape: ShapeNode,
}

impl LoadNode {
    /// What is wrong with it or with what is loaded beneath; told before anything is sent.
    pub(crate) fn fault(&self) -> Option<&str> {
        let aggregate = self.shape.has_aggregate().then_some(AGGREGATE);
        self.options
            .fault
            .as_deref()
            .or(aggregate)
            .or_else(|| self.shape.fault())
    }
}

impl ShapeNode {
    /// What is wrong with a load beneath; told before anything is sent.
    pub(crate) fn fault(&self) -> Option<&str> {
        self.children.iter().find_map(LoadNode::fault)
    }

    /// Whether expressions are read, and nothing that needs the row's key.
    pub(crate) const fn is_flat(&self) -> bool {
        matches!(self.output, Output::Nodes(_)) && self.children.is_empty()
    }

    /// Whether an expression is of all rows.
    fn has_aggregate(&self) -> bool {
        matches!(&self.output, Output::Nodes(nodes) if nodes.iter().any(|(node, _)| node.has_aggregate()))
    }
}

/// The rows of one table on their way from one statement.
pub(crate) struct LevelPlan {
    pub(crate) table: &'static TableDef,
    /// What is read of a row, keys that nobody asked for included.
    pub(crate) output: Output,
    /// How many columns a row has with those of all rows that are joined to it.
    pub(crate) total: usize,
    pub(crate) make: fn() -> Box<dyn RowSink>,
    /// The primary key, where it is read.
    pub(crate) key: Vec<KeyColumn>,
    pub(crate) children: Vec<ChildPlan>,
    /// A row may come several times, as rows of a collection are joined to it.
    pub(crate) folds: bool,
}

/// A relation that is loaded.
pub(crate) struct ChildPlan {
    pub(crate) relation: &'static RelationDef,
    pub(crate) options: Options,
    pub(crate) strategy: Strategy,
    /// Why that one.
    pub(crate) why: &'static str,
    /// The key in the rows that have the relation; empty where nobody reads it.
    pub(crate) from: Vec<KeyColumn>,
    /// The same key in the rows at the other end, or behind them where a join table has it.
    pub(crate) to: Vec<KeyColumn>,
    /// Where the columns of a joined row begin, counted from those of the row that has it.
    pub(crate) offset: usize,
    pub(crate) level: Arc<LevelPlan>,
    /// It leads to many rows.
    pub(crate) many: bool,
    /// A key without a row at its other end is an error.
    pub(crate) required: bool,
}

impl LevelPlan {
    /// Whether anything beneath comes with all other levels.
    pub(crate) fn is_one_trip(&self) -> bool {
        self.children
            .iter()
            .any(|child| child.strategy == Strategy::OneTrip || child.level.is_one_trip())
    }
}

impl ChildPlan {
    /// Whether it comes with the statement of the rows that have it.
    pub(crate) fn is_joined(&self) -> bool {
        self.strategy == Strategy::Joined
    }

    /// Whether a row of it may stand in several rows of the result in turn.
    pub(crate) fn is_repeating(&self) -> bool {
        self.is_joined() && (self.many || self.level.folds)
    }
}

/// What is said of all loads of a query.
#[derive(Clone, Copy, Default)]
pub(crate) struct Manner {
    /// Rows of every tenant.
    pub(crate) all_tenants: bool,
    /// Single rows are joined wherever they can be, whatever was asked for: one statement sees one moment.
    pub(crate) single_rows_joined: bool,
    /// All levels come with one statement.
    pub(crate) one_trip: bool,
    /// Why they do not although they should.
    pub(crate) several: Option<&'static str>,
    /// The query's own rows are locked, and no others.
    pub(crate) locked: bool,
    /// How the database compares keys of text without regard to case.
    pub(crate) lower: Lower,
}

/// A statement while it is planned.
struct Statement {
    joins: usize,
    /// Why no collection can be joined at this place.
    closed: Option<&'static str>,
    manner: Manner,
}

const SECOND: &str = "a second joined collection would multiply the rows";
const LINKS: &str = "nothing in the model says that a link is there once";

/// Plans the statements of a query; `closed` says why no collection can be joined to its rows.
pub(crate) fn plan(
    table: &'static TableDef,
    shape: &ShapeNode,
    manner: Manner,
    closed: Option<&'static str>,
) -> LevelPlan {
    let mut statement = Statement {
        joins: 0,
        closed,
        manner,
    };
    level(table, shape, &mut statement, &[], false).0
}

/// Plans one relation as the query of its own that it is where the rows that have it are there already.
pub(crate) fn plan_alone(from: &'static TableDef, node: &LoadNode, manner: Manner) -> ChildPlan {
    let mut statement = Statement {
        joins: 0,
        closed: Some("the rows are there already"),
        manner,
    };
    let mut node = node.clone();
    node.options.strategy = Some(Strategy::Selectin);
    let mut output = Output::Own;
    child(from, &node, &mut output, &mut statement)
}

/// Also gives the places of the wanted columns.
fn level(
    table: &'static TableDef,
    shape: &ShapeNode,
    statement: &mut Statement,
    wanted: &[usize],
    joined: bool,
) -> (LevelPlan, Vec<usize>) {
    let mut output = shape.output.clone();
    let places = wanted
        .iter()
        .map(|column| place(&mut output, table, *column))
        .collect();
    let mut children: Vec<ChildPlan> = shape
        .children
        .iter()
        .map(|node| child(table, node, &mut output, statement))
        .collect();
    let folds = children.iter().any(ChildPlan::is_repeating);
    let key = if folds || joined || matches!(output, Output::Own) {
        let columns = table.primary_key.iter().map(|key| {
            let column = &table.columns[*key];
            KeyColumn::new(
                place(&mut output, table, *key),
                column,
                column,
                statement.manner.lower,
            )
        });
        columns.collect()
    } else {
        Vec::new()
    };
    if let Output::Nodes(nodes) = &output
        && nodes.is_empty()
    {
        // A row without columns of its own is a row all the same.
        place(
            &mut output,
            table,
            table.primary_key.first().copied().unwrap_or(0),
        );
    }
    let mut total = match &output {
        Output::Nodes(nodes) => nodes.len(),
        _ => table.columns.len(),
    };
    for child in children.iter_mut().filter(|child| child.is_joined()) {
        child.offset = total;
        total += child.level.total;
    }
    let plan = LevelPlan {
        table,
        output,
        total,
        make: shape.make,
        key,
        children,
        folds,
    };
    (plan, places)
}

fn child(
    table: &'static TableDef,
    node: &LoadNode,
    output: &mut Output,
    statement: &mut Statement,
) -> ChildPlan {
    let relation = node.relation;
    let target = (relation.target)();
    let (strategy, why) = match (choose(table, node, statement), statement.manner.several) {
        ((Strategy::Selectin, _), Some(why)) => (Strategy::Selectin, why),
        (chosen, _) => chosen,
    };
    let own = or_key(relation.columns, table);
    let (through, theirs) = match relation.through {
        Some(through) => ((through.table)(), through.near),
        None => (target, or_key(relation.target_columns, target)),
    };
    let many = is_many(relation);
    let (level, places) = if strategy == Strategy::Joined {
        statement.joins += 1 + usize::from(relation.through.is_some());
        let closed = statement.closed;
        if many {
            // Collections of its rows are one chain with it.
            statement.closed = None;
        } else if node.options.deleted.is_some() {
            statement.closed = Some("its rows are reached by a join that hides some of them");
        }
        let planned = level(target, &node.shape, statement, &[], true);
        statement.closed = if many || planned.0.folds {
            Some(SECOND)
        } else {
            closed
        };
        planned
    } else {
        let mut apart = Statement {
            joins: 0,
            // A row that is linked twice comes twice, with all that is joined to it.
            closed: relation
                .through
                .and_then(|through| (!is_link(&through)).then_some(LINKS)),
            manner: Manner {
                locked: false,
                ..statement.manner
            },
        };
        let wanted = if relation.through.is_some() {
            &[][..]
        } else {
            theirs
        };
        level(target, &node.shape, &mut apart, wanted, false)
    };
    let required = is_required(table, relation, &node.options, statement.manner);
    // A join that may hide a row of another tenant leaves nothing but the key to tell that one should be there.
    let hides = required && target.tenant.is_some() && !statement.manner.all_tenants;
    let read = strategy != Strategy::Joined || matches!(output, Output::Own) || hides;
    let lower = statement.manner.lower;
    let columns = || {
        own.iter()
            .map(|i| &table.columns[*i])
            .zip(theirs.iter().map(|i| &through.columns[*i]))
    };
    let from = own
        .iter()
        .zip(columns())
        .filter(|_| read)
        .map(|(i, (own, other))| KeyColumn::new(place(output, table, *i), own, other, lower))
        .collect();
    // Those of a join table stand behind all else.
    let places = places.into_iter().chain(level.total..);
    let to = columns()
        .zip(places)
        .map(|((own, other), at)| KeyColumn::new(at, other, own, lower))
        .collect();
    ChildPlan {
        relation,
        options: node.options.clone(),
        strategy,
        why,
        from,
        to,
        offset: 0,
        level: Arc::new(level),
        many,
        required,
    }
}

fn choose(table: &'static TableDef, node: &LoadNode, statement: &Statement) -> (Strategy, &'static str) {
    let (relation, options) = (node.relation, &node.options);
    let apart = if statement.manner.one_trip {
        Strategy::OneTrip
    } else {
        Strategy::Selectin
    };
    if statement.manner.locked {
        return (Strategy::Selectin, "the query locks its own rows, and no others");
    }
    if !is_many(relation) {
        if relation.kind == RelationKind::HasOne && !is_single(relation) {
            return (apart, "nothing in the model says that there is only one row");
        }
        if statement.joins >= MOST_JOINS {
            return (apart, "the statement joins as many rows as it should already");
        }
        return match options.strategy {
            Some(Strategy::Selectin) if !statement.manner.single_rows_joined => (apart, "asked for"),
            Some(Strategy::Joined) => (Strategy::Joined, "asked for"),
            _ => (
                Strategy::Joined,
                "one row at most: it costs no statement and repeats little",
            ),
        };
    }
    match options.strategy {
        Some(Strategy::Joined) => {
            let refused = if options.limit.is_some() || options.offset > 0 {
                Some("a limit for each row needs a statement of its own")
            } else if options.has_paths() {
                Some("its filter or order follows further relations")
            } else if table.primary_key.is_empty() || (relation.target)().primary_key.is_empty() {
                Some("rows without a primary key cannot be told apart when they are repeated")
            } else if relation.through.is_some_and(|through| !is_link(&through)) {
                Some(LINKS)
            } else if statement.joins >= MOST_JOINS {
                Some("the statement joins as many rows as it should already")
            } else {
                statement.closed
            };
            match refused {
                Some(why) => (apart, why),
                None => (Strategy::Joined, "asked for"),
            }
        }
        Some(_) => (apart, "asked for"),
        None => (apart, "many rows: no row is repeated"),
    }
}

const fn is_many(relation: &RelationDef) -> bool {
    matches!(relation.kind, RelationKind::HasMany | RelationKind::ManyToMany)
}

/// Whether the model at the other end says that one row at most has the key.
fn is_single(relation: &RelationDef) -> bool {
    let target = (relation.target)();
    is_unique(target, or_key(relation.target_columns, target))
}

/// Whether the join table says that it has a pair of rows once.
fn is_link(through: &Through) -> bool {
    let columns: Vec<usize> = through.near.iter().chain(through.far).copied().collect();
    is_unique((through.table)(), &columns)
}

/// Whether there is one row at most with the same values in these columns.
fn is_unique(table: &TableDef, columns: &[usize]) -> bool {
    let among = |unique: &[usize]| !unique.is_empty() && unique.iter().all(|c| columns.contains(c));
    among(table.primary_key)
        || table.indexes.iter().any(|index| {
            let unique = index.columns();
            index.unique && index.condition.is_none() && unique.len() == index.parts.len() && among(&unique)
        })
}

/// Whether a key must lead to a row that is seen.
fn is_required(table: &TableDef, relation: &RelationDef, options: &Options, manner: Manner) -> bool {
    if relation.kind != RelationKind::BelongsTo || options.deleted == Some(false) {
        return false;
    }
    if !relation.nullable {
        return true;
    }
    let target = (relation.target)();
    let held = table
        .foreign_keys
        .iter()
        .any(|key| key.constraint && key.columns == relation.columns);
    let hidden = target.soft_delete.is_some() && options.deleted != Some(true);
    held && !hidden && (target.tenant.is_none() || manner.all_tenants)
}

/// The place of a column among what is read of a row; it is added where nobody asked for it.
fn place(output: &mut Output, table: &'static TableDef, index: usize) -> usize {
    let Output::Nodes(nodes) = output else {
        return index;
    };
    let column = &table.columns[index];
    let is_it = |node: &Node| matches!(node, Node::Column(_, other) if std::ptr::eq(*other, column));
    match nodes.iter().position(|(node, _)| is_it(node)) {
        Some(place) => place,
        None => {
            nodes.push((Node::Column(table, column), None));
            nodes.len() - 1
        }
    }
}
