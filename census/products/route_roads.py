"""Read the roads that an edited route is judged by, and the water that stands on them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from census.errors import NotYetMadeError
from census.products.inputs import CellValues, required_raster, sorted_layer, texts
from census.products.layer_hashes import layer_hash
from census.products.parameters import Parameters
from census.products.water_edges import cut_at_water
from census.store.connection import Store
from census.store.layers import read_layer
from geo.edge_runs import Segments
from geo.roads import Network

F = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, eq=False)
class Roads:
    """
    The roads in the water.

    Attributes
    ----------
    network
        All roads, cut where deep water begins and ends; flooded edges open.
    pieces
        Its straight pieces.
    flooded, drowned, bridge
        Per edge: too deep to wade; flooded anywhere between its junctions; dry above the water.
    wet_m, depth_max_m
        Per edge: metres in deeper water than the wet depth, and the deepest; 0 on bridges.
    road_id, road_name
        Of each line of the network.
    depth
        Water depth.
    network_hash
        Hash of the delivered roads.
    """

    network: Network
    pieces: Segments
    flooded: NDArray[np.bool_]
    drowned: NDArray[np.bool_]
    bridge: NDArray[np.bool_]
    wet_m: F
    depth_max_m: F
    road_id: NDArray[np.int64]
    road_name: NDArray[np.object_]
    depth: CellValues
    network_hash: str

    def ids(self, edges: NDArray[np.int64]) -> NDArray[np.int64]:
        """
        Name the roads of edges.

        Parameters
        ----------
        edges
            Edges of the network.

        Returns
        -------
        numpy.ndarray
            Ids of the stored roads.
        """
        return self.road_id[self.network.line[edges]]

    def shared_wet_m(self, cut: Network) -> F:
        """
        Share the wet metres of the roads out over the pieces that they were cut into.

        Parameters
        ----------
        cut
            The network, cut, its parent the edges of this one; legs come after them.

        Returns
        -------
        numpy.ndarray
            Metres per piece; legs have none.
        """
        whole_m, wet_m = np.append(self.network.length_m, 0.0), np.append(self.wet_m, 0.0)
        of = cut.parent
        share = np.divide(cut.length_m, whole_m[of], out=np.zeros(len(of)), where=whole_m[of] > 0)
        shared_m: F = wet_m[of] * share
        return shared_m


def read_roads(store: Store, rules: Parameters) -> Roads:
    """
    Build the network and the water on it.

    Parameters
    ----------
    store
        The store, role app.
    rules
        Evacuation parameters.

    Returns
    -------
    Roads
        The network.

    Raises
    ------
    NotYetMadeError
        If roads or depth were not delivered.
    """
    depth = required_raster(store, rules["depth"]["raster"], "flood depth raster", "水深栅格")
    stored = read_layer(store, "road", columns=["id", "name", "is_bridge", "geom"])
    if stored.empty:
        raise NotYetMadeError("roads", "道路", "riskatlas import roads FILE")
    roads = sorted_layer(stored.to_crs(store.district.metric_srid))
    whole = Network.from_lines(roads).at_speed(rules["walking"]["speed_m_s"])
    dry = roads["is_bridge"].to_numpy(dtype=bool) & rules["road"]["bridges_stay_dry"]
    water = cut_at_water(
        whole, depth, dry,
        wading_m=rules["road"]["wading_depth_m"], wet_m=rules["road"]["wet_depth_m"],
    )  # fmt: skip
    return Roads(
        network=water.network,
        pieces=Segments(water.network),
        flooded=water.flooded,
        drowned=water.drowned,
        bridge=dry[water.network.line],
        wet_m=water.wet_m,
        depth_max_m=water.depth_max_m,
        road_id=roads["id"].to_numpy(dtype=np.int64),
        road_name=texts(roads["name"]),
        depth=depth,
        network_hash=str(layer_hash(stored)["sha256"]),
    )
