"""Runs in the peer's environment: compiles each source it is given with sfnx, as `sfnx compile` does."""

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

answers = {}
with tempfile.TemporaryDirectory() as folder:
    for name, (source, _) in json.load(sys.stdin).items():
        path = Path(folder) / f"{name}.py"
        path.write_text(source)
        began = time.perf_counter()
        done = subprocess.run(
            [sys.executable, "-m", "sfnx", "compile", str(path)], capture_output=True, text=True, check=False
        )
        seconds = time.perf_counter() - began
        if done.returncode:
            answers[name] = (seconds, {"refused": (done.stderr or done.stdout).strip()})
        else:
            answers[name] = (seconds, {"definition": json.loads(done.stdout)})
print(json.dumps(answers))
