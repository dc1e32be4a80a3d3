"""Pure spatial analysis: arrays and GeoDataFrames in, the same out; no SQL, no web, no clock.

Reading order: errors, vocabulary, crs, layers, cells; then terrain and flood (hazard), coverage
and exposure, impact (what events take), indicators, breaks, zoning, stability and skill (risk and
its check), generalize, needs; and roads, routing, allocation (evacuation).
"""
