#!/usr/bin/env bash
#
# Counts the instructions per operation of the benchmarks with callgrind, as the difference between
# three passes and one: what happens once does not count. Valgrind runs a processor of its own, so a
# busy machine does not matter, and the counts of one compiler are the same everywhere.
#
#     benches/instructions.sh [--features simd]    all rows, ours and theirs, to standard output
#     benches/instructions.sh --check              our rows; fails when one has grown by 2 %
#     benches/instructions.sh --update             our rows, written to instructions.txt
#
# The recorded counts hold for one compiler. With another one `--check` counts and prints, and gates nothing.

set -euo pipefail
cd "$(dirname "$0")/.."

export LC_ALL=C # numbers with a point
recorded=benches/instructions.txt
tolerance=2 # percent
features=()
directory=$(mktemp -d)
trap 'rm -r "$directory"' EXIT
program=${CARGO_TARGET_DIR:-target}/release/address_text

# --- counting

# The instructions of so many passes: `collected GROUP COMPETITOR PASSES`
collected() {
    local log
    log=$(valgrind --tool=callgrind --callgrind-out-file=/dev/null "$program" count "$@" 2>&1) || {
        printf '%s\n' "$log" >&2
        return 1
    }
    awk '$2 == "Collected" { print $4; found = 1 } END { exit !found }' <<<"$log"
}

# One row with its count: `row GROUP COMPETITOR`
row() {
    local once thrice
    once=$(collected "$1" "$2" 1)
    thrice=$(collected "$1" "$2" 3)
    awk -v group="$1" -v competitor="$2" -v difference=$((thrice - once)) \
        'BEGIN { printf "%s\t%s\t%.1f\n", group, competitor, difference / (2 * 10000) }'
}

# The rows of the list on the standard input, in its order, on all processors.
rows() {
    local group competitor
    local -i number=0
    while IFS=$'\t' read -r group competitor _; do
        while (($(jobs -rp | wc -l) >= $(nproc))); do
            wait -n
        done
        row "$group" "$competitor" >"$directory/$(printf '%04d' "$number")" &
        number+=1
    done
    wait
    (($(find "$directory" -type f -size +0 | wc -l) == number)) || return 1
    cat "$directory"/*
}

our_rows() {
    "$program" list | awk -F '\t' '$3 == "ours"' | rows
}

# What the counts hold for.
heading() {
    printf '# %s\n' "$(rustc -V)"
}

# --- the commands

# Prints `group, competitor, count, recorded, change`; fails if a row has grown, is not recorded, or
# is recorded and gone.
compare() {
    awk -F '\t' -v tolerance="$tolerance" '
        /^#/ { next }
        FNR == NR { recorded[$1, $2] = $3; next }
        !(($1, $2) in recorded) { printf "%-24s %-18s %8s  not recorded\n", $1, $2, $3; bad = 1; next }
        {
            change = ($3 / recorded[$1, $2] - 1) * 100
            grown = change > tolerance
            printf "%-24s %-18s %8s  %+6.1f %%%s\n", $1, $2, $3, change, grown ? "  GROWN" : ""
            if (change < -tolerance) better = 1
            if (grown) bad = 1
            delete recorded[$1, $2]
        }
        END {
            for (row in recorded) {
                split(row, name, SUBSEP)
                printf "%-24s %-18s recorded, and gone\n", name[1], name[2]
                bad = 1
            }
            if (better) print "some rows are better: benches/instructions.sh --update keeps it so"
            exit bad
        }' "$recorded" -
}

check() {
    local counts outcome=0
    counts=$(our_rows)
    compare <<<"$counts" || outcome=1
    if [[ $(head -n 1 "$recorded") != "$(heading)" ]]; then
        printf '\n!! NOT GATED: %s holds for another compiler than this\n' "$recorded"
        printf '!!     recorded %s\n!!     this     %s\n' "$(head -n 1 "$recorded")" "$(heading)"
        return 0
    fi
    return "$outcome"
}

update() {
    local counts
    counts=$(our_rows)
    { heading && printf '%s\n' "$counts"; } >"$recorded"
    cat "$recorded"
}

all() {
    local counts
    counts=$("$program" list | rows)
    heading
    printf '%s\n' "$counts"
}

case ${1-} in
    '') command=all ;;
    --features) command=all features=(--features "$2") ;;
    --check | --update) command=${1#--} ;;
    *)
        sed -n '3,/^$/s/^# \{0,1\}//p' "$0" >&2
        exit 2
        ;;
esac

command -v valgrind >/dev/null || { printf 'valgrind is missing\n' >&2 && exit 1; }
cargo build -q --release --locked -p berkeley-benches "${features[@]}" >&2
"$command"
