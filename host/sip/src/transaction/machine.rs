//! What the four machines have in common: what goes in, what comes out, and the times.
//!
//! Each of them is a table `(state, input) -> (state, act)` to be read beside the RFC's figure, and one
//! function that sets the timers of a state on entering it. Pairs that a figure does not show change
//! nothing.

use super::Config;
use std::time::{Duration, Instant};

/// What happens to a machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Input {
    /// The request again (server).
    Request,
    /// An ACK (INVITE server).
    Ack,
    /// 1xx: received (client), or to be sent (server).
    Provisional,
    /// 2xx, as above.
    Success,
    /// 300 to 699, as above.
    Negative,
    /// The branch is to be cancelled (INVITE client).
    Cancel,
    /// Timer A, E or G.
    Resend,
    /// The timer that ends the state: B, C, D, F, H, I, J, K, L or M.
    End,
    /// What was sent could not be (client).
    TransportError,
}

#[cfg(test)]
impl Input {
    pub(super) const ALL: [Input; 9] = [
        Input::Request,
        Input::Ack,
        Input::Provisional,
        Input::Success,
        Input::Negative,
        Input::Cancel,
        Input::Resend,
        Input::End,
        Input::TransportError,
    ];
}

/// One arrow of a figure: state, input, next state, act.
#[cfg(test)]
pub(super) type Arrow<S> = (S, Input, S, Act);

/// Asserts that a machine has the arrows of its figure and no others: every other pair of a state and an input
/// changes nothing.
#[cfg(test)]
pub(super) fn check_figure<S>(states: &[S], transition: fn(S, Input) -> (S, Act), figure: &[Arrow<S>])
where
    S: Copy + PartialEq + std::fmt::Debug,
{
    for state in states {
        for input in Input::ALL {
            let mut arrows = figure.iter().filter(|arrow| arrow.0 == *state && arrow.1 == input);
            let expected = arrows.next().map_or((*state, Act::Nothing), |arrow| (arrow.2, arrow.3));
            assert!(arrows.next().is_none(), "two arrows: {state:?} {input:?}");
            assert_eq!(transition(*state, input), expected, "{state:?} {input:?}");
        }
    }
    assert!(figure.iter().all(|arrow| states.contains(&arrow.0)));
}

impl Input {
    /// A reply by its status code.
    pub(super) fn of_status(code: u16) -> Input {
        match code {
            ..200 => Input::Provisional,
            200..300 => Input::Success,
            _ => Input::Negative,
        }
    }
}

/// What is to be done about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Act {
    /// Nothing.
    Nothing,
    /// Send the reply given (server).
    Send,
    /// Send the last message again.
    Resend,
    /// Give the reply (client) or the ACK (server) to the transaction user.
    Pass,
    /// Send an ACK, and give the reply to the transaction user (INVITE client).
    AckAndPass,
    /// Send the ACK again (INVITE client).
    Ack,
    /// Send a CANCEL (INVITE client).
    Cancel,
    /// Send a CANCEL and tell the transaction user that there was no final reply in time.
    CancelTimedOut,
    /// Tell the transaction user that there was no (final) reply in time.
    TimedOut,
    /// Tell the transaction user that the request could not be sent.
    Failed,
}

/// The circumstances of a step.
#[derive(Clone, Copy, Debug)]
pub(super) struct Env<'c> {
    pub(super) config: &'c Config,
    /// Whether the machine's transport delivers by itself.
    pub(super) reliable: bool,
    /// The first and the longest interval between retransmissions.
    pub(super) t1: Duration,
    pub(super) t2: Duration,
    pub(super) now: Instant,
}

impl Env<'_> {
    /// The length of a state that waits for retransmissions which a reliable transport does not make.
    pub(super) fn linger_if_unreliable(&self, rfc: Duration) -> Duration {
        if self.reliable {
            Duration::ZERO
        } else {
            self.config.linger(rfc)
        }
    }
}
