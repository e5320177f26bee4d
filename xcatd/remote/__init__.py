"""Commands on nodes by SSH: one connection a node, many at once, and what they say as it comes or when the node has ended.

asyncssh is loaded when it is first needed: import the modules below where they are used, not at the top of a plugin.
"""
