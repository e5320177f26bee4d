"""Programs of the site that are told of changes of the tables (docs/notifications.md)."""

from xcatd.daemon.notifications.notifier import Notifier

__all__ = ["Notifier"]
