"""Turn the look's decisions, colours and patterns and sizes, into one stylesheet of tokens."""

from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from geo.vocabulary import CapacityLevel, EnterpriseColour, RiskLevel

INK: Final = "#1F2328"
MUTED: Final = "#59636E"
LINE: Final = "#D8DEE4"
PAPER: Final = "#FFFFFF"
ACCENT: Final = "#0F766E"
POSITION: Final = "#1D4ED8"
UNKNOWN: Final = "#C9C9C9"
FILL_SHARE: Final = 0.4
UNKNOWN_SHARE: Final = 0.7  # dots of a paler ground would vanish

BASE: Final = {
    "land": "#F6F4EF",
    "water": "#CFE3EE",
    "sea": "#BFD9E8",
    "bank": "#86AEC4",
    "green": "#E3EBDD",
    "built": "#ECE8E1",
    "road": "#FFFFFF",
    "road-casing": "#D8D3C8",
    "rail": "#9A9488",
    "dike": "#5C564B",
    "town-line": "#7A7468",
    "village-line": "#A8A196",
}

# Wall screens, read from afar in a dim hall.
DARK: Final = {
    "ink": "#E6EDF3",
    "muted": "#9AA4AE",
    "line": "#30363D",
    "paper": "#0E1116",
    "card": "#161B22",
    "accent": "#2DA79B",
    "halo": "rgb(14 17 22 / 85%)",
    "plate": "rgb(14 17 22 / 70%)",
    "unverified": "#F9A825",
    "stale": "#F9A825",
    "on-stale": "#1F2328",
    "on-mark": "#FFFFFF",
    "mark-report": "#C62828",
    "mark-shelter": "#0F766E",
    "mark-shelter-unusable": "#59636E",
    "base-land": "#1B2128",
    "base-water": "#1D3A4F",
    "base-sea": "#172F41",
    "base-bank": "#2E556F",
    "base-green": "#1E2A22",
    "base-built": "#272E37",
    "base-road": "#3A434D",
    "base-road-casing": "#12161B",
    "base-town-line": "#AEB7C0",
    "base-village-line": "#4B545E",
}

ROUTES: Final = {
    "primary": "#0F766E",
    "alternative": "#0F766E",
    "draft": "#7C3AED",
    "old": "#9CA3AF",
    "new": "#D6336C",
}

MARKS: Final = {
    "hazard-site": "#8A1C2B",
    "shelter": "#0F766E",
    "shelter-unusable": "#59636E",
    "assembly-point": "#1D4ED8",
    "history": "#5B3A8C",
    "building": "#6F5F4E",
    "notice": "#9A5B00",
}

ENTERPRISES: Final = {
    EnterpriseColour.RED: "#C62828",
    EnterpriseColour.ORANGE: "#EF6C00",
    EnterpriseColour.YELLOW: "#F9A825",
    EnterpriseColour.BLUE: "#1565C0",
}


@dataclass(frozen=True)
class Pattern:
    """
    How a risk class is hatched, so that it reads without its colour.

    Attributes
    ----------
    angles_deg
        Directions of the lines, degrees clockwise from north; none for an empty hatch.
    gap_px
        Distance between lines, CSS pixels.
    """

    angles_deg: tuple[int, ...]
    gap_px: int


RISK: Final = {
    RiskLevel.HIGH: "#B2182B",
    RiskLevel.RATHER_HIGH: "#EF8A62",
    RiskLevel.MEDIUM: "#FDDB7F",
    RiskLevel.RATHER_LOW: "#A6D0E4",
    RiskLevel.LOW: "#3B7DB5",
}

PATTERNS: Final = {
    RiskLevel.HIGH: Pattern((45, 135), 5),
    RiskLevel.RATHER_HIGH: Pattern((45,), 5),
    RiskLevel.MEDIUM: Pattern((45,), 9),
    RiskLevel.RATHER_LOW: Pattern((135,), 15),
    RiskLevel.LOW: Pattern((), 0),
}

SHEET_FONT: Final = "Noto Sans CJK SC"
# Ours comes last of the Chinese ones: a browser fetches it only where the machine has none.
FONT: Final = (
    '"Noto Sans CJK SC", "Noto Sans SC", "Source Han Sans SC", "PingFang SC", "Microsoft YaHei", '
    '"WenQuanYi Micro Hei", "Riskatlas Sans", system-ui, sans-serif'
)


def channels(colour: str) -> tuple[int, int, int]:
    """
    Split a colour into its three channels.

    Parameters
    ----------
    colour
        ``#RRGGBB``, sRGB.

    Returns
    -------
    tuple of int
        Red, green, blue, 0-255.
    """
    return (int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16))


def mixed(colour: str, ground: str, share: float) -> str:
    """
    Lay a colour over a ground.

    Parameters
    ----------
    colour
        The upper colour, ``#RRGGBB``.
    ground
        The lower colour, ``#RRGGBB``.
    share
        How much of the upper one covers, 0-1.

    Returns
    -------
    str
        The colour seen, ``#RRGGBB``.
    """
    pairs = zip(channels(colour), channels(ground), strict=True)
    return "#" + "".join(
        f"{round(upper * share + lower * (1 - share)):02X}" for upper, lower in pairs
    )


