#!/usr/bin/env python3
"""Makes the secrets that docker-compose.yml mounts, each in a file of ``deploy/secrets``; those that exist stay.

Needs nothing but Python. The folder is its owner's alone; the files can be read by the users of the containers.
Another folder may be named, such as that of systemd's units: then Postgres is taken to be on this machine.
"""

import re
import secrets
import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parent / "secrets"


def made(folder: Path, mail: str, host: str) -> dict[str, str]:
    """What each file shall hold; passwords of the database stand in two of them."""
    names = ("postgres_password", "postgres_owner_password", "postgres_app_password")
    passwords = {name: kept(folder / name) or secrets.token_urlsafe(32) for name in names}
    owner, app = passwords["postgres_owner_password"], passwords["postgres_app_password"]
    return {
        **passwords,
        "database_owner_url": f"postgres://dashboard_owner:{owner}@{host}:5432/dashboard",
        "database_url": f"postgres://dashboard_app:{app}@{host}:5432/dashboard",
        "secret_key": secrets.token_urlsafe(64),
        "vapid_private_key": secrets.token_urlsafe(32),
        "backup_key": secrets.token_urlsafe(32),
        "metrics_token": secrets.token_urlsafe(32),
        "email_url": mail,
    }


def kept(file: Path) -> str:
    """What a file that exists holds."""
    return file.read_text().strip() if file.exists() else ""


def make(folder: Path, mail: str, host: str = "postgres") -> list[str]:
    """Write the files that are missing; their names. ``host`` is where Postgres is."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    missing = {name: text for name, text in made(folder, mail, host).items() if not (folder / name).exists()}
    for name, text in missing.items():
        (folder / name).write_text(text + "\n")
        (folder / name).chmod(0o444)
    return list(missing)


def main(arguments: list[str]) -> int:
    """``make_secrets.py [EMAIL_URL [FOLDER]]``: how mail is handed in has to be said once."""
    folder, host = (Path(arguments[1]), "127.0.0.1") if arguments[1:] else (FOLDER, "postgres")
    if not arguments and not (folder / "email_url").exists():
        sys.stderr.write(
            "Say how mail is handed in: make_secrets.py smtp+tls://user:password@mail.example.org:587\n"
        )
        return 2
    if arguments and not re.match(r"[a-z]+(\+[a-z]+)?://", arguments[0]):
        sys.stderr.write(
            "The address of mail has no scheme, and nothing was written. It looks like this:"
            " smtp+tls://user:password@mail.example.org:587\n"
        )
        return 2
    if arguments and kept(folder / "email_url") not in ("", arguments[0]):
        sys.stderr.write(f"{folder / 'email_url'} holds another address, which stays: to change it, remove it.\n")
    for name in make(folder, arguments[0] if arguments else "", host):
        sys.stdout.write(f"{folder / name}\n")
    sys.stdout.write(
        "Keep a copy of backup_key and secret_key elsewhere: without the first no backup can be read,\n"
        "without the second no second factor and no key of a destination.\n"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
