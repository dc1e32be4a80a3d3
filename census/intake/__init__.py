"""Deliveries in: declarative forms, reading, checking and loading; nothing written until all is right."""
