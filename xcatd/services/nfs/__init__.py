"""NFS: what this host exports and how the server is told, what it mounts, and questions to servers in their own protocol."""
