#!/usr/bin/env bash
#
# Counts the instructions per operation of the benchmarks with callgrind, as the difference between
# three passes and one: what happens once does not count. Valgrind runs a processor of its own, so a
# busy machine does not matter, and the counts of one compiler are the same everywhere.
#
#     benches/instructions.sh [--features simd]    all rows, ours and theirs, to standard output
#     benches/instructions.sh --check              our rows; fails when one has grown by 2 %
#     benches/instructions.sh --update             our rows, written to instructions.txt
#     benches/instructions.sh --stack              the userspace stack; fails beyond its limits
#
# The recorded counts hold for one compiler. With another one `--check` counts and prints, and gates
# nothing but ratios, which hold for all: what a call of ours may cost beside the C library's, and the
# userspace stack beside smoltcp and beside itself.

set -euo pipefail
cd "$(dirname "$0")/.."

export LC_ALL=C # numbers with a point
recorded=benches/instructions.txt
tolerance=2 # percent
features=()
directory=$(mktemp -d)
trap 'rm -r "$directory"' EXIT
releases=${CARGO_TARGET_DIR:-target}/release
programs=(address_text one_byte stack_echo stack_bulk)
allowance=16 # instructions of ours per call, beside those of the C library's call

# What the userspace stack may cost: `GROUP COMPETITOR BASELINE LIMIT`. The peer's part is taken off.
stack_limits=(
    'stack-echo berkeley-1 smoltcp 1.25'
    'stack-echo berkeley-10000 berkeley-1 1.05'
    'stack-echo berkeley-idle-10000 berkeley-1 1.05'
    'stack-connect berkeley-10000 berkeley-1000 1.1'
)

# --- counting

# What there is to count: program, group, competitor, and `ours` or `theirs`.
listed() {
    local program
    for program in "${programs[@]}"; do
        "$releases/$program" list | sed "s/^/$program\t/"
    done
}

# The instructions of so many passes: `collected PROGRAM GROUP COMPETITOR PASSES`
collected() {
    local log program=$releases/$1
    shift
    log=$(valgrind --tool=callgrind --callgrind-out-file=/dev/null "$program" count "$@" 2>&1) || {
        printf '%s\n' "$log" >&2
        return 1
    }
    awk '$2 == "Collected" { print $4; found = 1 } END { exit !found }' <<<"$log"
}

# One row with its count: `row PROGRAM GROUP COMPETITOR`
row() {
    local once thrice
    once=$(collected "$@" 1)
    thrice=$(collected "$@" 3)
    awk -v group="$2" -v competitor="$3" -v difference=$((thrice - once)) \
        'BEGIN { printf "%s\t%s\t%.1f\n", group, competitor, difference / (2 * 10000) }'
}

# The rows of the list on the standard input, in its order, on all processors.
rows() {
    local program group competitor
    local -i number=0
    while IFS=$'\t' read -r program group competitor _; do
        while (($(jobs -rp | wc -l) >= $(nproc))); do
            wait -n
        done
        row "$program" "$group" "$competitor" >"$directory/$(printf '%04d' "$number")" &
        number+=1
    done
    wait
    (($(find "$directory" -type f -size +0 | wc -l) == number)) || return 1
    cat "$directory"/*
    rm -f "$directory"/*
}

our_rows() {
    listed | awk -F '\t' '$4 == "ours"' | rows
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

# Prints what a call of ours costs beside the C library's; fails if that is more than is allowed. An
# operation is two calls.
beside_libc() {
    awk -F '\t' -v allowance="$allowance" '
        $1 !~ /^one-byte-/ { next }
        $2 == "libc" { theirs[$1] = $3; next }
        { ours[$1, $2] = $3 }
        END {
            for (row in ours) {
                split(row, name, SUBSEP)
                beside = (ours[row] - theirs[name[1]]) / 2
                large = !(name[1] in theirs) || beside > allowance
                printf "%-24s %-18s %8.1f  beside libc%s\n",
                    name[1], name[2], beside, large ? "  TOO MANY" : ""
                if (large) bad = 1
                found = 1
            }
            exit bad || !found
        }' | sort
}

# Prints the ratios that are limited; fails if one is beyond its limit.
beside_limits() {
    awk -F '\t' '
        FNR == NR { limit[++limits] = $0; next }
        $2 == "peer" { peer = $3; next }
        { count[$1, $2] = $3 }
        END {
            for (number = 1; number <= limits; number++) {
                split(limit[number], word, " ")
                part = word[1] == "stack-echo" ? peer : 0
                ours = count[word[1], word[2]] - part
                theirs = count[word[1], word[3]] - part
                large = ours <= 0 || theirs <= 0 || ours > theirs * word[4]
                printf "%-14s %-19s %9.1f  %5.3f of %-13s %9.1f  limit %s%s\n", word[1], word[2],
                    ours, (theirs > 0 ? ours / theirs : 0), word[3], theirs, word[4],
                    large ? "  TOO MANY" : ""
                if (large) bad = 1
            }
            exit bad
        }' <(printf '%s\n' "${stack_limits[@]}") -
}

stack() {
    local counts
    counts=$(listed | awk -F '\t' '$2 ~ /^stack-/' | rows)
    printf '%s\n\n' "$counts"
    beside_limits <<<"$counts"
}

check() {
    local counts theirs ratios=0 outcome=0
    counts=$(our_rows)
    theirs=$(listed | awk -F '\t' '$4 == "theirs" && ($3 == "libc" || $2 ~ /^stack-/)' | rows)
    beside_libc <<<"$counts"$'\n'"$theirs" || ratios=1
    beside_limits <<<"$counts"$'\n'"$theirs" || ratios=1
    compare <<<"$counts" || outcome=1
    if [[ $(head -n 1 "$recorded") != "$(heading)" ]]; then
        printf '\n!! NOT GATED: %s holds for another compiler than this\n' "$recorded"
        printf '!!     recorded %s\n!!     this     %s\n' "$(head -n 1 "$recorded")" "$(heading)"
        outcome=0
    fi
    return $((ratios || outcome))
}

update() {
    local counts
    counts=$(our_rows)
    { heading && printf '%s\n' "$counts"; } >"$recorded"
    cat "$recorded"
}

all() {
    local counts
    counts=$(listed | rows)
    heading
    printf '%s\n' "$counts"
}

case ${1-} in
    '') command=all ;;
    --features) command=all features=(--features "$2") ;;
    --check | --update | --stack) command=${1#--} ;;
    *)
        sed -n '3,/^$/s/^# \{0,1\}//p' "$0" >&2
        exit 2
        ;;
esac

command -v valgrind >/dev/null || { printf 'valgrind is missing\n' >&2 && exit 1; }
cargo build -q --release --locked -p berkeley-benches "${features[@]}" >&2
"$command"
