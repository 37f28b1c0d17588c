"""Signals: what a shop can listen to. The sender is always the app.

Receivers can't veto; what may is a hook. An exception in one is logged and changes
neither the record nor the answer.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from blinker import Namespace

if TYPE_CHECKING:
    from blinker import NamedSignal
    from flask import Flask

_SIGNALS: Final = Namespace()
_LOGGER: Final = logging.getLogger("consentkit")

#: The visitor granted something: ``consent``, ``record``.
consent_given = _SIGNALS.signal("consent-given")
#: A decision was made: ``consent``, ``previous``, ``record`` (none if the log is down).
consent_changed = _SIGNALS.signal("consent-changed")
#: Something granted before isn't any more: the arguments of ``consent_changed``.
consent_withdrawn = _SIGNALS.signal("consent-withdrawn")
#: Elements left a page: ``withheld``, a list of :class:`consentkit.enforce.Withheld`.
tag_withheld = _SIGNALS.signal("tag-withheld")
#: A cookie wasn't set: ``name``, ``service``.
cookie_withheld = _SIGNALS.signal("cookie-withheld")
#: A hook didn't run: ``hook``.
hook_withheld = _SIGNALS.signal("hook-withheld")
#: A page names third parties that nothing declares: ``hosts``.
undeclared_seen = _SIGNALS.signal("undeclared-seen")


def tell(signal: NamedSignal, app: Flask, **facts: object) -> None:
    """Send a signal; a receiver's fault is the receiver's own."""
    for receiver in signal.receivers_for(app):
        try:
            receiver(app, **facts)
        except Exception:
            _LOGGER.exception("a receiver of %s failed", signal.name)