def darkened(colour: str) -> str:
    """
    Return the outline colour that belongs to a fill.

    Parameters
    ----------
    colour
        The fill, ``#RRGGBB``.

    Returns
    -------
    str
        The same hue, darker, ``#RRGGBB``.
    """
    return mixed(colour, "#000000", 0.62)


def lightened(colour: str) -> str:
    """
    Return the outline colour that belongs to a fill on a dark screen.

    Parameters
    ----------
    colour
        The fill, ``#RRGGBB``.

    Returns
    -------
    str
        The same hue, lighter, ``#RRGGBB``.
    """
    return mixed(colour, "#FFFFFF", 0.62)


def risk_style(level: RiskLevel) -> dict[str, object]:
    """
    Describe how a risk class is drawn, for the map's script.

    Parameters
    ----------
    level
        The class.

    Returns
    -------
    dict
        ``fill`` and ``line`` (``#RRGGBB``), ``angles`` (degrees) and ``gap`` (CSS pixels).
    """
    pattern = PATTERNS[level]
    return {
        "fill": RISK[level],
        "line": darkened(RISK[level]),
        "angles": list(pattern.angles_deg),
        "gap": pattern.gap_px,
    }


def _hatch(level: RiskLevel) -> str:
    line, gap = darkened(RISK[level]), PATTERNS[level].gap_px
    layers = [
        # A gradient runs across its lines.
        f"repeating-linear-gradient({angle + 90}deg,{line} 0 1px,transparent 1px {gap}px)"
        for angle in PATTERNS[level].angles_deg
    ]
    tint = mixed(RISK[level], PAPER, FILL_SHARE)
    return ",".join([*layers, f"linear-gradient({tint},{tint})"])


def tokens() -> dict[str, str]:
    """
    Name every token that pages, tiles and scripts use.

    Returns
    -------
    dict of str to str
        Name of the CSS variable without dashes in front, and its value.
    """
    named = {
        "ink": INK,
        "muted": MUTED,
        "line": LINE,
        "paper": PAPER,
        "accent": ACCENT,
        "accent-tint": mixed(ACCENT, PAPER, 0.1),
        "position": POSITION,
        "unknown": UNKNOWN,
        "unknown-tint": mixed(UNKNOWN, PAPER, UNKNOWN_SHARE),
        "notice": MARKS["notice"],
        "notice-tint": mixed("#F9A825", PAPER, 0.22),
        "shadow": "0 1px 3px rgb(31 35 40 / 14%), 0 4px 16px rgb(31 35 40 / 8%)",
        "font": FONT,
    }
    named |= {f"base-{name}": colour for name, colour in BASE.items()}
    named |= {f"route-{name}": colour for name, colour in ROUTES.items()}
    named |= {f"mark-{name}": colour for name, colour in MARKS.items()}
    named |= {f"enterprise-{grade.value}": colour for grade, colour in ENTERPRISES.items()}
    for level, colour in RISK.items():
        named[f"risk-{level.ordinal}"] = colour
        named[f"risk-{level.ordinal}-line"] = darkened(colour)
        named[f"risk-{level.ordinal}-tint"] = mixed(colour, PAPER, FILL_SHARE)
    return named


def stylesheet() -> str:
    """
    Write the tokens as CSS variables, with one swatch class per class of risk and of capacity.

    Returns
    -------
    str
        The stylesheet served as ``/theme.css``.
    """
    variables = "".join(f"  --{name}: {value};\n" for name, value in tokens().items())
    swatches = "".join(
        f".swatch-risk-{level.ordinal} {{ background: {_hatch(level)}; "
        f"border-color: {darkened(RISK[level])}; }}\n"
        f".pill-risk-{level.ordinal} {{ background: {mixed(RISK[level], PAPER, FILL_SHARE)}; "
        f"border-color: {darkened(RISK[level])}; }}\n"
        for level in RiskLevel
    )
    # A bar of so many fifths: it reads without its colour, and is no risk.
    bars = "".join(
        f".swatch-capacity-{level.ordinal} {{ background: linear-gradient(90deg, {ACCENT} "
        f"{level.ordinal / len(CapacityLevel):.0%}, {PAPER} 0); }}\n"
        for level in CapacityLevel
    )
    return f":root {{\n{variables}}}\n{swatches}{bars}"


def screen_tokens() -> dict[str, str]:
    """
    Name every token that wall screens use.

    Returns
    -------
    dict of str to str
        As `tokens`; a class stands out from the dark by an outline that is lighter than its fill.
    """
    lines = {f"risk-{level.ordinal}-line": lightened(colour) for level, colour in RISK.items()}
    return tokens() | DARK | lines


def screen_stylesheet() -> str:
    """
    Write the tokens of wall screens as CSS variables: dark, the risk classes as everywhere.

    Returns
    -------
    str
        The stylesheet.
    """
    variables = "".join(f"  --{name}: {value};\n" for name, value in screen_tokens().items())
    return f":root {{\n{variables}}}\n"


def edition() -> str:
    """
    Name this edition of the look, so that browsers fetch a changed stylesheet.

    Returns
    -------
    str
        Twelve hexadecimal digits of the stylesheet's SHA-256.
    """
    return sha256(stylesheet().encode()).hexdigest()[:12]
