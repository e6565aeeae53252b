"""The deployment checklist, gone through line by line (`manage.py doctor`, docs/deployment.md)."""
