#!/usr/bin/env bash
# Many requests, bulk, scans and floods by programs of others against the userspace stack over TAP, inside
# namespaces of its own: curl, socat, redis-benchmark, ping and nmap; all again where frames are lost and
# overtaken; and openings of connections that nobody finishes, beside some that somebody does. Needs root,
# unshare, ip, python3 and these programs.
#
#   conformance/interop_load.sh [FOLDER OF THE EXAMPLES [MEBIBYTES]]
#
# The examples are built before:
#   cargo build --release --examples -p berkeley-os -p berkeley-smoltcp --features berkeley-smoltcp/std
set -euo pipefail

examples=${1:-${CARGO_TARGET_DIR:-target}/release/examples}
examples=$(cd "$examples" && pwd)
mebibytes=${2:-128}
if [ -z "${BERKELEY_INTEROP:-}" ]; then
    exec env BERKELEY_INTEROP=1 unshare --net --mount bash "$0" "$examples" "$mebibytes"
fi

ip link set lo up
scratch=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null || true; rm -rf "$scratch"' EXIT
address=192.0.2.2 # the stack's (RFC 5737)
host=192.0.2.1    # the kernel's end of the interface
failures=0
url=http://$address

# Says whether a step has said what it is to say, and how long it took: `check WHAT WANTED COMMAND...`.
# None may take longer than two minutes.
check() {
    local what=$1 wanted=$2 said start=$SECONDS
    shift 2
    said=$(timeout 120 "$@" 2>&1) || true
    if [[ $said == $wanted ]]; then # a pattern
        echo "ok    $what ($((SECONDS - start)) s)"
    else
        echo "FAIL  $what: '${said:0:2000}'"
        failures=$((failures + 1))
    fi
}

# --- what is asked, and what is to come of it

