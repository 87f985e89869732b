#!/usr/bin/env bash
#
# Looks for what the compiler cannot see: memory that is not ours, leaks, undefined behaviour.
#
#     backend-os/sanitizers.sh             all of it
#     backend-os/sanitizers.sh address     all tests under AddressSanitizer and LeakSanitizer
#     backend-os/sanitizers.sh miri        what reads and writes the host's bytes, under Miri
#
# AddressSanitizer comes with every compiler, Miri only with a nightly one, which is installed when it
# is missing. Where it cannot be had this is said, and is no failure: `address` runs the same tests.

set -euo pipefail
cd "$(dirname "$0")/.."

host=$(rustc -vV | sed -n 's/^host: //p')
directory=$(mktemp -d)
trap 'rm -r "$directory"' EXIT

# --- AddressSanitizer

# The sanitizer is an unstable flag, which this makes a stable compiler take. With `--target`, build
# scripts and macros run without it.
sanitized() {
    env RUSTC_BOOTSTRAP=1 RUSTFLAGS=-Zsanitizer=address RUSTDOCFLAGS=-Zsanitizer=address "$@"
}

# A program that reads freed memory must not get through.
finds_freed_memory() {
    local output
    cat >"$directory/freed.rs" <<'PROGRAM'
fn main() {
    let number = Box::new(0);
    let freed: *const u8 = &*number;
    drop(number);
    println!("{}", unsafe { *freed });
}
PROGRAM
    env RUSTC_BOOTSTRAP=1 rustc -Zsanitizer=address -A warnings --target "$host" \
        -o "$directory/freed" "$directory/freed.rs"
    output=$("$directory/freed" 2>&1) || true
    if [[ $output != *'AddressSanitizer: heap-use-after-free'* ]]; then
        printf 'AddressSanitizer does not work here:\n%s\n' "$output"
        return 1
    fi
}

address() {
    finds_freed_memory
    # One test is left out: it traces a program, and LeakSanitizer is a tracer itself.
    sanitized cargo test --locked -p berkeley-os --target "$host" -- \
        --skip an_operation_with_data_there_is_one_system_call
}

# --- Miri

has_miri() {
    cargo +nightly miri --version && [[ -d $(rustc +nightly --print sysroot)/lib/rustlib/src ]]
} >/dev/null 2>&1

# A nightly compiler that is there is not replaced by a newer one.
install_miri() {
    if rustc +nightly --version >/dev/null 2>&1; then
        rustup component add --toolchain nightly miri rust-src
    else
        rustup toolchain install nightly --profile minimal --component miri,rust-src \
            --no-self-update
    fi
}

# Only what makes no system calls that Miri lacks, and of what is random a little.
miri() {
    if ! has_miri && ! { install_miri && has_miri; }; then
        printf 'Miri is not available: rustup has no nightly compiler with the component\n'
        return 0
    fi
    export MIRIFLAGS=-Zmiri-disable-isolation PROPTEST_CASES=2
    cargo +nightly miri test --locked -p berkeley --features std,unix,linux --lib -- \
        address ancillary options
    cargo +nightly miri test --locked -p berkeley-os --lib -- \
        device::netlink sys::linux::sockaddr
}

case ${1:-all} in
    all)
        address
        miri
        ;;
    address) address ;;
    miri) miri ;;
    *)
        sed -n 's/^#  *\(backend-os.*\)/\1/p' "$0" >&2
        exit 2
        ;;
esac
