"""How long the product waits for things, in tests of faults: less than where it serves people, so that a fault takes
seconds and not minutes. With FAULT_LONG=1 it waits as long as it does there, which bin/faults and so bin/nightly do.
"""

import os

IS_LONG = os.environ.get("FAULT_LONG") == "1"

LEASE_SECONDS = 60 if IS_LONG else 12
SWEEP_SECONDS = 20 if IS_LONG else 4
FIRST_WAIT_SECONDS = 15 if IS_LONG else 3
MAIL_STEP_SECONDS = 10 if IS_LONG else 4
MAIL_MESSAGE_SECONDS = 30 if IS_LONG else 8
