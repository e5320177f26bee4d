"""Virtual machines on hypervisors with libvirt: QEMU/KVM and Xen. Its binding is imported when the first one is asked for."""
