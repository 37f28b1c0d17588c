"""The pages and addresses that visitors use, under ``/consent`` by default."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from flask import (
    Blueprint,
    Response,
    jsonify,
    make_response,
    redirect,
    render_template,
    request,
)
from jinja2 import ChoiceLoader, FileSystemLoader, PrefixLoader

from . import audit
from .assets import ASSETS
from .csp_reports import blocked_hosts, is_report
from .decisions import (
    Outcome,
    allow_once,
    call_script,
    carry_out,
    clear_cookie,
    consent_ids,
    erase_records,
    held_records,
    set_cookie,
    set_pass,
)
from .enforce.delivery import for_oneself
from .errors import LogUnavailable
from .everybody import is_for_all
from .evidence import evidence
from .forms import ChildGrant, InvalidChoice, NoticeChanged, is_own_origin, read_choice
from .log import Record, as_receipt
from .receipts import own_records, receipts
from .rendering import (
    is_own_path,
    negotiated_notice,
    page_context,
    prefix_of,
    query_field,
)
from .rights import notices_for, rights_of
from .shop import BLUEPRINT, current_shop, current_visit
from .vendor_signals import signals

if TYPE_CHECKING:
    from .forms import Choice
    from .notice import Notice

_TEMPLATES: Final = Path(__file__).parent / "templates"

blueprint = Blueprint(BLUEPRINT, __name__)
blueprint.register_blueprint(evidence)
blueprint.add_url_rule("/receipts", view_func=receipts)
#: A shop's own template comes first; under the second name it can extend ours.
blueprint.jinja_loader = ChoiceLoader(
    [
        FileSystemLoader(_TEMPLATES),
        PrefixLoader(
            {"consentkit_original": FileSystemLoader(_TEMPLATES / "consentkit")}
        ),
    ]
)
blueprint.register_blueprint(audit.blueprint)

#: Our statement of support, as of the day this code began to keep it (GPC, 6).
_GPC_SUPPORT: Final = {"gpc": True, "lastUpdate": "2026-11-22"}
_HASHED: Final = "public, max-age=31536000, immutable"
_RETRY_SECONDS: Final = "60"
_JUST_NOW: Final = timedelta(minutes=1)
_PROBLEMS: Final = defaultdict(
    lambda: "problem_invalid", {403: "problem_forbidden", 503: "problem_unavailable"}
)


@blueprint.after_request
def never_store(response: Response) -> Response:
    """Keep answers about one visitor out of every cache."""
    response.headers.setdefault("Cache-Control", "private, no-store")
    return response


@blueprint.get("/")
def preferences() -> Response:
    """Show all choices, what holds now, and how it came to that."""
    target = query_field("next")
    message = _done()
    return _preferences(negotiated_notice(), target=target, message=message)


@blueprint.post("/")
def decide() -> Response:
    """Take a decision, from a form or as JSON."""
    if not is_own_origin():
        return _problem(403, "origin", "a decision can only be sent from this shop")
    try:
        choice = read_choice()
        return _allowed_once(choice) if choice.once else _decided(choice)
    except ChildGrant as error:
        return _problem(403, error.field, error.why, message="child")
    except NoticeChanged as error:
        return _problem(400, error.field, error.why, message="changed")
    except InvalidChoice as error:
        return _problem(400, error.field, error.why)
    except LogUnavailable:
        why = "nothing can be granted while the log takes no record"
        return _problem(503, "log", why, message="unavailable")


@blueprint.get("/rights")
def rights() -> Response:
    """Show what visitors can opt out of, right by right."""
    visit, notice = current_visit(), negotiated_notice()
    visit.banner = False
    context = page_context(notice)
    target = query_field("next")
    back = target if is_own_path(target) else ""
    done = f"{context['rights_url']}?done=1&lang={notice.language}"
    context |= {
        "back": back,
        "next": f"{done}&next={quote(back, safe='/')}" if back else done,
        "message": _done(),
        "rights": rights_of(visit.consent),
        "notices": notices_for(visit.consent),
    }
    return make_response(render_template("consentkit/rights.html", **context))


@blueprint.post("/erase")
def erase() -> Response:
    """Erase the visitor's records, and forget their choice."""
    if not is_own_origin():
        return _problem(403, "origin", "an erasure can only be sent from this shop")
    try:
        number, held = erase_records(), held_records()
    except LogUnavailable:
        why = "the records can't be erased now"
        return _problem(503, "log", why, message="not_erased")
    if request.is_json:
        answer = jsonify(erased=number, held=held)
    else:
        answer = _back_here("held" if held else "1")
    clear_cookie(answer)
    return answer


@blueprint.get("/state")
def state() -> Response:
    """Tell scripts what holds for this visitor."""
    visit, shop = current_visit(), current_shop()
    consent, told = visit.consent, None
    if is_for_all(shop):
        told = signals(shop.policy, consent.granted)
        visit.asked = True  # the browser's cookies are put right with it
    answer = jsonify(
        decided=consent.decided,
        granted=sorted(consent.granted),
        refused=sorted(consent.refused),
        revision=shop.policy.notice.revision,
        gpc=consent.gpc,
        regime=consent.regime.kind,
        refused_storage=shop.refused_storage(consent.granted),
        **({} if told is None else {"signals": told}),
    )
    if "keep" in request.args:
        call_script(answer)
    return answer


