//! How far a stack or one of its resources is.

use serde::{Deserialize, Serialize};
use std::fmt;

macro_rules! statuses { ($($name:ident = $text:literal,)*) => {
    /// As AWS words them.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
    pub enum Status { $(#[serde(rename = $text)] $name,)* }

    impl Status {
        /// Such as `CREATE_COMPLETE`.
        pub fn as_str(self) -> &'static str {
            match self { $(Status::$name => $text,)* }
        }

        /// The status of a text.
        pub fn parse(text: &str) -> Option<Status> {
            match text { $($text => Some(Status::$name),)* _ => None }
        }
    }
} }

statuses! {
    ReviewInProgress = "REVIEW_IN_PROGRESS",
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
    UpdateRollbackCleanup = "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS",
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

    /// A stack in this state is whole: as its template says.
    pub fn is_whole(self) -> bool {
        matches!(self, Status::CreateComplete | Status::UpdateComplete | Status::UpdateRollbackComplete)
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl PartialEq<str> for Status {
    fn eq(&self, other: &str) -> bool {
        self.as_str() == other
    }
}

impl PartialEq<&str> for Status {
    fn eq(&self, other: &&str) -> bool {
        self.as_str() == *other
    }
}
