"""The Flask extension: ``ConsentKit(app)`` and a policy file enforce a whole shop."""

from __future__ import annotations

import hashlib
import logging
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final, ParamSpec, TypeVar

from flask import request
from sqlalchemy.exc import ArgumentError
from werkzeug.middleware.proxy_fix import ProxyFix

from . import catalogue, templating
from .assets import EDITION
from .audit import Audit, Door
from .circumstances import Callbacks, Circumstances
from .consent import kept_at_most
from .cookie import ConsentCookie
from .counters import Counters
from .customers import link
from .decisions import set_cookie, settle_gpc
from .enforce.csp import full_policy
from .enforce.delivery import ByVariant, ForAll
from .enforce.middleware import ConsentMiddleware
from .enforce.visit import KEY
from .errors import ConfigError, LogUnavailable
from .everybody import mark_of
from .findings import Findings
from .guardians import authorise
from .hooks import hook, require
from .host import FlaskHost
from .later import Later
from .log import ConsentLog, KeyFile, engine_for
from .log.links import CustomerKeys
from .log.rounds import Rounds
from .log.store import SEAL_EVERY
from .notice import Notices
from .once import OncePass
from .policy_file import load_policy
from .policy_words import nearest
from .rendering import LANGUAGE, PageParts
from .settings import HIDDEN, read_settings
from .shop import EXTENSION, Shop, babel_locale, current_shop, current_visit
from .texts import edition
from .views import blueprint, gpc_support

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from os import PathLike

    from flask import Flask, Response
    from flask.typing import RouteCallable
    from sqlalchemy import Engine

    from .log import Record
    from .policy import Policy
    from .settings import Settings

_LOGGER: Final = logging.getLogger("consentkit")

_Args = ParamSpec("_Args")
_Result = TypeVar("_Result")
_Otherwise = TypeVar("_Otherwise")
_Region = TypeVar("_Region", bound="Callable[[], str | None]")
_IsChild = TypeVar("_IsChild", bound="Callable[[], bool]")
_AuditAccess = TypeVar("_AuditAccess", bound="Callable[[], str | bool | None]")


