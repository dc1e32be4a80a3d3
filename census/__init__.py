"""The district database: deliveries in, PostGIS, history, queries and products out."""
