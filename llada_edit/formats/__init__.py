"""Document formats: which spans of a file hold prose that may be changed. Nothing is ever rendered, only spliced."""
