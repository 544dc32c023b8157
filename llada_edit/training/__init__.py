"""Training of small denoisers: tokenizer, corpus, canvases with holes, objective, trainer."""
