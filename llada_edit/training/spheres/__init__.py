"""Experimental: continuous diffusion on spheres (RDLM, arXiv 2502.11564), character by character, to be compared with.

Each position is a point on a unit sphere whose corners are the characters and a mask. A point starts at the mask's
corner, is drawn to a character along a bridge with noise, and a network says which one. The mask is the only prior
here; RDLM can mix it with a uniform one. Nothing of the editor uses it.
"""
