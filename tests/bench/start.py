"""How long until the page answers: an empty data folder, and the second time."""

from tests.bench.figures import tell
from tests.bench.places import open_home, serving

PORT = 18050


def run():
    """Measure the first and the second start of the example district."""
    with open_home() as home:
        for metric in ("first demo until the page answers", "second demo until the page answers"):
            with serving(home, "example", PORT) as (_, seconds):
                tell("start", metric, seconds, "s")
