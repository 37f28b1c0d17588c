"""Starts the shop: ``python -m example_app --port 5000``."""

from __future__ import annotations

import argparse
import sys

from werkzeug.serving import run_simple

from . import create_app


def main() -> None:
    """Serve the shop on this machine until it is stopped."""
    parser = argparse.ArgumentParser(
        prog="python -m example_app", description="Start the Pebble & Pine shop."
    )
    parser.add_argument("--port", type=int, default=5000)
    port = parser.parse_args().port
    app = create_app()
    sys.stdout.write(f"Pebble & Pine is open: http://127.0.0.1:{port}/\n")
    sys.stdout.flush()
    run_simple("127.0.0.1", port, app, threaded=True)


if __name__ == "__main__":
    main()
