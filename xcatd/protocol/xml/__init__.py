"""The XML of xCAT 2, both ways: what its clients send and what they understand."""

from xcatd.protocol.xml.request import Login, RequestReader, XmlRequest, request_bytes
from xcatd.protocol.xml.response import ResponseReader, ResponseWriter
from xcatd.protocol.xml.tree import Tree, Value

__all__ = [
    "Login",
    "RequestReader",
    "ResponseReader",
    "ResponseWriter",
    "Tree",
    "Value",
    "XmlRequest",
    "request_bytes",
]
