//! What is done with all sockets at once.

use berkeley::{Backend, MessageFlags, Patience, Shutdown};
use berkeley_smoltcp::Handle;

use super::Program;

impl<B: Backend<Handle = Handle>> Program<B> {
    /// Closes everything.
    pub fn close_all(&mut self) {
        while !self.held.is_empty() {
            self.close_at(0, Patience::Never);
        }
    }

    /// Reads from every stream what there is.
    pub fn read_all(&mut self) {
        let Program { backend, held, accounts, .. } = self;
        let (mut buffer, flags) = (vec![0; 4096], MessageFlags::NONE);
        for (handle, account) in held {
            let account = &mut accounts[*account];
            while account.is_stream {
                let answer = backend.recv(handle, &mut buffer, flags, Patience::Never);
                account.has_received(buffer.len(), flags, &answer, &buffer);
                if !answer.is_ok_and(|count| count > 0) {
                    break;
                }
            }
        }
    }

    /// Sends a little on every stream.
    pub fn send_all(&mut self) {
        let Program { backend, held, accounts, .. } = self;
        for (handle, account) in held {
            let account = &mut accounts[*account];
            if account.is_stream {
                let data = account.next_data(2000);
                let answer = backend.send(handle, &data, MessageFlags::NONE, Patience::Never);
                account.has_sent(data.len(), &answer);
            }
        }
    }

    /// Accepts whatever waits for that, and ends sending everywhere.
    pub fn conclude(&mut self) {
        let mut accepted = Vec::new();
        for (handle, account) in &self.held {
            if !self.accounts[*account].is_stream {
                continue;
            }
            while let Ok((new, peer)) = self.backend.accept(handle, Patience::Never, true) {
                accepted.push((new, peer));
            }
            if self.backend.shutdown(handle, Shutdown::WR).is_ok() {
                let is_connected = self.backend.getpeername(handle).is_ok();
                self.accounts[*account].shut(Shutdown::WR, is_connected);
            }
        }
        for (handle, peer) in accepted {
            self.take(handle, &peer);
        }
    }
}
