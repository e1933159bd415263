//! Runs of callbacks: polled once where they are started, and as a task only when they wait.

use super::Worker;
use crate::respond;
use crate::route::{Fault, Route, Run};
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

/// How a run ended: with its route and the callback's outcome, or by a panic of the host.
pub(super) type Ended = Result<(Box<Route>, Result<(), Fault>), Panicked>;

/// A panic and its text.
#[derive(Debug)]
pub(super) struct Panicked(pub String);

impl Worker {
    /// Runs a callback. Most never wait: they end in the first poll, without a task. Where one does,
    /// `suspended` is called at once and `end` from a task of this worker.
    pub(super) fn start(
        self: &Rc<Self>,
        mut run: Run,
        suspended: impl FnOnce(&Rc<Worker>),
        end: impl FnOnce(&Rc<Worker>, Ended) + 'static,
    ) {
        self.shared.stats.callbacks.inc();
        // whoever waits registers its waker anew in the task's first poll
        let mut context = Context::from_waker(Waker::noop());
        match poll_caught(&mut run, &mut context) {
            Poll::Ready(ended) => end(self, ended),
            Poll::Pending => {
                suspended(self);
                self.spawn(self.clone().finish(run, end));
            }
        }
    }

    async fn finish(self: Rc<Self>, mut run: Run, end: impl FnOnce(&Rc<Worker>, Ended)) {
        let ended = poll_fn(|context| {
            self.tick();
            let polled = poll_caught(&mut run, context);
            if polled.is_pending() {
                self.drain();
            }
            polled
        })
        .await;
        self.step(|worker| end(worker, ended));
    }
}

fn poll_caught(run: &mut Run, context: &mut Context<'_>) -> Poll<Ended> {
    match catch_unwind(AssertUnwindSafe(|| run.as_mut().poll(context))) {
        Ok(Poll::Ready(ended)) => Poll::Ready(Ok(ended)),
        Ok(Poll::Pending) => Poll::Pending,
        Err(panic) => Poll::Ready(Err(Panicked(respond::text_of(&*panic)))),
    }
}
