//! What runs on the host ends of two interfaces: Croft's program, or another in its place, while everything else stays as it is.

use super::bare;
use croft_conformance::{End, World};
use croft_datapath::bpf;
use std::error::Error;
use std::fs;
use std::os::fd::OwnedFd;

/// The links of two interfaces, and what each may run.
pub struct Programs {
    links: [OwnedFd; 2],
    croft: OwnedFd,
    bare: [OwnedFd; 2],
    other: Option<OwnedFd>,
    /// What was loaded to take up room.
    _before: Vec<OwnedFd>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Runs {
    Croft,
    Bare,
    /// Another build of Croft's.
    Other,
}

impl Programs {
    /// `other`: the object of another build. The same program runs faster or slower by a hundredth or two by where it comes
    /// to lie in memory, which is the same place each time: so there are `before` others before it.
    pub fn of(world: &World, ends: [&End; 2], other: Option<&[u8]>, before: usize) -> Result<Programs, Box<dyn Error>> {
        let [a, b] = ends;
        let load = |object| world.fabric().load_program(object);
        let before = (0..before).map(|_| load(None)).collect::<Result<_, _>>()?;
        Ok(Programs {
            links: [link(world, a)?, link(world, b)?],
            croft: load(None)?,
            bare: [bare::redirect(b.port)?, bare::redirect(a.port)?],
            other: other.map(|object| load(Some(object))).transpose()?,
            _before: before,
        })
    }

    pub fn set(&self, runs: Runs) -> Result<(), Box<dyn Error + Send + Sync>> {
        for (link, bare) in self.links.iter().zip(&self.bare) {
            let program = match runs {
                Runs::Croft => &self.croft,
                Runs::Bare => bare,
                Runs::Other => self.other.as_ref().ok_or("there is no other program")?,
            };
            bpf::replace_program(link, program)?;
        }
        Ok(())
    }
}

fn link(world: &World, end: &End) -> Result<OwnedFd, Box<dyn Error>> {
    for entry in fs::read_dir(world.fabric().run_dir().join("bpf/links"))? {
        let link = bpf::open_pin(&entry?.path())?;
        if bpf::link_device(&link)? == end.port {
            return Ok(link);
        }
    }
    Err(format!("{} has no link", end.name).into())
}