@blueprint.post("/csp-report")
def csp_report() -> Response:
    """Take a browser's report of what the content security policy blocks."""
    shop = current_shop()
    if not is_own_origin():
        return _bare(403)
    if not is_report():
        return _bare(415)
    if not shop.csp_reports.take():
        return _bare(429)
    page_host = current_visit().host
    hosts = blocked_hosts(page_host)
    if hosts is None:
        return _bare(400)
    found = [host for host in hosts if shop.findings.undeclared(host, page_host)]
    if found:
        shop.findings.tell(request.environ, found)
    return _bare(204)


@blueprint.get("/static/consentkit/<stem>.<digest>.<suffix>")
def static(stem: str, digest: str, suffix: str) -> Response:
    """Send a static file; under its present name it never changes."""
    found = ASSETS.get(f"{stem}.{suffix}")
    if found is None:
        return make_response("", 404)
    response = Response(found.content, mimetype=found.media_type)
    # A page from an older version still gets a banner that works.
    fresh = digest == found.digest
    response.headers["Cache-Control"] = _HASHED if fresh else "public, max-age=60"
    return response


def gpc_support() -> Response:
    """Say that Global Privacy Control is honoured here (``/.well-known/gpc.json``)."""
    return jsonify(_GPC_SUPPORT)


def _preferences(
    notice: Notice, *, target: str = "", message: str | None = None, status: int = 200
) -> Response:
    current_visit().banner = False
    try:
        history = [_row(record) for record in reversed(own_records())]
    except LogUnavailable:
        history = []
    context = page_context(notice)
    back = target if is_own_path(target) else ""
    done = f"{context['preferences_url']}?done=1&lang={notice.language}"
    context |= {
        "back": back,
        "next": f"{done}&next={quote(back, safe='/')}" if back else done,
        "history": history,
        "erase_action": f"{context['action']}erase?lang={notice.language}",
        "message": message,
    }
    page = render_template("consentkit/preferences.html", **context)
    return make_response(page, status)


def _decided(choice: Choice) -> Response:
    outcome = carry_out(
        choice.kind,
        choice.granted,
        surface=choice.surface,
        notice=choice.notice,
        path=choice.next or request.path,
    )
    answer = _as_json(outcome) if request.is_json else _back(choice)
    set_cookie(answer)
    return answer


def _allowed_once(choice: Choice) -> Response:
    record = allow_once(
        choice.granted,
        surface=choice.surface,
        notice=choice.notice,
        target=choice.next,
    )
    answer = _back(choice)
    if request.is_json:
        answer = _as_json(Outcome(current_visit().consent, record))
    set_pass(answer, choice.granted, choice.next)
    return answer


def _done() -> str | None:
    """Get the message for who comes back from what they have just done here."""
    consent = current_visit().consent
    if (erased := query_field("erased")) and not consent_ids():
        return "held" if erased == "held" else "erased"
    if not query_field("done"):
        return None
    if consent.decided_at is None or datetime.now(UTC) - consent.decided_at > _JUST_NOW:
        return None
    return "saved" if consent.granted else "refused"


def _row(record: Record) -> dict[str, Any]:
    return {
        "decided_at": record.decided_at,
        "decision": record.decision,
        "surface": record.surface,
        "granted": record.granted,
    }


def _message(text: str) -> str:
    """Get the page that says why nothing was changed."""
    current_visit().banner = False
    notice = negotiated_notice()
    context = page_context(notice)
    words = context["notice"]["texts"]
    return render_template(
        "consentkit/message.html",
        **context,
        title=words["problem_title"],
        text=words[text],
        back=context["preferences_url"],
    )


def _as_json(outcome: Outcome) -> Response:
    consent = outcome.consent
    return jsonify(
        id=consent.id,
        granted=sorted(consent.granted),
        refused=sorted(consent.refused),
        revision=consent.revision,
        decided_at=consent.decided_at.isoformat() if consent.decided_at else None,
        receipt=as_receipt(outcome.record) if outcome.record else None,
    )


def _back(choice: Choice) -> Response:
    """Send the visitor back to where they were, by a path of this host only."""
    shop = current_shop()
    target = choice.next or prefix_of(request.environ, shop) + "/"
    if is_for_all(shop) and choice.surface == "placeholder":
        target = for_oneself(target)  # who sends a form runs no scripts
    return make_response(redirect(target, code=303))


def _bare(status: int) -> Response:
    answer = make_response("", status)
    del answer.headers["Content-Type"]
    return answer


def _back_here(erased: str) -> Response:
    """Send the visitor back to the preferences page, in the language they read."""
    prefix = prefix_of(request.environ, current_shop())
    language = negotiated_notice().language
    target = f"{prefix}/?erased={erased}&lang={language}"
    return make_response(redirect(target, code=303))


def _problem(status: int, field: str, why: str, *, message: str = "") -> Response:
    if request.is_json:
        response = jsonify(error={"field": field, "why": why})
        response.status_code = status
    elif message:
        target = request.form.get("next", "")
        response = _preferences(
            negotiated_notice(), target=target, message=message, status=status
        )
    else:
        response = make_response(_message(_PROBLEMS[status]), status)
    if status == 503:  # noqa: PLR2004  HTTP's own number
        response.headers["Retry-After"] = _RETRY_SECONDS
    return response
