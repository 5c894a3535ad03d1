"""The HTTP API: ours under /v1, Tray's Connectivity API under /core/v1, and what a page embeds under /embed."""
