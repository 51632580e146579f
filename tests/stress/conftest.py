"""Long runs share the small package of tests/build."""

from ..build.conftest import package, small

__all__ = ["package", "small"]
