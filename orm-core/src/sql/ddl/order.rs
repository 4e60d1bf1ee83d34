//! The order of tables: each after those that it refers to, and those that refer to each other together.

use std::collections::HashMap;

use super::place::describe;
use crate::error::{Error, Result};
use crate::model::TableDef;

/// Tables that refer to each other in a circle; mostly a single one.
pub(super) type Group = Vec<&'static TableDef>;

/// The tables in groups, each after all that it refers to. What is free keeps the order of the list. A table that is listed
/// twice is there once; a target that is not listed is taken as being there.
///
/// # Errors
/// `Invalid` when two models describe one table.
pub(super) fn groups(tables: &[&'static TableDef]) -> Result<Vec<Group>> {
    let mut graph = Graph::default();
    for table in tables {
        graph.add(table)?;
    }
    Ok(graph.groups())
}

/// Tarjan's algorithm: it finds the circles and gives them in the order of their dependencies in one walk.
#[derive(Default)]
struct Graph {
    tables: Vec<&'static TableDef>,
    by_name: HashMap<(Option<&'static str>, &'static str), usize>,
}

struct Walk {
    /// When a table was reached, from 1 on; 0 is not yet.
    reached: Vec<usize>,
    /// The earliest table on the stack that can be reached from it.
    earliest: Vec<usize>,
    on_stack: Vec<bool>,
    stack: Vec<usize>,
    clock: usize,
    groups: Vec<Vec<usize>>,
}

impl Graph {
    fn add(&mut self, table: &'static TableDef) -> Result<()> {
        let key = (table.schema, table.name);
        match self.by_name.get(&key).and_then(|at| self.tables.get(*at)) {
            None => {
                self.by_name.insert(key, self.tables.len());
                self.tables.push(table);
                Ok(())
            }
            Some(first) if first.model == table.model && first.module == table.module => Ok(()),
            Some(first) => Err(Error::invalid(format!(
                "{} and {} both describe the table `{}`: list the one that has all of its columns",
                describe(first),
                describe(table),
                table.name
            ))
            .with_table(table.name)),
        }
    }

    /// The tables of the list to which this one refers, itself left out.
    fn targets(&self, at: usize) -> impl Iterator<Item = usize> + '_ {
        self.tables[at]
            .foreign_keys
            .iter()
            .filter(|key| key.constraint)
            .filter_map(|key| {
                let target = (key.target)();
                self.by_name.get(&(target.schema, target.name)).copied()
            })
            .filter(move |target| *target != at)
    }

    fn groups(&self) -> Vec<Group> {
        let count = self.tables.len();
        let mut walk = Walk {
            reached: vec![0; count],
            earliest: vec![0; count],
            on_stack: vec![false; count],
            stack: Vec::new(),
            clock: 0,
            groups: Vec::new(),
        };
        for at in 0..count {
            if walk.reached[at] == 0 {
                self.visit(at, &mut walk);
            }
        }
        walk.groups
            .into_iter()
            .map(|mut group| {
                group.sort_unstable();
                group.into_iter().map(|at| self.tables[at]).collect()
            })
            .collect()
    }

    fn visit(&self, at: usize, walk: &mut Walk) {
        walk.clock += 1;
        walk.reached[at] = walk.clock;
        walk.earliest[at] = walk.clock;
        walk.stack.push(at);
        walk.on_stack[at] = true;
        for target in self.targets(at) {
            if walk.reached[target] == 0 {
                self.visit(target, walk);
                walk.earliest[at] = walk.earliest[at].min(walk.earliest[target]);
            } else if walk.on_stack[target] {
                walk.earliest[at] = walk.earliest[at].min(walk.reached[target]);
            }
        }
        if walk.earliest[at] == walk.reached[at] {
            let mut group = Vec::new();
            while let Some(member) = walk.stack.pop() {
                walk.on_stack[member] = false;
                group.push(member);
                if member == at {
                    break;
                }
            }
            walk.groups.push(group);
        }
    }
}
