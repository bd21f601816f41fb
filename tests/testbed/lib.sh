# A network of sites: network namespaces joined by a bridge that is in a namespace of its own. Nothing is added to the root namespace.
# All names begin with $SITUS_TB, all files are below $SITUS_TB_DIR, so that two runs stand side by side. Needs root and iproute2.
: "${SITUS_TB:=situs}" "${SITUS_TB_DIR:=/tmp/situs-testbed}" "${SITUS_TB_NET:=10.213.0}"

# The bridge.
wan_up() {
  ip netns add "$SITUS_TB-wan"
  ip -n "$SITUS_TB-wan" link set lo up
  ip -n "$SITUS_TB-wan" link add br0 type bridge
  ip -n "$SITUS_TB-wan" addr add "$SITUS_TB_NET.1/24" dev br0
  ip -n "$SITUS_TB-wan" link set br0 up
}
wan_down() { ip netns del "$SITUS_TB-wan"; }

# net_up NAME N: the namespace of a site, with the address $SITUS_TB_NET.N
net_up() {
  local site=$SITUS_TB-$1
  ip netns add "$site"
  ip -n "$site" link set lo up
  ip link add "v$2" netns "$SITUS_TB-wan" type veth peer name wan0 netns "$site"
  ip -n "$SITUS_TB-wan" link set "v$2" master br0 up
  ip -n "$site" addr add "$SITUS_TB_NET.$2/24" dev wan0
  ip -n "$site" link set wan0 up
  ip -n "$site" route add default via "$SITUS_TB_NET.1"
}
net_down() { ip netns del "$SITUS_TB-$1"; }

# in_site NAME COMMAND...: `nsenter` and not `ip netns exec`, which hides the control groups from container runtimes
in_site() {
  local site=$SITUS_TB-$1
  shift
  nsenter --net="/run/netns/$site" "$@"
}

# cut_off N, heal N: a site is away, and back
cut_off() { ip -n "$SITUS_TB-wan" link set "v$1" down; }
heal() { ip -n "$SITUS_TB-wan" link set "v$1" up; }

# wait_for SECONDS COMMAND...: until it succeeds
wait_for() {
  local left=$(($1 * 20))
  shift
  until "$@" >/dev/null 2>&1; do
    left=$((left - 1))
    [ "$left" -gt 0 ] || return 1
    sleep 0.05
  done
}
