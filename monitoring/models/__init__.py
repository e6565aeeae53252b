"""What is stored of how the installation itself is doing."""

from monitoring.models.health_metric import HealthMetric
from monitoring.models.health_rollup import HealthRollup, Span
from monitoring.models.heartbeat import Heartbeat
from monitoring.models.incident import Incident
from monitoring.models.lease import Lease

__all__ = ["HealthMetric", "HealthRollup", "Heartbeat", "Incident", "Lease", "Span"]
