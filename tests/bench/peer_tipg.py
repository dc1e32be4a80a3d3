"""Serve tipg over a unix socket, which its own settings refuse: run by the peers' Python."""

import sys
from types import SimpleNamespace

import tipg.database
import uvicorn

ADDRESS, PORT = sys.argv[1:]
# What tipg's own settings have, but for the kind of address.
tipg.database.PostgresSettings = lambda: SimpleNamespace(
    database_url=ADDRESS,
    db_min_conn_size=1,
    db_max_conn_size=10,
    db_max_queries=50000,
    db_max_inactive_conn_lifetime=300,
)
uvicorn.run("tipg.main:app", host="127.0.0.1", port=int(PORT), log_level="warning")
