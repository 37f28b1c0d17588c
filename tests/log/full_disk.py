"""Decides until the disk is full: no file of this process may grow beyond a size."""

from __future__ import annotations

import json
import resource
import signal
import sys
from itertools import count

from consentkit.errors import LogUnavailable
from consentkit.log import ConsentLog, Draft, engine_for


def fill(address: str, usual: dict[str, object], notice: dict[str, object]) -> None:
    """Print the ids of the records that were answered, and then why no more were."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_500_000, 1_500_000))
    log = ConsentLog(engine_for(address))
    for number in count():
        draft = Draft(**usual | {"consent_id": f"v-{number}"})  # type: ignore[arg-type]  # JSON has lost the types
        try:
            sys.stdout.write(f"{log.append(draft, notice).id}\n")
        except LogUnavailable as error:
            sys.stdout.write(f"{error}\n")
            break
    log.engine.dispose()


if __name__ == "__main__":
    fill(**json.load(sys.stdin))
