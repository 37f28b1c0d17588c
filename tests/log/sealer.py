"""Seals a log in a process of its own, and may be killed while it does."""

from __future__ import annotations

import sys
from pathlib import Path

from consentkit.log import ConsentLog, KeyFile, engine_for


def seal(address: str, key: str, limit: int) -> None:
    log = ConsentLog(engine_for(address, busy_seconds=300), key=KeyFile(Path(key)))
    size = -1
    while (sealed := log.seal(limit)) and sealed.checkpoint.size > size:
        size = sealed.checkpoint.size
        sys.stdout.write(f"{size}\n")
        sys.stdout.flush()
    log.engine.dispose()


if __name__ == "__main__":
    seal(sys.argv[1], sys.argv[2], int(sys.argv[3]))
