"""Runs the work with sfnx.testing, in process: JSONata only, and without a history."""

import json
import sys
import time

import sfnx.testing


def main():
    work = json.load(sys.stdin)
    answers = {}
    for name, (document, text) in work.items():
        try:
            began = time.perf_counter()
            execution = sfnx.testing.run(document, json.loads(text))
            output = json.dumps(execution.output)
            answers[name] = time.perf_counter() - began, json.loads(output)
        except Exception as problem:  # noqa: BLE001 - whatever it is, this peer cannot do the work
            answers[name] = None, f"{type(problem).__name__}: {problem}"[:200]
    print(json.dumps(answers))


main()
