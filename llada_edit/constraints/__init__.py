"""Languages that a fill must belong to, and choosers that propose only strings of them.

The modules of values load automata, and numpy with them, when a language is first asked for: a constraint is read,
checked and refused without them.
"""
