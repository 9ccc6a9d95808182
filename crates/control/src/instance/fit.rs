//! What an instance type allows: images of its architecture, its cores, its way to pay for bursts.

use crate::Transaction;
use crate::error::{Error, Result};
use croft_model::image::Image;
use croft_model::instance::{CpuCredits, CpuOptions};
use croft_model::instance_type::{self, InstanceType};

pub(crate) fn check_architecture(kind: &InstanceType, image: &Image) -> Result<()> {
    let (of_type, of_image) = (kind.architecture(), image.architecture);
    match of_type == of_image {
        true => Ok(()),
        false => Err(Error::invalid(format!(
            "The architecture '{}' of the specified instance type does not match the architecture '{}' of the specified AMI. Specify an instance type and an AMI that have matching architectures, and try again.",
            of_type.as_str(),
            of_image.as_str()
        ))),
    }
}

/// How a type pays for bursts: as asked, as the family has it, not at all.
pub(crate) fn credits(kind: &InstanceType, asked: Option<CpuCredits>) -> Result<Option<CpuCredits>> {
    match (kind.family.burstable, asked) {
        (true, Some(asked)) => Ok(Some(asked)),
        (true, None) if kind.family.unlimited => Ok(Some(CpuCredits::Unlimited)),
        (true, None) => Ok(Some(CpuCredits::Standard)),
        (false, None) => Ok(None),
        (false, Some(_)) => Err(Error::combination(format!(
            "A credit specification may be given for burstable instance types only, and {} is none.",
            kind.name
        ))),
    }
}

pub(crate) fn check_cpu(kind: &InstanceType, asked: Option<CpuOptions>) -> Result<()> {
    let Some(CpuOptions { core_count, threads_per_core }) = asked else { return Ok(()) };
    let legal = kind.valid_cores().contains(&core_count) && kind.valid_threads_per_core().contains(&threads_per_core);
    match legal {
        true => Ok(()),
        false => Err(Error::invalid(format!(
            "CpuOptions with {core_count} cores and {threads_per_core} threads per core are not valid for {}.",
            kind.name
        ))),
    }
}

impl Transaction<'_> {
    /// The type of this name.
    pub(crate) fn instance_type(&self, name: &str) -> Result<&'static InstanceType> {
        instance_type::of(name).ok_or_else(|| Error::invalid(format!("Invalid value '{name}' for InstanceType.")))
    }
}
