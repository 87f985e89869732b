#!/usr/bin/env bash
# The manual's programs against nc, against CPython and against each other, and an HTTP server against curl,
# over loopback and over TAP, inside namespaces of its own. Needs root, unshare, setpriv, ip, python3, curl, dnsmasq
# and nc (OpenBSD's).
#
#   conformance/interop.sh [FOLDER OF THE EXAMPLES]
#
# The examples are built before:
#   cargo build --release --examples -p berkeley-os -p berkeley-smoltcp --features berkeley-smoltcp/std
set -euo pipefail

examples=${1:-${CARGO_TARGET_DIR:-target}/release/examples}
examples=$(cd "$examples" && pwd)
if [ -z "${BERKELEY_INTEROP:-}" ]; then
    exec env BERKELEY_INTEROP=1 unshare --net --mount bash "$0" "$examples"
fi

ip link set lo up
scratch=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null || true; rm -rf "$scratch"' EXIT
text='Hello, world'
address=192.0.2.2 # the stack's (RFC 5737)
host=192.0.2.1    # the kernel's end of the interface
failures=0

# A host with an address of each family. The resolver puts that of IPv6 first (RFC 6724).
dual=dual.example
printf '127.0.0.1 localhost %s\n::1 localhost %s\n' "$dual" "$dual" > "$scratch/hosts"
mount --bind "$scratch/hosts" /etc/hosts

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

# Runs a server in the background and waits for its end after the client, whose address is to begin
# like this.
server() {
    timeout 30 "$@" > "$scratch/server" 2>&1 &
    served=$! # which a substitution of a process changes, as in `expect`
}
ended() {
    local what=$1 client=${2:-}
    if wait "$served"; then
        grep -qF "Connected by ('$client" "$scratch/server" && echo "ok    $what" && return
    fi
    echo "FAIL  $what: $(cat "$scratch/server")"
    failures=$((failures + 1))
}

# What curl and nc are answered by the HTTP server, in so many requests: `browse WHAT HOST PORT`
requests=11
browse() {
    local what=$1 host=$2 port=$3
    local url=http://$host:$port
    expect "curl to $what" "$text" curl -s "$url/"
    expect "curl to $what, twice over one connection" '1 0 ' \
        curl -s -w '%{num_connects} ' "$url/1000000" -o /dev/null "$url/" -o /dev/null
    expect "curl to $what, four connections at a time" '1 1 1 1 the same' bash -c "fetch_four $url"
    expect "curl to $what, in the words of HTTP/1.0" abc curl -s -0 "$url/3"
    expect "curl to $what, about the page alone" \
        $'HTTP/1.1 200 OK\r\nContent-Length: 3\r\nConnection: close\r\n\r' \
        curl -s --head -H 'Connection: close' "$url/3"
    expect "curl to $what, for a page that is not there" '404' \
        curl -s -o "$scratch/page" -w '%{http_code}' "$url/nowhere"
    expect "nc to $what" $'HTTP/1.1 200 OK\r\nContent-Length: 13\r\nConnection: close\r\n\r\nHello, world' \
        bash -c "printf 'GET / HTTP/1.0\r\n\r\n' | nc -N -w 3 $(tr -d '[]' <<<"$host") $port"
}
fetch_four() { # URL: how many connections it took, and whether each page is what it is to be
    local pages=() length
    for length in 10000000 10000001 10000002 10000003; do
        pages+=("$1/$length" -o "$scratch/$length")
    done
    curl -sZ --parallel-immediate -w '%{num_connects} ' "${pages[@]}" 2> /dev/null
    python3 - "$scratch" << 'PYTHON' && echo 'the same'
import sys

letters = b'abcdefghijklmnopqrstuvwxyz' * 400_000
for length in range(10_000_000, 10_000_004):
    with open(f'{sys.argv[1]}/{length}', 'rb') as page:
        assert page.read() == letters[:length]
PYTHON
}
export -f fetch_four
export scratch

# Waits for the end of the HTTP server: it has answered as many requests as were made.
answered() {
    wait "$served" && echo "ok    $1" && return
    echo "FAIL  $1: $(cat "$scratch/server")"
    failures=$((failures + 1))
}

