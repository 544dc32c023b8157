"""What the server offers, one module for each family of requests; `register` of each adds its handlers to a server."""
