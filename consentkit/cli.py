"""``flask consent``: everything a shop or its auditor does at the command line."""

from __future__ import annotations

import click

from .cli_audit import audit_link_command
from .cli_db import db_group
from .cli_log import log_group
from .cli_policy import check_command, init_command, services_command
from .cli_subject import subject_group


@click.group("consent")
def consent() -> None:
    """Cookie consent: the policy, its services, the log and visitors' rights."""


for _command in (
    init_command,
    check_command,
    services_command,
    db_group,
    log_group,
    subject_group,
    audit_link_command,
):
    consent.add_command(_command)
