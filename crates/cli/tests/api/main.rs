//! `croft serve` from outside: the real program and real requests. All but `packets` need no rights.

mod crowd;
mod death;
mod ephemeral;
mod first_start;
mod packets;
mod place;
mod transfer;
