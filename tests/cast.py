"""The people of the tests, always in the same roles.

Alice owns what a test is about. Bob is another trader who may have the like. Charlie is a stranger
who must see and change nothing. Ada is the admin.
"""

from dataclasses import dataclass

from accounts.models import User

PASSWORD = "correct horse battery staple"


@dataclass(frozen=True)
class Cast:
    """Four users in the database."""

    alice: User
    bob: User
    charlie: User
    ada: User


def make_cast() -> Cast:
    """Create all four."""
    people = {
        "alice": {"tier": User.Tier.PRO, "address": "0x" + "a1" * 20},
        "bob": {"address": "0x" + "b0" * 20},
        "charlie": {},
        "ada": {"is_staff": True, "is_superuser": True},
    }
    return Cast(
        **{
            name: User.objects.create_user(name, f"{name}@example.org", PASSWORD, **extra)
            for name, extra in people.items()
        }
    )
