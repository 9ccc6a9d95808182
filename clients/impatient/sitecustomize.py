# The waiters of AWS's clients look again after up to 30 s, which is right for AWS. Here half a second is enough.
import time

_sleep = time.sleep
time.sleep = lambda seconds: _sleep(min(seconds, 0.5))
