"""Who may do what over HTTP: API keys, and tokens for a page in a browser; each of one tenant."""
