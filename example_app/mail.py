"""Outgoing mail, pretended: rows in a queue that nobody empties."""

from __future__ import annotations

from .database import connection, now
from .extensions import consent


def queue_order_confirmation(email: str, reference: str) -> None:
    """Queue the mail that an order owes its customer, whatever is refused."""
    _queue("order_confirmation", email, f"Your order {reference}")


@consent.hook("cart_reminder")
def queue_cart_reminder(email: str) -> None:
    """Queue a reminder of the basket, once until it is sent."""
    query = "DELETE FROM mail_queue WHERE kind = 'cart_reminder' AND email = ?"
    connection().execute(query, [email])
    _queue("cart_reminder", email, "You left something in your basket")


@consent.hook("review_request")
def queue_review_request(email: str, reference: str) -> None:
    """Queue the question how an order was."""
    _queue("review_request", email, f"How do you like your order {reference}?")


def _queue(kind: str, email: str, subject: str) -> None:
    connection().execute(
        "INSERT INTO mail_queue (kind, email, subject, queued_at) VALUES (?, ?, ?, ?)",
        [kind, email, subject, now()],
    )