# nc as a server that echoes: `nc_echo ADDRESS PORT`
nc_echo() {
    mkfifo "$scratch/echo$2"
    (nc -l "$1" "$2" < "$scratch/echo$2" | tee "$scratch/echo$2" > /dev/null) &
}

# --- what the manual's programs are in Python

cat > "$scratch/echo_server.py" <<'PYTHON'
import socket, sys

listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
listener.bind(('', int(sys.argv[1])))
listener.listen(1)
connection, peer = listener.accept()
print('Connected by', peer, flush=True)
while data := connection.recv(1024):
    connection.sendall(data)
connection.close()
PYTHON

cat > "$scratch/echo_client.py" <<'PYTHON'
import socket, sys

client = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
client.connect((sys.argv[1], int(sys.argv[2])))
client.sendall(b'Hello, world')
data = client.recv(1024)
client.close()
print('Received', repr(data))
PYTHON

cat > "$scratch/first.py" <<'PYTHON'
import socket, sys

def first(open_socket, host, port, flags=0):
    """The first socket that can be opened for an address of the host."""
    found = socket.getaddrinfo(host, port, socket.AF_UNSPEC, socket.SOCK_STREAM, 0, flags)
    for family, kind, protocol, _, address in found:
        try:
            candidate = socket.socket(family, kind, protocol)
        except OSError:
            continue
        try:
            open_socket(candidate, address)
            return candidate
        except OSError:
            candidate.close()
    sys.exit('could not open socket')
PYTHON

cat > "$scratch/dual_server.py" <<'PYTHON'
import socket, sys
from first import first

def listen(candidate, address):
    candidate.bind(address)
    candidate.listen(1)

host = sys.argv[2] if len(sys.argv) > 2 else None
connection, peer = first(listen, host, int(sys.argv[1]), socket.AI_PASSIVE).accept()
print('Connected by', peer, flush=True)
while data := connection.recv(1024):
    connection.send(data)
connection.close()
PYTHON

cat > "$scratch/dual_client.py" <<'PYTHON'
import socket, sys
from first import first

client = first(socket.socket.connect, sys.argv[1], int(sys.argv[2]))
client.sendall(b'Hello, world')
data = client.recv(1024)
client.close()
print('Received', repr(data))
PYTHON

# Runs a program while somebody else has a port: `hold.py HOST PORT PROGRAM...`
cat > "$scratch/hold.py" <<'PYTHON'
import socket, subprocess, sys

holder = socket.create_server((sys.argv[1], int(sys.argv[2])), family=(
    socket.AF_INET6 if ':' in sys.argv[1] else socket.AF_INET))
sys.exit(subprocess.run(sys.argv[3:]).returncode)
PYTHON

# Runs the sniffer beside one of its own, sends datagrams until it has seen a frame, and says which.
# What it prints has to be what Python prints of the same frame: `sniff.py SNIFFER FRAMES`
cat > "$scratch/sniff.py" <<'PYTHON'
import ast, select, socket, subprocess, sys

own = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.ntohs(3))
own.bind(('lo', 3))
sniffer = subprocess.Popen([sys.argv[1], 'lo', sys.argv[2]], stdout=subprocess.PIPE)
receiver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
receiver.bind(('127.0.0.1', 0))
sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for number in range(100):
    sender.sendto(b'Hello, sniffer %d' % number, receiver.getsockname())
    if select.select([sniffer.stdout], [], [], 0.1)[0]:
        break
seen = [ast.literal_eval(line.decode()) for line in sniffer.stdout]
own.setblocking(False)
wanted = []
try:
    while True:
        wanted.append(own.recvfrom(65565))
except BlockingIOError:
    pass
for frame, address in seen:
    assert (frame, address) in wanted, (frame, address, wanted)
    # The headers of the link, of IPv4 and of UDP.
    print(frame[14 + 20 + 8:].rstrip(b'0123456789'), address)
sys.exit(sniffer.wait())
PYTHON

# --- the echo programs, over IPv4

server "$examples/echo_server" 50007 1
expect 'nc to the kernel server' "$text" bash -c 'say 127.0.0.1 50007'
ended 'the kernel server ends after its client'

