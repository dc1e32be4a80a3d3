"""Runs geo on stored layers, and nobody else does: zoning, evacuation plans, lists, exports."""
