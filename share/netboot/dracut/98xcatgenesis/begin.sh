#!/bin/sh
# The devices are there. From here on it is our program; it ends only when something is wrong with itself.
while :; do
    /usr/lib/xcat/genesis/genesis
    echo "xcat: the small boot image begins anew"
    sleep 10
done
