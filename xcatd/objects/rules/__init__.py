"""The small languages of computed values: Perl's patterns, and the expressions in parentheses. Pure, and bounded."""

from xcatd.objects.rules.bad_rule import BadRule
from xcatd.objects.rules.expression import capture, compiled
from xcatd.objects.rules.operators import Term
from xcatd.objects.rules.pattern import Pattern, pattern_of

__all__ = ["BadRule", "Pattern", "Term", "capture", "compiled", "pattern_of"]