server "$examples/echo_server" 50008 1
expect 'kernel client to kernel server' "Received '$text'" "$examples/echo_client" 127.0.0.1 50008
ended 'the kernel server ends after its client'

nc_echo 127.0.0.1 50009
expect 'kernel client to nc' "Received '$text'" "$examples/echo_client" 127.0.0.1 50009

server python3 "$scratch/echo_server.py" 50013
expect "kernel client to CPython's server" "Received '$text'" \
    "$examples/echo_client" 127.0.0.1 50013
ended "CPython's server ends after its client" 127.0.0.1

server "$examples/echo_server" 50014 1
expect 'CPython to the kernel server' "Received b'$text'" \
    python3 "$scratch/echo_client.py" 127.0.0.1 50014
ended 'the kernel server ends after its client' 127.0.0.1

# --- the programs for both families

server "$examples/dual_server" 50020 1
expect 'nc to the dual server over IPv4' "$text" bash -c 'say 127.0.0.1 50020'
ended 'the dual server ends after its client' 127.0.0.1

server "$examples/dual_server" 50021 1 ::
expect 'nc to the dual server over IPv6' "$text" bash -c 'say ::1 50021'
ended 'the dual server ends after its client' ::1

server "$examples/dual_server" 50022 1
expect 'CPython to the dual server over IPv4' "Received b'$text'" \
    python3 "$scratch/dual_client.py" "$dual" 50022
ended 'the dual server ends after its client' 127.0.0.1

server "$examples/dual_server" 50023 1 "$dual"
expect 'CPython to the dual server over IPv6' "Received b'$text'" \
    python3 "$scratch/dual_client.py" "$dual" 50023
ended 'the dual server ends after its client' ::1

server python3 "$scratch/hold.py" ::1 50024 "$examples/dual_server" 50024 1 "$dual"
expect 'nc to the dual server where somebody else has IPv6' "$text" \
    bash -c 'say 127.0.0.1 50024'
ended 'the dual server ends after its client' 127.0.0.1

expect 'the dual server where somebody else has both' \
    $'could not open socket\n[Errno 98] Address already in use' \
    python3 "$scratch/hold.py" 0.0.0.0 50025 "$examples/dual_server" 50025 1

nc_echo ::1 50026
expect 'dual client to nc over IPv6' "Received '$text'" "$examples/dual_client" "$dual" 50026

nc_echo 127.0.0.1 50027
expect 'dual client to nc over IPv4, where nobody is at IPv6' "Received '$text'" \
    "$examples/dual_client" "$dual" 50027

server python3 "$scratch/dual_server.py" 50028 "$dual"
expect "dual client to CPython's dual server over IPv6" "Received '$text'" \
    "$examples/dual_client" "$dual" 50028
ended "CPython's dual server ends after its client" ::1

server python3 "$scratch/dual_server.py" 50029
expect "dual client to CPython's dual server over IPv4" "Received '$text'" \
    "$examples/dual_client" "$dual" 50029
ended "CPython's dual server ends after its client" 127.0.0.1

server "$examples/dual_server" 50030 1 "$dual"
expect 'dual client to dual server' "Received '$text'" "$examples/dual_client" "$dual" 50030
ended 'the dual server ends after its client' ::1

expect 'dual client to nobody' $'could not open socket\n[Errno 111] Connection refused' \
    "$examples/dual_client" "$dual" 50031

# --- the HTTP server

server "$examples/http_server" 50040 "$requests"
browse 'the kernel HTTP server' 127.0.0.1 50040
answered 'the kernel HTTP server ends after its last request'

# --- the sniffer

expect 'the sniffer beside a sniffer of CPython' \
    "b'Hello, sniffer ' ('lo', 2048, 4, 772, b'\\x00\\x00\\x00\\x00\\x00\\x00')" \
    python3 "$scratch/sniff.py" "$examples/sniffer" 1

expect 'the sniffer without the right' \
    '[Errno 1] Operation not permitted: frames are for root only (CAP_NET_RAW)' \
    setpriv --bounding-set=-net_raw --inh-caps=-net_raw "$examples/sniffer"

