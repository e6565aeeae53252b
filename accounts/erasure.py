"""Deletes an account so that no row tells of it: the audit keeps what admins did, without to whom."""

from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import Q

from accounts import sessions
from accounts.models import User
from accounts.owned import owned_models, rows_of


def erase(user: User) -> None:
    """End the user's sessions and delete the user with all rows that are his, or nothing if that fails."""
    sessions.end_all(user)
    with transaction.atomic():
        forget_in_audit(user)
        user.delete()


def forget_in_audit(user: User) -> None:
    """Take from the audit what names the user or something of his."""
    names = {user.username, user.email, user.address} - {"", None}
    known = Q(object_repr__in=names)
    for model in owned_models():
        kind = ContentType.objects.get_for_model(model)
        noted = LogEntry.objects.filter(content_type=kind).values_list("object_id", flat=True)
        keys = [key for key in noted if key]
        own = rows_of(user, model).filter(pk__in=keys).values_list("pk", flat=True) if keys else []
        known |= Q(content_type=kind, object_id__in=[str(key) for key in own])
    LogEntry.objects.filter(known).update(object_id=None, object_repr="a deleted account", change_message="")
