"""Configuration variables: what is kept in case all is lost."""

from dataclasses import dataclass
from functools import partial

from dashboard.config_variable import variable

backup = partial(variable, section="Backup")


@dataclass(frozen=True, kw_only=True)
class Backup:
    """What is kept in case all is lost."""

    backup_dir: str = backup("", "Folder that `manage.py backup` writes into; empty means `backups` in `VAR_DIR`.")
    backup_key: str = backup(
        "",
        "Passphrase that backups are encrypted with; whoever loses it has no backups. Empty means that they are "
        "not encrypted.",
        secret=True,
    )
    backup_keep: int = backup(14, "How many backups are kept; older ones are deleted after each new one.", low=1)
    backup_max_age_hours: int = backup(
        26, "Age past which the newest backup counts as missing, in hours; 0 means that none are made here.", low=0
    )
