# The waiters of AWS's clients look again after up to 30 s, which is right for AWS. Here half a second is enough, and
# later more, so that the few looks that a waiter has last on a machine under load.
import itertools
import time

_sleep = time.sleep
_times = itertools.count()
time.sleep = lambda seconds: _sleep(min(seconds, 0.5 * (1 + next(_times) // 10)))
