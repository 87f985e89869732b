#!/usr/bin/env bash
# The echo programs against nc and against each other, over loopback and over TAP, inside a network
# namespace of its own. Needs root, unshare, ip and nc (OpenBSD's).
#
#   conformance/interop.sh [FOLDER OF THE EXAMPLES]
#
# The examples are built before:
#   cargo build --release --examples -p berkeley-os -p berkeley-smoltcp --features berkeley-smoltcp/std
set -euo pipefail

examples=${1:-${CARGO_TARGET_DIR:-target}/release/examples}
examples=$(cd "$examples" && pwd)
if [ -z "${BERKELEY_INTEROP:-}" ]; then
    exec env BERKELEY_INTEROP=1 unshare --net bash "$0" "$examples"
fi

ip link set lo up
scratch=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null || true; rm -rf "$scratch"' EXIT
text='Hello, world'
address=192.0.2.2 # the stack's (RFC 5737)
host=192.0.2.1    # the kernel's end of the interface
failures=0

# Tries a client until it says what it is to say, since servers take a moment to start.
expect() {
    local what=$1 wanted=$2 said=
    shift 2
    for _ in $(seq 100); do
        said=$(timeout 5 "$@" 2>&1) || true
        if [ "$said" = "$wanted" ]; then
            echo "ok    $what"
            return
        fi
        read -rt 0.1 <> <(:) || true
    done
    echo "FAIL  $what: '$said'"
    failures=$((failures + 1))
}

say() { # host port: what nc hears back
    printf '%s' "$text" | nc -N -w 3 "$1" "$2"
}
export -f say
export text

# Runs a server in the background and waits for its end after the client.
server() {
    timeout 30 "$@" > "$scratch/server" 2>&1 &
}
ended() {
    local what=$1
    if wait $!; then
        grep -q '^Connected by' "$scratch/server" && echo "ok    $what" && return
    fi
    echo "FAIL  $what: $(cat "$scratch/server")"
    failures=$((failures + 1))
}

server "$examples/echo_server" 50007 1
expect 'nc to the kernel server' "$text" bash -c 'say 127.0.0.1 50007'
ended 'the kernel server ends after its client'

server "$examples/echo_server" 50008 1
expect 'kernel client to kernel server' "Received '$text'" "$examples/echo_client" 127.0.0.1 50008
ended 'the kernel server ends after its client'

mkfifo "$scratch/echo"
(nc -l 127.0.0.1 50009 < "$scratch/echo" | tee "$scratch/echo" > /dev/null) &
expect 'kernel client to nc' "Received '$text'" "$examples/echo_client" 127.0.0.1 50009

server "$examples/tap_echo_server" "$address" "$host" 50010 1
expect 'nc to the userspace server over TAP' "$text" bash -c "say $address 50010"
ended 'the userspace server ends after its client'

server "$examples/tap_echo_server" "$address" "$host" 50011 1
expect 'kernel client to userspace server over TAP' "Received '$text'" \
    "$examples/echo_client" "$address" 50011
ended 'the userspace server ends after its client'

server "$examples/echo_server" 50012 1
expect 'userspace client to kernel server over TAP' "Received '$text'" \
    "$examples/tap_echo_client" "$address" "$host" 50012
ended 'the kernel server ends after its client'

echo "$failures failed"
[ "$failures" = 0 ]
