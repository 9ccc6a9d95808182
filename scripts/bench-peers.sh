#!/bin/sh
# The peers that `cargo xtask bench datapath` measures Croft against: a direct veth pair, and a router with nftables
# connection tracking. Everything lives in namespaces of its own.
# usage: bench-peers.sh up PREFIX | down PREFIX
set -eu
what=$1 p=$2

down() {
  for n in direct-a direct-b router-a router-b router-m; do
    ip netns del "$p-$n" 2>/dev/null || true
  done
}

namespaces() {
  for n in "$@"; do
    ip netns add "$p-$n"
    ip -n "$p-$n" link set lo up
  done
}

# veth NS-A DEV-A NS-B DEV-B
veth() {
  ip link add "$2" netns "$p-$1" type veth peer name "$4" netns "$p-$3"
  ip -n "$p-$1" link set dev "$2" mtu 9001 up
  ip -n "$p-$3" link set dev "$4" mtu 9001 up
}

up() {
  down
  namespaces direct-a direct-b router-a router-b router-m

  veth direct-a eth0 direct-b eth0
  ip -n "$p-direct-a" addr add 10.9.1.1/24 dev eth0
  ip -n "$p-direct-b" addr add 10.9.1.2/24 dev eth0

  veth router-a eth0 router-m a
  veth router-b eth0 router-m b
  ip -n "$p-router-a" addr add 10.9.3.2/24 dev eth0
  ip -n "$p-router-b" addr add 10.9.4.2/24 dev eth0
  ip -n "$p-router-m" addr add 10.9.3.1/24 dev a
  ip -n "$p-router-m" addr add 10.9.4.1/24 dev b
  ip -n "$p-router-a" route add default via 10.9.3.1
  ip -n "$p-router-b" route add default via 10.9.4.1
  ip netns exec "$p-router-m" sysctl -qw net.ipv4.ip_forward=1
  rules | ip netns exec "$p-router-m" nft -f -

  for n in direct-a direct-b router-a router-b; do
    ip netns exec "$p-$n" sysctl -qw net.ipv4.tcp_tw_reuse=1 net.ipv4.ip_local_port_range="10000 65000"
  done
}

# 300 rules in each direction behind connection tracking; the last is the one that lets the load in.
rules() {
  echo 'table ip croft {'
  echo ' chain forward { type filter hook forward priority 0; policy drop;'
  echo '  ct state established,related accept'
  i=0
  while [ $i -lt 299 ]; do
    echo "  ip saddr 10.$((200 + i / 256)).$((i % 256)).0/24 tcp dport $((1000 + i * 7)) accept"
    i=$((i + 1))
  done
  echo '  ip saddr 10.9.0.0/16 accept'
  echo ' }'
  echo '}'
}

case $what in
up) up ;;
down) down ;;
*) echo "usage: $0 up|down PREFIX" >&2; exit 2 ;;
esac
