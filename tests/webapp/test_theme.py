"""The look keeps its promises: contrast, classes apart for every eye, one home of colours."""

import itertools
import re
from pathlib import Path

import numpy as np
import pytest

from geo.vocabulary import RiskLevel
from webapp import theme

WEBAPP = Path(__file__).resolve().parents[2] / "webapp"
LEVELS = list(RiskLevel)
NEIGHBOURS = list(itertools.pairwise(LEVELS))

# Machado, Oliveira and Fernandes 2009, severity 1.0, linear RGB.
COLOUR_BLIND = {
    "none": np.eye(3),
    "protan": np.array([[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216],
                        [-0.003882, -0.048116, 1.051998]]),
    "deutan": np.array([[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413],
                        [-0.011820, 0.042940, 0.968881]]),
    "tritan": np.array([[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602],
                        [0.004733, 0.691367, 0.303900]]),
}  # fmt: skip


def linear(colour):
    values = np.array(theme.channels(colour)) / 255
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def luminance(colour):
    return float(linear(colour) @ [0.2126, 0.7152, 0.0722])


def contrast(one, other):
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def lab(rgb):
    to_xyz = np.array(
        [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
    )
    xyz = to_xyz @ np.clip(rgb, 0, 1) / [0.9505, 1.0, 1.089]
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def seen_apart(one, other, eye):
    matrix = COLOUR_BLIND[eye]
    return float(np.linalg.norm(lab(matrix @ linear(one)) - lab(matrix @ linear(other))))


def test_contrast_of_black_on_white_is_21_to_1():
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)


@pytest.mark.parametrize("ground", [theme.PAPER, theme.BASE["land"], theme.tokens()["accent-tint"]])
@pytest.mark.parametrize("text", [theme.INK, theme.MUTED, theme.ACCENT])
def test_every_text_colour_reads_on_every_ground(text, ground):
    assert contrast(text, ground) >= 4.5


@pytest.mark.parametrize("level", LEVELS)
def test_ink_reads_on_the_tint_of_every_class(level):
    assert contrast(theme.INK, theme.mixed(theme.RISK[level], theme.PAPER, 0.4)) >= 4.5


@pytest.mark.parametrize("name", sorted(theme.MARKS))
def test_a_mark_stands_out_from_paper_and_carries_a_white_letter(name):
    assert contrast(theme.MARKS[name], theme.PAPER) >= 4.5


@pytest.mark.parametrize("level", LEVELS)
def test_the_outline_of_a_class_stands_out_from_the_land(level):
    assert contrast(theme.darkened(theme.RISK[level]), theme.BASE["land"]) >= 3


@pytest.mark.parametrize("eye", sorted(COLOUR_BLIND))
@pytest.mark.parametrize("pair", NEIGHBOURS, ids=lambda pair: f"{pair[0].value}-{pair[1].value}")
def test_neighbouring_classes_differ_for_every_eye(pair, eye):
    tints = [theme.mixed(theme.RISK[level], theme.PAPER, theme.FILL_SHARE) for level in pair]
    assert seen_apart(*(theme.RISK[level] for level in pair), eye) >= 20
    assert seen_apart(*tints, eye) >= 8


DARK_GROUNDS = {name: theme.DARK[name] for name in ("paper", "card", "base-land")}


@pytest.mark.parametrize("ground", DARK_GROUNDS.values(), ids=DARK_GROUNDS)
@pytest.mark.parametrize("text", ["ink", "muted", "unverified"])
def test_every_text_colour_of_a_screen_reads_on_its_dark_grounds(text, ground):
    assert contrast(theme.DARK[text], ground) >= 4.5


@pytest.mark.parametrize(
    ("text", "ground"),
    [("on-stale", "stale"), *(("on-mark", name) for name in theme.DARK if name[:5] == "mark-")],
)
def test_what_a_screen_writes_on_its_marks_and_its_warning_reads(text, ground):
    assert contrast(theme.DARK[text], theme.DARK[ground]) >= 4.5


@pytest.mark.parametrize(
    ("mark", "ground"),
    [("accent", "line"), ("muted", "line"), ("base-town-line", "base-land"),
     ("unverified", "paper"), ("stale", "paper")],
)  # fmt: skip
def test_the_marks_of_a_screen_stand_out(mark, ground):
    assert contrast(theme.DARK[mark], theme.DARK[ground]) >= 3


@pytest.mark.parametrize("level", LEVELS)
def test_a_class_on_a_screen_has_an_outline_that_stands_out_and_a_name_that_reads(level):
    line = theme.screen_tokens()[f"risk-{level.ordinal}-line"]
    assert all(contrast(line, ground) >= 3 for ground in DARK_GROUNDS.values())
    fill = theme.mixed(theme.RISK[level], theme.DARK["base-land"], 0.75)
    halo = theme.mixed(theme.DARK["paper"], fill, 0.85)
    assert contrast(theme.DARK["ink"], halo) >= 4.5


@pytest.mark.parametrize("eye", sorted(COLOUR_BLIND))
@pytest.mark.parametrize("pair", NEIGHBOURS, ids=lambda pair: f"{pair[0].value}-{pair[1].value}")
def test_neighbouring_classes_differ_on_a_dark_screen_for_every_eye(pair, eye):
    land = theme.DARK["base-land"]
    fills = [theme.mixed(theme.RISK[level], land, 0.75) for level in pair]
    assert seen_apart(*fills, eye) >= 8


def test_every_token_that_a_screen_uses_is_defined():
    used = set()
    for path in (WEBAPP / "screen").glob("*.*"):
        text = path.read_text(encoding="utf-8")
        used |= set(re.findall(r"var\(--([\w-]+)\)", text))
        used |= set(re.findall(r'token\("([\w-]+)"\)', text))
    assert used <= set(theme.screen_tokens())


def test_a_hatch_of_the_legend_runs_as_its_pattern_says():
    # 45 degrees clockwise from north rises to the right; a gradient runs across its lines.
    assert theme.PATTERNS[RiskLevel.RATHER_HIGH].angles_deg == (45,)
    swatch = theme.stylesheet().partition(".swatch-risk-4 {")[2].partition("}")[0]
    assert "repeating-linear-gradient(135deg" in swatch


def test_no_two_neighbouring_classes_share_a_hatch():
    assert all(theme.PATTERNS[one] != theme.PATTERNS[other] for one, other in NEIGHBOURS)


def test_colours_live_in_the_theme_alone():
    files = [*WEBAPP.glob("assets/*.*"), *WEBAPP.glob("*.py"), *WEBAPP.glob("pages/*.py")]
    strays = {
        path.name: found
        for path in files
        if path.name != "theme.py"
        and (found := re.findall(r"#[0-9A-Fa-f]{6}\b", path.read_text(encoding="utf-8")))
    }
    # A picture cannot read the theme's tokens, but has no colours of its own either.
    icon = set(strays.pop("mark.svg"))
    assert icon <= set(re.findall(r"#[0-9A-Fa-f]{6}\b", (WEBAPP / "theme.py").read_text()))
    assert strays == {}


def test_every_token_that_the_look_uses_is_defined():
    used = set()
    for path in WEBAPP.glob("assets/*.*"):
        text = path.read_text(encoding="utf-8")
        used |= set(re.findall(r"var\(--([\w-]+)\)", text))
        used |= set(re.findall(r'token\("([\w-]+)"\)', text))
    assert used <= set(theme.tokens())


def test_a_changed_look_has_another_edition():
    assert re.fullmatch(r"[0-9a-f]{12}", theme.edition())
    assert "--risk-5: #B2182B" in theme.stylesheet()
