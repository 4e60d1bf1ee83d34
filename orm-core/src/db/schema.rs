//! Making and dropping the tables of models, for tests, examples and embedded use.

use super::Db;
use crate::error::Result;
use crate::exec::{Discard, Executor, Stmt, StmtIter};
use crate::model::Models;
use crate::sql::ddl;

impl Db {
    /// Makes the tables of these models, with their keys, indexes and checks, in the order that their foreign keys want:
    /// `db.create_all::<(Author, Book)>()`. What exists is passed by, and not compared with the model: that is what
    /// migrations are for.
    ///
    /// In one transaction where the database has those for schemas (SQLite, PostgreSQL).
    ///
    /// # Errors
    /// `Unsupported` or `Invalid`, before anything is sent, for what the database lacks or a model says wrongly; the
    /// text names model and field.
    pub async fn create_all<M: Models>(&self) -> Result<()> {
        let options = ddl::Options::default().if_not_exists(true);
        self.define(ddl::create_all_with(self.dialect(), &M::tables(), options)?)
            .await
    }

    /// Drops the tables of these models, those that refer to others first. What is not there is passed by.
    ///
    /// # Errors
    /// What the database says: a table that is not listed may refer to one of them.
    pub async fn drop_all<M: Models>(&self) -> Result<()> {
        self.define(ddl::drop_all(self.dialect(), &M::tables())?).await
    }

    async fn define(&self, statements: Vec<String>) -> Result<()> {
        if self.dialect().features().transactional_ddl {
            let statements: StmtIter = Box::new(statements.into_iter().map(|sql| Ok(Stmt::ddl(sql))));
            return self
                .run_all(statements, Box::new(Discard::default()))
                .await
                .map(drop);
        }
        for sql in statements {
            self.run(Stmt::ddl(sql), Box::new(Discard::default())).await?;
        }
        Ok(())
    }
}
