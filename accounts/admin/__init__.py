"""What admins see and do: users, their sessions, wallets and tokens, use by day, and the audit of it all."""

from accounts.admin.audit import LogEntryAdmin
from accounts.admin.factors import AuthenticatorAdmin, EmailAddressAdmin
from accounts.admin.sessions import SessionAdmin
from accounts.admin.tokens import ApiTokenAdmin
from accounts.admin.usage import DailyUseAdmin, PageViewsAdmin
from accounts.admin.users import UserAdmin
from accounts.admin.wallets import WalletAdmin

__all__ = [
    "ApiTokenAdmin",
    "AuthenticatorAdmin",
    "DailyUseAdmin",
    "EmailAddressAdmin",
    "LogEntryAdmin",
    "PageViewsAdmin",
    "SessionAdmin",
    "UserAdmin",
    "WalletAdmin",
]
