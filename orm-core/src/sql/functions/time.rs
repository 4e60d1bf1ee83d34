//! Functions of dates and times.

use crate::error::{Error, Result};
use crate::expr::ast::Node;
use crate::expr::{TimeFunction, TimePart, TimeUnit};
use crate::sql::{Dialect, Writer};
use crate::value::{DataType, Value};

/// Above so many microseconds (285 years), PostgreSQL's factor of an interval is not exact.
const EXACT: i64 = 1 << 53;

pub(super) const fn type_of(function: TimeFunction, of: DataType) -> DataType {
    match function {
        TimeFunction::Part(_) => DataType::I32,
        TimeFunction::Seconds | TimeFunction::Days => DataType::I64,
        TimeFunction::DateIn => DataType::Date,
        TimeFunction::Now | TimeFunction::Trunc(_) | TimeFunction::Later | TimeFunction::DaysLater => of,
    }
}

const fn unit_name(unit: TimeUnit) -> &'static str {
    match unit {
        TimeUnit::Year => "year",
        TimeUnit::Quarter => "quarter",
        TimeUnit::Month => "month",
        TimeUnit::Week => "week",
        TimeUnit::Day => "day",
        TimeUnit::Hour => "hour",
        TimeUnit::Minute => "minute",
        TimeUnit::Second => "second",
    }
}

impl Writer {
    pub(super) fn time_function(
        &mut self,
        function: TimeFunction,
        of: DataType,
        args: &[Node],
    ) -> Result<()> {
        match (function, args) {
            (TimeFunction::Now, _) => {
                self.push(match self.dialect {
                    Dialect::Sqlite => "strftime('%Y-%m-%d %H:%M:%f000', 'now')",
                    Dialect::Postgres => "CURRENT_TIMESTAMP",
                    Dialect::MySql | Dialect::MariaDb => "UTC_TIMESTAMP(6)",
                });
                Ok(())
            }
            (TimeFunction::Part(part), [arg]) => self.time_part(part, of, arg),
            // A date has no hours to cut off.
            (
                TimeFunction::Trunc(TimeUnit::Day | TimeUnit::Hour | TimeUnit::Minute | TimeUnit::Second),
                [arg],
            ) if of == DataType::Date => self.node(arg),
            (TimeFunction::Trunc(unit), [arg]) => self.trunc(unit, of, arg),
            (TimeFunction::Later, [arg, micros]) => self.later(arg, micros),
            (TimeFunction::DaysLater, [arg, days]) => self.days_later(arg, days),
            (TimeFunction::Seconds, [a, b]) => self.seconds(a, b),
            (TimeFunction::Days, [a, b]) => self.days(of, a, b),
            (TimeFunction::DateIn, [arg, zone]) => self.date_in(arg, zone),
            _ => Ok(()),
        }
    }

    fn parts(&mut self, parts: &[(&str, Option<&Node>)]) -> Result<()> {
        for (text, node) in parts {
            self.push(text);
            if let Some(node) = node {
                self.node(node)?;
            }
        }
        Ok(())
    }