class ConsentKit:
    """Enforces visitors' consent on an app, and on as many apps as it is given.

    :param app: set up at once; else by :meth:`init_app`.
    :param policy: path or mapping, instead of the setting ``CONSENTKIT_POLICY``.
    :param engine: the shop's own SQLAlchemy engine for the consent log.
    :param language: the tag of the language that the shop's pages are in, or a
        function that tells for the current request. By default Flask-Babel's locale,
        where the app uses it.
    """

    def __init__(
        self,
        app: Flask | None = None,
        *,
        policy: str | PathLike[str] | Mapping[str, object] | None = None,
        engine: Engine | None = None,
        language: str | Callable[[], str | None] | None = None,
    ) -> None:
        self._policy = policy
        self._engine = engine
        self._language = babel_locale if language is None else _told(language)
        self._callbacks = Callbacks()
        self._keys: set[str] = set()
        self._policies: list[Policy] = []
        if app is not None:
            self.init_app(app)

    def init_app(self, app: Flask) -> None:
        """Set an app up: read settings and policy, wrap ``app.wsgi_app``.

        :raises ConfigError: naming the key, its value and the remedy.
        :raises RuntimeError: if the app is set up already.
        """
        if EXTENSION in app.extensions:
            raise RuntimeError("ConsentKit is set up on this app already")
        if self._policy is not None:
            app.config["CONSENTKIT_POLICY"] = self._policy
        settings = read_settings(app)
        policy = load_policy(settings.policy)
        for key in self._keys:
            _check_key(policy, key)
        self._policies.append(policy)
        app.extensions[EXTENSION] = shop = self._shop(app, settings, policy)
        parts = PageParts(app, shop)
        _wrap(app, shop, parts)
        templating.add_to(app, parts)
        if "csrf" in app.extensions:  # Flask-WTF's; we check the origin ourselves
            app.extensions["csrf"].exempt(blueprint)
        app.register_blueprint(blueprint, url_prefix=settings.url_prefix)
        app.add_url_rule("/.well-known/gpc.json", "consentkit.gpc", gpc_support)
        app.after_request(_settle)

    def _shop(self, app: Flask, settings: Settings, policy: Policy) -> Shop:
        cookie = ConsentCookie(settings.secret_keys, settings.cookie)
        if len(policy.optional) > cookie.room():
            remedy = f"a cookie has room for {cookie.room()}, groups included"
            raise ConfigError("services", len(policy.optional), remedy)
        told = settings.delivery != "private"
        own = cookie.declared(kept_at_most(policy), variant=told)
        log = ConsentLog(self._engine or _engine(app, settings), key=_key(settings))
        log.when_waiting = Later(app, log.engine, SEAL_EVERY, log.seal_quietly).ask
        _look_at(log)
        counters = Counters(app, log)
        return Shop(
            settings=settings,
            policy=policy,
            cookie=cookie,
            once=OncePass(settings.secret_keys, cookie.once_name),
            log=log,
            notices=Notices(policy, own),
            counters=counters,
            audit=Audit(self._door(settings), Rounds(log)),
            findings=Findings(app, policy, counters),
            customers=CustomerKeys(settings.secret_keys),
            language=self._language,
            circumstances=Circumstances(app, self._callbacks, settings.region_header),
        )

    def _door(self, settings: Settings) -> Door:
        # The shop may register its function after the app is set up.
        return Door(lambda: self._callbacks.audit_access, settings.secret_keys)

    def hook(
        self,
        key: str,
        *,
        otherwise: _Otherwise = None,  # type: ignore[assignment]
    ) -> Callable[[Callable[_Args, _Result]], Callable[_Args, _Result | _Otherwise]]:
        """Decorate a function so that it runs only with consent.

        :param key: a hook, group, alias or service of the policy.
        :param otherwise: what callers get without consent.
        """
        self._know(key)
        return lambda function: hook(key, function, otherwise)

    def require(
        self, key: str, *, otherwise: RouteCallable | None = None
    ) -> Callable[[RouteCallable], RouteCallable]:
        """Decorate a view so that it runs only with consent.

        :param otherwise: the view for everybody else; by default a page with status
            403 that offers the choice.
        """
        self._know(key)
        return lambda view: require(key, view, otherwise)

    def link(self, customer: object) -> bool:
        """Tie the current visitor's consent to a customer; for when they log in.

        :param customer: their reference, such as a primary key; a keyed hash is kept.
        :return: whether the log ties them now. Nothing is stored about a visitor who
            hasn't decided, or as long as the log is down.
        """
        return link(str(customer))

    @staticmethod
    def variant() -> str:
        """Get a text that is equal for all visitors in the same state, and no others.

        Part of the key for whatever the shop itself remembers of an answer that
        hangs on consent, such as a view under Flask-Caching.

        :raises RuntimeError: outside a request.
        """
        visit = current_visit()
        visit.asked = True
        return current_shop().cookie.variant(visit.consent)

    def region(self, find: _Region) -> _Region:
        """Register the function that tells where the current visitor is.

        It gives an ISO 3166-1 or 3166-2 code such as ``DE`` or ``US-CA``, none if
        it doesn't know; then, and if it fails, visitors are asked first.
        """
        self._callbacks.region = find
        return find

    def is_child(self, tell: _IsChild) -> _IsChild:
        """Register the function that tells whether the current visitor is a child.

        For a child nothing but essential services run until a guardian's
        authorisation is recorded, see :meth:`authorise`. If it fails, it means yes.
        """
        self._callbacks.is_child = tell
        return tell

    def audit_access(self, tell: _AuditAccess) -> _AuditAccess:
        """Register the function that tells whether the current request is an auditor's.

        It gives their name, or true; whatever is false, or fails, keeps the dashboard
        closed.
        """
        self._callbacks.audit_access = tell
        return tell

    def authorise(self, *keys: str) -> Record | None:
        """Record what a guardian allows the current visitor, who is a child.

        :param keys: groups, aliases and services; none to end what was allowed.
        :return: the record; none for an ending that the log couldn't take.
        :raises UnknownKey: if the policy has no such key.
        :raises LogUnavailable: if something would be granted without a record.
        """
        return authorise(keys)

    def _know(self, key: str) -> None:
        """Check a key now, where a policy is read already, or else in ``init_app``."""
        for policy in self._policies:
            _check_key(policy, key)
        self._keys.add(key)


