"""One app with its policy: what ``app.extensions["consentkit"]`` holds."""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING, Final, cast

from flask import current_app, has_request_context, request
from werkzeug.local import LocalProxy

from . import catalogue
from .consent import Consent
from .csp_reports import Allowance
from .enforce.cookies import refused_storage
from .enforce.headers import is_private
from .enforce.matcher import matcher_for
from .enforce.visit import KEY, Visit, Visits
from .texts import in_language

if TYPE_CHECKING:
    from collections.abc import Callable

    from .audit import Audit
    from .circumstances import Circumstances
    from .cookie import ConsentCookie
    from .counters import Counters
    from .findings import Findings
    from .log import ConsentLog
    from .log.links import CustomerKeys
    from .notice import Notice, Notices
    from .once import OncePass
    from .policy import Policy, Service
    from .settings import Settings

EXTENSION: Final = "consentkit"
BLUEPRINT: Final = "consentkit"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shop:
    """Everything of one app; made once, in ``init_app``."""

    settings: Settings
    policy: Policy
    cookie: ConsentCookie
    once: OncePass
    log: ConsentLog
    notices: Notices
    counters: Counters
    audit: Audit
    findings: Findings
    customers: CustomerKeys
    circumstances: Circumstances
    language: Callable[[], str | None]  #: of the page at hand, if the shop says so
    csp_reports: Allowance = field(default_factory=Allowance)

    def service(self, key: str) -> Service | None:
        """Get a service by its key, of the policy or else of the catalogue."""
        return self.policy.services.get(key) or catalogue.services().get(key)

    def name_of(self, key: str, notice: Notice) -> str:
        """Get what visitors call a service, group or hook."""
        if service := self.service(key):
            return in_language(service.names or service.name, notice.language)
        names = dict(notice.group_names())
        required = self.policy.required(key) if self.policy.knows(key) else ()
        return next((names[k] for k in (key, *required) if k in names), key)

    def refused_storage(self, granted: frozenset[str]) -> dict[str, tuple[str, ...]]:
        """Get the patterns of storage keys of refused services, by store."""
        matcher = matcher_for(self.policy)
        return refused_storage(matcher, matcher.allowed(granted))

    def key_to_add(self, key: str) -> str:
        """Get the key whose grant lets something load, empty if there is none.

        There is none for a service that the policy doesn't name: it follows its
        group, and nobody grants a group by a button that names one service.
        """
        if self.policy.knows(key):
            return next(iter(self.policy.required(key)), key)
        return ""


def current_shop() -> Shop:
    """Get the shop of the current app.

    :raises RuntimeError: outside an app context, or in an app without ConsentKit.
    """
    shop = current_app.extensions.get(EXTENSION)
    if shop is None:
        raise RuntimeError(
            "ConsentKit isn't set up on this app. Did you forget to call init_app?"
        )
    return cast("Shop", shop)


def babel_locale() -> str | None:
    """Get the locale that Flask-Babel has for the request, if the app uses it."""
    if "babel" not in current_app.extensions:
        return None
    locale = import_module("flask_babel").get_locale()
    return str(locale) if locale else None


def current_visit() -> Visit:
    """Get the visit that the current request is."""
    environ = request.environ
    visit = environ.get(KEY)
    if visit is None:  # a request that didn't come through the middleware
        shop = current_shop()
        visit = environ[KEY] = Visits(shop.policy, shop.cookie, shop.circumstances).of(
            environ
        )
    return cast("Visit", visit)


def _consent() -> Consent:
    """Get the visitor's consent; without a request there is no visitor, so none."""
    if has_request_context():
        visit = current_visit()
        if visit.sent is not None and not visit.asked and not is_private(visit.sent):
            # Too late to say that the answer is this visitor's: a cache may have it.
            return Consent(current_shop().policy)
        visit.asked = True
        return visit.consent
    return Consent(current_shop().policy)


#: The consent of whoever sent the current request, see :class:`Consent`.
current_consent = cast("Consent", LocalProxy(_consent))