# --- a member of groups at a bridge, which asks who is in them, and passes on what somebody is in for

cat > "$scratch/send_to_groups.py" <<'PYTHON'
import socket, sys

for family, level, option, group in (
    (socket.AF_INET, socket.IPPROTO_IP, socket.IP_MULTICAST_IF, '239.1.2.3'),
    (socket.AF_INET6, socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, 'ff05::7'),
):
    sender = socket.socket(family, socket.SOCK_DGRAM)
    interface = socket.if_nametoindex(sys.argv[1])
    # `struct ip_mreqn`, or a number.
    chosen = bytes(8) * (family == socket.AF_INET) + interface.to_bytes(4, sys.byteorder)
    sender.setsockopt(level, option, chosen)
    sender.sendto(b'to ' + group.encode(), (group, 50007))
PYTHON

groups() { # what the bridge knows of the member
    bridge mdb show dev snooping | sed -n 's/.* port member grp \([^ ]*\) .*/\1/p' | sort | xargs
}
export -f groups

for versions in '3 2' '2 1'; do
    read -r igmp mld <<<"$versions"
    what="IGMPv$igmp and MLDv$mld"
    ip tuntap add dev member mode tap
    # Who does not answer is forgotten within a second.
    ip link add snooping type bridge mcast_querier 1 mcast_igmp_version "$igmp" \
        mcast_mld_version "$mld" mcast_startup_query_interval 50 mcast_query_interval 50 \
        mcast_query_response_interval 20 mcast_membership_interval 100
    ip link set member master snooping
    ip link set member up
    ip link set snooping up
    ip addr add 192.0.2.1/24 dev snooping
    ip addr add 2001:db8:7::1/64 dev snooping nodad
    server "$examples/tap_group_member" member 2
    expect "the bridge hears of the member's groups in $what" \
        '239.1.2.3 ff02::1:ff00:2 ff05::7' bash -c groups
    read -rt 3 <> <(:) || true
    expect "the bridge is answered in $what" '239.1.2.3 ff02::1:ff00:2 ff05::7' bash -c groups
    python3 "$scratch/send_to_groups.py" snooping
    if wait "$served" && [ "$(grep -c ': to \(239.1.2.3\|ff05::7\)$' "$scratch/server")" = 2 ]; then
        echo "ok    the member hears what is sent to its groups"
    else
        echo "FAIL  the member: $(cat "$scratch/server")"
        failures=$((failures + 1))
    fi
    ip link del snooping
    ip link del member
done

# --- over TAP, with a stack that the network configures

ip tuntap add dev configured mode tap
ip addr add 198.51.100.1/24 dev configured
ip addr add 2001:db8:5::1/64 dev configured nodad
ip link set configured up
large=() # of the answer there is no room for in a datagram
for number in $(seq 45); do
    large+=("--host-record=large.example,2001:db8:6::$number")
done
dnsmasq --no-daemon --conf-file=/dev/null --interface=configured --bind-dynamic --pid-file= \
    --no-resolv --no-hosts --local=/example/ --host-record=host.example,203.0.113.10,2001:db8:6::10 \
    --host-record=four.example,203.0.113.11 --cname=alias.example,host.example "${large[@]}" \
    --leasefile-ro --dhcp-authoritative --no-ping --log-dhcp --dhcp-range=198.51.100.50,198.51.100.50,2m \
    --dhcp-option=option:dns-server,198.51.100.1 --dhcp-option=option:domain-name,example.com \
    --dhcp-option=option:mtu,1400 --enable-ra --dhcp-range=2001:db8:5::,ra-only,64,10m \
    --ra-param=configured,mtu:1300,600,1200 '--dhcp-option=option6:dns-server,[2001:db8:5::1]' \
    > "$scratch/dnsmasq" 2>&1 &
# What the C library is told by the same server.
cat > "$scratch/look_up.py" <<'PYTHON'
import ipaddress, socket, sys
for host in sys.argv[1:]:
    try:
        found = socket.getaddrinfo(host, 0, type=socket.SOCK_STREAM, flags=socket.AI_CANONNAME)
        ips = sorted((ipaddress.ip_address(info[4][0]) for info in found), key=lambda ip: (ip.version, ip))
        name = socket.getnameinfo((str(ips[0]), 0), 0)[0]
        print(f'{host}: {found[0][3]} {" ".join(map(str, ips))} {name}')
    except OSError as error:
        print(f'{host}: {error}')
