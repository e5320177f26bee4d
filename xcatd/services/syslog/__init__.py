"""The messages of nodes on their way: what rsyslog is told, and seeing whether it takes one."""
