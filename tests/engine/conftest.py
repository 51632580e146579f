"""The functions that tasks of these tests run, importable by the processes of the engine too."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parent))
