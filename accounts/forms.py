"""allauth's forms where ours differ."""

from typing import Any

from allauth.account.forms import LoginForm, SignupForm
from django.contrib.auth import get_user_model


class SignInForm(LoginForm):
    """Says what may be typed in, instead of "Login"."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].label = "Username or e-mail"
        self.fields["login"].widget.attrs["autocomplete"] = "username webauthn"
        self.fields["remember"].label = "Stay signed in on this device"


class SignUpForm(SignupForm):
    """An e-mail that is taken gets the same answer as a new one, and takes as long: one password hash."""

    def try_save(self, request: Any) -> tuple[Any, Any]:
        """The user, or nobody and the answer."""
        if self.account_already_exists and not self.by_passkey:
            get_user_model()().set_password(self.cleaned_data["password1"])
        return super().try_save(request)
