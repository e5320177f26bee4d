"""`xcatconfig`: sets a management node up and repairs it part by part; what is there stays, unless it is told to force.

A step is a function that says what it did; `steps.py` lists them. Certificates and the database are made by what
`xcatd init` is made of.
"""
