//! The engine in the kernel.

use crate::compare::Fate;
use crate::report::Failure;
use croft_engine::memory::Snapshot;

pub struct Kernel;

pub fn ports() -> Vec<u32> {
    (101..119).collect()
}

pub fn enter_namespace() -> Result<(), Failure> {
    Err(Failure::Kernel("not yet".into()))
}

impl Kernel {
    pub fn load(_entries: usize) -> Result<Kernel, Failure> {
        Err(Failure::Kernel("not yet".into()))
    }
    pub fn clear(&mut self) -> Result<(), Failure> {
        Ok(())
    }
    pub fn set_clock(&mut self, now: u64) -> Result<u64, Failure> {
        Ok(now)
    }
    pub fn advance(&mut self, _by: u64) -> Result<(), Failure> {
        Ok(())
    }
    pub fn install(&mut self, _snapshot: &Snapshot) -> Result<(), Failure> {
        Ok(())
    }
    pub fn takes(&self, _frame: &[u8]) -> bool {
        false
    }
    pub fn packet(&mut self, _port: u32, _frame: &[u8]) -> Result<(u64, Fate), Failure> {
        Err(Failure::Kernel("not yet".into()))
    }
}
