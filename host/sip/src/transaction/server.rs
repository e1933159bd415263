//! The server machine of other requests: RFC 3261 17.2.2 (figure 8).

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
        (Trying, Provisional) => (Proceeding, Act::Send),
        (Trying, Success | Negative) => (Completed, Act::Send),

        (Proceeding, Request) => (Proceeding, Act::Resend),
        (Proceeding, Provisional) => (Proceeding, Act::Send),
        (Proceeding, Success | Negative) => (Completed, Act::Send),

        (Completed, Request) => (Completed, Act::Resend),
        (Completed, End) => (Terminated, Act::Nothing), // Timer J

        _ => (state, Act::Nothing),
    }
}

impl Machine {
    pub(super) fn new() -> Machine {
        Machine {
            state: State::Trying,
            timers: Timers::default(),
        }
    }

    pub(super) fn handle(&mut self, input: Input, env: Env<'_>) -> Act {
        let (next, act) = transition(self.state, input);
        if next != self.state {
            self.enter(next, env);
        }
        act
    }

    fn enter(&mut self, state: State, env: Env<'_>) {
        self.state = state;
        self.timers.stop();
        if state == State::Completed {
            let timer_j = env.linger_if_unreliable(env.config.t1_64());
            if timer_j == Duration::ZERO {
                return self.enter(State::Terminated, env);
            }
            self.timers.end_after(timer_j, env.now);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STATES: [State; 4] = [State::Trying, State::Proceeding, State::Completed, State::Terminated];

    /// RFC 3261 figure 8.
    #[test]
    #[rustfmt::skip] // a table
    fn the_figure_and_nothing_else() {
        use Input::*;
        use State::*;
        let figure = [
            (Trying, Provisional, Proceeding, Act::Send),
            (Trying, Success, Completed, Act::Send),
            (Trying, Negative, Completed, Act::Send),
            (Proceeding, Request, Proceeding, Act::Resend),
            (Proceeding, Provisional, Proceeding, Act::Send),
            (Proceeding, Success, Completed, Act::Send),
            (Proceeding, Negative, Completed, Act::Send),
            (Completed, Request, Completed, Act::Resend),
            // Timer J
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
    fn time_ends_every_state_but_those_that_wait_for_a_reply() {
        for mut state in STATES.into_iter().skip(2) {
            for _ in 0..3 {
                state = transition(state, Input::End).0;
            }
            assert_eq!(state, State::Terminated);
        }
    }

    #[test]
    fn a_server_ignores_what_is_for_others() {
        for state in STATES {
            for input in [Input::Ack, Input::Cancel, Input::Resend, Input::TransportError] {
                assert_eq!(transition(state, input), (state, Act::Nothing), "{state:?} {input:?}");
            }
        }
    }
}
