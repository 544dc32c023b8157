"""Whole folders: a run yields edits, and applying them is another step that needs no model. See docs/batch.md."""
