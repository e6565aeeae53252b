"""SECRET_KEY is changed: what is stored still opens, is written with the new one, and needs the old no more."""

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from cryptography.fernet import InvalidToken
from django.core.management import CommandError, call_command

from alerts.models import Destination
from dashboard import reencrypt
from dashboard.config_load import load
from tests.test_config import KEY, SAFE

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
NEW = "another-key-of-this-installation-" * 2


def test_former_keys_are_read_from_the_configuration_and_the_present_one_is_not_one_of_them():
    config = load({**SAFE, "SECRET_KEY_FALLBACKS": f"{NEW},{NEW}2"}, env_file=None)
    assert config.secret_key_fallbacks == (NEW, NEW + "2")
    with pytest.raises(Exception, match="SECRET_KEY_FALLBACKS has SECRET_KEY itself"):
        load({**SAFE, "SECRET_KEY_FALLBACKS": KEY}, env_file=None)


@pytest.fixture
def stored(cast):
    """Secrets of Bob, written with the key of before."""
    TOTP.activate(cast.bob, SECRET)
    RecoveryCodes.activate(cast.bob)
    Authenticator.objects.create(user=cast.bob, type="webauthn", data={"name": "his phone"})
    for n in range(3):
        Destination.objects.create(user=cast.bob, kind="email", label=str(n), secret={"to": f"{n}@example.org"})
    return cast.bob


@pytest.mark.django_db
def test_everything_opens_without_the_old_key_once_it_was_written_anew(stored, settings, monkeypatch, capsys):
    monkeypatch.setattr(reencrypt, "AT_ONCE", 2)
    codes = RecoveryCodes(Authenticator.objects.get(type="recovery_codes")).get_unused_codes()
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], NEW
    call_command("reencrypt")
    settings.SECRET_KEY_FALLBACKS = []
    said = capsys.readouterr().out
    assert "3 destinations" in said
    assert "2 second factors" in said
    assert [one.secret["to"][0] for one in Destination.objects.order_by("pk")] == ["0", "1", "2"]
    assert RecoveryCodes(Authenticator.objects.get(type="recovery_codes")).get_unused_codes() == codes
    assert Authenticator.objects.get(type="webauthn").data == {"name": "his phone"}


@pytest.mark.django_db
def test_what_no_key_opens_stays_as_it_is_and_is_named_and_the_rest_is_written(stored, settings):
    old, settings.SECRET_KEY = settings.SECRET_KEY, NEW
    lost = Destination.objects.create(user=stored, kind="email", label="lost", secret={"to": "x@example.org"})
    settings.SECRET_KEY = "a key that is lost " * 4
    Destination.objects.filter(pk=lost.pk).update(secret={"to": "x@example.org"})
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = NEW, [old]
    with pytest.raises(CommandError, match=f"1 could not be read, such as destination {lost.pk}: .*FALLBACKS"):
        call_command("reencrypt")
    settings.SECRET_KEY_FALLBACKS = []
    assert Destination.objects.exclude(pk=lost.pk).last().secret == {"to": "2@example.org"}
    with pytest.raises(InvalidToken):
        Destination.objects.get(pk=lost.pk)
    call_command("reencrypt", "--delete-unreadable")
    assert not Destination.objects.filter(pk=lost.pk).exists()
    assert Destination.objects.count() == 3


@pytest.mark.django_db
def test_lists_of_the_admin_show_what_no_key_opens(stored, cast, client, settings):
    place = Destination.objects.filter(user=stored).first()
    settings.SECRET_KEY = NEW
    client.force_login(cast.ada)
    for path in ("", f"{place.pk}/change/"):
        assert client.get(f"/admin/alerts/destination/{path}").status_code == 200, path


@pytest.mark.django_db
def test_whoever_is_signed_in_stays_so_while_the_old_key_is_a_fallback(cast, client, settings):
    client.force_login(cast.bob)
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], NEW
    assert client.get("/account/sessions/").status_code == 200
    settings.SECRET_KEY_FALLBACKS = []
    assert client.get("/account/sessions/").status_code == 200, "the session was written anew meanwhile"
