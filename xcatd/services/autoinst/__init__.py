"""Answer files of unattended installations, made from templates: kickstart, autoyast, preseed, autoinstall (docs/autoinst.md)."""
