"""The services that a host can keep, one a file."""
