"""The checklist: before deployment, in production, and what watches it."""

from dashboard.doctor import around, configured, stored
from dashboard.doctor.line import Line

BEFORE, PRODUCTION, WATCHED = "Before deployment", "In production", "Watched"

CHECKLIST = (
    Line(BEFORE, "Environment", configured.environment),
    Line(BEFORE, "Django's checks", configured.django),
    Line(BEFORE, "Secret key", configured.secret_key),
    Line(BEFORE, "Host names", configured.hosts),
    Line(BEFORE, "https", configured.https),
    Line(BEFORE, "Static files", configured.static_files),
    Line(BEFORE, "Database", stored.database),
    Line(BEFORE, "Database by TLS", stored.encryption),
    Line(BEFORE, "Database role", stored.role),
    Line(BEFORE, "Database connections", stored.connections),
    Line(BEFORE, "Migrations", stored.migrations),
    Line(BEFORE, "Redis", stored.redis),
    Line(BEFORE, "Redis keeps messages", stored.eviction),
    Line(BEFORE, "Redis can save", stored.persistence),
    Line(BEFORE, "Mail", around.mail),
    Line(BEFORE, "Notifications", configured.notifications),
    Line(PRODUCTION, "Exchange", around.exchange),
    Line(PRODUCTION, "Feed", around.feed),
    Line(PRODUCTION, "Alerts", around.alerts),
    Line(PRODUCTION, "Clock of the database", stored.database_clock),
    Line(PRODUCTION, "Disk", stored.room),
    Line(PRODUCTION, "Backups", stored.newest_backup),
    Line(PRODUCTION, "Backups encrypted", stored.sealed_backups),
    Line(PRODUCTION, "Rate limit", configured.rate_limit),
    Line(PRODUCTION, "Admins", around.admins),
    Line(PRODUCTION, "Address of the admin", configured.admin_path),
    Line(PRODUCTION, "Users of the demo", around.demo),
    Line(WATCHED, "Health", around.health),
    Line(WATCHED, "Errors", configured.sentry),
    Line(WATCHED, "Logs", configured.logs),
    Line(WATCHED, "Alarm from outside", configured.dead_man),
)
