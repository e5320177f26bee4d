"""Every error that the authority raises on purpose.

    CertsError
    |-- Unusable        a file that is missing, cannot be read or written, or is not what its name says
    |-- AlreadyThere    a key, certificate or authority that must not be overwritten
    |-- Refused         a name, request or period that must not be signed
    |-- NotIssued       no such certificate in the index of the authority
    `-- Mismatch        a certificate, key and authority that do not belong together

A message is one sentence that names the thing and the remedy.
"""

from __future__ import annotations


class CertsError(Exception):
    """What an operator can act on. `str(error)` is the sentence to show."""


class Unusable(CertsError):
    pass


class AlreadyThere(CertsError):
    pass


class Refused(CertsError):
    pass


class NotIssued(CertsError):
    pass


class Mismatch(CertsError):
    pass
