"""The paths that handlers of Harbor share."""

from urllib.parse import quote


def booking(number: str, action: str) -> str:
    return f"/bookings/{quote(number, safe='')}/{action}"
