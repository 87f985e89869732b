//! How many system calls an operation is, counted by `strace` where there is one.

use std::path::PathBuf;
use std::process::Command;
use std::{env, fs, process};

/// What each operation of the example `system_calls` asks the kernel, in order.
const EXPECTED: [(&str, &[&str]); 7] = [
    ("blocking receive", &["recvfrom"]),
    ("timed receive", &["recvfrom"]),
    ("non-blocking receive", &["recvfrom"]),
    ("expired receive", &["recvfrom", "ppoll"]),
    ("send", &["sendto"]),
    ("create", &["socket"]),
    ("drop", &["getsockopt", "close"]),
];

#[test]
fn an_operation_with_data_there_is_one_system_call() {
    let trace = match trace() {
        Ok(trace) => trace,
        Err(reason) => return println!("not available: {reason}"),
    };
    for (operation, expected) in EXPECTED {
        let calls: Vec<&str> = trace
            .lines()
            .skip_while(|line| !line.contains(&format!("\"begin {operation}\\n\"")))
            .skip(1)
            .take_while(|line| !line.contains(&format!("\"end {operation}\\n\"")))
            .collect();
        let names: Vec<&str> =
            calls.iter().map(|line| line.split('(').next().unwrap_or("")).collect();
        assert_eq!(names, expected, "{operation}: {calls:#?}");
        if operation == "send" {
            assert!(calls[0].contains("MSG_NOSIGNAL"), "{}", calls[0]);
        }
    }
}

/// The example's system calls, or why they cannot be had.
fn trace() -> Result<String, String> {
    let example = example().ok_or("the example is not built")?;
    let file = env::temp_dir().join(format!("berkeley-os-trace-{}", process::id()));
    let outcome = Command::new("strace").arg("-o").arg(&file).arg(example).output();
    let trace = fs::read_to_string(&file);
    let _ = fs::remove_file(&file);
    let output = outcome.map_err(|error| format!("strace: {error}"))?;
    let complaints = String::from_utf8_lossy(&output.stderr).into_owned();
    // Where tracing is forbidden, `strace` itself complains and the trace is empty.
    match trace {
        Ok(trace) if trace.contains("begin send") => {
            assert!(output.status.success(), "the example failed: {complaints}");
            Ok(trace)
        }
        _ => Err(format!("nothing was traced: {complaints}")),
    }
}

/// The example, which is built with the tests: beside their folder.
fn example() -> Option<PathBuf> {
    let test = env::current_exe().ok()?;
    let example = test.parent()?.parent()?.join("examples").join("system_calls");
    example.exists().then_some(example)
}
