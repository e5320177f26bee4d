"""DNS: the cluster's names in a name server (BIND), forward and reverse, made from the hosts and the networks."""
