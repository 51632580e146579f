"""What all tests share."""

from hypothesis import HealthCheck, settings

# What judges the tables of a release. A build starts a process that imports it, unless it is there already; so
# each process of the tests pays for it once.
import threadcommons.schema.pandera_alone  # noqa: F401  (that it is there is all)

# Both go by the clock: on a busy machine they would fail tests in which nothing is wrong.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")
