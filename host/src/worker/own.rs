//! Requests of our own: what the layer says of them, and what follows at the end of a step.

use super::Worker;
use super::fleet::Posted;
use crate::respond;
use crate::route::own::{self, Job};
use crate::route::{Core, core};
use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

/// Another thread wants a request to be sent.
pub(super) fn post(core: &mut Core, posted: Posted) {
    own::post(core, posted.draft, posted.teller);
}

impl Worker {
    /// Sends what was posted, tells senders, acknowledges; false where there is nothing of that.
    pub(super) fn own_jobs(self: &Rc<Self>) -> bool {
        let mut any = false;
        while let Some(job) = core::with(|core| core.own.next_job()) {
            any = true;
            self.perform(job);
        }
        any
    }

    /// Tells `tm:local-request` of what the layer has made; false where there is nothing.
    pub(super) fn made(&self) -> bool {
        core::with(|core| {
            let mut any = false;
            while let Some(made) = core.layer.poll_made() {
                any = true;
                own::made(core, made);
            }
            any
        })
    }

    /// Most jobs never wait: they end in the first poll, without a task.
    fn perform(self: &Rc<Self>, job: Job) {
        let mut run: Pin<Box<dyn Future<Output = ()>>> = Box::pin(job.run());
        // whoever waits registers its waker anew in the task's first poll
        if poll_caught(&mut run, &mut Context::from_waker(Waker::noop())).is_ready() {
            return;
        }
        let worker = self.clone();
        tokio::task::spawn_local(async move {
            poll_fn(|context| {
                worker.tick();
                let polled = poll_caught(&mut run, context);
                worker.step(|_| {});
                polled
            })
            .await;
        });
    }
}

/// A sender that panics ends its own request, not the step.
fn poll_caught(run: &mut Pin<Box<dyn Future<Output = ()>>>, context: &mut Context<'_>) -> Poll<()> {
    match catch_unwind(AssertUnwindSafe(|| run.as_mut().poll(context))) {
        Ok(polled) => polled,
        Err(panic) => {
            respond::panicked("a request of our own", &respond::text_of(&*panic));
            Poll::Ready(())
        }
    }
}
