"""The shape of ``consent.toml``: which fields there are, and what each may hold."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias, TypeVar

from marshmallow import EXCLUDE, Schema, ValidationError, fields, validates_schema

from . import policy_words as words
from .regime import RIGHTS

T = TypeVar("T")

#: What a schema makes of a table; lists become mappings from position to item, so
#: that a faulty item doesn't shift those after it.
Entry: TypeAlias = Mapping[str, Any]

_NULL = "leave the field out instead"


class Parsed(fields.Field[T]):
    """A field whose parser says in a :class:`ValueError` what to write instead."""

    def __init__(self, parse: Callable[[object], T], *, required: str = "") -> None:
        super().__init__(
            required=bool(required),
            error_messages={"required": required, "null": _NULL},
        )
        self._parse = parse

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> T:
        try:
            return self._parse(value)
        except ValueError as error:
            raise ValidationError(str(error)) from error


class Each(fields.Field[dict[Any, Any]]):
    """A list; what loads is kept under its position, the rest becomes faults."""

    wrong = "write a list: [...]"

    def __init__(self, item: fields.Field[Any]) -> None:
        super().__init__(error_messages={"null": _NULL})
        self._item = item

    def _pairs(self, value: object) -> Iterator[tuple[Any, Any]]:
        if not isinstance(value, Sequence) or isinstance(value, str | bytes):
            raise ValidationError(self.wrong)
        yield from enumerate(value)

    def _load(self, _at: object, value: object) -> object:
        return self._item.deserialize(value)

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> dict[Any, Any]:
        loaded, faults = {}, {}
        for at, item in self._pairs(value):
            try:
                loaded[at] = self._load(at, item)
            except ValidationError as error:
                faults[at] = error.messages
                if error.valid_data is not None:
                    loaded[at] = error.valid_data
        if faults:
            raise ValidationError(faults, valid_data=loaded)
        return loaded


class Keyed(Each):
    """A table of tables, each under a key that the shop chooses."""

    wrong = "write tables: [services.spin_wheel]"

    def _pairs(self, value: object) -> Iterator[tuple[Any, Any]]:
        if not isinstance(value, Mapping):
            raise ValidationError(self.wrong)
        yield from value.items()

    def _load(self, at: object, value: object) -> object:
        try:
            words.key(at)
        except ValueError as error:
            raise ValidationError(str(error)) from error
        return super()._load(at, value)


class Table(Schema):
    """A table that holds these fields and no others."""

    error_messages = {"type": "write a table of fields"}  # noqa: RUF012  typed by marshmallow

    class Meta:
        """The check below says more than marshmallow's own."""

        unknown = EXCLUDE

    @validates_schema(pass_original=True, skip_on_field_errors=False)
    def _check_names(self, _: object, original: object, **__: object) -> None:
        names = original if isinstance(original, Mapping) else ()
        unknown = [name for name in names if name not in self.fields]
        if unknown:
            raise ValidationError({name: [self._unknown(name)] for name in unknown})

    def _unknown(self, name: object) -> str:
        hint = words.nearest(name, self.fields)
        return f"there is no such field{hint or ': use ' + ', '.join(self.fields)}"


class CookieTable(Table):
    """A cookie, or a storage key."""

    name = Parsed(words.cookie_name, required="give the name of the cookie")
    purpose = Parsed(words.text)
    lifetime = Parsed(words.lifetime)
    party = Parsed(words.one_of("first", "third"))
    domain = Parsed(words.line)
    storage = Parsed(words.one_of("cookie", "local", "session"))
    opt_out = Parsed(words.flag)


class ServiceTable(Table):
    """``[services.KEY]``."""

    name = Parsed(words.text)
    group = Parsed(words.line)
    provider = Parsed(words.line)
    purpose = Parsed(words.text)
    hosts = Each(Parsed(words.host))
    inline = Each(Parsed(words.inline_mark))
    cookies = Each(fields.Nested(CookieTable()))
    privacy_url = Parsed(words.link)
    reason = Parsed(words.text)
    uses = Each(Parsed(words.one_of(*RIGHTS)))


class GroupTable(Table):
    """``[groups.KEY]``."""

    name = Parsed(words.text)
    purpose = Parsed(words.text)
    aliases = Each(Parsed(words.key))


class HookTable(Table):
    """``[hooks.KEY]``."""

    group = Parsed(words.line)
    service = Parsed(words.line)
    purpose = Parsed(words.text)


class NoticeTable(Table):
    """``[notice]``."""

    controller = Parsed(words.text, required="say who asks: the company's name")
    contact = Parsed(words.text, required="give an address for questions about data")
    privacy_policy = Parsed(words.links)
    revision = Parsed(words.revision)
    lifetime = Parsed(words.answer_lifetime)
    retention = Parsed(words.retention)
    address = Parsed(words.text)
    jurisdiction = Parsed(words.country)
    storage = Parsed(words.line)
    authority = Parsed(words.text)


class SiteTable(Table):
    """``[site]``."""

    hosts = Each(Parsed(words.own_host))


class RegimesTable(Table):
    """``[regimes]``."""

    opt_out = Each(Parsed(words.opt_out_place))


class SignalsTable(Table):
    """``[signals]``."""

    ad_storage = Parsed(words.key)
    ad_user_data = Parsed(words.key)
    ad_personalization = Parsed(words.key)
    analytics_storage = Parsed(words.key)
    functionality_storage = Parsed(words.key)
    personalization_storage = Parsed(words.key)
    security_storage = Parsed(words.key)


class PolicyTable(Table):
    """The whole file."""

    notice = fields.Nested(
        NoticeTable(),
        required=True,
        error_messages={"required": "add [notice] with controller and contact"},
    )
    site = fields.Nested(SiteTable())
    groups = Keyed(fields.Nested(GroupTable()))
    services = Keyed(fields.Nested(ServiceTable()))
    hooks = Keyed(fields.Nested(HookTable()))
    signals = fields.Nested(SignalsTable())
    regimes = fields.Nested(RegimesTable())
