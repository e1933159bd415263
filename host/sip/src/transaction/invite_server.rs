//! The INVITE server machine: RFC 3261 17.2.1 (figure 7) as replaced by RFC 6026 7.1 (figure 5 there).

use super::machine::{Act, Env, Input};
use super::timers::Timers;
use std::time::Duration;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    Proceeding,
    Accepted,
    Completed,
    Confirmed,
    Terminated,
}

#[derive(Debug)]
pub(super) struct Machine {
    pub(super) state: State,
    pub(super) timers: Timers,
    /// A 2xx of our own is sent again until its ACK (RFC 3261 13.3.1.4); a forwarded one by whoever
    /// made it.
    own_success: bool,
}

/// The figure.
fn transition(state: State, input: Input) -> (State, Act) {
    use Input::*;
    use State::*;
    match (state, input) {
        (Proceeding, Request) => (Proceeding, Act::Resend),
        (Proceeding, Provisional) => (Proceeding, Act::Send),
        (Proceeding, Success) => (Accepted, Act::Send),
        (Proceeding, Negative) => (Completed, Act::Send),

        (Accepted, Request) => (Accepted, Act::Nothing),
        (Accepted, Success) => (Accepted, Act::Send),
        (Accepted, Ack) => (Accepted, Act::Pass),
        (Accepted, Resend) => (Accepted, Act::Resend), // not the figure's: the user agent core's
        (Accepted, End) => (Terminated, Act::Nothing), // Timer L

        (Completed, Request) => (Completed, Act::Resend),
        (Completed, Resend) => (Completed, Act::Resend), // Timer G
        (Completed, Ack) => (Confirmed, Act::Nothing),
        (Completed, End) => (Terminated, Act::TimedOut), // Timer H

        (Confirmed, End) => (Terminated, Act::Nothing), // Timer I

        _ => (state, Act::Nothing),
    }
}

impl Machine {
    pub(super) fn new() -> Machine {
        Machine {
            state: State::Proceeding,
            timers: Timers::default(),
            own_success: false,
        }
    }

    /// Says that the next 2xx is of our own making.
    pub(super) fn own_success(&mut self) {
        self.own_success = self.state == State::Proceeding;
    }

    pub(super) fn handle(&mut self, input: Input, env: Env<'_>) -> Act {
        let (next, act) = transition(self.state, input);
        if next != self.state {
            self.enter(next, env);
        } else if input == Input::Resend {
            self.timers.back_off(Some(env.t2), env.now);
        } else if act == Act::Pass && self.own_success {
            self.own_success = false;
            self.timers.stop_resending();
            self.timers.end_after(env.config.linger(env.config.t1_64()), env.now);
        }
        act
    }

    /// Whether the state ever sends the last reply again.
    pub(super) fn may_resend(&self) -> bool {
        match self.state {
            State::Proceeding | State::Completed => true,
            State::Accepted => self.own_success,
            State::Confirmed | State::Terminated => false,
        }
    }

    fn enter(&mut self, state: State, env: Env<'_>) {
        self.state = state;
        self.timers.stop();
        let config = env.config;
        let patience = match state {
            State::Completed => config.t1_64(),
            State::Accepted if self.own_success => config.t1_64(),
            State::Accepted => config.linger(config.t1_64()),
            State::Confirmed => env.linger_if_unreliable(config.t4),
            State::Proceeding | State::Terminated => return,
        };
        if patience == Duration::ZERO {
            return self.enter(State::Terminated, env);
        }
        self.timers.end_after(patience, env.now);
        // 13.3.1.4 wants a 2xx sent again over reliable transports too, since a hop may not be.
        let resends = match state {
            State::Completed => !env.reliable,
            State::Accepted => self.own_success,
            _ => false,
        };
        if resends {
            self.timers.resend_every(env.t1, env.now);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STATES: [State; 5] = [
        State::Proceeding,
        State::Accepted,
        State::Completed,
        State::Confirmed,
        State::Terminated,
    ];

    /// RFC 6026 figure 5, which replaces RFC 3261 figure 7.
    #[test]
    #[rustfmt::skip] // a table
    fn the_figure_and_nothing_else() {
        use Input::*;
        use State::*;
        let figure = [
            (Proceeding, Request, Proceeding, Act::Resend),
            (Proceeding, Provisional, Proceeding, Act::Send),
            (Proceeding, Success, Accepted, Act::Send),
            (Proceeding, Negative, Completed, Act::Send),
            // Timer G, Timer H
            (Completed, Request, Completed, Act::Resend),
            (Completed, Resend, Completed, Act::Resend),
            (Completed, End, Terminated, Act::TimedOut),
            (Completed, Ack, Confirmed, Act::Nothing),
            // Timer I
            (Confirmed, End, Terminated, Act::Nothing),
            // Timer L
            (Accepted, Success, Accepted, Act::Send),
            (Accepted, Ack, Accepted, Act::Pass),
            (Accepted, End, Terminated, Act::Nothing),
            // beside the figure: a 2xx of our own is sent again (RFC 3261 13.3.1.4)
            (Accepted, Resend, Accepted, Act::Resend),
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
    fn time_ends_every_state_but_the_one_that_waits_for_a_reply() {
        for mut state in STATES.into_iter().skip(1) {
            for _ in 0..3 {
                state = transition(state, Input::End).0;
            }
            assert_eq!(state, State::Terminated);
        }
    }

    #[test]
    fn a_server_ignores_what_is_for_clients() {
        for state in STATES {
            for input in [Input::Cancel, Input::TransportError] {
                assert_eq!(transition(state, input), (state, Act::Nothing), "{state:?} {input:?}");
            }
        }
    }
}
