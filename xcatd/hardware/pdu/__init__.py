"""Power distribution units (PDUs), whose outlets are seen and switched over SNMP."""
