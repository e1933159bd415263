//! A result too large to be held as a whole: JSON text in parts, made as fast as it is read.

use super::Failure;
use bytes::Bytes;
use hyper::body::{Body, Frame};
use std::fmt::{Display, Write};
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::sync::{Semaphore, mpsc};

/// Parts that wait to be sent.
const WAITING: usize = 4;
/// The size of a part.
const PART: usize = 64 << 10;
/// Large answers under way: each holds on to what it lists until it was read.
const AT_ONCE: usize = 4;

static UNDER_WAY: Semaphore = Semaphore::const_new(AT_ONCE);

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

    /// Has a thread for such work write the text; it waits where nobody reads.
    ///
    /// # Errors
    /// 503 where too many are under way.
    pub fn make(write: impl FnOnce(&mut Writer) -> Result<(), Gone> + Send + 'static) -> Result<Chunks, Failure> {
        let permit = UNDER_WAY.try_acquire().map_err(|_| {
            let text = format!("{AT_ONCE} large lists are being read now; ask again");
            Failure::new(503, text)
        })?;
        let (send, chunks) = Chunks::channel();
        tokio::task::spawn_blocking(move || {
            let _permit = permit;
            let mut writer = Writer {
                part: String::with_capacity(PART + 4096),
                send,
            };
            // whoever asked may have gone away
            let _ = write(&mut writer).and_then(|()| writer.flush());
        });
        Ok(chunks)
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

/// Nobody reads any more.
#[derive(Debug)]
pub struct Gone;

/// Where a large text is written.
#[derive(Debug)]
pub struct Writer {
    part: String,
    send: mpsc::Sender<Result<Bytes, Failure>>,
}

impl Writer {
    /// Adds to the text.
    ///
    /// # Errors
    /// Where nobody reads any more.
    pub fn write(&mut self, text: impl Display) -> Result<(), Gone> {
        // writing to a String cannot fail
        let _ = write!(self.part, "{text}");
        if self.part.len() < PART { Ok(()) } else { self.flush() }
    }

    fn flush(&mut self) -> Result<(), Gone> {
        let part = std::mem::replace(&mut self.part, String::with_capacity(PART + 4096));
        self.send.blocking_send(Ok(Bytes::from(part))).map_err(|_| Gone)
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
