"""Unsure classes on paper: striped, told in the legend, and only where they are."""

import geopandas as gpd
import pytest
import shapely

from webapp import theme
from webapp.sheets.areas import draw_risk, unsure_stripes
from webapp.sheets.legend import Legend
from webapp.sheets.strokes import path
from webapp.sheets.words import Words


class Paper:
    """A frame on which a metre is a millimetre."""

    def paper(self, shapes):
        return shapes


SQUARES = [shapely.box(20 * at, 0, 20 * at + 20, 20) for at in range(3)]


def drawn(classes, unsure):
    units = gpd.GeoDataFrame({"risk_class": classes, "is_unsure": unsure}, geometry=SQUARES)
    legend = Legend(Words("zh"))
    return draw_risk(Paper(), units, legend), legend


def test_only_the_unsure_unit_gets_stripes_and_the_legend_says_what_they_are():
    picture, legend = drawn([4, 4, None], [False, True, None])
    assert unsure_stripes(SQUARES[1]) in picture
    assert picture.count(f'stroke="{theme.PAPER}"') == 1
    assert legend.entries["unsure"][1:] == ("等级把握不大", "unsure level")


@pytest.mark.parametrize("unsure", [[False] * 3, [None] * 3, [float("nan")] * 3])
def test_where_nothing_is_unsure_there_is_no_stripe_and_no_line_in_the_legend(unsure):
    picture, legend = drawn([5, 2, 1], unsure)
    assert theme.PAPER not in picture
    assert "unsure" not in legend.entries


def test_a_unit_that_was_not_assessed_is_not_unsure():
    assert "unsure" not in drawn([None, 2, 1], [True, False, False])[1].entries


def test_no_stripe_reaches_into_the_neighbour_and_a_sliver_has_none():
    numbers = unsure_stripes(SQUARES[1]).split('d="')[1].split('"')[0]
    xs = [float(pair.split(" ")[0]) for pair in numbers.replace("L", "M").split("M")[1:]]
    # Stripes are 0.8 mm wide: their middle keeps 0.4 mm from the edges at 20 and 40 mm.
    assert min(xs) >= 20.39
    assert max(xs) <= 39.61
    assert unsure_stripes(shapely.box(0, 0, 0.5, 9)) == ""
    assert path("", fill="none") == ""
