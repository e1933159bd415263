//! One SIP message: its bytes as they came, and an index of where things stand in them.
//!
//! Parsing copies nothing and requires no UTF-8. The index is kept even where the message is bad,
//! so that it can be answered; [`validation`] says what is wrong with it.


