"""The boot server of PXE on UDP port 4011: it tells machines their loaders where another DHCP server gives them their addresses.

It is a process of its own, `python -m xcatd.services.proxydhcp FILE`. It reads one file, which xcatd writes, and knows nothing
else of the cluster. Source: Preboot Execution Environment (PXE) Specification 2.1, Intel 1999, chapter 2; RFC 2131, RFC 4578.
"""
