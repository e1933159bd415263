//! Reading from the listening sockets, which another process may take over: what it then reads is no
//! longer read here, and the sockets stay for sending and for the case that it ends early.

use super::{Handle, Worker, layer};
use crate::respond;
use crate::transport::{tcp, udp};
use std::cell::RefCell;
use std::collections::HashSet;
use std::io;
use std::net::TcpListener;
use std::os::fd::OwnedFd;
use std::rc::Rc;
use tokio::task::AbortHandle;

/// Who reads from the listening sockets of a worker.
#[derive(Default)]
pub(super) struct Readers {
    /// Listeners by place.
    listeners: Vec<(u16, TcpListener)>,
    /// Datagram sockets beyond the first of a place: only read.
    further: Vec<Rc<udp::Udp>>,
    /// Places whose datagram socket another worker reads.
    others: HashSet<u16>,
    tasks: RefCell<Vec<(u16, AbortHandle)>>,
}

impl Readers {
    /// Nobody reads yet.
    pub(super) fn new(listeners: Vec<(u16, TcpListener)>, further: Vec<Rc<udp::Udp>>, others: HashSet<u16>) -> Readers {
        Readers {
            listeners,
            further,
            others,
            tasks: RefCell::default(),
        }
    }
}

impl Worker {
    /// Reads from every socket that nobody reads from here.
    ///
    /// # Errors
    /// Where a socket cannot be watched.
    pub(super) fn resume(self: &Rc<Self>) -> io::Result<()> {
        let read: HashSet<u16> = self.readers.tasks.borrow().iter().map(|(place, _)| *place).collect();
        for (place, udp) in (0u16..).zip(&self.udp) {
            if let Some(udp) = udp
                .as_ref()
                .filter(|_| !read.contains(&place) && !self.readers.others.contains(&place))
            {
                udp.watch()?;
                let (worker, reader) = (self.clone(), self.reader());
                self.reads(place, async move {
                    if let Some(udp) = worker.udp.get(usize::from(place)).and_then(Option::as_ref) {
                        udp.receive(&Handle(worker.clone(), reader)).await;
                    }
                });
            }
        }
        for udp in &self.readers.further {
            if !read.contains(&udp.index()) {
                udp.watch()?;
                let (worker, udp, reader) = (self.clone(), udp.clone(), self.reader());
                self.reads(udp.index(), async move { udp.receive(&Handle(worker, reader)).await });
            }
        }
        for (place, listener) in &self.readers.listeners {
            if !read.contains(place) {
                let listener = tokio::net::TcpListener::from_std(listener.try_clone()?)?;
                let table = self.fleet.connections.clone();
                self.reads(*place, tcp::accept(listener, *place, table, Handle(self.clone(), None)));
            }
        }
        Ok(())
    }

    fn reads(&self, place: u16, task: impl Future<Output = ()> + 'static) {
        let task = tokio::task::spawn_local(task).abort_handle();
        self.readers.tasks.borrow_mut().push((place, task));
    }

    /// The same where nobody waits for an error.
    pub(super) fn resume_or_tell(self: &Rc<Self>) {
        if let Err(error) = self.resume() {
            respond::not_reading(&error);
        }
    }

    /// Reads from these places no more; the digests of what is open. What was read is handled: a reader is
    /// only ever ended between two messages.
    pub(super) fn pause(&self, places: &HashSet<u16>) -> Vec<u64> {
        self.readers.tasks.borrow_mut().retain(|(place, task)| {
            let ends = places.contains(place);
            if ends {
                task.abort();
            }
            !ends
        });
        let datagrams = self
            .udp
            .iter()
            .flatten()
            .chain(self.readers.further.iter().map(|udp| &**udp));
        for udp in datagrams.filter(|udp| places.contains(&udp.index())) {
            if let Err(error) = udp.unwatch() {
                // it is woken for what it does not read, and that is all
                tracing::debug!(%error, "a socket stays watched for reading");
            }
        }
        let mut open = self.under_way.borrow().clone();
        open.extend(layer(|layer, _| layer.digests().collect::<Vec<_>>()));
        open
    }

    /// Copies of the listening sockets with their places; what cannot be copied is left out.
    pub(super) fn copies(&self) -> Vec<(u16, OwnedFd)> {
        let datagrams = self
            .udp
            .iter()
            .flatten()
            .chain(self.readers.further.iter().map(|udp| &**udp));
        let datagrams = datagrams.filter(|udp| !self.readers.others.contains(&udp.index()));
        let datagrams = datagrams.filter_map(|udp| Some((udp.index(), udp.copy().ok()?)));
        let listeners = self.readers.listeners.iter();
        let listeners = listeners.filter_map(|(place, socket)| Some((*place, socket.try_clone().ok()?.into())));
        datagrams.chain(listeners).collect()
    }

    /// How much is open: transactions until their last timer, requests of our own, requests under way.
    pub(super) fn open(&self) -> usize {
        let transactions = layer(|layer, _| layer.digests().count() + layer.own_requests());
        transactions + self.under_way.borrow().len()
    }
}