PYTHON
printf 'nameserver 198.51.100.1\n' > "$scratch/resolv.conf"
mount --bind "$scratch/resolv.conf" /etc/resolv.conf
names=(host.example four.example ALIAS.example. large.example nobody.example nobody.else 203.0.113.10)
server "$examples/tap_configured" configured 4 50050 1 "${names[@]}"
expect 'nc to an address from dnsmasq' "$text" bash -c 'say 198.51.100.50 50050'
ended 'the configured server ends after its client' 198.51.100.1
expect 'what dnsmasq has said' "address 198.51.100.50/24
route to 0.0.0.0/0 by 198.51.100.1
name server 198.51.100.1
mtu 1400
domain example.com" head -n 5 "$scratch/server"
expect 'the names that dnsmasq knows' "$(python3 "$scratch/look_up.py" "${names[@]}")" \
    bash -c "sed -n '6,12p' '$scratch/server'"
expect 'what dnsmasq was told' $'DHCPDISCOVER\nDHCPOFFER\nDHCPREQUEST\nDHCPACK\nDHCPRELEASE' \
    bash -c "grep -oE 'DHCP[A-Z]{3,}' '$scratch/dnsmasq' | awk '!seen[\$0]++'"

server "$examples/tap_configured" configured 6 50051 1 "${names[@]}"
expect 'nc to an address in the network that a router names' "$text" \
    bash -c 'say 2001:db8:5::ff:fe00:1 50051'
ended 'the configured server ends after its client' 2001:db8:5: # the router configures the host as well
expect 'what the router has said' "address fe80::ff:fe00:1/64
address 2001:db8:5::ff:fe00:1/128
route to 2001:db8:5::/64 by ::
route to ::/0 by fe80::
name server 2001:db8:5::1
mtu 1300" bash -c "head -n 6 '$scratch/server' | sed 's/by fe80::.*/by fe80::/'"
expect 'the names that dnsmasq knows, over IPv6' "$(python3 "$scratch/look_up.py" "${names[@]}")" \
    bash -c "sed -n '7,13p' '$scratch/server'"

# --- over TAP, with the userspace stack

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

server python3 "$scratch/echo_server.py" 50015
expect "userspace client to CPython's server over TAP" "Received '$text'" \
    "$examples/tap_echo_client" "$address" "$host" 50015
ended "CPython's server ends after its client" "$address"

nc_echo 0.0.0.0 50016 # the interface, and its address, come with the client
expect 'userspace client to nc over TAP' "Received '$text'" \
    "$examples/tap_echo_client" "$address" "$host" 50016

server "$examples/tap_http_server" "$address" "$host" 80 "$requests"
browse 'the userspace HTTP server over TAP' "$address" 80
answered 'the userspace HTTP server ends after its last request'

server "$examples/tap_http_server" 2001:db8::2 2001:db8::1 80 "$requests"
browse 'the userspace HTTP server over TAP and IPv6' '[2001:db8::2]' 80
answered 'the userspace HTTP server ends after its last request'

# --- the sniffer on a stack

server "$examples/tap_sniffer" "$address" "$host" 100000
seen() { # TEXT: sends the stack a datagram, and says so when the sniffer has printed a line with this in it
    printf 'Hello, sniffer' | nc -u -w 0 "$address" 9
    grep -qF "$1" "$scratch/server" && echo seen
}
export -f seen
export address
# Where a frame was seen: interface, IPv4, which way, Ethernet.
expect 'the sniffer on the stack sees a datagram of the kernel' seen \
    bash -c "seen \"Hello, sniffer', (2, 2048, 0, 1, b\""
expect 'the sniffer on the stack sees the answer that nobody wants it' seen \
    bash -c "seen \"', (2, 2048, 4, 1, b\""
kill "$served"
wait "$served" || true

echo "$failures failed"
[ "$failures" = 0 ]
