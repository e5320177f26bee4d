"""Work that needs all rights of root, in a program of its own beside the daemon: `python -m xcatd.building TASK`.

The daemon's unit forbids set-uid files, device nodes, mounts and chroot, and a root file system has all of them.
"""
