//! What happens to a stack and its resources, as it happens.

use std::fmt;

/// One step of one resource, or of the stack itself.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Event {
    /// Seconds since 1970.
    pub time: u64,
    pub stack_name: String,
    /// The stack's own name for the stack itself.
    pub logical_id: String,
    pub physical_id: Option<String>,
    /// Such as `AWS::EC2::Subnet`; `AWS::CloudFormation::Stack` for the stack itself.
    pub resource_type: String,
    pub status: Status,
    pub reason: Option<String>,
}

/// The type of the stack itself.
pub const STACK_TYPE: &str = "AWS::CloudFormation::Stack";

macro_rules! statuses { ($($name:ident = $text:literal,)*) => {
    /// As AWS words them.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
    pub enum Status { $(#[serde(rename = $text)] $name,)* }

    impl Status {
        /// Such as `CREATE_COMPLETE`.
        pub fn as_str(self) -> &'static str {
            match self { $(Status::$name => $text,)* }
        }

        /// The status of a text, such as a record bears.
        pub fn parse(text: &str) -> Option<Status> {
            match text { $($text => Some(Status::$name),)* _ => None }
        }
    }
} }

statuses! {
    CreateInProgress = "CREATE_IN_PROGRESS",
    CreateComplete = "CREATE_COMPLETE",
    CreateFailed = "CREATE_FAILED",
    UpdateInProgress = "UPDATE_IN_PROGRESS",
    UpdateCleanup = "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS",
    UpdateComplete = "UPDATE_COMPLETE",
    UpdateFailed = "UPDATE_FAILED",
    RollbackInProgress = "ROLLBACK_IN_PROGRESS",
    RollbackComplete = "ROLLBACK_COMPLETE",
    RollbackFailed = "ROLLBACK_FAILED",
    UpdateRollbackInProgress = "UPDATE_ROLLBACK_IN_PROGRESS",
    UpdateRollbackComplete = "UPDATE_ROLLBACK_COMPLETE",
    UpdateRollbackFailed = "UPDATE_ROLLBACK_FAILED",
    DeleteInProgress = "DELETE_IN_PROGRESS",
    DeleteComplete = "DELETE_COMPLETE",
    DeleteFailed = "DELETE_FAILED",
    DeleteSkipped = "DELETE_SKIPPED",
}

impl Status {
    /// Nothing more will come of it.
    pub fn is_final(self) -> bool {
        !self.as_str().ends_with("_IN_PROGRESS")
    }

    /// Something went wrong.
    pub fn is_failure(self) -> bool {
        self.as_str().ends_with("_FAILED")
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Display for Event {
    /// `STATUS  LogicalId  Type  physical id: reason`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:<20} {} ({})", self.status, self.logical_id, self.resource_type)?;
        if let Some(id) = &self.physical_id {
            write!(f, " {id}")?;
        }
        match &self.reason {
            Some(reason) => write!(f, ": {reason}"),
            None => Ok(()),
        }
    }
}
