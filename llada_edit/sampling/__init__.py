"""The denoising loop and its roles. Token ids and tensors only; text is unknown here."""
