//! Requests of the socket, each led to the method that answers it.

use crate::daemon::Inner;
use crate::error::Error;
use crate::protocol::{Reply, Request};
use crate::socket::Caller;
use crate::streams;
use std::os::fd::OwnedFd;

impl Inner {
    pub(crate) fn answer(
        &self,
        request: Request,
        descriptors: Vec<OwnedFd>,
        caller: &dyn Caller,
    ) -> Result<Reply, Error> {
        let done = |()| Reply::Nothing;
        match request {
            Request::Status => Ok(Reply::Status(self.status())),
            Request::Plan(stack) => self.plan(&stack).map(Reply::Plan),
            Request::Up(stack) => self.up(&stack, caller).map(Reply::Stack),
            Request::Down { stack } => self.down(&stack, caller).map(Reply::Stack),
            Request::Ps => Ok(Reply::Listing(self.listing())),
            Request::Exec { name, command } => {
                let code = self.exec(&name, &command, streams::streams(descriptors)?, caller)?;
                Ok(Reply::Exit { code })
            }
            Request::Logs { name, follow } => self.logs(&name, follow, streams::one(descriptors)?, caller).map(done),
            Request::Reach(question) => self.reach(&question).map(|report| Reply::Reach(Box::new(report))),
            Request::Drops { follow: false } => self.drop_lines().map(Reply::Drops),
            Request::Drops { follow: true } => self.follow_drops(caller).map(done),
            Request::Capture { name } => {
                self.capture(&name, streams::one(descriptors)?, caller).map(|_| Reply::Nothing)
            }
            Request::Zone { name, failed } => self.set_zone(&name, failed).map(done),
            Request::Quota { name, value } => self.set_quota(&name, value).map(done),
            Request::Instance { name, run } => self.run_instance(&name, run).map(done),
            Request::Stop { keep_fabric } => Ok(Reply::Stopping { keep_fabric }),
        }
    }
}
