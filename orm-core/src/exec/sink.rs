//! Where rows go: sinks that a driver owns for the while, and that can start over.

use std::any::Any;

use crate::error::Result;
use crate::value::{FromRow, RowReader};

/// Takes the rows of one statement, each borrowed from the driver.
///
/// A sink is owned so that it can go to another thread and come back; it has no effect outside itself, as a read may
/// be run twice ([`restart`](RowSink::restart)).
pub trait RowSink: Send + 'static {
    /// Called once before the first row, with a reader over the columns' names; also for a result without rows where
    /// the driver knows the columns then.
    ///
    /// # Errors
    /// When the columns are not those that were wanted.
    fn columns(&mut self, _columns: &RowReader<'_>) -> Result<()> {
        Ok(())
    }

    /// Takes one row.
    ///
    /// # Errors
    /// `Decode` when a cell does not fit.
    fn row(&mut self, row: &mut RowReader<'_>) -> Result<()>;

    /// A statement has ended; of several ([`Executor::run_all`](super::Executor::run_all)) each is told.
    fn done(&mut self, _done: super::Done) {}

    /// Forgets the rows of the statement that is under way: it runs again. Those of statements that are
    /// [`done`](RowSink::done) stay.
    fn restart(&mut self);

    /// How many rows it holds.
    fn len(&self) -> usize;

    /// Whether it holds no row.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The rows so far, in a sink of their own; this one goes on empty.
    fn take(&mut self) -> Box<dyn RowSink>;

    /// For the way back to the concrete type.
    fn into_any(self: Box<Self>) -> Box<dyn Any + Send>;
}

/// Collects each row as a `T`: nearly the only sink.
pub struct Collect<T> {
    rows: Vec<T>,
    /// How many of them are of statements that have ended.
    kept: usize,
    read: fn(&mut RowReader<'_>) -> Result<T>,
    fields: Option<Fields>,
    width: Option<usize>,
    map: Option<std::sync::Arc<[usize]>>,
}

/// The columns wanted by name.
type Fields = std::sync::Arc<[std::borrow::Cow<'static, str>]>;

impl<T: Send + 'static> Collect<T> {
    /// By position, as our own statements are read.
    #[must_use]
    pub fn new(read: fn(&mut RowReader<'_>) -> Result<T>) -> Self {
        Collect {
            rows: Vec::new(),
            kept: 0,
            read,
            fields: None,
            width: None,
            map: None,
        }
    }

    /// By name: the names are matched to positions once for a statement.
    #[must_use]
    pub fn by_name(
        fields: impl IntoIterator<Item = std::borrow::Cow<'static, str>>,
        read: fn(&mut RowReader<'_>) -> Result<T>,
    ) -> Self {
        Collect {
            rows: Vec::new(),
            kept: 0,
            read,
            fields: Some(fields.into_iter().collect()),
            width: None,
            map: None,
        }
    }

    /// The rows of a sink that a driver gave back.
    ///
    /// # Errors
    /// `Invalid` when the sink is of another type, which is a defect of the executor.
    pub fn rows(sink: Box<dyn RowSink>) -> Result<Vec<T>> {
        match sink.into_any().downcast::<Self>() {
            Ok(sink) => Ok(sink.rows),
            Err(_) => Err(crate::error::Error::invalid(
                "the executor gave back a sink that is not the one it was given",
            )),
        }
    }
}

impl<T: FromRow> Collect<T> {
    /// By name where the row type has names, else by position.
    #[must_use]
    pub fn from_rows() -> Self {
        match T::FIELDS {
            Some(fields) => Self::by_name(fields.iter().map(|f| (*f).into()), T::from_row),
            None => Collect {
                width: T::WIDTH,
                ..Self::new(T::from_row)
            },
        }
    }
}

impl<T: Send + 'static> RowSink for Collect<T> {
    fn columns(&mut self, columns: &RowReader<'_>) -> Result<()> {
        if let Some(fields) = &self.fields {
            self.map = Some(positions(fields, columns)?);
        }
        if let Some(wanted) = self.width
            && wanted != columns.width()
        {
            return Err(crate::error::Error::new(
                crate::error::ErrorKind::Decode,
                format!(
                    "the result has {} columns, and {wanted} are read: select as many",
                    columns.width()
                ),
            ));
        }
        Ok(())
    }

    #[inline]
    fn row(&mut self, row: &mut RowReader<'_>) -> Result<()> {
        let made = match &self.map {
            Some(map) => row.mapped(map, self.read)?,
            None => (self.read)(row)?,
        };
        self.rows.push(made);
        Ok(())
    }

    fn done(&mut self, _done: super::Done) {
        self.kept = self.rows.len();
    }

    fn restart(&mut self) {
        self.rows.truncate(self.kept);
    }

    fn len(&self) -> usize {
        self.rows.len()
    }

    fn take(&mut self) -> Box<dyn RowSink> {
        let room = self.rows.len();
        self.kept = 0;
        Box::new(Collect {
            rows: std::mem::replace(&mut self.rows, Vec::with_capacity(room)),
            kept: 0,
            read: self.read,
            fields: None,
            width: None,
            map: None,
        })
    }

    fn into_any(self: Box<Self>) -> Box<dyn Any + Send> {
        self
    }
}

/// Where each wanted column stands in the result.
fn positions(fields: &Fields, columns: &RowReader<'_>) -> Result<std::sync::Arc<[usize]>> {
    let find = |name: &str| (0..columns.width()).find(|i| columns.name(*i) == name);
    fields
        .iter()
        .map(|name| {
            find(name).ok_or_else(|| {
                let have: Vec<String> = (0..columns.width())
                    .map(|i| format!("`{}`", columns.name(i)))
                    .collect();
                crate::error::Error::new(
                    crate::error::ErrorKind::Decode,
                    format!(
                        "the result has no column `{name}`: it has {}; select it, or name it with AS",
                        have.join(", ")
                    ),
                )
            })
        })
        .collect()
}

/// Counts rows and keeps none.
#[derive(Debug, Default)]
pub struct Discard {
    rows: usize,
    kept: usize,
}

impl RowSink for Discard {
    fn row(&mut self, _row: &mut RowReader<'_>) -> Result<()> {
        self.rows += 1;
        Ok(())
    }

    fn done(&mut self, _done: super::Done) {
        self.kept = self.rows;
    }

    fn restart(&mut self) {
        self.rows = self.kept;
    }

    fn len(&self) -> usize {
        self.rows
    }

    fn take(&mut self) -> Box<dyn RowSink> {
        Box::new(Discard {
            rows: std::mem::take(&mut self.rows),
            kept: std::mem::take(&mut self.kept),
        })
    }

    fn into_any(self: Box<Self>) -> Box<dyn Any + Send> {
        self
    }
}
