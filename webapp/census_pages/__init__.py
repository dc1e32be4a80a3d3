"""Pages of the census for the office: layers, objects with their history, what does not agree."""
