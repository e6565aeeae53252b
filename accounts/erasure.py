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
    noted = set(LogEntry.objects.order_by().values_list("content_type_id", flat=True).distinct())
    for model in owned_models():
        kind = ContentType.objects.get_for_model(model)
        if kind.pk in noted:
            keys = [str(key) for key in rows_of(user, model).values_list("pk", flat=True)]
            known |= Q(content_type=kind, object_id__in=keys)
    LogEntry.objects.filter(known).update(object_id=None, object_repr="a deleted account", change_message="")
