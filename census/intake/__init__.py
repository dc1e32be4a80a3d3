"""Deliveries in: forms, reading, checking and loading; nothing is written until all is right."""
