"""Print the report of a zoning run on A4: all that its page says, and who signs it."""

from typing import Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined

from census.errors import UnknownRunError
from census.store.cards import ZoningCard
from census.store.database import Store
from census.store.zoning_runs import kept_run
from geo.errors import ParameterError
from geo.vocabulary import RiskLevel
from webapp import theme
from webapp.sheets.page import to_pdf
from webapp.words import LANGUAGES, Language, speak
from webapp.zoning_facts import ROOT, run_facts

STYLE: Final = """
@page { size: A4; margin: 18mm 16mm 16mm;
  @bottom-left { content: string(number); font-size: 8pt; color: var(--muted) }
  @bottom-right { content: counter(page) " / " counter(pages); font-size: 8pt;
    color: var(--muted) } }
body { margin: 0; font-family: "Noto Sans CJK SC"; font-size: 9pt; line-height: 1.4;
  color: var(--ink) }
h1 { font-size: 17pt; line-height: 1.2; margin: 0; }
h2 { font-size: 11.5pt; line-height: 1.3; margin: 6mm 0 1mm; break-after: avoid }
p { margin: 1mm 0 } .note, .detail { color: var(--muted); font-size: 8pt }
.detail { display: block }
.number { string-set: number content(); font-size: 11pt; margin: 1mm 0 4mm }
.partial, .badge { border-left: 1mm solid var(--notice); background: var(--notice-tint);
  padding: 1mm 2mm }
.facts { margin: 1mm 0 } .facts div { display: flex; justify-content: space-between;
  border-bottom: 0.15mm solid var(--line) }
dt { color: var(--muted); flex: none; margin-right: 4mm } dd { margin: 0; overflow-wrap: anywhere;
  text-align: right }
table { width: 100%; border-collapse: collapse; margin: 1mm 0 } tr { break-inside: avoid }
th, td { text-align: left; vertical-align: top; padding: 0.8mm 1.5mm;
  border-bottom: 0.15mm solid var(--line); font-weight: 400; overflow-wrap: anywhere }
thead { color: var(--muted); font-size: 8pt }
.swatch { display: inline-block; width: 4mm; height: 2.6mm; border: 0.2mm solid var(--line) }
.swatch-unknown { background: var(--unknown-tint) }
.state { border: 0.2mm solid var(--notice); background: var(--notice-tint); padding: 0 1mm;
  font-size: 8pt }
.tornado { width: 40mm; height: 2.8mm }
.movers td:nth-child(3), .movers td:nth-child(4) { white-space: nowrap }
.census-list { margin: 1mm 0; padding-left: 4mm } code { font-size: 8pt }
details { margin: 2mm 0; display: block } summary { display: block; font-weight: 600;
  break-after: avoid }
.offices { display: flex; gap: 8mm; margin-top: 10mm; break-inside: avoid }
.offices div { flex: 1; border-top: 0.2mm solid var(--ink); padding-top: 1mm; font-size: 8pt;
  color: var(--muted) }
"""


def render_run(store: Store, number: str, language: str = "zh", *, address: str = "") -> bytes:
    """
    Print the report of a run.

    Parameters
    ----------
    store
        The district's database, any role.
    number
        Number of the run.
    language
        ``zh`` or ``en``.
    address
        Where the web pages are reached; the report names the run's page there.

    Returns
    -------
    bytes
        A PDF of A4 pages, fonts embedded, text searchable.

    Raises
    ------
    UnknownRunError
        If the district has no run of this number.
    ParameterError
        If the language is neither.
    """
    run = kept_run(store, number)
    if run is None:
        raise UnknownRunError(number, store.place)
    if language not in LANGUAGES:
        raise ParameterError(
            f"A report is made in zh or en, not in {language!r}.",
            f"报告语言只有 zh 与 en，没有“{language}”。",
        )
    return to_pdf(report_html(store, run, language, address=address))


def report_html(store: Store, run: ZoningCard, language: Language, *, address: str = "") -> str:
    """
    Write the report of a run as a document of its own.

    Parameters
    ----------
    store
        The district's database, any role.
    run
        The run.
    language
        Its language.
    address
        Where the web pages are reached; empty to name none.

    Returns
    -------
    str
        HTML that asks for nothing from outside.
    """
    say, district = speak(language), store.district
    facts: dict[str, Any] = run_facts(store, run, language)
    paper = Environment(
        loader=PackageLoader("webapp"), autoescape=True, undefined=StrictUndefined
    ).get_template("zoning_report.html")
    return paper.render(
        facts, say=say, language=language, is_printed=True, style=_style(), bars=_bars(),
        title=say("zoning.report_title", hazard=facts["run"]["hazard"]),
        is_made_up=district.is_made_up,
        district=district.name_zh if language == "zh" else district.name_en,
        attribution=district.attribution,
        offices=[
            say("zoning.report_made_by"), say("zoning.report_reviewed_by"),
            say("zoning.report_approved_by"),
        ],
        link=f"{address.rstrip('/')}{ROOT}/{run.number}" if address else "",
    )  # fmt: skip


def _style() -> str:
    """Add plain swatches to the style: the printer knows no hatches."""
    variables = "".join(f"--{name}: {value};" for name, value in theme.tokens().items())
    plain = {f"risk-{level.ordinal}": colour for level, colour in theme.RISK.items()}
    plain |= {f"scheme-{name}": colour for name, colour in theme.SCHEMES.items()}
    swatches = "".join(
        f".swatch-{name} {{ background: {colour} }}\n" for name, colour in plain.items()
    )
    return f":root {{ {variables} }}\n{STYLE}{swatches}"


def _bars() -> tuple[str, str]:
    """Colours of the lower and the upper end: a drawing within a page is given them outright."""
    return theme.RISK[RiskLevel.RATHER_LOW], theme.RISK[RiskLevel.RATHER_HIGH]
