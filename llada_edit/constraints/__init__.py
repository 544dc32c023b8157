"""Languages that a fill must belong to, and choosers that propose only strings of them."""
