"""`pgsqlsetup`, `mysqlsetup` and `sqlitesetup`: move the cluster's tables to a server of this host, and back to a file.

A step is a function that says what it did, and does nothing where all is as it should be. Until the last of them has
succeeded the old database stays in use.
"""
