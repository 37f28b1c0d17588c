"""``python -m consentkit``: the commands that need no app."""

from __future__ import annotations

import click

from .cli_policy import check_command, init_command, services_command
from .cli_verify import verify_export_command


@click.group(name="consentkit")
def main() -> None:
    """Write and check a consent policy, look up services, verify an exported log."""


for command in (
    init_command,
    check_command,
    services_command,
    verify_export_command,
):
    main.add_command(command)

if __name__ == "__main__":
    main(prog_name="python -m consentkit")
