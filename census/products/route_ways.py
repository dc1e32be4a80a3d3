"""Propose ways that keep out of what was reported from the place, or say that none does."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from census.products.route_ground import Hazards
from census.products.route_roads import Roads
from geo.alternatives import Alternatives, alternatives
from geo.detours import Entered, unavoidable
from geo.doors import Led

THROUGH: Final = "through_reported"


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """How many ways are wanted, and table ``alternatives`` of the method."""

    count: int
    limits: Mapping[str, Any]
    speed_m_s: float


def ways_between(
    led: Led, roads: Roads, hazards: Hazards, wanted: Wanted
) -> tuple[Alternatives, str | None]:
    """
    Find ways from a group to its shelter, none through a reported site that a way leads round.

    Parameters
    ----------
    led
        The network with the legs of the group and the shelter, one of each, both with a node.
    roads
        Roads in the water.
    hazards
        The sites.
    wanted
        What is asked for.

    Returns
    -------
    tuple
        The ways, and why there are not more, ``through_reported`` where each of them runs through
        a reported site because no way leads round it.
    """
    network = led.network.at_speed(wanted.speed_m_s)
    start, goal = int(led.start[0]), int(led.goal[0])
    entered = Entered.of(network, hazards.reported)
    met = unavoidable(network, start, goal, entered)
    limits = wanted.limits
    found = alternatives(
        network.close(entered.outside_of(met)), start, goal,
        hazard_m=roads.shared_wet_m(network) + entered.metres_of(network.edge_count),
        count=wanted.count, penalty=limits["penalty"], most_overlap=limits["most_overlap"],
        hazard_weight=limits["hazard_weight"],
    )  # fmt: skip
    return found, THROUGH if len(met) and found.found else found.why_not_more
