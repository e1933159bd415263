//! The client machine of other requests: RFC 3261 17.1.2 (figure 6). Our CANCELs have one too.

use super::machine::{Act, Env, Input};
use super::timers::Timers;
use std::time::Duration;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    Trying,
    Proceeding,
    Completed,
    Terminated,
}

#[derive(Debug)]
pub(super) struct Machine {
    pub(super) state: State,
    pub(super) timers: Timers,
}

/// The figure.
fn transition(state: State, input: Input) -> (State, Act) {
    use Input::*;
    use State::*;
    match (state, input) {
        (Trying, Resend) => (Trying, Act::Resend),        // Timer E
        (Trying, End) => (Terminated, Act::TimedOut),     // Timer F
        (Trying, TransportError) => (Terminated, Act::Failed),
        (Trying, Provisional) => (Proceeding, Act::Pass),
        (Trying, Success | Negative) => (Completed, Act::Pass),

        (Proceeding, Resend) => (Proceeding, Act::Resend), // Timer E
        (Proceeding, End) => (Terminated, Act::TimedOut),  // Timer F
        (Proceeding, TransportError) => (Terminated, Act::Failed),
        (Proceeding, Provisional) => (Proceeding, Act::Pass),
        (Proceeding, Success | Negative) => (Completed, Act::Pass),

        (Completed, End) => (Terminated, Act::Nothing), // Timer K

        _ => (state, Act::Nothing),
    }
}

impl Machine {
    /// Starts: the request was just sent.
    pub(super) fn new(fr: Duration, env: Env<'_>) -> Machine {
        let mut timers = Timers::default();
        timers.end_after(fr, env.now);
        if !env.reliable {
            timers.resend_every(env.config.t1, env.now);
        }
        Machine { state: State::Trying, timers }
    }

    pub(super) fn handle(&mut self, input: Input, env: Env<'_>) -> Act {
        let (next, act) = transition(self.state, input);
        if next == State::Proceeding && input == Input::Resend {
            // 17.1.2.2: T2 at once when something was heard.
            self.timers.resend_every(env.config.t2, env.now);
        } else if input == Input::Resend && act == Act::Resend {
            self.timers.back_off(Some(env.config.t2), env.now);
        }
        if next != self.state {
            self.enter(next, env);
        }
        act
    }

    fn enter(&mut self, state: State, env: Env<'_>) {
        self.state = state;
        if state == State::Proceeding {
            return; // timers E and F run on
        }
        self.timers.stop();
        if state == State::Completed {
            let timer_k = env.linger_if_unreliable(env.config.t4);
            if timer_k == Duration::ZERO {
                return self.enter(State::Terminated, env);
            }
            self.timers.end_after(timer_k, env.now);
        }
    }
}
