#!/usr/bin/env bash
# Makes the zip file of the two functions: package.sh BUILD, where BUILD is what `treadle publish --platform BUILD` wrote.
# The functions need the engine, its JSONata, the input check and Powertools; the Lambda runtime brings botocore.
set -euo pipefail
build=$(cd "${1:?usage: package.sh BUILD}" && pwd)
root=$(cd "$(dirname "$0")/.." && pwd)
python=${PYTHON:-python3}
staging=$(mktemp -d)
trap 'rm -rf "$staging"' EXIT

"$python" -m pip install --quiet --target "$staging" --no-compile \
  --platform manylinux_2_28_x86_64 --platform manylinux2014_x86_64 --python-version 3.13 --only-binary=:all: \
  "$(sed -n 's/^ *\(jlens==.*\)/\1/p' "$root/setup.cfg")" fastjsonschema 'aws-lambda-powertools[tracer]>=3.9'
# The runtime has these, and everything of Treadle that only a laptop needs stays there.
rm -rf "$staging"/boto3* "$staging"/botocore* "$staging"/s3transfer* "$staging"/bin
mkdir "$staging/treadle"
(cd "$root/treadle" && find . -name '*.py' -not -path './cli/*' -not -path './notebook/*' -not -path './server/*' \
  -not -path './testing/*' -not -path './publish/*' -print0 | xargs -0 cp --parents -t "$staging/treadle")
cp "$build/bundle.json" "$staging/"
find "$staging" -exec touch -h -d '2020-01-01 00:00:00 UTC' {} +
rm -f "$build/package.zip"
(cd "$staging" && find . -type f | LC_ALL=C sort | "$python" -c '
import sys, zipfile
with zipfile.ZipFile(sys.argv[1], "w", zipfile.ZIP_DEFLATED) as package:
    for name in sys.stdin.read().split("\n")[:-1]:
        package.write(name, name[2:])
' "$build/package.zip")
du -h "$build/package.zip"
