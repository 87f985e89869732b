//! A host that talks to itself.
#![cfg(feature = "std")]
#![allow(clippy::unwrap_used, reason = "a test")]

mod support;

use support::*;

#[test]
fn the_host_talks_to_itself() {
    for host in ["127.0.0.1", "127.1.2.3", "::1", NEAR[0], NEAR[1]] {
        let pair = Pair::new(1);
        let family = family_of(host);
        let wildcard = if family == AddressFamily::INET { "0.0.0.0" } else { "::" };
        let mut receiver = pair.near.datagram(family).unwrap();
        receiver.bind((host, 7)).unwrap();
        receiver.settimeout(seconds(1)).unwrap();
        let sender = pair.near.datagram(family).unwrap();
        for length in [0, 1, 1500, 20_000] {
            let data = pattern(length, 1);
            assert_eq!(sender.sendto(&data, (host, 7)), Ok(length), "{host}");
            assert!(datagram(&receiver) == Ok(data), "{host}: {length} bytes");
        }
        // A socket to itself.
        assert_eq!(receiver.sendto(b"me", (host, 7)), Ok(2));
        assert_eq!(datagram(&receiver), Ok(b"me".to_vec()), "{host}");

        let listener = pair.near.stream(family).unwrap();
        listener.bind((wildcard, 7)).unwrap();
        listener.listen(1).unwrap();
        let client = pair.near.create_connection((host, 7), None, None).unwrap();
        let (server, from) = listener.accept().unwrap();
        assert_eq!(Ok(from), client.getsockname(), "{host}");
        client.sendall(b"hello").unwrap();
        let mut buffer = [0; 8];
        assert_eq!(server.recv(&mut buffer), Ok(5), "{host}");
        client.close().unwrap();
        assert_eq!(server.recv(&mut buffer), Ok(0), "{host}");
        assert_eq!(pair.now().as_millis(), 0, "{host}");
        assert!(pair.log.take().is_empty(), "{host}: nothing leaves the host");
    }
}

#[test]
fn a_refusal_on_loopback_is_seen_without_waiting() {
    for host in ["127.0.0.1", "::1", NEAR[0], NEAR[1]] {
        let bench = Bench::new(small());
        let socket = bench.stream(family_of(host));
        let outcome = socket.connect((host, 1));
        let refused = failed(&outcome, Errno::EINPROGRESS)
            && failed(&bench.outcome(&socket), Errno::ECONNREFUSED);
        assert!(refused || failed(&outcome, Errno::ECONNREFUSED), "{host}: {outcome:?}");
    }
}
