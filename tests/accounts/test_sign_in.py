"""Signing in and up with a password: what somebody learns about others, and what ends when the way in changes."""

import re
import time
from dataclasses import replace

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret, hotp_value, yield_hotp_counters_from_time
from django.contrib.auth.hashers import MD5PasswordHasher
from django.core.cache import cache
from django.core.management import call_command
from django.test import Client

from accounts.models import Session, User
from tests.cast import PASSWORD

NEW = "an entirely different phrase"

pytestmark = pytest.mark.django_db
hashed: list[str] = []


class CountingHasher(MD5PasswordHasher):
    """Counts what costs time in a sign-in."""

    algorithm = "counting"

    def encode(self, password, salt):
        hashed.append(password)
        return super().encode(password, salt)


@pytest.fixture(autouse=True)
def _start(settings):
    settings.PASSWORD_HASHERS = [f"{__name__}.CountingHasher"]
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def people(cast):
    """The cast, with emails that are proven."""
    for person in (cast.alice, cast.bob, cast.charlie, cast.ada):
        EmailAddress.objects.create(user=person, email=person.email, verified=True, primary=True)
    return cast


def answer(client, path: str, **form):
    """Status, where it leads, and the page without what is different in every answer; and hashes it took."""
    hashed.clear()
    response = client.post(path, form)
    page = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", response.content.decode())
    page = re.sub(r"data-status='?\"?[^>]*>|Snapshot [^<]*<", "", page)
    for text in form.values():
        page = page.replace(text, "…")
    return (response.status_code, response.headers.get("Location"), page, len(hashed)), response


def test_the_first_admin_signs_in_without_waiting_for_mail(client, monkeypatch, mailoutbox):
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", NEW)
    call_command("createsuperuser", "--noinput", "--username", "boss", "--email", "Boss@Example.org", verbosity=0)
    answered = client.post("/account/login/", {"login": "boss", "password": NEW})
    assert answered.headers["Location"] == "/markets/"
    assert mailoutbox == []
    assert client.get("/admin/").status_code == 200


@pytest.mark.parametrize("path", ["/account/signup/", "/account/signup/passkey/"])
def test_nobody_makes_himself_an_account_where_sign_up_is_closed(client, people, settings, path):
    assert "Create an account" in client.get("/account/login/").content.decode()
    before = User.objects.count()
    settings.CONFIG = replace(settings.CONFIG, sign_up="closed")
    form = {"email": "new@example.org", "password1": NEW}
    for page in (client.get(path), client.post(path, form)):
        assert "Ask who runs this site" in page.content.decode()
    assert User.objects.count() == before
    assert "Create an account" not in client.get("/account/login/").content.decode()
    assert client.post("/account/login/", {"login": "alice", "password": PASSWORD}).status_code == 302


@pytest.mark.parametrize("name", ["alice", "ALICE@example.org"])
def test_somebody_signs_in_by_name_or_email(client, people, name):
    response = client.post("/account/login/", {"login": name, "password": PASSWORD})
    assert (response.status_code, response.headers["Location"]) == (302, "/markets/")
    assert Session.objects.get(user=people.alice)


@pytest.mark.parametrize(("known", "unknown"), [("alice", "nobody"), ("bob@example.org", "nobody@example.org")])
def test_a_wrong_password_is_answered_alike_for_known_and_unknown_names(client, people, known, unknown):
    first, _ = answer(client, "/account/login/", login=known, password="wrong")
    second, _ = answer(client, "/account/login/", login=unknown, password="wrong")
    assert first == second
    assert first[3] == 1


def test_who_has_no_password_is_answered_like_everybody(client, people):
    people.bob.set_unusable_password()
    people.bob.save()
    assert (
        answer(client, "/account/login/", login="bob", password="wrong")[0]
        == (answer(client, "/account/login/", login="nobody", password="wrong")[0])
    )


def test_a_reset_is_answered_alike_and_writes_one_mail_either_way(client, people, mailoutbox):
    answers = []
    for email in ("alice@example.org", "nobody@example.org"):
        first, response = answer(type(client)(), "/account/password/reset/", email=email)
        answers.append((first, response.status_code))
    assert answers[0] == answers[1]
    assert [mail.to for mail in mailoutbox] == [["alice@example.org"], ["nobody@example.org"]]


def test_signing_up_with_a_taken_email_is_answered_like_a_new_one(client, people, mailoutbox):
    answers = []
    for email in ("alice@example.org", "new@example.org"):
        other = type(client)()
        posted, response = answer(other, "/account/signup/", email=email, password1=NEW)
        shown, _ = answer(other, response.headers["Location"], code="WRONG1")
        answers.append((posted, [shown[0], shown[1], shown[2].replace(email, "…")]))
    assert answers[0] == answers[1]
    assert answers[0][0][3] == 1
    assert [mail.to for mail in mailoutbox] == [["alice@example.org"], ["new@example.org"]]
    assert "lready" in mailoutbox[0].body
    assert User.objects.filter(email="alice@example.org").count() == 1


