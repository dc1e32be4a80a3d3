"""The history of the schema: one revision a step, never edited once released."""
