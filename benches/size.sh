#!/usr/bin/env bash
#
# Weighs address text and the userspace stack on a Cortex-M4: how much flash a program takes that
# links it, beyond one that does nothing. Code, constants and initial data count.
#
#     benches/size.sh [--check | --features | --symbols]
#
# --check fails when a program is above its limit; --features weighs one end of an echo by what the
# userspace stack has; --symbols lists what is in the program that links all of address text.
# CARGO_BUILD replaces `cargo build` where the target's own library cannot be had.

set -euo pipefail
cd "$(dirname "$0")/size"

export LC_ALL=C
read -r -a cargo_build <<<"${CARGO_BUILD:-cargo build}"
target=thumbv7em-none-eabihf
directory=${CARGO_TARGET_DIR:-$PWD/target}/$target/release

limit() {
    case $1 in
        ipv4) echo 1228 ;; # 1.2 KiB
        all) echo 6144 ;;  # 6 KiB
        stack) echo 163840 ;; # 160 KiB, with both ends of an echo
    esac
}

# The bytes that a program puts into flash: its loaded sections, but those that are only zeros, and
# those that tell a debugger how to unwind, which firmware leaves out.
flash() {
    readelf --wide --sections "$directory/$1" | awk '
        { sub(/^ *\[ *[0-9]+\] */, "") }
        $2 ~ /^(PROGBITS|INIT_ARRAY)$/ && $7 ~ /A/ && $1 !~ /^\.(ARM\.|eh_frame)/ {
            # binutils prints sizes in hexadecimal; awk does not read them
            digits = tolower($5)
            size = 0
            for (at = 1; at <= length(digits); at++) {
                size = size * 16 + index("0123456789abcdef", substr(digits, at, 1)) - 1
            }
            sum += size
        }
        END { print sum + 0 }'
}

# The functions that the compiler calls by itself, `memcpy` and its kin. Every firmware that copies
# something has them anyway; they count all the same.
builtins() {
    symbols "$1" | awk '/compiler_builtins|__aeabi_|mem(cpy|move|set|clr|cmp)/ { sum += $1 }
        END { print sum + 0 }'
}

table() {
    local program bytes limit baseline outcome=0
    baseline=$(flash baseline)
    printf '| linked | bytes of flash | of it memcpy and its kin | limit |\n'
    printf '| --- | ---: | ---: | ---: |\n'
    for program in ipv4 all stack; do
        bytes=$(($(flash "$program") - baseline))
        limit=$(limit "$program")
        printf '| %s | %d | %d | %d |\n' "$program" "$bytes" "$(builtins "$program")" "$limit"
        if ((bytes <= 0)); then
            printf '%s: nothing was linked\n' "$program" >&2
            outcome=1
        elif ((bytes > limit)); then
            printf '%s: %d bytes above the limit\n' "$program" $((bytes - limit)) >&2
            outcome=1
        fi
    done
    return "$outcome"
}

# One build per row: a feature that is off is not linked.
features() {
    local baseline combination
    baseline=$(flash baseline)
    printf '| features | bytes of flash |\n| --- | ---: |\n'
    for combination in ipv4,ipv6,tcp,udp ipv4,tcp,udp ipv6,tcp,udp ipv4,tcp ipv6,tcp ipv4,udp \
        ipv6,udp; do
        "${cargo_build[@]}" -q --release --locked --bin sockets --target "$target" \
            --no-default-features --features "$combination"
        printf '| %s | %d |\n' "${combination//,/, }" $(($(flash sockets) - baseline))
    done
}

symbols() {
    readelf --wide --symbols --demangle "$directory/$1" |
        awk '$4 ~ /^(FUNC|OBJECT)$/ && $3 > 0 { size = $3; $1 = $2 = $3 = $4 = $5 = $6 = $7 = ""; \
            sub(/^ */, ""); printf "%6d  %s\n", size, $0 }' |
        sort -rn
}

case ${1-} in
    '' | --check | --features | --symbols) ;;
    *)
        sed -n '3,/^$/s/^# \{0,1\}//p' "$0" >&2
        exit 2
        ;;
esac

parts=()
[[ ${1-} != --symbols ]] || parts=(--features parts)
"${cargo_build[@]}" -q --release --locked --bins --target "$target" "${parts[@]}"
case ${1-} in
    --symbols) symbols all ;;
    --check) table ;;
    --features) features ;;
    *) table || true ;;
esac
