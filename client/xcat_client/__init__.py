"""The client: one small program behind every command name. It imports nothing but the standard library.

Start-up time is the design: no dataclasses, enum, typing, re, json, ssl, argparse or asyncio on the way to an answer.
"""
