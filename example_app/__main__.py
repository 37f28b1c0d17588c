"""Starts the shop: ``python -m example_app --port 5000``."""

from __future__ import annotations

import argparse
import sys

from werkzeug.serving import make_server

from . import create_app

HOST = "127.0.0.1"
LAST_PORT = 65535


def main() -> None:
    """Serve the shop on this machine until it is stopped."""
    parser = argparse.ArgumentParser(
        prog="python -m example_app", description="Start the Pebble & Pine shop."
    )
    parser.add_argument("--port", type=_port, default=5000)
    # A port that is taken ends it here, before anybody is sent there.
    server = make_server(HOST, parser.parse_args().port, create_app(), threaded=True)
    sys.stdout.write(f"Pebble & Pine is open: http://{HOST}:{server.port}/\n")
    sys.stdout.write("Ctrl+C closes it.\n")
    sys.stdout.flush()
    server.serve_forever()


def _port(text: str) -> int:
    if text.isdecimal() and int(text) <= LAST_PORT:
        return int(text)
    raise argparse.ArgumentTypeError(f"use a number up to {LAST_PORT}")


if __name__ == "__main__":
    main()
