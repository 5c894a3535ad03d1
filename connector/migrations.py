"""The tables of the store, as steps from one version of the file to the next. A released step never changes."""

from __future__ import annotations

CONNECTIONS = """
    CREATE TABLE connections (
        name TEXT PRIMARY KEY,
        connector TEXT NOT NULL,
        scheme TEXT NOT NULL,            -- which way of the connector's `auth`
        facts TEXT NOT NULL,             -- JSON: what is no secret
        secret BLOB NOT NULL,            -- encrypted JSON: the writeOnly values, and tokens
        key TEXT NOT NULL,               -- which key encrypted it
        version TEXT NOT NULL,           -- another with each change of the secrets
        made REAL NOT NULL,              -- seconds since 1970, as every time here
        expires REAL,                    -- when the access token ends
        renewing REAL                    -- until when one process alone takes new tokens
    ) STRICT
"""

CALLS = """
    CREATE TABLE calls (
        id TEXT PRIMARY KEY,
        at REAL NOT NULL,
        connector TEXT NOT NULL,
        operation TEXT NOT NULL,
        connection TEXT NOT NULL,
        base_url TEXT NOT NULL,
        effect TEXT NOT NULL,
        outcome TEXT NOT NULL,           -- sent, success, error, unknown
        seconds REAL,
        attempts INTEGER NOT NULL,
        code TEXT,                       -- of the error
        size INTEGER NOT NULL,           -- about its bytes
        input TEXT NOT NULL,             -- JSON, redacted, as all that follows
        block TEXT NOT NULL,             -- of `blocks`: there, unzipped, are its exchanges
        place INTEGER NOT NULL,          -- where they begin, in bytes
        length INTEGER NOT NULL,
        error TEXT,                      -- JSON
        reconciled TEXT                  -- JSON: what was found out later
    ) STRICT
"""

BLOCKS = """
    CREATE TABLE blocks (
        first TEXT PRIMARY KEY,          -- the id of its first call
        said BLOB NOT NULL               -- the exchanges of calls that ended together, zipped: record/written.py
    ) STRICT
"""

RATES = """
    CREATE TABLE rates (
        connection TEXT NOT NULL,
        bucket TEXT NOT NULL,
        total INTEGER NOT NULL,          -- 0 where it is not known
        remaining INTEGER NOT NULL,      -- as the service last said
        resets REAL NOT NULL,
        sent REAL NOT NULL,              -- when the request left whose answer said so, and when that came
        heard REAL NOT NULL,
        operations TEXT NOT NULL,        -- JSON: what is counted in it
        PRIMARY KEY (connection, bucket)
    ) STRICT
"""

LEASES = """
    CREATE TABLE leases (
        connection TEXT NOT NULL,
        bucket TEXT NOT NULL,
        holder TEXT NOT NULL,            -- one client of one process
        held INTEGER NOT NULL,           -- requests that it may still send, or has under way
        until REAL NOT NULL,
        PRIMARY KEY (connection, bucket, holder)
    ) STRICT
"""

BULK = """
    CREATE TABLE bulk (
        id TEXT PRIMARY KEY,
        made REAL NOT NULL,
        connector TEXT NOT NULL,
        operation TEXT NOT NULL,
        connection TEXT NOT NULL,
        digest TEXT NOT NULL,            -- of the inputs of its rows, and the base URL
        total INTEGER NOT NULL
    ) STRICT
"""

BULK_ROWS = """
    CREATE TABLE bulk_rows (
        bulk TEXT NOT NULL REFERENCES bulk (id) ON DELETE CASCADE,
        row INTEGER NOT NULL,            -- from 1
        state TEXT NOT NULL,             -- sent, success, error, unknown; partly: an error after writes that were done
        at REAL NOT NULL,                -- when it was first sent under its idempotency key
        tries INTEGER NOT NULL,
        call TEXT NOT NULL,              -- its record; empty where none is kept
        line BLOB,                       -- the result line: JSON, zipped
        PRIMARY KEY (bulk, row)
    ) STRICT
"""

KEYS = """
    CREATE TABLE keys (
        id TEXT PRIMARY KEY,
        hash TEXT NOT NULL UNIQUE,       -- SHA-256 of its text, which is kept nowhere
        name TEXT NOT NULL,              -- for people
        tenant TEXT NOT NULL,            -- empty for this machine's own
        scopes TEXT NOT NULL,            -- JSON
        made REAL NOT NULL,
        revoked REAL
    ) STRICT
"""

SIGNING = """
    CREATE TABLE signing (
        name TEXT PRIMARY KEY,           -- what is signed with it
        secret BLOB NOT NULL,            -- encrypted
        key TEXT NOT NULL                -- which key encrypted it
    ) STRICT
"""

ANSWERS = """
    CREATE TABLE answers (
        tenant TEXT NOT NULL,
        key TEXT NOT NULL,               -- the caller's Idempotency-Key
        asked TEXT NOT NULL,             -- a digest of what was asked
        made REAL NOT NULL,
        holder TEXT NOT NULL,            -- who carries it out, or did
        until REAL NOT NULL,             -- when they are taken for dead, unless they say otherwise
        sent REAL,                       -- when a request that writes was first about to leave
        call TEXT,                       -- the record of that call; empty where none is kept
        answer BLOB,                     -- encrypted JSON: status, headers, body
        sealed TEXT,                     -- which key encrypted it
        PRIMARY KEY (tenant, key)
    ) STRICT
"""

SIGN_INS = """
    CREATE TABLE sign_ins (
        state TEXT PRIMARY KEY,
        connection TEXT NOT NULL,        -- the one to be
        made REAL NOT NULL,
        status TEXT NOT NULL,            -- waits, pending (the browser is back), connected, failed
        detail TEXT,                     -- why it failed, in words
        secret BLOB,                     -- encrypted, until it is used: the values of the connection, the proof key
        key TEXT                         -- which key encrypted it
    ) STRICT
"""

MIGRATIONS: tuple[tuple[str, ...], ...] = (
    (
        CONNECTIONS,
        CALLS,
        "CREATE INDEX calls_at ON calls (at, size)",
        "CREATE INDEX calls_block ON calls (block)",
        BLOCKS,
        RATES,
        LEASES,
        BULK,
        BULK_ROWS,
    ),
    (KEYS, SIGNING, ANSWERS, "CREATE INDEX answers_made ON answers (made)", SIGN_INS),
)
