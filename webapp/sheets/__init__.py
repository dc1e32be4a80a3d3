"""Print a village's A3 sheets: risk and hazard map, evacuation route map, vector PDF to scale.

Reading order: content (what is shown) -> frame (scale) -> maps (ground, areas, routes, points,
labels, furniture) -> legend, sentences, column (what stands beside) -> page (HTML to PDF) -> sheet.
"""

from webapp.sheets.printing import render

__all__ = ["render"]
