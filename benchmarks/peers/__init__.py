"""Who is measured: released triggers, ours, and a bare aiohttp loop."""

from __future__ import annotations

from benchmarks.peers.databricks import Databricks
from benchmarks.peers.dbt_cloud import DbtCloud
from benchmarks.peers.fivetran import Fivetran
from benchmarks.peers.floor import Floor
from benchmarks.peers.http import HttpEvent, HttpSensor
from benchmarks.peers.ours import Declared, DeclaredInJmespath, OursListed, OursSingle
from benchmarks.peers.peer import Address, Peer

__all__ = ["PEERS", "Address", "Peer"]

PEERS: dict[str, type[Peer]] = {
    peer.name: peer
    for peer in (
        Floor,
        OursSingle,
        OursListed,
        Databricks,
        DbtCloud,
        Fivetran,
        HttpEvent,
        HttpSensor,
        Declared,
        DeclaredInJmespath,
    )
}
