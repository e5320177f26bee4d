"""The only place that speaks SQL. It is imported when a database is opened, because SQLAlchemy costs a fifth of a second."""

from xcatd.store.engine.database import Altered, Database, Held
from xcatd.store.engine.lead import Lead, Seat
from xcatd.store.engine.session import Session

__all__ = ["Altered", "Database", "Held", "Lead", "Seat", "Session"]
