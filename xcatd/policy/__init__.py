"""Who may do what: the policy table, the audit record of each decision, and log-ins by password or token."""

from xcatd.policy.audit import audit_row, is_skipped
from xcatd.policy.decide import Decision, Policy
from xcatd.policy.defaults import default_rows
from xcatd.policy.mask import mask
from xcatd.policy.tokens import Token, TokenUse, check_password, new_token, token_user

__all__ = [
    "Decision",
    "Policy",
    "Token",
    "TokenUse",
    "audit_row",
    "check_password",
    "default_rows",
    "is_skipped",
    "mask",
    "new_token",
    "token_user",
]
