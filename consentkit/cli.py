"""``flask consent``: everything a shop or its auditor does at the command line."""

from __future__ import annotations

import click

from .cli_log import log_group
from .cli_policy import check_command, init_command, services_command


@click.group("consent")
def consent() -> None:
    """Cookie consent: the policy, its services and the log."""


for _command in (init_command, check_command, services_command, log_group):
    consent.add_command(_command)