    fn time_part(&mut self, part: TimePart, of: DataType, arg: &Node) -> Result<()> {
        let (before, after) = match self.dialect {
            Dialect::Sqlite => match part {
                TimePart::Quarter => ("((CAST(strftime('%m', ", ") AS INTEGER) + 2) / 3)"),
                TimePart::DayOfYear => ("CAST(strftime('%j', ", ") AS INTEGER)"),
                TimePart::Weekday => ("((CAST(strftime('%w', ", ") AS INTEGER) + 6) % 7 + 1)"),
                TimePart::Hour => ("CAST(strftime('%H', ", ") AS INTEGER)"),
                TimePart::Minute => ("CAST(strftime('%M', ", ") AS INTEGER)"),
                // `%S` rounds the fraction in.
                TimePart::Second if of == DataType::Time => ("CAST(substr(", ", 7, 2) AS INTEGER)"),
                TimePart::Second => ("CAST(substr(", ", 18, 2) AS INTEGER)"),
            },
            Dialect::Postgres => {
                let zoned = of == DataType::Timestamp;
                let before = match part {
                    TimePart::Quarter => "EXTRACT(QUARTER FROM ",
                    TimePart::DayOfYear => "EXTRACT(DOY FROM ",
                    TimePart::Weekday => "EXTRACT(ISODOW FROM ",
                    TimePart::Hour => "EXTRACT(HOUR FROM ",
                    TimePart::Minute => "EXTRACT(MINUTE FROM ",
                    TimePart::Second => "TRUNC(EXTRACT(SECOND FROM ",
                };
                let after = match (part, zoned) {
                    (TimePart::Second, true) => " AT TIME ZONE 'UTC'))::int4",
                    (TimePart::Second, false) => "))::int4",
                    (_, true) => " AT TIME ZONE 'UTC')::int4",
                    (_, false) => ")::int4",
                };
                (before, after)
            }
            Dialect::MySql | Dialect::MariaDb => match part {
                TimePart::Quarter => ("QUARTER(", ")"),
                TimePart::DayOfYear => ("DAYOFYEAR(", ")"),
                TimePart::Weekday => ("(WEEKDAY(", ") + 1)"),
                TimePart::Hour => ("HOUR(", ")"),
                TimePart::Minute => ("MINUTE(", ")"),
                TimePart::Second => ("SECOND(", ")"),
            },
        };
        self.parts(&[(before, Some(arg)), (after, None)])
    }

    fn trunc(&mut self, unit: TimeUnit, of: DataType, arg: &Node) -> Result<()> {
        match self.dialect {
            Dialect::Sqlite => {
                self.push("orm_trunc('");
                self.push(unit_name(unit));
                self.parts(&[("', ", Some(arg)), (")", None)])
            }
            Dialect::Postgres => {
                self.push("DATE_TRUNC('");
                self.push(unit_name(unit));
                let after = match of {
                    DataType::Timestamp => " AT TIME ZONE 'UTC') AT TIME ZONE 'UTC'",
                    DataType::Date => "::timestamp)::date",
                    _ => ")",
                };
                self.push("', ");
                self.node(arg)?;
                self.push(after);
                Ok(())
            }
            Dialect::MySql | Dialect::MariaDb => {
                let date = match unit {
                    TimeUnit::Year => &[("MAKEDATE(YEAR(", Some(arg)), ("), 1)", None)][..],
                    TimeUnit::Quarter => &[
                        ("(MAKEDATE(YEAR(", Some(arg)),
                        ("), 1) + INTERVAL QUARTER(", Some(arg)),
                        (") - 1 QUARTER)", None),
                    ],
                    TimeUnit::Month => &[
                        ("(DATE(", Some(arg)),
                        (") - INTERVAL DAYOFMONTH(", Some(arg)),
                        (") - 1 DAY)", None),
                    ],
                    TimeUnit::Week => &[
                        ("(DATE(", Some(arg)),
                        (") - INTERVAL WEEKDAY(", Some(arg)),
                        (") DAY)", None),
                    ],
                    TimeUnit::Day => &[("DATE(", Some(arg)), (")", None)],
                    TimeUnit::Hour => &[("DATE_FORMAT(", Some(arg)), (", '%Y-%m-%d %H:00:00')", None)],
                    TimeUnit::Minute => &[("DATE_FORMAT(", Some(arg)), (", '%Y-%m-%d %H:%i:00')", None)],
                    TimeUnit::Second => &[("DATE_FORMAT(", Some(arg)), (", '%Y-%m-%d %H:%i:%s')", None)],
                };
                if of == DataType::Date {
                    return self.parts(date);
                }
                self.push("CAST(");
                self.parts(date)?;
                self.push(" AS DATETIME(6))");
                Ok(())
            }
        }
    }

