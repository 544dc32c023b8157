"""How good a model is on text it has not seen: filling, rewriting, and whether its probabilities can be believed."""
