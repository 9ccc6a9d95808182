//! How many connections there are at a time, and who goes when there are too many.
//!
//! Who comes when all places are taken sends the oldest connection away: at once where nothing of it is being answered,
//! after its answer otherwise. So neither idle clients nor such as never finish a request keep others out, and a client
//! that was sent away connects again.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::futures::OwnedNotified;
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};

/// What a listener allows. The defaults are those of `croft serve`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// At a time.
    pub connections: usize,
    /// For a request's head, which is also how long a connection may say nothing.
    pub head: Duration,
    /// For a request's body, all of it.
    pub body: Duration,
    pub handshake: Duration,
    /// What requests under way get when the listener ends, or when others need the place.
    pub end: Duration,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            connections: 512,
            head: Duration::from_secs(30),
            body: Duration::from_secs(30),
            handshake: Duration::from_secs(10),
            end: Duration::from_secs(5),
        }
    }
}

/// The connections of all threads of a listener.
#[derive(Clone)]
pub(crate) struct Crowd {
    limits: Limits,
    places: Arc<Semaphore>,
    /// Wakes in the order in which connections came.
    wanted: Arc<Notify>,
}

/// One connection's. Free again when it is dropped.
pub(crate) struct Place {
    _permit: OwnedSemaphorePermit,
}

impl Crowd {
    pub fn new(limits: Limits) -> Crowd {
        Crowd { limits, places: Arc::new(Semaphore::new(limits.connections)), wanted: Arc::new(Notify::new()) }
    }

    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// A place for a connection that has come. None only when the listener is gone.
    pub async fn enter(&self) -> Option<Place> {
        let permit = match Arc::clone(&self.places).try_acquire_owned() {
            Ok(permit) => permit,
            Err(_) => {
                self.wanted.notify_one();
                Arc::clone(&self.places).acquire_owned().await.ok()?
            }
        };
        Some(Place { _permit: permit })
    }

    /// Ends when the place is wanted for another: the place that was asked for this first.
    pub fn wanted(&self) -> Pin<Box<OwnedNotified>> {
        let mut wanted = Box::pin(Arc::clone(&self.wanted).notified_owned());
        wanted.as_mut().enable();
        wanted
    }

    /// Waits for the last to leave; false if that took too long.
    pub async fn is_gone(&self) -> bool {
        let all = u32::try_from(self.limits.connections).unwrap_or(u32::MAX);
        tokio::time::timeout(self.limits.end, self.places.acquire_many(all)).await.is_ok()
    }
}
