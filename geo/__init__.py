"""Pure spatial analysis: arrays and GeoDataFrames in, the same out; no SQL, no web, no clock.

Reading order: errors, vocabulary, crs, layers, cells; then terrain and flood (hazard), exposure,
impact (what events take), indicators, breaks, zoning, stability and skill (risk and its check),
needs; and roads, routing, allocation (evacuation).
"""
