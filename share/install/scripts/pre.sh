# Before the disk is divided.
#INCLUDE:tell.sh#
tell installstatus installing
