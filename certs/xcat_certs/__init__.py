"""The certificate authority of a cluster: makes, signs, renews and revokes certificates. Code; never a key."""
