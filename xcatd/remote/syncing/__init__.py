"""Synclists: what they say (`synclist`), what that means for a node (`plan`), and bringing it there (`bring`) or into an image
(`image`); which lists a node has, and what service nodes must have for them (`lists`); nodes that ask themselves (`wishes`).

asyncssh is loaded when it is first needed: import `bring` and `image` where they are used, not at the top of a plugin.
"""
