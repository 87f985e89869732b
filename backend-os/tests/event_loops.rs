//! The examples over other libraries' loops of events run to their end.

#![allow(clippy::unwrap_used)] // helpers of tests, beside the tests themselves

use std::env;
use std::process::Command;

#[test]
fn the_examples_echo_over_mio_and_tokio() {
    for example in ["mio_poll", "tokio_async_fd"] {
        // The examples are built with the tests: beside their folder.
        let test = env::current_exe().unwrap();
        let program = test.parent().unwrap().parent().unwrap().join("examples").join(example);
        if !program.exists() {
            println!("not available: {} is not built", program.display());
            continue;
        }
        let output = Command::new(program).output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        let complaint = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{example}: {complaint}");
        assert_eq!(said, "10 clients were echoed\n", "{example}");
    }
}
