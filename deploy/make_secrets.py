#!/usr/bin/env python3
"""Makes the secrets that docker-compose.yml mounts, each in a file of ``deploy/secrets``; those that exist stay.

Needs nothing but Python. The folder is its owner's alone; the files can be read by the users of the containers.
"""

import secrets
import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parent / "secrets"


def made(folder: Path, mail: str) -> dict[str, str]:
    """What each file shall hold; passwords of the database stand in two of them."""
    names = ("postgres_password", "postgres_owner_password", "postgres_app_password")
    passwords = {name: kept(folder / name) or secrets.token_urlsafe(32) for name in names}
    owner, app = passwords["postgres_owner_password"], passwords["postgres_app_password"]
    return {
        **passwords,
        "database_owner_url": f"postgres://dashboard_owner:{owner}@postgres:5432/dashboard",
        "database_url": f"postgres://dashboard_app:{app}@postgres:5432/dashboard",
        "secret_key": secrets.token_urlsafe(64),
        "vapid_private_key": secrets.token_urlsafe(32),
        "backup_key": secrets.token_urlsafe(32),
        "metrics_token": secrets.token_urlsafe(32),
        "email_url": mail,
    }


def kept(file: Path) -> str:
    """What a file that exists holds."""
    return file.read_text().strip() if file.exists() else ""


def make(folder: Path, mail: str) -> list[str]:
    """Write the files that are missing; their names."""
    folder.mkdir(mode=0o700, exist_ok=True)
    missing = {name: text for name, text in made(folder, mail).items() if not (folder / name).exists()}
    for name, text in missing.items():
        (folder / name).write_text(text + "\n")
        (folder / name).chmod(0o444)
    return list(missing)


def main(arguments: list[str]) -> int:
    """``make_secrets.py [EMAIL_URL]``: how mail is handed in has to be said once."""
    if not arguments and not (FOLDER / "email_url").exists():
        sys.stderr.write(
            "Say how mail is handed in: make_secrets.py smtp+tls://user:password@mail.example.org:587\n"
        )
        return 2
    for name in make(FOLDER, arguments[0] if arguments else ""):
        sys.stdout.write(f"{FOLDER / name}\n")
    sys.stdout.write("Keep a copy of backup_key elsewhere: without it no backup can be read.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