@pytest.mark.parametrize(
    ("path", "known", "times"),
    [
        ("/account/login/", {"login": "alice", "password": "wrong"}, 3),
        ("/account/login/", {"login": "alice@example.org", "password": "wrong"}, 3),
        ("/account/signup/", {"email": "alice@example.org", "password1": NEW}, 3),
        ("/account/password/reset/", {"email": "alice@example.org"}, 12),
    ],
)
def test_an_answer_about_a_known_name_costs_as_much_time_as_about_an_unknown_one(
    people, settings, path, known, times
):
    """Time of the processor, with hashes as slow as an installation's: the clock on the wall depends on others."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]
    people.alice.set_password(PASSWORD)
    people.alice.save()
    spent: dict[bool, list[float]] = {True: [], False: []}
    for number in range(times):
        for is_known in (True, False):
            form = {
                key: text if is_known else text.replace("alice", f"nobody{number}") for key, text in known.items()
            }
            cache.clear()
            client = Client()
            begin = time.process_time()
            assert client.post(path, form).status_code in (200, 302)
            spent[is_known].append(time.process_time() - begin)
    assert 0.6 < min(spent[True]) / min(spent[False]) < 1.6


def test_a_new_account_is_good_once_the_code_of_its_mail_is_typed_in(client, mailoutbox):
    client.post("/account/signup/", {"email": "Dan@example.org", "password1": NEW})
    code = re.search(r"^[A-Z0-9]{4}-[A-Z0-9]{4}$", mailoutbox[0].body, re.M)[0]
    assert client.get("/account/").status_code == 302
    client.post("/account/confirm-email/", {"code": code})
    assert client.get("/account/").status_code == 200
    user = User.objects.get(email="dan@example.org")
    assert (user.username, user.tier) == ("dan", "free")


@pytest.mark.parametrize("where", ["", "filemail:///somewhere"])
def test_who_waits_for_mail_that_is_printed_is_told_where(client, settings, where):
    settings.CONFIG = replace(settings.CONFIG, email_url=where)
    client.post("/account/signup/", {"email": "new@example.org", "password1": NEW})
    page = client.get("/account/confirm-email/").content.decode()
    assert ("printed in the terminal" in page) is (where == "")


def test_an_account_is_limited_whatever_address_the_guesses_come_from(client, people, settings):
    assert not settings.CONFIG.rate_limit_enabled  # which does not touch the limits of sign-in
    for number in range(8):
        page = client.post(
            "/account/login/", {"login": "alice", "password": "wrong"}, REMOTE_ADDR=f"203.0.113.{number}"
        )
    assert "Too many failed login attempts" in page.content.decode()
    right = client.post("/account/login/", {"login": "alice", "password": PASSWORD}, REMOTE_ADDR="203.0.113.99")
    assert "Too many failed login attempts" in right.content.decode()


def test_an_address_is_limited_whatever_names_it_tries(client, people):
    pages = [
        client.post("/account/login/", {"login": f"name{number}", "password": "wrong"}) for number in range(12)
    ]
    assert "Too many failed login attempts" in pages[-1].content.decode()


def test_being_limited_is_said_with_when_to_come_back(client, people):
    for _ in range(35):
        page = client.post("/account/login/", {"login": "", "password": ""})
    assert (page.status_code, page.headers["Retry-After"]) == (429, "60")
    assert "tried too often" in page.content.decode()


def elsewhere(client, user) -> None:
    """A session of the user in another browser, and one of Bob's."""
    for person in (user, User.objects.get(username="bob")):
        type(client)().force_login(person)


def who_is_in() -> list[str]:
    return sorted(Session.objects.exclude(user=None).values_list("user__username", flat=True))


def test_a_changed_password_ends_the_other_sessions(client, people):
    elsewhere(client, people.alice)
    client.post("/account/login/", {"login": "alice", "password": PASSWORD})
    assert who_is_in() == ["alice", "alice", "bob"]
    form = {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW}
    assert client.post("/account/password/change/", form).status_code == 302
    assert who_is_in() == ["alice", "bob"]
    assert client.get("/account/").status_code == 200


def test_a_password_that_was_reset_ends_all_sessions(client, people, mailoutbox):
    elsewhere(client, people.alice)
    client.post("/account/password/reset/", {"email": "alice@example.org"})
    code = re.search(r"^[A-Z0-9]{4}-[A-Z0-9]{4}$", mailoutbox[0].body, re.M)[0]
    client.post("/account/password/reset/confirm/", {"code": code})
    client.post("/account/password/reset/complete/", {"password1": NEW, "password2": NEW})
    people.alice.refresh_from_db()
    assert people.alice.check_password(NEW)
    assert who_is_in() == ["bob"]


