"""``python -m llada_edit``."""

from llada_edit.cli import main

main()
