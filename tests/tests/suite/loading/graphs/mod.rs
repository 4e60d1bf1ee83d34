//! Random rows of related models, loaded by random plans: what comes is what the same rows give in memory, whichever
//! strategies are forced.

mod model;
mod plan;
mod random;

use orm_core::prelude::*;

use self::model::{Badge, Graph, Label, Line, Link, Node, Post, Tag};
use self::plan::{PLANS, Say, expected, load, says};
use self::random::graphs;
use super::super::oracle::hold;
use super::super::{long, on_all};

/// What is wrong with what the plans give, if anything is.
async fn wrong(db: &Db, graph: &Graph, says: &[Say]) -> Result<Option<String>> {
    // Random texts of statements fill what a connection keeps.
    db.drop_connections();
    graph.store(db).await?;
    for plan in PLANS {
        let expected = expected(plan, graph, says);
        for one_trip in [false, true] {
            let how = if one_trip { "in one trip" } else { "level by level" };
            let loaded = match load(plan, one_trip, db, says).await {
                Ok(loaded) => loaded,
                Err(e) => return Ok(Some(format!("{plan} {how}: {e:?}"))),
            };
            if loaded != expected {
                return Ok(Some(format!(
                    "{plan} {how} gives\n{loaded:#}\nin the place of\n{expected:#}"
                )));
            }
        }
    }
    Ok(None)
}

on_all! {
    async fn random_plans_give_what_memory_gives(db) {
        db.create_all::<(Node, Badge, Tag, Line, Post, Label, Link)>().await?;
        let (batches, cases) = if long() { (40, 100) } else { (1, 48) };
        for batch in 0..batches {
            hold(batch, cases, &(graphs(), says()), async |(graph, says)| wrong(db, &graph, &says).await);
        }
    }
}
