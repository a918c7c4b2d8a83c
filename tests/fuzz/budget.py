"""How much is tried: so much that a run takes less than a minute, and more where FUZZ_EXAMPLES asks for more.

FUZZ_EXAMPLES is how many inputs each form is given, 20 unless told; addresses are given more in the same measure. A
usual run tries the same each time. One with FUZZ_EXAMPLES tries others; FUZZ_SEED then repeats its requests.
"""

import os
import random
import zlib

from hypothesis import HealthCheck, settings

USUAL_EXAMPLES = 20
EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", USUAL_EXAMPLES))
IS_LONG = "FUZZ_EXAMPLES" in os.environ
SEED = os.environ.get("FUZZ_SEED") or (str(random.SystemRandom().randrange(10**9)) if IS_LONG else "1")

BOUNDED = settings(
    max_examples=EXAMPLES,
    derandomize=not IS_LONG,
    database=None,
    deadline=None,
    print_blob=True,
    # Each example leaves nothing behind, so that they may share a test's rows.
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)


def rounds(usual: int = 1) -> int:
    """How often something is tried that a usual run tries `usual` times."""
    return max(1, usual * EXAMPLES // USUAL_EXAMPLES)


def chance(name: str) -> random.Random:
    """What draws the requests of one test: the same each time, whatever order or process the tests run in."""
    return random.Random(zlib.crc32(f"{SEED} {name}".encode()))
