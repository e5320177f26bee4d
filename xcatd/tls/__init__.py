"""TLS as the daemon uses it: contexts, the identity in a certificate, revocation. It never issues."""

from xcatd.tls.contexts import ALPN, TlsFiles, own_certificate, peer_context, server_context
from xcatd.tls.explain import explain
from xcatd.tls.handshake import answer, dial
from xcatd.tls.identity import ANONYMOUS, Identity, identify
from xcatd.tls.revocation import RevocationList

__all__ = [
    "ALPN",
    "ANONYMOUS",
    "Identity",
    "RevocationList",
    "TlsFiles",
    "answer",
    "dial",
    "explain",
    "identify",
    "own_certificate",
    "peer_context",
    "server_context",
]