def _wrap(app: Flask, shop: Shop, parts: PageParts) -> None:
    settings = shop.settings
    markup = (
        *(EDITION, edition(), shop.notices["en"].hash),
        _rules_of(shop.policy),
        *([] if settings.csp == "off" else [settings.csp, full_policy(shop.policy)]),
    )
    # What tells the visitor's own host and scheme has to come before us.
    proxy: object = app.wsgi_app
    middleware = ConsentMiddleware(
        proxy.app if isinstance(proxy, ProxyFix) else app.wsgi_app,
        shop.policy,
        shop.cookie,
        FlaskHost(app, shop, parts),
        protected=[app.config["SESSION_COOKIE_NAME"]],
        rendering=" ".join(markup),
        undeclared=settings.undeclared,
        auto_banner=settings.auto_banner,
        csp=settings.csp,
        report_path=f"{settings.url_prefix}/csp-report",
        once=shop.once,
        circumstances=shop.circumstances,
        region_header=settings.region_header,
        by_variant=_by_variant(shop),
        for_all=_for_all(shop),
    )
    if isinstance(proxy, ProxyFix):
        proxy.app = middleware
    else:
        app.wsgi_app = middleware  # type: ignore[method-assign]


def _by_variant(shop: Shop) -> ByVariant | None:
    """Get what lets caches in front of the shop keep a page for each state."""
    settings, cookie = shop.settings, shop.cookie
    if settings.delivery != "variant":
        return None
    lifetime = shop.policy.notice.lifetime
    region = settings.region_header
    return ByVariant(cookie.variant_name, cookie.terms, lifetime, region)


def _for_all(shop: Shop) -> ForAll | None:
    """Get what lets caches anywhere keep one page for everybody."""
    if shop.settings.delivery != "universal":
        return None
    cookie, policy = shop.cookie, shop.policy
    lifetime = kept_at_most(policy)
    return ForAll(cookie.variant_name, cookie.terms, lifetime, mark_of(policy))


def _rules_of(policy: Policy) -> str:
    """Get a short text that changes with whatever decides what is withheld."""
    rules = repr(
        (policy.services, policy.own_hosts, policy.signals, catalogue.services())
    )
    return hashlib.sha256(rules.encode()).hexdigest()[:12]


def _engine(app: Flask, settings: Settings) -> Engine:
    # A log that can't be opened stops grants, not the shop.
    with suppress(OSError):
        Path(app.instance_path).mkdir(parents=True, exist_ok=True)
    try:
        return engine_for(settings.database_url)
    except (ArgumentError, ImportError) as error:
        remedy = f"give the URL of a database whose driver is installed ({error})"
        raise ConfigError("CONSENTKIT_DATABASE_URL", HIDDEN, remedy) from None


def _look_at(log: ConsentLog) -> None:
    """Say at start what stops the log; the shop opens without, and grants nothing."""
    try:
        log.database.look()
    except LogUnavailable as error:
        _LOGGER.error("no grant can be recorded: %s", error)  # noqa: TRY400  it says all


def _key(settings: Settings) -> KeyFile:
    key = KeyFile(settings.log_key)
    # A file that can't be read stops the sealing; one that holds something else is
    # a mistake to mend before the shop opens.
    with suppress(OSError):
        key.load()
    return key


def _settle(response: Response) -> Response:
    visit = request.environ.get(KEY)
    # Nearly always there is nothing to settle: every response comes by here.
    if visit is None or visit.consent.everything:
        return response
    if visit.consent.source == "gpc" and settle_gpc():
        set_cookie(response)
    if (response.content_type or "").startswith("text/html"):
        # Our markup is made when the app can't be asked any more.
        request.environ[LANGUAGE] = current_shop().language()
    return response


def _told(language: str | Callable[[], str | None]) -> Callable[[], str | None]:
    return language if callable(language) else lambda: language


def _check_key(policy: Policy, key: str) -> None:
    if not policy.knows(key):
        names = {*policy.hooks, *policy.services, *policy.groups}
        hint = nearest(key, names)
        raise ConfigError("hook", key, f"declare it in the policy's [hooks]{hint}")
