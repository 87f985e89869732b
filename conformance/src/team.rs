//! Cases with several actors, each on a thread of its own.
//!
//! On a kernel, and on a stack that threads share, they are threads like any others. In virtual time
//! exactly one of them runs, and a seed says which: a case is run with several seeds there.

use std::boxed::Box;
use std::vec;
use std::vec::Vec;

use berkeley::Backend;

use crate::failure::Failure;
use crate::lab::Networks;

/// What one of the threads does.
pub type Task<'a, T = ()> = Box<dyn FnOnce() -> T + Send + 'a>;

/// Those who run threads.
pub trait Team: Sync {
    /// Runs each task on a thread of its own, until all have ended.
    fn together(&self, tasks: Vec<Task<'_>>);

    /// Called by one of the threads: waits until each of the others has ended or waits in a call.
    /// Says whether one waits.
    fn until_others_wait(&self) -> bool;
}

/// Two networks that threads share.
pub trait SharedNetworks:
    Networks<
        Near: Backend<Handle: Send + Sync> + Send + Sync,
        Far: Backend<Handle: Send + Sync> + Send + Sync,
    >
{
    /// Who runs the threads.
    type Team: Team;
    /// Who runs the threads.
    fn team(&self) -> &Self::Team;

    /// More bytes than fit into all buffers between the two sides.
    const MUCH: usize;
}

/// Makes a call on a thread of its own, and another one as soon as that thread waits in the first;
/// gives the outcomes of both.
///
/// # Errors
///
/// When the first came to its end, or to none, without having waited.
#[track_caller]
pub(crate) fn while_blocked<T: Send, U: Send>(
    team: &impl Team,
    blocked: impl FnOnce() -> T + Send,
    meanwhile: impl FnOnce() -> U + Send,
) -> Result<(T, U), Failure> {
    let (mut first, mut second) = (None, None);
    team.together(vec![
        Box::new(|| first = Some(blocked())),
        Box::new(|| {
            let waits = team.until_others_wait();
            // Also a thread that does not wait may have to be woken, or it would never end.
            second = Some((waits, meanwhile()));
        }),
    ]);
    match (first, second) {
        (Some(first), Some((true, second))) => Ok((first, second)),
        _ => Err(Failure::new("a thread", format_args!("did not wait in its call"))),
    }
}

/// Runs all of these at once, each on a thread of its own, and gives what they came to, in order.
pub(crate) fn at_once<'a, T: Send + 'a>(team: &impl Team, tasks: Vec<Task<'a, T>>) -> Vec<T> {
    let mut outcomes: Vec<Option<T>> = tasks.iter().map(|_| None).collect();
    let tasks = tasks.into_iter().zip(&mut outcomes);
    team.together(
        tasks
            .map(|(task, outcome)| -> Task<'_> { Box::new(move || *outcome = Some(task())) })
            .collect(),
    );
    outcomes.into_iter().flatten().collect()
}
