"""allauth's forms where ours differ."""

from typing import Any

from allauth.account.forms import (
    AddEmailForm,
    ChangePasswordForm,
    LoginForm,
    ResetPasswordForm,
    ResetPasswordKeyForm,
    SetPasswordForm,
    SignupForm,
)
from allauth.mfa.webauthn.forms import AddWebAuthnForm
from django.contrib.auth import get_user_model
from django.forms import BooleanField, Form


class SignInForm(LoginForm):
    """Says what may be typed in, instead of "Login"."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _call(self, login="Username or email", remember="Stay signed in on this device")
        self.fields["login"].widget.attrs["autocomplete"] = "username webauthn"


class SignUpForm(SignupForm):
    """An email that is taken gets the same answer as a new one, and takes as long: one password hash."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _call(self, email="Email")

    def try_save(self, request: Any) -> tuple[Any, Any]:
        """The user, or nobody and the answer."""
        if self.account_already_exists and not self.by_passkey:
            get_user_model()().set_password(self.cleaned_data["password1"])
        return super().try_save(request)


class ResetForm(ResetPasswordForm):
    """Asks for the email."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _call(self, email="Email")


class EmailForm(AddEmailForm):
    """Asks for another email."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _call(self, email="New email")


class NewPasswordForm(ChangePasswordForm):
    """Asks for the password and, twice, for another one."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _call(self, oldpassword="Current password", password1="New password", password2="New password, again")


class FirstPasswordForm(SetPasswordForm):
    """Asks twice for a password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _call(self, password1="Password", password2="Password, again")


class ForgottenPasswordForm(ResetPasswordKeyForm):
    """Asks twice for a password instead of the forgotten one."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _call(self, password1="New password", password2="New password, again")


class PasskeyForm(AddWebAuthnForm):
    """A passkey that signs in alone, unless somebody wants a second factor only."""

    passwordless = BooleanField(
        label="Sign in with it alone, without a password",
        help_text="It then asks for your fingerprint, face or PIN. Without this it is a second factor.",
        required=False,
        initial=True,
    )


def _call(form: Form, **labels: str) -> None:
    """Name the fields."""
    _without_placeholders(form)
    for name, label in labels.items():
        form.fields[name].label = label


def _without_placeholders(form: Form) -> None:
    """The label says it, and stays when something is typed."""
    for field in form.fields.values():
        field.widget.attrs.pop("placeholder", None)
