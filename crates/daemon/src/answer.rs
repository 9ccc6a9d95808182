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
            Request::Difference(stacks) => {
                self.difference(&stacks, caller).map(|report| Reply::Difference(Box::new(report)))
            }
            Request::Up(stack) => self.up(&stack, caller).map(Reply::Stack),
            Request::Down { stack } => self.down(&stack, caller).map(Reply::Stack),
            Request::Cancel { stack } => self.cancel(&stack).map(done),
            Request::Stacks => Ok(Reply::Stacks(self.stack_rows())),
            Request::StackEvents { stack } => self.stack_events(&stack).map(Reply::StackEvents),
            Request::Drift { stack } => self.drift(&stack).map(Reply::Drift),
            Request::Signal(signal) => self.tell(&signal).map(Reply::Signalled),
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
            Request::AddCredential { account, name } => {
                Ok(Reply::Credential(Box::new(self.keeper.add_credential(account, name)?)))
            }
            Request::Credentials => Ok(Reply::Credentials(self.keeper.credentials())),
            Request::RemoveCredential { name } => self.keeper.remove_credential(&name).map(Reply::Removed),
            Request::Export { with_credentials, resources_only } => {
                let mut to = streams::Lent::new(streams::one(descriptors)?, caller);
                let written = match resources_only {
                    true => self.keeper.export_resources(&mut to),
                    false => self.keeper.export(with_credentials, &mut to),
                };
                written.map_err(|e| Error::Protocol(e.to_string()))?;
                Ok(Reply::Nothing)
            }
            Request::Import => {
                let mut from = std::fs::File::from(streams::one(descriptors)?);
                self.keeper.import(&mut from).map(|resources| Reply::Imported { resources })
            }
            Request::Stop { keep_fabric } => Ok(Reply::Stopping { keep_fabric }),
        }
    }
}
