"""Registers Django's admin with our door (``accounts.admin_site``)."""

from django.contrib.admin.apps import AdminConfig


class SecondFactorAdmin(AdminConfig):
    """Everything else is Django's."""

    default_site = "accounts.admin_site.SecondFactorSite"
