"""The time of the cluster: what chrony is told, and asking a server for the time."""