    fn later(&mut self, arg: &Node, micros: &Node) -> Result<()> {
        if matches!(micros, Node::Value(Value::I64(n), _) if !(-EXACT..=EXACT).contains(n)) {
            return Err(Error::invalid(
                "a moment is computed with at most 285 years: the databases do not count further exactly",
            ));
        }
        let parts = match self.dialect {
            Dialect::Sqlite => ["orm_later(", ", ", ")"],
            Dialect::Postgres => ["(", " + ", " * INTERVAL '1 microsecond')"],
            // A parameter alone would be taken for text.
            Dialect::MySql | Dialect::MariaDb if matches!(arg, Node::Value(..)) => {
                ["DATE_ADD(CAST(", " AS DATETIME(6)), INTERVAL ", " MICROSECOND)"]
            }
            Dialect::MySql | Dialect::MariaDb => ["DATE_ADD(", ", INTERVAL ", " MICROSECOND)"],
        };
        self.parts(&[(parts[0], Some(arg)), (parts[1], Some(micros)), (parts[2], None)])
    }

    fn days_later(&mut self, arg: &Node, days: &Node) -> Result<()> {
        let parts = match self.dialect {
            Dialect::Sqlite => ["date(", ", ", " || ' days')"],
            Dialect::Postgres => ["(", " + ", ")"],
            Dialect::MySql | Dialect::MariaDb => ["DATE_ADD(", ", INTERVAL ", " DAY)"],
        };
        self.parts(&[(parts[0], Some(arg)), (parts[1], Some(days)), (parts[2], None)])
    }

    fn seconds(&mut self, a: &Node, b: &Node) -> Result<()> {
        match self.dialect {
            Dialect::Sqlite => self.parts(&[("orm_seconds(", Some(a)), (", ", Some(b)), (")", None)]),
            Dialect::Postgres => self.parts(&[
                ("TRUNC(EXTRACT(EPOCH FROM (", Some(a)),
                (" - ", Some(b)),
                (")))::int8", None),
            ]),
            Dialect::MySql | Dialect::MariaDb => {
                self.parts(&[("TIMESTAMPDIFF(SECOND, ", Some(b)), (", ", Some(a)), (")", None)])
            }
        }
    }

    fn days(&mut self, of: DataType, a: &Node, b: &Node) -> Result<()> {
        match (self.dialect, of) {
            (Dialect::Sqlite, DataType::Date) => self.parts(&[
                ("CAST(julianday(", Some(a)),
                (") - julianday(", Some(b)),
                (") AS INTEGER)", None),
            ]),
            (Dialect::Sqlite, _) => {
                self.parts(&[("(orm_seconds(", Some(a)), (", ", Some(b)), (") / 86400)", None)])
            }
            (Dialect::Postgres, DataType::Date) => {
                self.parts(&[("(", Some(a)), (" - ", Some(b)), (")::int8", None)])
            }
            (Dialect::Postgres, _) => self.parts(&[
                ("TRUNC(EXTRACT(EPOCH FROM (", Some(a)),
                (" - ", Some(b)),
                (")) / 86400)::int8", None),
            ]),
            (Dialect::MySql | Dialect::MariaDb, _) => {
                self.parts(&[("TIMESTAMPDIFF(DAY, ", Some(b)), (", ", Some(a)), (")", None)])
            }
        }
    }

    fn date_in(&mut self, arg: &Node, zone: &Node) -> Result<()> {
        // The databases disagree which way `+02:00` leads.
        if let Node::Value(Value::Text(name), _) = zone
            && !name.starts_with(|c: char| c.is_ascii_alphabetic())
        {
            return Err(Error::invalid(
                "a time zone is given by its name, such as `Europe/Berlin`",
            ));
        }
        match self.dialect {
            Dialect::Sqlite => Err(Error::unsupported(
                "SQLite knows no time zones: read the moment and take its day in Rust, or store the local day beside it",
            )),
            Dialect::Postgres => self.parts(&[
                ("(", Some(arg)),
                (" AT TIME ZONE ", Some(zone)),
                (")::date", None),
            ]),
            Dialect::MySql | Dialect::MariaDb => self.parts(&[
                ("DATE(CONVERT_TZ(", Some(arg)),
                (", '+00:00', ", Some(zone)),
                ("))", None),
            ]),
        }
    }
}
