//! Runs the stacks of a case in turn, many short batches of each, and compares their medians.

use std::time::{Duration, Instant};

use tokio::runtime::Runtime;

use crate::allocations;

/// How long one batch should take.
const BATCH: Duration = Duration::from_millis(4);
/// How many batches of each stack.
const ROUNDS: usize = 41;

/// The same work on several stacks: the first is ours, the second what it is measured against. Further ways of ours, named
/// `ours ..`, have lines of their own in the table.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) stacks: Vec<Stack>,
}

/// One way of doing the work.
pub(crate) struct Stack {
    pub(crate) name: &'static str,
    run: Box<dyn FnMut(u64)>,
    before: Box<dyn FnMut()>,
}

impl Stack {
    /// Does the work so many times.
    pub(crate) fn new(name: &'static str, run: impl FnMut(u64) + 'static) -> Self {
        Stack {
            name,
            run: Box::new(run),
            before: Box::new(|| ()),
        }
    }

    /// Called before each batch, outside of the measured time.
    pub(crate) fn before(mut self, before: impl FnMut() + 'static) -> Self {
        self.before = Box::new(before);
        self
    }

    /// Does the work once for each turn, in one future on this runtime.
    pub(crate) fn on<S: 'static>(
        name: &'static str,
        rt: &'static Runtime,
        mut state: S,
        mut work: impl AsyncFnMut(&mut S) + 'static,
    ) -> Self {
        Stack::new(name, move |count| {
            rt.block_on(async {
                for _ in 0..count {
                    work(&mut state).await;
                }
            });
        })
    }

    fn batch(&mut self, count: u64) -> Duration {
        (self.before)();
        let began = Instant::now();
        self.measured(count);
        began.elapsed()
    }

    /// What is counted and timed: `tests/instructions` knows it by this name.
    #[inline(never)]
    fn measured(&mut self, count: u64) {
        (self.run)(count);
    }
}

/// A runtime for the rest of the process.
pub(crate) fn runtime() -> &'static Runtime {
    Box::leak(Box::new(
        tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap(),
    ))
}

/// Runs one stack of a case so many times.
pub(crate) fn once(cases: &mut [Case], case: &str, stack: &str, count: u64) {
    let case = cases.iter_mut().find(|c| c.name == case).unwrap();
    let stack = case.stacks.iter_mut().find(|s| s.name == stack).unwrap();
    // What is made at first use is made now.
    stack.batch(2);
    stack.batch(count);
}

/// Measures the cases and prints a table: the time of the second stack, what the others take of it, and the
/// allocations of ours and of that one.
pub(crate) fn table(cases: Vec<Case>) {
    println!(
        "| case | against | its µs | ours / it | ours / sqlx connection | ours / sqlx pool | allocations, ours / its |"
    );
    println!("| --- | --- | --: | --: | --: | --: | --: |");
    for mut case in cases {
        let counts: Vec<u64> = case.stacks.iter_mut().map(calibrate).collect();
        let mut times = vec![Vec::new(); counts.len()];
        for round in 0..ROUNDS {
            for turn in 0..counts.len() {
                // Nobody always runs after the same one.
                let i = (turn + round) % counts.len();
                let time = case.stacks[i].batch(counts[i]).as_secs_f64() * 1e6;
                times[i].push(time / per(counts[i]));
            }
        }
        let medians: Vec<f64> = times.iter_mut().map(|t| median(t)).collect();
        let floor = allocated(&mut case.stacks[1]);
        for i in 0..case.stacks.len() {
            let Some(way) = case.stacks[i].name.strip_prefix("ours") else {
                continue;
            };
            let own = allocated(&mut case.stacks[i]);
            let ratio = |name: &str| {
                let found = case.stacks.iter().position(|s| s.name == name);
                found.map_or_else(|| "–".to_owned(), |at| format!("{:.2}", medians[i] / medians[at]))
            };
            println!(
                "| {}{way} | {} | {:.2} | {:.2} | {} | {} | {own:.0} / {floor:.0} |",
                case.name,
                case.stacks[1].name,
                medians[1],
                medians[i] / medians[1],
                ratio("sqlx"),
                ratio("sqlx-pool"),
            );
        }
    }
}

#[allow(clippy::cast_precision_loss, reason = "counts are small")]
fn per(count: u64) -> f64 {
    count as f64
}

/// How often the work fits into a batch.
fn calibrate(stack: &mut Stack) -> u64 {
    let mut count = 1;
    stack.batch(1);
    loop {
        let took = stack.batch(count);
        if took >= BATCH / 2 {
            return count;
        }
        count *= 2;
    }
}

fn median(times: &mut [f64]) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

fn allocated(stack: &mut Stack) -> f64 {
    (stack.before)();
    (stack.run)(8);
    let before = allocations::so_far();
    (stack.run)(8);
    per(allocations::so_far() - before) / 8.0
}
