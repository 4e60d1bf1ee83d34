//! Eager loading: rows come with related ones, and their type says so. There is no lazy loading.
//!
//! A load is planned as data before anything is sent ([`Shaped::plan`] shows it), and the untyped tree of its rows becomes
//! values at the end.

mod item;
mod key;
mod level;
#[allow(clippy::module_inception, reason = "a load is the subject of the module")]
mod load;
mod load_for;
mod names;
mod of;
mod one_trip;
mod options;
mod pages;
mod plan;
mod projection;
mod relations_macro;
mod report;
mod run;
mod shape;
mod shaped;
mod statement;

pub use item::Item;
pub use level::Level;
pub use load::{Along, ById, Extent, IntoLoad, Live, Load, LoadIf, LoadOf, LoadRelation, Partial, Whole};
pub use names::{Named, NamedLoad, NamedSteps, Names, With};
pub use options::Strategy;
pub use plan::LoadNode;
pub use projection::{FieldOf, Gives, Projection, field, projected, related};
pub use report::{LoadPlan, PlannedLoad};
pub use shape::{Described, Shape, Steps};
pub use shaped::Shaped;
