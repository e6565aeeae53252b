"""What allauth asks of us: which steps a sign-in has, and what mail is called."""

from typing import Any, NamedTuple
from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.stages import EmailVerificationStage
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.urls import reverse

from accounts.cipher import cipher

SITE = "Hyperliquid Dashboard"
PURPOSE, ENCRYPTED = "accounts.second_factor", "gAAAA"
"""What keys are for, and how all that Fernet writes begins: no base32 or hexadecimal secret does."""
VERIFY = "allauth.account.stages.EmailVerificationStage"


class RequestlessSite(NamedTuple):
    """What allauth's mail calls ``current_site``."""

    name: str
    domain: str


class ProveEmail(EmailVerificationStage):
    """Asks for the code that was sent, unless somebody has no email: who came by a wallet, say."""

    def handle(self) -> Any:
        """A response or None, and whether the sign-in goes on."""
        if self.login.user and not self.login.user.email:
            return None, True
        return super().handle()


class AccountAdapter(DefaultAccountAdapter):
    """``REMOTE_ADDR`` is already the client (``accounts.proxies``)."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "username_blacklisted": "This name is kept for the site itself.",
        "username_password_mismatch": "Name and password do not fit together.",
        "email_password_mismatch": "Name and password do not fit together.",
    }

    def is_open_for_signup(self, request: Any) -> bool:
        """Whether strangers may make accounts; wallets ask it, too."""
        return bool(settings.CONFIG.sign_up == "open")

    def get_client_ip(self, request: Any) -> str:
        """The address that the limits count by."""
        return str(request.META["REMOTE_ADDR"])

    def save_user(self, request: Any, user: Any, form: Any, commit: bool = True) -> Any:
        """Who signs up is led through the first steps."""
        user.welcome_step = 1
        return super().save_user(request, user, form, commit)

    def get_login_redirect_url(self, request: Any) -> str:
        """To the first steps until they are done or left, unless the sign-in was on the way to a page."""
        return reverse("welcome") if request.user.welcome_step else str(super().get_login_redirect_url(request))

    def get_signup_redirect_url(self, request: Any) -> str:
        """The same."""
        return self.get_login_redirect_url(request)

    def get_email_verification_redirect_url(self, email_address: Any) -> str:
        """Who changes his email comes back to where he did, and is told there; a sign-up goes on by its steps."""
        if self.request.user.is_authenticated:
            return reverse("account_email")
        return str(super().get_email_verification_redirect_url(email_address))

    def get_login_stages(self) -> list[str]:
        """The steps of a sign-in, in order."""
        ours = f"{__name__}.{ProveEmail.__name__}"
        return [ours if stage == VERIFY else stage for stage in super().get_login_stages()]

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Mail names the site and leads to it as it is configured, never to the host of a request."""
        origin = settings.CONFIG.origin
        links = {name: origin + urlsplit(url).path for name, url in context.items() if name.endswith("_url")}
        site = {"current_site": RequestlessSite(SITE, origin)}
        super().send_mail(template_prefix, email, {**context, **links, **site})

    def format_email_subject(self, subject: str) -> str:
        """Starts with the name of the site."""
        return f"[{SITE}] {subject}"


class SecondFactorAdapter(DefaultMFAAdapter):
    """Names the site in authenticator apps and passkeys, passkeys by their number; encrypts secrets of apps."""

    def encrypt(self, text: str) -> str:
        """What the database holds of an authenticator's secret or of the seed of recovery codes."""
        return cipher(PURPOSE).encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Counterpart; what an earlier version stored is as it was. Raises InvalidToken if no key opens it."""
        if not encrypted_text.startswith(ENCRYPTED):
            return encrypted_text
        return cipher(PURPOSE).decrypt(encrypted_text.encode()).decode()

    def generate_authenticator_name(self, user: Any, type: Any) -> str:
        """What a new passkey is called until its owner names it."""
        return f"Passkey {Authenticator.objects.filter(user_id=user.pk, type=type).count() + 1}"

    def _get_site_name(self) -> str:
        return SITE
