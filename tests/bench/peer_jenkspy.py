"""Natural breaks by jenkspy, run by the peers' Python: seconds and limits as one JSON line."""

import json
import sys
import time

import jenkspy
import numpy as np

FILE, CLASSES = sys.argv[1:]
values = np.load(FILE)
began = time.perf_counter()
limits = jenkspy.jenks_breaks(values, n_classes=int(CLASSES))
spent = time.perf_counter() - began
sys.stdout.write(json.dumps({"seconds": spent, "limits": [float(each) for each in limits]}))
