//! What is wrong with a message that could be indexed. Parsing never refuses what can be answered.

use super::Message;

/// What is wrong, with the reply that says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault {
    status: u16,
    reason: &'static str,
}

impl Fault {
    /// The status code of the answer.
    pub fn status(self) -> u16 {
        self.status
    }

    /// The reason phrase of the answer.
    pub fn reason(self) -> &'static str {
        self.reason
    }
}

/// What must hold of every message before anything is done with it.
pub fn minimum(msg: &Message) -> Result<(), Fault> {
    let _ = msg;
    todo!()
}
