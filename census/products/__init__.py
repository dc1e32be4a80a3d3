"""The only place that runs geo on stored layers: zoning runs, evacuation plans, lists and exports."""
