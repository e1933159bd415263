//! A result too large to be held as a whole: JSON text in parts, made as fast as it is read.

use super::Failure;
use bytes::Bytes;
use hyper::body::{Body, Frame};
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::sync::mpsc;

/// Parts that wait to be sent.
const WAITING: usize = 4;

/// The parts of one text, in order.
#[derive(Debug)]
pub struct Chunks {
    first: Option<Bytes>,
    rest: mpsc::Receiver<Result<Bytes, Failure>>,
}

impl Chunks {
    /// Where parts go in, and where they come out. A failure breaks the answer off.
    pub fn channel() -> (mpsc::Sender<Result<Bytes, Failure>>, Chunks) {
        let (send, rest) = mpsc::channel(WAITING);
        (send, Chunks { first: None, rest })
    }

    /// The next part, None at the end.
    pub async fn next(&mut self) -> Option<Result<Bytes, Failure>> {
        match self.first.take() {
            Some(first) => Some(Ok(first)),
            None => self.rest.recv().await,
        }
    }

    /// Puts a part before all others.
    pub fn put_back(&mut self, first: Bytes) {
        self.first = Some(first);
    }
}

impl Body for Chunks {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        if let Some(first) = self.first.take() {
            return Poll::Ready(Some(Ok(Frame::data(first))));
        }
        let broken = |failure: Failure| std::io::Error::other(failure.message);
        self.rest
            .poll_recv(cx)
            .map(|part| part.map(|part| part.map(Frame::data).map_err(broken)))
    }
}
