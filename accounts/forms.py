"""allauth's forms where ours differ."""

from typing import Any

from allauth.account.forms import AddEmailForm, LoginForm, ResetPasswordForm, SignupForm
from allauth.mfa.webauthn.forms import AddWebAuthnForm
from django.contrib.auth import get_user_model
from django.forms import BooleanField, Form


class SignInForm(LoginForm):
    """Says what may be typed in, instead of "Login"."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _without_placeholders(self)
        self.fields["login"].label = "Username or e-mail"
        self.fields["login"].widget.attrs["autocomplete"] = "username webauthn"
        self.fields["remember"].label = "Stay signed in on this device"


class SignUpForm(SignupForm):
    """An e-mail that is taken gets the same answer as a new one, and takes as long: one password hash."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _without_placeholders(self)
        self.fields["email"].label = "E-mail"

    def try_save(self, request: Any) -> tuple[Any, Any]:
        """The user, or nobody and the answer."""
        if self.account_already_exists and not self.by_passkey:
            get_user_model()().set_password(self.cleaned_data["password1"])
        return super().try_save(request)


class ResetForm(ResetPasswordForm):
    """Asks for the e-mail."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _without_placeholders(self)
        self.fields["email"].label = "E-mail"


class EmailForm(AddEmailForm):
    """Asks for another e-mail."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _without_placeholders(self)
        self.fields["email"].label = "New e-mail"


class PasskeyForm(AddWebAuthnForm):
    """A passkey that signs in alone, unless somebody wants a second factor only."""

    passwordless = BooleanField(
        label="Sign in with it alone, without a password",
        help_text="It then asks for your fingerprint, face or PIN. Without this it is a second factor.",
        required=False,
        initial=True,
    )


def _without_placeholders(form: Form) -> None:
    """The label says it, and stays when something is typed."""
    for field in form.fields.values():
        field.widget.attrs.pop("placeholder", None)
