"""What a host must serve: what follows from the tables is worked out without touching anything, and then put in place.

Rendering is pure: a snapshot goes in, text and nouns come out. What is put in place replaces the old as a whole, or the old stays.
"""
