"""Models: the boundary (`base`), the families that are known, and how they are loaded."""
