"""Alert, Firing, Destination and Delivery: what a user wants to be told, and the telling."""
