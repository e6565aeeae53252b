"""Sign-in by wallet: who comes in, and everything that must not count."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.db import connections
from django.test import Client
from django.utils import timezone

from accounts.ethereum import challenge
from accounts.models import Session, User, Wallet
from tests.accounts.signing import Holder
from tests.cast import PASSWORD

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("exchange")]


def refusal(response) -> str:
    assert response.status_code == 400, response.content
    return response.json()["error"]


def signed_in(client: Client) -> User | None:
    return User.objects.filter(pk=client.session.get("_auth_user_id")).first()


def test_a_new_wallet_gets_an_account_with_itself_in_the_list():
    holder = Holder()
    response = holder.use()
    assert response.json() == {"next": "/wallets/"}
    user = signed_in(holder.client)
    assert (user.username, user.address, user.has_usable_password()) == (holder.key.address, holder.address, False)
    (wallet,) = Wallet.objects.of(user)
    assert (wallet.address, wallet.kind, wallet.role) == (holder.address, "own", "missing")
    assert wallet.proven_at is not None
    assert Session.objects.of(user).count() == 1


def test_a_known_wallet_comes_back_to_where_it_wanted():
    holder = Holder()
    holder.use()
    holder.client.logout()
    assert holder.use(target="/markets/BTC/").json() == {"next": "/markets/BTC/"}
    assert User.objects.count() == 1
    holder.client.logout()
    assert "evil" not in holder.use(target="https://evil.example/").json()["next"]


def test_the_message_names_the_configured_site_whatever_host_is_asked_for(settings):
    settings.ALLOWED_HOSTS = ["evil.example"]
    holder = Holder(Client(headers={"host": "evil.example"}))
    message = holder.message()
    assert message.startswith("127.0.0.1:8000 wants you to sign in with your Ethereum account:\n")
    assert "\nURI: http://127.0.0.1:8000\n" in message
    assert "\nChain ID: 1337\n" in message
    assert "evil" not in message


def test_a_message_counts_once():
    holder = Holder()
    message = holder.message()
    assert holder.answer(message).status_code == 200
    again = Holder()
    again.key = holder.key
    for client in (Client(), holder.client):
        again.client = client
        client.logout()
        assert "used before" in refusal(again.answer(message))
        assert signed_in(client) is None


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (("127.0.0.1:8000 wants", "evil.example wants"), "for another site (evil.example)"),
        (("URI: http://127.0.0.1:8000", "URI: https://evil.example"), "for another site (https://evil.example)"),
        (("Chain ID: 1337", "Chain ID: 1"), "for another chain (1 instead of 1337)"),
        (("This moves no money", "This moves all money"), "was changed before it came back"),
        (("Version: 1", "Version: 1\nResources: all"), "was changed before it came back"),
        (("Nonce: ", "Nonce: 0"), "was not made here"),
        (("Expiration Time: 2", "Expiration Time: 3"), "was changed before it came back"),
    ],
)
def test_an_edited_message_is_refused_with_what_is_wrong_though_it_is_signed(change, says):
    holder = Holder()
    message = holder.message().replace(*change, 1)
    assert says in refusal(holder.answer(message))
    assert signed_in(holder.client) is None
    assert User.objects.count() == 0


def test_an_attempt_uses_the_message_up_even_when_it_fails():
    holder = Holder()
    message = holder.message()
    refusal(holder.answer(message, "0x" + "00" * 65))
    assert "used before" in refusal(holder.answer(message))


def test_an_expired_message_is_refused(monkeypatch):
    holder = Holder()
    monkeypatch.setattr(challenge, "VALID_FOR", timedelta(seconds=-1))
    message = holder.message()
    assert "has expired" in refusal(holder.answer(message))
    assert signed_in(holder.client) is None


def test_a_message_that_is_long_forgotten_is_called_expired():
    holder = Holder()
    year = f"{timezone.now():%Y}-"
    message = holder.message().replace(year, "2020-").replace("Nonce: ", "Nonce: 0")
    assert "has expired" in refusal(holder.answer(message))


def test_another_browser_cannot_use_the_message_nor_use_it_up():
    holder = Holder()
    message = holder.message()
    thief = Client()
    holder.client, own = thief, holder.client
    assert "another browser" in refusal(holder.answer(message))
    holder.client = own
    assert holder.answer(message).status_code == 200
    assert signed_in(thief) is None


def test_only_the_newest_message_of_a_browser_counts():
    holder = Holder()
    first, second = holder.message(), holder.message()
    assert "earlier attempt" in refusal(holder.answer(first))
    assert holder.answer(second).status_code == 200


def test_a_message_for_one_account_is_refused_in_the_session_of_another(cast):
    holder = Holder()
    holder.client.force_login(cast.alice)
    message = holder.message("own")
    holder.client.force_login(cast.bob)
    assert "for another account" in refusal(holder.answer(message))
    assert not Wallet.objects.filter(address=holder.address).exists()


def test_a_signature_by_another_key_is_refused():
    holder, other = Holder(), Holder()
    message = holder.message()
    assert holder.key.address in refusal(holder.answer(message, other.sign(message)))
    assert User.objects.count() == 0


@pytest.mark.parametrize("typed", ["", "0x12", "vitalik.eth"])
def test_only_addresses_are_asked(typed):
    response = Client().post("/account/wallet/challenge/", {"address": typed, "purpose": "sign-in"})
    assert refusal(response)


@pytest.mark.parametrize("purpose", ["", "withdraw", "SIGN_IN"])
def test_only_known_purposes_are_served(purpose):
    holder = Holder()
    assert "out of date" in refusal(holder.ask(purpose))


@pytest.mark.parametrize("purpose", ["link", "own", "confirm"])
def test_purposes_of_signed_in_people_need_one(purpose):
    response = Holder().ask(purpose)
    assert (response.status_code, response.json()["error"]) == (403, "You are signed out. Sign in first.")


def test_a_disabled_account_stays_outside():
    holder = Holder()
    holder.use()
    User.objects.update(is_active=False)
    holder.client = Client()
    assert "disabled" in refusal(holder.use())
    assert signed_in(holder.client) is None


def test_a_wallet_that_nobody_has_makes_no_account_where_sign_up_is_closed(settings):
    known, new = Holder(), Holder()
    known.use()
    known.client = Client()
    settings.CONFIG = replace(settings.CONFIG, sign_up="closed")
    assert "whoever runs this site" in refusal(new.use())
    known.use()
    assert signed_in(known.client) == User.objects.get()


def test_a_second_factor_is_asked_for_after_the_wallet():
    holder = Holder()
    user, _ = User.objects.with_wallet(holder.address)
    TOTP.activate(user, generate_totp_secret())
    assert holder.use().json()["next"].startswith("/account/2fa/authenticate/")
    assert signed_in(holder.client) is None


def test_messages_are_given_out_thirty_times_a_minute_to_one_address():
    holder = Holder()
    assert [holder.ask().status_code for _ in range(31)] == [200] * 30 + [429]
    assert "Wait a minute" in holder.ask().json()["error"]


def test_forms_of_other_sites_are_refused():
    client = Client(enforce_csrf_checks=True)
    for path in ("challenge", "answer", "unlink"):
        assert client.post(f"/account/wallet/{path}/").status_code == 403


@pytest.mark.django_db(transaction=True)
def test_of_ten_answers_at_once_one_counts():
    holder = Holder()
    message = holder.message()
    cookies = dict(holder.client.cookies.items())

    def answer(_: int) -> int:
        client = Client()
        client.cookies.update(cookies)
        try:
            response = client.post(
                "/account/wallet/answer/", {"message": message, "signature": holder.sign(message)}
            )
            return response.status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(10) as threads:
        statuses = list(threads.map(answer, range(10)))
    assert sorted(statuses) == [200] + [400] * 9
    assert User.objects.count() == 1


# Linking ------------------------------------------------------------------------------------------


def confirmed(user: User) -> Client:
    """A browser in which the user has just shown his password."""
    client = Client()
    client.post("/account/login/", {"login": user.username, "password": PASSWORD})
    client.post("/account/reauthenticate/", {"password": PASSWORD})
    return client


@pytest.fixture
def alice(cast) -> User:
    from allauth.account.models import EmailAddress

    EmailAddress.objects.create(user=cast.alice, email=cast.alice.email, verified=True, primary=True)
    return cast.alice


def test_a_linked_wallet_signs_in_from_then_on(alice):
    elsewhere = Client()
    elsewhere.force_login(alice)
    holder = Holder(confirmed(alice))
    assert holder.use("link").json() == {"next": "/account/wallet/"}
    alice.refresh_from_db()
    assert alice.address == holder.address
    assert Wallet.objects.get(user=alice).kind == "own"
    assert elsewhere.get("/wallets/").status_code == 302
    holder.client = Client()
    holder.use()
    assert signed_in(holder.client) == alice


def test_linking_needs_a_fresh_proof_of_who_it_is(alice):
    holder = Holder()
    holder.client.force_login(alice)
    assert holder.ask("link").status_code == 403
    page = holder.client.get("/account/wallet/link/")
    assert page.status_code == 302
    assert page["Location"].startswith("/account/reauthenticate/")


def test_a_wallet_signs_in_to_one_account_only(alice, cast):
    holder = Holder(confirmed(alice))
    User.objects.filter(pk=cast.bob.pk).update(address=holder.address)
    assert "another account" in refusal(holder.use("link"))
    alice.refresh_from_db()
    assert alice.address == "0x" + "a1" * 20


def test_unlinking_ends_the_other_sessions_and_keeps_the_list(alice):
    elsewhere = Client()
    elsewhere.force_login(alice)
    holder = Holder(confirmed(alice))
    holder.use("link")
    holder.client.post("/account/wallet/unlink/")
    alice.refresh_from_db()
    assert alice.address is None
    assert Wallet.objects.filter(user=alice, address=holder.address).exists()
    assert signed_in(holder.client) == alice
    assert elsewhere.get("/wallets/").status_code == 302


def test_the_last_way_in_is_never_taken_away():
    holder = Holder()
    holder.use()
    page = holder.client.get("/account/wallet/").content.decode()
    assert "only way in" in page
    assert "Unlink it" not in page
    answer = holder.client.post("/account/wallet/unlink/", follow=True).content.decode()
    assert "only way into your account" in answer
    assert User.objects.get().address == holder.address


# Confirming ---------------------------------------------------------------------------------------


def make_stale(client: Client) -> None:
    """As if all that was shown in this session had been shown a day ago."""
    session = client.session
    session["account_authentication_methods"] = [
        {**record, "at": record["at"] - 86_400} for record in session["account_authentication_methods"]
    ]
    session.save()


def test_who_has_only_a_wallet_confirms_by_it():
    holder = Holder()
    holder.use()
    make_stale(holder.client)
    page = holder.client.get("/account/wallet/link/")
    assert page["Location"] == "/account/wallet/confirm/?next=%2Faccount%2Fwallet%2Flink%2F"
    assert holder.client.get(page["Location"]).status_code == 200
    assert holder.use("confirm", "/account/wallet/link/").json() == {"next": "/account/wallet/link/"}
    assert holder.client.get("/account/wallet/link/").status_code == 200


def test_another_wallet_confirms_nothing():
    holder, other = Holder(), Holder()
    holder.use()
    make_stale(holder.client)
    other.client = holder.client
    assert holder.key.address in refusal(other.use("confirm"))
    assert holder.client.get("/account/wallet/link/").status_code == 302


@pytest.mark.parametrize(
    "path",
    ["/account/email/", "/account/password/set/", "/account/2fa/totp/activate/", "/account/2fa/webauthn/add/"],
)
def test_who_has_only_a_wallet_shows_it_again_before_he_gets_another_way_in(path):
    holder = Holder()
    holder.use()
    assert holder.client.get(path).status_code == 200
    make_stale(holder.client)
    for response in (holder.client.get(path), holder.client.post(path, {"from": path})):
        assert response.status_code == 302
        assert response["Location"].startswith("/account/wallet/confirm/?next=%2Faccount%2F")


def passkey(user: User, *, alone: bool) -> Authenticator:
    """A registered one; ``alone`` says whether it opens the door without a password (a resident key)."""
    extensions = {"clientExtensionResults": {"credProps": {"rk": alone}}}
    return Authenticator.objects.create(user=user, type="webauthn", data={"name": "key", "credential": extensions})


def remove(client: Client, key: Authenticator) -> str:
    response = client.post(f"/account/2fa/webauthn/keys/{key.pk}/remove/", follow=True)
    assert response.status_code == 200
    return response.content.decode()


def test_the_last_passkey_is_kept_until_there_is_another_way():
    holder = Holder()
    holder.use()
    user = User.objects.get()
    key, second_step = passkey(user, alone=True), passkey(user, alone=False)
    User.objects.update(address=None)
    remove(holder.client, second_step)
    assert "only way into your account" in remove(holder.client, key)
    assert list(Authenticator.objects.all()) == [key]
    other = passkey(user, alone=True)
    remove(holder.client, key)
    assert list(Authenticator.objects.all()) == [other]
    User.objects.update(address=holder.address)
    remove(holder.client, other)
    assert not Authenticator.objects.exists()
