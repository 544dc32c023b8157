"""The language server of llada-edit: fills and other words in every editor that speaks LSP.

Text and protocol only: no tensors, and torch is not imported before the model loads in the worker thread.
"""
