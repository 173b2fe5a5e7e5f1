# SPDX-License-Identifier: Apache-2.0
"""Who is in the recording: machines with their addresses, people with their passwords, names in the DNS.

Offices and things have private addresses; what is public has one of those that RFC 5737 keeps for documents; names
end in `.example` (RFC 2606). All of it was made up."""

from dataclasses import dataclass

GATEWAY = "10.20.0.1"
ZONE = "larch.example"
SHOP = f"shop.{ZONE}"
TUNNEL_ZONE = "cdn-metrics.example"
TUNNEL = f"t.{TUNNEL_ZONE}"


@dataclass(frozen=True)
class Peer:
    name: str
    address: str
    side: str = "honest"  # or "attack"


PEERS = {
    peer.name: peer
    for peer in (
        # servers
        Peer("web-1", "192.0.2.10"),
        Peer("dns-1", "10.20.0.53"),
        Peer("log-1", "10.20.0.54"),
        Peer("iot-1", "10.20.0.60"),
        # the office and what it has
        Peer("mon-1", "10.20.0.7"),
        Peer("desk-alice", "10.20.0.21"),
        Peer("desk-bob", "10.20.0.22"),
        Peer("desk-carol", "10.20.0.23"),
        Peer("build", "10.20.0.40"),
        Peer("thermo-1", "10.20.0.71"),
        Peer("thermo-2", "10.20.0.72"),
        Peer("lock-1", "10.20.0.73"),
        # outside
        Peer("travel", "198.51.100.23"),
        Peer("visitor-1", "198.51.100.40"),
        Peer("visitor-2", "198.51.100.87"),
        Peer("visitor-3", "192.0.2.200"),
        Peer("attacker", "203.0.113.66", "attack"),
        Peer("control", "203.0.113.77", "attack"),
    )
}
SERVERS = ("web-1", "dns-1", "log-1", "iot-1")
BY_ADDRESS = {peer.address: peer for peer in PEERS.values()}


def address(name):
    return PEERS[name].address


@dataclass(frozen=True)
class User:
    name: str
    password: str
    may_sudo: bool = False
    has_key: bool = False


USERS = (
    User("alice", "Wald-Tinte-47-Regal", may_sudo=True, has_key=True),
    User("bob", "kaffee!und!kuchen!81"),
    User("carol", "Lampe.Segel.Moos.5", may_sudo=True),
    User("deploy", "no-password-login-9f2c", has_key=True),
    User("support", "summer2026", may_sudo=True),  # the weak one
)
PASSWORDS = {user.name: user.password for user in USERS}
