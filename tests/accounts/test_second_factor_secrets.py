"""What the database holds of second factors opens nothing without SECRET_KEY."""

import pytest
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value, yield_hotp_counters_from_time
from cryptography.fernet import InvalidToken

from accounts.models import User

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"

pytestmark = pytest.mark.django_db


@pytest.fixture
def user() -> User:
    return User.objects.create_user("ada")


def code() -> str:
    """What an app shows now."""
    return format_hotp_value(hotp_value(SECRET, next(iter(yield_hotp_counters_from_time()))))


def test_secrets_of_apps_and_recovery_codes_are_unreadable_in_the_database_and_still_work(user):
    app = TOTP.activate(user, SECRET)
    codes = RecoveryCodes.activate(user)
    stored = str(list(Authenticator.objects.values_list("data", flat=True)))
    assert SECRET not in stored
    assert len(codes.get_unused_codes()) > 0
    assert not any(one in stored for one in codes.get_unused_codes())
    fresh = TOTP(Authenticator.objects.get(pk=app.instance.pk))
    assert fresh.validate_code(code())


def test_a_secret_that_an_earlier_version_stored_still_works(user):
    app = Authenticator.objects.create(user=user, type="totp", data={"secret": SECRET})
    assert TOTP(app).validate_code(code())


def test_another_key_opens_nothing_unless_the_old_one_is_a_fallback(settings):
    sealed = get_adapter().encrypt(SECRET)
    old, settings.SECRET_KEY = settings.SECRET_KEY, "k3y-" * 20
    with pytest.raises(InvalidToken):
        get_adapter().decrypt(sealed)
    settings.SECRET_KEY_FALLBACKS = [old]
    assert get_adapter().decrypt(sealed) == SECRET
