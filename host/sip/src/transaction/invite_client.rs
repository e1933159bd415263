//! The INVITE client machine: RFC 3261 17.1.1 (figure 5) as replaced by RFC 6026 7.2 (figure 4 there),
//! with Timer C (16.6 step 11, 16.8) and the wait for a cancelled branch (9.1).

use super::machine::{Act, Env, Input};
use super::timers::Timers;
use std::time::{Duration, Instant};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    Calling,
    Proceeding,
    /// Proceeding with a CANCEL on its way: a final reply is due within 64*T1.
    Canceling,
    Accepted,
    Completed,
    Terminated,
}

#[derive(Debug)]
pub(super) struct Machine {
    pub(super) state: State,
    pub(super) timers: Timers,
    /// Timer C of this branch.
    fr_inv: Duration,
}

/// The figure.
fn transition(state: State, input: Input) -> (State, Act) {
    use Input::*;
    use State::*;
    match (state, input) {
        (Calling, Resend) => (Calling, Act::Resend),   // Timer A
        (Calling, End) => (Terminated, Act::TimedOut), // Timer B
        (Calling, TransportError) => (Terminated, Act::Failed),
        (Calling, Provisional) => (Proceeding, Act::Pass),
        (Calling, Success) => (Accepted, Act::Pass),
        (Calling, Negative) => (Completed, Act::AckAndPass),

        (Proceeding, Provisional) => (Proceeding, Act::Pass),
        (Proceeding, Success) => (Accepted, Act::Pass),
        (Proceeding, Negative) => (Completed, Act::AckAndPass),
        (Proceeding, Cancel) => (Canceling, Act::Cancel),
        (Proceeding, End) => (Canceling, Act::CancelTimedOut), // Timer C

        (Canceling, Provisional) => (Canceling, Act::Pass),
        (Canceling, Success) => (Accepted, Act::Pass),
        (Canceling, Negative) => (Completed, Act::AckAndPass),
        (Canceling, End) => (Terminated, Act::TimedOut),

        (Accepted, Success) => (Accepted, Act::Pass),
        (Accepted, End) => (Terminated, Act::Nothing), // Timer M

        (Completed, Negative) => (Completed, Act::Ack),
        (Completed, TransportError) => (Terminated, Act::Nothing), // the reply was passed already
        (Completed, End) => (Terminated, Act::Nothing),            // Timer D

        _ => (state, Act::Nothing),
    }
}

impl Machine {
    /// Starts: the request was just sent.
    pub(super) fn new(fr: Duration, fr_inv: Duration, env: Env<'_>) -> Machine {
        let mut timers = Timers::default();
        timers.end_after(fr, env.now);
        if !env.reliable {
            timers.resend_every(env.t1, env.now);
        }
        Machine {
            state: State::Calling,
            timers,
            fr_inv,
        }
    }

    pub(super) fn handle(&mut self, input: Input, env: Env<'_>) -> Act {
        let (next, act) = transition(self.state, input);
        if next != self.state {
            self.enter(next, env);
        } else if input == Input::Resend {
            self.timers.back_off(None, env.now);
        }
        act
    }

    /// A provisional over 100 starts Timer C again (16.7 step 2).
    pub(super) fn restart_timer_c(&mut self, env: Env<'_>) {
        if self.state == State::Proceeding {
            self.timers.end_after(self.fr_inv, env.now);
        }
    }

    /// Starts Timer B or C again with another length.
    pub(super) fn set_timeouts(&mut self, fr: Option<Duration>, fr_inv: Option<Duration>, now: Instant) {
        self.fr_inv = fr_inv.unwrap_or(self.fr_inv);
        let patience = match self.state {
            State::Calling => fr,
            State::Proceeding => fr_inv,
            _ => None,
        };
        if let Some(patience) = patience {
            self.timers.end_after(patience, now);
        }
    }

    fn enter(&mut self, state: State, env: Env<'_>) {
        self.state = state;
        self.timers.stop();
        let config = env.config;
        let patience = match state {
            State::Proceeding => self.fr_inv,
            State::Canceling => config.t1_64(),
            State::Accepted => config.linger(config.t1_64()),
            // Timer D: at least 32 seconds, whatever T1 is.
            State::Completed => env.linger_if_unreliable(config.t1_64().max(Duration::from_secs(32))),
            State::Calling | State::Terminated => return,
        };
        if patience == Duration::ZERO && state == State::Completed {
            return self.enter(State::Terminated, env);
        }
        self.timers.end_after(patience, env.now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STATES: [State; 6] = [
        State::Calling,
        State::Proceeding,
        State::Canceling,
        State::Accepted,
        State::Completed,
        State::Terminated,
    ];

    /// RFC 6026 figure 4, which replaces RFC 3261 figure 5.
    #[test]
    #[rustfmt::skip] // a table
    fn the_figure_and_nothing_else() {
        use Input::*;
        use State::*;
        let figure = [
            // RFC 6026 figure 4; Timer A, Timer B
            (Calling, Resend, Calling, Act::Resend),
            (Calling, End, Terminated, Act::TimedOut),
            (Calling, TransportError, Terminated, Act::Failed),
            (Calling, Provisional, Proceeding, Act::Pass),
            (Calling, Success, Accepted, Act::Pass),
            (Calling, Negative, Completed, Act::AckAndPass),
            (Proceeding, Provisional, Proceeding, Act::Pass),
            (Proceeding, Success, Accepted, Act::Pass),
            (Proceeding, Negative, Completed, Act::AckAndPass),
            // Timer D
            (Completed, Negative, Completed, Act::Ack),
            (Completed, TransportError, Terminated, Act::Nothing),
            (Completed, End, Terminated, Act::Nothing),
            // Timer M
            (Accepted, Success, Accepted, Act::Pass),
            (Accepted, End, Terminated, Act::Nothing),
            // beside the figure: Timer C (RFC 3261 16.8), and a CANCEL on its way (9.1)
            (Proceeding, End, Canceling, Act::CancelTimedOut),
            (Proceeding, Cancel, Canceling, Act::Cancel),
            (Canceling, Provisional, Canceling, Act::Pass),
            (Canceling, Success, Accepted, Act::Pass),
            (Canceling, Negative, Completed, Act::AckAndPass),
            (Canceling, End, Terminated, Act::TimedOut),
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
    fn a_client_ignores_what_is_for_servers() {
        for state in STATES {
            for input in [Input::Request, Input::Ack] {
                assert_eq!(transition(state, input), (state, Act::Nothing), "{state:?} {input:?}");
            }
        }
    }
}