def code_now(secret: str) -> str:
    return f"{hotp_value(secret, next(yield_hotp_counters_from_time())):06}"


@pytest.mark.django_db(transaction=True)
def test_a_second_factor_ends_the_other_sessions_and_is_asked_for(client, people):
    elsewhere(client, people.alice)
    client.post("/account/login/", {"login": "alice", "password": PASSWORD})
    page = client.get("/account/2fa/totp/activate/")
    assert page.headers["Location"].startswith("/account/reauthenticate/")
    client.post("/account/reauthenticate/", {"password": PASSWORD})
    secret = client.get("/account/2fa/totp/activate/").context["form"].secret
    client.post("/account/2fa/totp/activate/", {"code": code_now(secret)})
    assert who_is_in() == ["alice", "bob"]

    other = type(client)()
    step = other.post("/account/login/", {"login": "alice", "password": PASSWORD})
    assert step.headers["Location"] == "/account/2fa/authenticate/"
    assert other.get("/account/").status_code == 302
    wrong = other.post("/account/2fa/authenticate/", {"code": "000000"})
    assert "Incorrect code" in wrong.content.decode()


def test_a_second_factor_that_was_taken_away_ends_the_other_sessions(client, people):
    TOTP.activate(people.alice, generate_totp_secret())
    client.force_login(people.alice)
    elsewhere(client, people.alice)
    client.post("/account/reauthenticate/", {"password": PASSWORD})
    client.post("/account/2fa/totp/deactivate/")
    assert who_is_in() == ["alice", "bob"]


def test_an_account_that_was_disabled_is_told_so_and_not_let_in(client, people):
    User.objects.filter(pk=people.bob.pk).update(is_active=False)
    client.post("/account/login/", {"login": "bob", "password": PASSWORD}, follow=True)
    assert client.get("/account/").status_code == 302


def test_a_user_without_email_is_not_asked_to_prove_one(client):
    User.objects.create_superuser("root", password=PASSWORD)
    client.post("/account/login/", {"login": "root", "password": PASSWORD})
    assert client.get("/account/").status_code == 200


def test_mail_leads_to_the_configured_site_whatever_host_was_asked(client, people, mailoutbox, settings):
    settings.ALLOWED_HOSTS = ["evil.example.net"]
    asked = {"headers": {"host": "evil.example.net"}}
    client.post("/account/password/reset/", {"email": "nobody@example.org"}, **asked)
    client.post("/account/signup/", {"email": "alice@example.org", "password1": NEW}, **asked)
    type(client)().post("/account/signup/", {"email": "new@example.org", "password1": NEW}, **asked)
    assert len(mailoutbox) == 3
    for mail in mailoutbox:
        assert settings.CONFIG.origin in mail.body
        assert "evil" not in mail.body + mail.subject


def test_an_email_is_changed_once_the_new_one_is_proven(client, people, mailoutbox):
    client.post("/account/login/", {"login": "alice", "password": PASSWORD})
    client.post("/account/reauthenticate/", {"password": PASSWORD})
    client.post("/account/email/", {"action_add": "", "email": "a@example.net"})
    people.alice.refresh_from_db()
    assert people.alice.email == "alice@example.org"
    code = re.search(r"^[A-Z0-9]{4}-[A-Z0-9]{4}$", mailoutbox[-1].body, re.M)[0]
    told = client.post("/account/confirm-email/", {"code": code}, follow=True)
    people.alice.refresh_from_db()
    assert people.alice.email == "a@example.net"
    assert told.redirect_chain[-1][0] == "/account/email/", "where it is said"
    assert "a@example.net is verified." in told.content.decode()


def test_recovery_codes_are_downloaded_with_the_name_of_their_owner_and_of_the_site(client, people):
    codes = RecoveryCodes.activate(people.alice).get_unused_codes()
    client.force_login(people.alice)
    client.post("/account/reauthenticate/", {"password": PASSWORD})
    file = client.get("/account/2fa/recovery-codes/download/").content.decode()
    assert file.startswith("Recovery codes of alice at testserver (Hyperliquid Dashboard).")
    assert file.split()[-len(codes) :] == list(codes)


def test_changing_to_an_email_that_is_taken_says_nothing_and_changes_nothing(client, people, mailoutbox):
    client.post("/account/login/", {"login": "alice", "password": PASSWORD})
    client.post("/account/reauthenticate/", {"password": PASSWORD})
    shown = []
    for email in ("bob@example.org", "free@example.net"):
        response = client.post("/account/email/", {"action_add": "", "email": email})
        shown.append((response.status_code, response.headers.get("Location")))
        cache.clear()
    assert shown[0] == shown[1]
    people.alice.refresh_from_db()
    assert people.alice.email == "alice@example.org"
