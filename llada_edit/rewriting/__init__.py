"""Rewriting: words of a text are masked again and filled anew, and a change is kept only where it is an improvement."""
