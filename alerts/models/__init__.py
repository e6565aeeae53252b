"""What is stored of alerts: the rule and its state, what was decided, what is to be told to whom."""

from alerts.models.alert import Alert, TooManyAlerts
from alerts.models.deliverer import Deliverer
from alerts.models.delivery import Delivery
from alerts.models.destination import Destination
from alerts.models.evaluation import Evaluation
from alerts.models.firing import Firing
from alerts.models.step import Step

__all__ = ["Alert", "Deliverer", "Delivery", "Destination", "Evaluation", "Firing", "Step", "TooManyAlerts"]
