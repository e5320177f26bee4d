"""What nodes run after their installation and at boot: which scripts, in which order, and the shell text around them.

Nearly all of it is pure: the tables, this server's addresses and the text of files go in, shell text comes out
(docs/postscripts.md). Its modules are imported when a node first asks.
"""
