"""Reports as the layer of reports hands them out, for screens tested by themselves."""

KINDS = ("waterlogging", "flood", "collapse", "landslide", "road_blocked")


def report(number, x, y, *, kind="flood", is_verified=True):
    """One report as a feature."""
    return {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [x, y]},
        "properties": {
            "id": f"r{number}", "kind": kind, "severity": 1 + number % 3,
            "is_verified": is_verified,
            "reported_at": f"2026-11-22T{number % 24:02d}:{number % 60:02d}:00+00:00",
        },
    }  # fmt: skip


class Reports:
    """A layer of reports between a page and its server."""

    def __init__(self, page, features=()):
        self.features = list(features)
        page.route("**/state.json", self._state)
        page.route("**/features/reports.geojson*", self._layer)

    def _state(self, route):
        answer = route.fetch()
        facts = answer.json()
        if answer.ok:
            facts["layers"]["reports"] = ["report"]
        route.fulfill(response=answer, json=facts)

    def _layer(self, route):
        route.fulfill(json={"type": "FeatureCollection", "features": self.features})
