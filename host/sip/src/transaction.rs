//! Transactions: the state machines of RFC 3261 section 17 with RFC 6026, and the response context of
//! a proxy (section 16.7) above them.
