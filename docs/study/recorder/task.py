# SPDX-License-Identifier: MIT
"""What is to be recorded: `record` says it."""

import json
import os

TASK = json.loads(os.environ["STUDY"])
