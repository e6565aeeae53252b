"""``manage.py check``: names of variables with a slip; ``--deploy``: Django's checks of security, told of ours.

Django looks for the names of its own middleware, and leaves out what depends on them where it does not find
them. Ours are subclasses (``dashboard.middleware``): its complaints of the names are silenced, and all its checks
are made once more as if the settings named its classes. What only they find is ``dashboard.W004`` and so on.
"""

import os
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Tags, Warning, register
from django.core.checks.registry import registry
from django.test.utils import override_settings
from django.utils.module_loading import import_string

from dashboard.config import ROOT
from dashboard.config_load import nearly, with_env_file

BY_NAME = {"security.W001", "security.W002", "security.W003"}
"""No middleware of such a name: said of ours, too."""


@register()
def names(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Variables that nobody reads, and that were probably meant to be one of ours (``SIGNUP``)."""
    found = nearly(with_env_file(dict(os.environ), ROOT / ".env"))
    return [
        Warning(f"{name} is set, and nothing reads it.", f"Did you mean {meant}?", id="dashboard.W101")
        for name, meant in found.items()
    ]


@register(Tags.security, deploy=True)
def security(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """What Django finds when it knows our middleware, but does not find by itself."""
    said = {message.id for message in djangos(app_configs)} - BY_NAME
    with override_settings(MIDDLEWARE=[django_name(path) for path in settings.MIDDLEWARE]):
        found = djangos(app_configs)
    return [renamed(message) for message in found if message.id not in said]


def djangos(app_configs: Any) -> list[CheckMessage]:
    """All complaints of Django's own checks of security."""
    checks = registry.get_checks(include_deployment_checks=True)
    ours = [check for check in checks if check.__module__.startswith("django.core.checks.security")]
    return [message for check in ours for message in check(app_configs=app_configs)]


def django_name(path: str) -> str:
    """The name of the class of Django's that a middleware is made from, else its own."""
    bases = getattr(import_string(path), "__mro__", ())
    names = (f"{base.__module__}.{base.__qualname__}" for base in bases if base.__module__.startswith("django."))
    return next(names, path)


def renamed(message: CheckMessage) -> CheckMessage:
    """The same, under a name that silencing Django's does not silence."""
    name = message.id.replace("security", "dashboard")
    return CheckMessage(message.level, message.msg, message.hint, message.obj, name)
