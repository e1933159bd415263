//! The client machine of other requests: RFC 3261 17.1.2 (figure 6). Our CANCELs have one too.

use super::machine::{Act, Env, Input};
use super::timers::Timers;
use std::time::{Duration, Instant};

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
        (Trying, Resend) => (Trying, Act::Resend),    // Timer E
        (Trying, End) => (Terminated, Act::TimedOut), // Timer F
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
            timers.resend_every(env.t1, env.now);
        }
        Machine {
            state: State::Trying,
            timers,
        }
    }

    pub(super) fn handle(&mut self, input: Input, env: Env<'_>) -> Act {
        let (next, act) = transition(self.state, input);
        if next == State::Proceeding && input == Input::Resend {
            // 17.1.2.2: T2 at once when something was heard.
            self.timers.resend_every(env.t2, env.now);
        } else if input == Input::Resend && act == Act::Resend {
            self.timers.back_off(Some(env.t2), env.now);
        }
        if next != self.state {
            self.enter(next, env);
        }
        act
    }

    /// Starts Timer F again with another length.
    pub(super) fn set_timeout(&mut self, fr: Option<Duration>, now: Instant) {
        let waits = matches!(self.state, State::Trying | State::Proceeding);
        if let Some(fr) = fr.filter(|_| waits) {
            self.timers.end_after(fr, now);
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    const STATES: [State; 4] = [State::Trying, State::Proceeding, State::Completed, State::Terminated];

    /// RFC 3261 figure 6.
    #[test]
    #[rustfmt::skip] // a table
    fn the_figure_and_nothing_else() {
        use Input::*;
        use State::*;
        let figure = [
            // Timer E, Timer F
            (Trying, Resend, Trying, Act::Resend),
            (Trying, End, Terminated, Act::TimedOut),
            (Trying, TransportError, Terminated, Act::Failed),
            (Trying, Provisional, Proceeding, Act::Pass),
            (Trying, Success, Completed, Act::Pass),
            (Trying, Negative, Completed, Act::Pass),
            (Proceeding, Resend, Proceeding, Act::Resend),
            (Proceeding, End, Terminated, Act::TimedOut),
            (Proceeding, TransportError, Terminated, Act::Failed),
            (Proceeding, Provisional, Proceeding, Act::Pass),
            (Proceeding, Success, Completed, Act::Pass),
            (Proceeding, Negative, Completed, Act::Pass),
            // Timer K
            (Completed, End, Terminated, Act::Nothing),
        ];
        super::super::machine::check_figure(&STATES, transition, &figure);
    }

    #[test]
    fn terminated_is_the_end() {
        for input in Input::ALL {
            assert_eq!(transition(State::Terminated, input), (State::Terminated, Act::Nothing));
        }
    }

    #[test]
    fn time_ends_every_state() {
        for mut state in STATES {
            for _ in 0..3 {
                state = transition(state, Input::End).0;
            }
            assert_eq!(state, State::Terminated);
        }
    }

    #[test]
    fn a_client_ignores_what_is_for_others() {
        for state in STATES {
            for input in [Input::Request, Input::Ack, Input::Cancel] {
                assert_eq!(transition(state, input), (state, Act::Nothing), "{state:?} {input:?}");
            }
        }
    }
}
