"""What all tests share."""

# What judges the tables of a release. A build starts a process that imports it, unless it is there already; so
# each process of the tests pays for it once.
import threadcommons.schema.pandera_alone  # noqa: F401
