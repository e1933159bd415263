//! Transactions in virtual time: the figures of RFC 3261 section 17 and RFC 6026 one by one, then calls
//! through a proxy over a network that loses, doubles and reorders.

mod bad_input;
mod cancel;
mod failover;
mod failure;
mod figure_client;
mod figure_invite_client;
mod figure_invite_server;
mod figure_server;
mod forking;
mod held_replies;
mod lab;
mod lifetime;
mod matching;
mod messages;
mod network;
mod own_requests;
mod random_events;
mod rough_network;
