//! How many statements there are, before the first is sent: one needs no transaction around it.

use crate::error::Result;
use crate::exec::{Stmt, StmtIter};

/// No statement, one, or more. They are still made one by one: only the first two are there.
pub(super) enum Several {
    None,
    One(Stmt),
    More(StmtIter),
}

impl Several {
    /// Looks at the first two.
    pub(super) fn of(mut stmts: StmtIter) -> Result<Several> {
        let Some(first) = stmts.next().transpose()? else {
            return Ok(Several::None);
        };
        Ok(match stmts.next().transpose()? {
            // It may have to be undone.
            None if first.must_change.is_some() => Several::More(Box::new(std::iter::once(Ok(first)))),
            None => Several::One(first),
            Some(second) => Several::More(Box::new([first, second].map(Ok).into_iter().chain(stmts))),
        })
    }
}
