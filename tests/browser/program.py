"""Finds the browser of this machine."""

from __future__ import annotations

import os
import shutil

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MISSING = "There is no Chromium: apt-get install chromium, or name one in CONNECTOR_CHROMIUM."


def chromium() -> str | None:
    """Its path; None where there is none."""
    return os.environ.get("CONNECTOR_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)


def must_be() -> bool:
    """Whether tests fail without one, where they would else be skipped."""
    return os.environ.get("CI") == "true" or os.environ.get("CONNECTOR_REQUIRE_BROWSER") == "1"
