"""A program that writes until it is killed: it prints each word once what carries it is acknowledged, or kept.

`python -m tests.faults.writer PREFIX` works on the account and the data folder that the environment names.
"""

from __future__ import annotations

import itertools
import sys
import time
from dataclasses import replace

import connector
from connector.accounts import saved
from connector.store import Store

PLANTED = "planted-9f1c"  # begins every secret that is not the account's own


def main(prefix: str) -> None:
    store = Store()
    print("ready", flush=True)
    with connector.Client("zendesk", "env", retry_for=0, store=store) as client:
        for number in itertools.count():
            word = f"{prefix}x{number}x"
            client.run("create_ticket", {"subject": word, "comment": {"body": word}})
            print("acknowledged", word, flush=True)
            client.run("get_ticket", {"ticket_id": 1})
            request = {"method": "POST", "url": {"endpoint": "/api/v2/uploads?filename=a.txt"}, "body": {"raw": word}}
            client.run("raw_http_request", {**request, "headers": [{"key": "X-Api-Key", "value": PLANTED}]})
            values = {**client.connection.values, "api_token": f"{PLANTED}-{word}"}
            given = replace(client.connection, name=word, values=values)
            url, now = given.base_url, time.time()
            saved.keep(store, given, base_url=url, tokens={"access": PLANTED}, renews=False, who=None, now=now)
            print("kept", word, flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
