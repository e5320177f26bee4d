"""The DHCP server of a host: which networks and nodes it serves is worked out of the tables, in nouns that are no server's;
Kea's and ISC's own words for them come last."""
