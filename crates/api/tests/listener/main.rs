//! The doors, from outside: real connections to a listener in front of an application that only repeats what it is given.

mod crowd;
mod doors;
mod place;
mod tls;
