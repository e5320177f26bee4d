"""What runs the servers of this host: systemd, or where that does not run, this program itself. One interface for both."""

from xcatd.services.managers.manager import Manager, Program, Report, State, manager_of

__all__ = ["Manager", "Program", "Report", "State", "manager_of"]
