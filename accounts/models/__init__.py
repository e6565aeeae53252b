"""Who somebody is: users, their sessions, wallets and API tokens, and how much the pages are used."""

from accounts.models.session import Session
from accounts.models.token import ApiToken
from accounts.models.usage import DailyUse, PageViews
from accounts.models.user import Tier, User
from accounts.models.wallet import Wallet

__all__ = ["ApiToken", "DailyUse", "PageViews", "Session", "Tier", "User", "Wallet"]
