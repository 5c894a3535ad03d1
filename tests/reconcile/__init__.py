"""Tests of what is found out about a call whose outcome is unknown."""
