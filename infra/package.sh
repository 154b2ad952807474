#!/usr/bin/env bash
# Makes the zip files of the platform's functions: package.sh BUILD [REQUIREMENT ...]
# BUILD is what `treadle publish --platform BUILD` wrote. package.zip is for the sync and queued lanes: the engine, its
# JSONata, the input check and Powertools. functions.zip is for the tasks: the same with the project's own code and the
# requirements that it has (pip's words: 'pypdfium2>=4', or -r requirements.txt). The Lambda runtime brings botocore.
set -euo pipefail
build=$(cd "${1:?usage: package.sh BUILD [REQUIREMENT ...]}" && pwd)
shift
root=$(cd "$(dirname "$0")/.." && pwd)
python=${PYTHON:-python3}
staging=$(mktemp -d)
trap 'rm -rf "$staging"' EXIT

install() {
  "$python" -m pip install --quiet --upgrade --target "$staging" --no-compile --python-version 3.13 \
    --platform manylinux_2_28_x86_64 --platform manylinux2014_x86_64 --only-binary=:all: "$@"
  rm -rf "$staging"/boto3* "$staging"/botocore* "$staging"/s3transfer* "$staging"/bin
}

# The same files give the same bytes: Lambda is not updated for nothing.
pack() {
  find "$staging" -exec touch -h -d '2020-01-01 00:00:00 UTC' {} +
  rm -f "$build/$1"
  (cd "$staging" && find . -type f ! -name '*.pyc' | LC_ALL=C sort | "$python" -c '
import sys, zipfile
with zipfile.ZipFile(sys.argv[1], "w", zipfile.ZIP_DEFLATED) as package:
    for name in sys.stdin.read().split("\n")[:-1]:
        package.write(name, name[2:])
' "$build/$1")
  du -h "$build/$1"
}

install "$(sed -n 's/^ *\(jlens==.*\)/\1/p' "$root/setup.cfg")" fastjsonschema 'aws-lambda-powertools[tracer]>=3.9'
mkdir "$staging/treadle"
(cd "$root/treadle" && find . -name '*.py' -not -path './cli/*' -not -path './notebook/*' -not -path './server/*' \
  -not -path './testing/*' -not -path './publish/*' -print0 | xargs -0 cp --parents -t "$staging/treadle")
cp "$build/bundle.json" "$staging/"
pack package.zip

if [ $# -gt 0 ]; then install "$@"; fi
for folder in tasks models workflows; do
  if [ -d "$root/$folder" ]; then
    (cd "$root" && find "$folder" -name '*.py' -print0 | xargs -0 cp --parents -t "$staging")
  fi
done
cp "$root/treadle.toml" "$staging/"
pack functions.zip
