#!/bin/sh
# This image has no root file system to go to. dracut asks for one.
# shellcheck disable=SC2034  # of dracut
root=xcatgenesis
rootok=1
