"""The web components in a real browser."""