# So many pages, each of another length, and how many connections that took: `pages COUNT CURL'S OPTIONS...`
pages() {
    local count=$1 connections
    shift
    rm -rf "$scratch/pages"
    mkdir "$scratch/pages"
    connections=$(curl -s "$@" -w '%{num_connects}\n' "$url/[1-$count]" -o "$scratch/pages/#1" \
        2> /dev/null | python3 -c 'import sys; print(sum(int(line) for line in sys.stdin))')
    python3 - "$scratch/pages" "$count" << 'PYTHON'
import sys

folder, count = sys.argv[1], int(sys.argv[2])
letters = b'abcdefghijklmnopqrstuvwxyz' * (count // 26 + 1)
for length in range(1, count + 1):
    with open(f'{folder}/{length}', 'rb') as page:
        assert page.read() == letters[:length], length
PYTHON
    echo "$connections connections"
}

# Sends so much to the echo service, and compares what comes back meanwhile: `echoed BYTES`
echoed() {
    head -c "$1" "$scratch/bulk" | socat -t 100 -b 65536 - "TCP:$address:7" |
        cmp - <(head -c "$1" "$scratch/bulk") && echo 'the same'
}

# So many commands of each kind by some clients at a time, and a value that is not short.
commands() {
    redis-benchmark -h "$address" -n "$1" -c 8 -d 100 -t set,get,incr --csv 2> /dev/null |
        cut -d, -f1 | tr -d '"\n'
    head -c 1000000 "$scratch/bulk" | base64 -w 0 > "$scratch/value"
    redis-cli -h "$address" -x SET value < "$scratch/value" | tr -d '\n'
    redis-cli -h "$address" GET value | head -c -1 | cmp - "$scratch/value" && echo ', the same'
}

# Pings as fast as they are answered: what percentage was not.
pings() {
    ping -f -q -c "$1" -s 500 "$address" | grep -o '[0-9.]*% packet loss'
}

# The open ports of a range of each kind, and how many others there are in which states.
scan() {
    nmap -n -Pn -sS -sU -p "T:1-300,6379,U:1-100" -oG - "$address" |
        sed -n 's/.*Ports: \([^\t]*\)\tIgnored State: \([^\t]*\).*/\1 | \2/p' | sed 's/\/[a-z0-9]*\/*\(,\|$\| |\)/\1/g'
}

# How hard nmap finds it to guess sequence numbers, and what it finds in the identifications.
guesses() {
    nmap -n -Pn -O -v -p 80,81 "$address" |
        sed -n 's/^TCP Sequence Prediction: .*(\(.*\))$/\1/p; s/^IP ID Sequence Generation: //p'
}

# The table that the stack prints.
table() {
    socat -t 10 - "TCP:$address:11" < /dev/null
}

# --- the stack, and when it is there

server=
start() {
    "$examples/tap_services" "$address" "$host" "$1" > "$scratch/server" 2>&1 &
    server=$!
    for _ in $(seq 300); do
        [ "$(timeout 2 socat -t 2 - "TCP:$address:7,connect-timeout=1" <<< up 2> /dev/null)" = up ] && return
        read -rt 0.1 <> <(:) || true
    done
    echo "FAIL  no stack: $(cat "$scratch/server")"
    exit 1
}
stop() {
    kill "$server"
    wait "$server" 2> /dev/null || true
}

export -f pages echoed commands pings scan guesses table
export scratch address url
head -c "$((mebibytes << 20))" /dev/urandom > "$scratch/bulk"

# --- over a good link

start 0
check "curl, 1000 pages over one connection" '1 connections' bash -c 'pages 1000'
check "curl, 1000 pages over as many connections" '1000 connections' \
    bash -c "pages 1000 -H 'Connection: close'"
check "curl, 1000 pages over some at a time" '[1-8] connections' bash -c 'pages 1000 -Z --parallel-max 8'
check "socat, $mebibytes MiB both ways" 'the same' bash -c "echoed $((mebibytes << 20))"
check 'redis-benchmark' 'testSETGETINCROK, the same' bash -c 'commands 10000'
# It does not wait long for the answer to the last ones.
check 'ping, 5000 times' '0?(.0[0-9]*)% packet loss' bash -c 'pings 5000'
check 'nmap, which ports are open' '7/open/tcp*80/open/tcp*6379/open/tcp*7/open/udp*closed (*' bash -c scan
check 'nmap, what can be guessed' $'Good luck!\nAll zeros' bash -c guesses

# --- beside a flood

memory() {
    grep VmHWM "/proc/$server/status" | tr -dc '0-9'
}
before=$(memory)
"$examples/syn_flood" "$address" 80 100000 > "$scratch/flood" 2>&1 &
flood=$!
check 'curl, 100 connections beside a flood of openings' '100 connections' \
    bash -c "pages 100 -H 'Connection: close' --rate 1200/m"
kill "$flood"
wait "$flood" 2> /dev/null || true
check 'the pools are not larger than they were made' 'bounded' bash -c '
    line="s/^pool \(.*\): .*, \([0-9]*\) at most, of \([0-9]*\), \([0-9]*\) refused/\2 \3 \4 \1/p"
    table | sed -n "$line" | {
        openings=0
        while read -r most capacity refused name; do
            ((most <= capacity)) || echo "$name: $most of $capacity"
            [ "$name" != "half open" ] || openings=$((most + refused))
        done
        ((openings > 1000)) && echo bounded || echo "$openings openings are no flood"
    }'
grown=$(($(memory) - before))
check 'nor is the process' '[01]' bash -c "echo $((grown > 10000 ? grown : 0))"
stop

# --- where frames are lost and overtaken

start 5
check "curl, 1000 pages over some connections, with losses" '[1-9] connections' \
    bash -c 'pages 1000 -Z --parallel-max 8'
check "curl, 100 pages over as many connections, with losses" '100 connections' \
    bash -c "pages 100 -Z --parallel-max 8 -H 'Connection: close'"
check 'socat, 2 MiB both ways, with losses' 'the same' bash -c "echoed $((2 << 20))"
check 'redis-benchmark, with losses' 'testSETGETINCROK, the same' bash -c 'commands 1000'
check 'ping, 1000 times, with losses' '[0-5]?(.*)% packet loss' bash -c 'pings 1000'
check 'nmap, which ports are open, with losses' \
    '7/open/tcp*80/open/tcp*6379/open/tcp*7/open/udp*' bash -c scan
stop

echo "$failures failed, $SECONDS s"
[ "$failures" = 0 ]
