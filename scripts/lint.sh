#!/usr/bin/env bash
# Everything that reads the code without running it.
set -euo pipefail
cd "$(dirname "$0")/.."
ruff format --check --quiet . || { echo "ruff format would change files: run 'ruff format'"; exit 1; }
ruff check --quiet .
mypy --no-error-summary
lint-imports --no-cache >/dev/null || lint-imports --no-cache
(cd web && npm run --silent lint)
echo "lint: clean"
