"""Reports of hazards: what telephones send, what the desk decides, the pages of both."""
