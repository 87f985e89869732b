#!/usr/bin/env bash
#
# Counts the instructions of each hold of the userspace stack's lock, one by one with callgrind, and
# prints how many holds there were and the longest: that is how long interrupts are masked where the
# lock is a critical section.
#
#     benches/lock_holds.sh            the table
#     benches/lock_holds.sh --check    fails when a hold is longer than its limit

set -euo pipefail
cd "$(dirname "$0")/.."

directory=$(mktemp -d)
trap 'rm -r "$directory"' EXIT
program=${CARGO_TARGET_DIR:-target}/release/lock_holds

# What a program does, and the longest hold that is allowed.
limits=('connect 5000' 'send 5000' 'receive 5000' 'datagrams 8000')

case ${1-} in
    '' | --check) ;;
    *)
        sed -n '3,/^$/s/^# \{0,1\}//p' "$0" >&2
        exit 2
        ;;
esac

command -v valgrind >/dev/null || { printf 'valgrind is missing\n' >&2 && exit 1; }
cargo build -q --release --locked -p berkeley-benches --bin lock_holds >&2
outcome=0
printf '| a program that | holds | instructions of the longest | limit |\n'
printf '| --- | ---: | ---: | ---: |\n'
for row in "${limits[@]}"; do
    read -r scenario limit <<<"$row"
    rm -f "$directory"/*
    valgrind -q --tool=callgrind --collect-atstart=no --toggle-collect='lock_holds::held*' \
        --dump-after='lock_holds::counted_hold*' --callgrind-out-file="$directory/out" \
        "$program" "$scenario" >/dev/null 2>&1
    read -r holds longest < <(grep -h '^totals:' "$directory"/out.* |
        awk '$2 > 0 { count++; if ($2 > most) most = $2 } END { print count + 0, most + 0 }')
    printf '| %s | %d | %d | %d |\n' "$scenario" "$holds" "$longest" "$limit"
    ((holds > 0 && longest <= limit)) || outcome=1
done
[[ ${1-} != --check ]] || exit "$outcome"
