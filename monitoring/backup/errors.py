"""What can be wrong with a backup."""


class BackupError(Exception):
    """Why nothing was written, or nothing was changed; one sentence for whoever called."""
