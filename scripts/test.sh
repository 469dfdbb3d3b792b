#!/usr/bin/env bash
# Lint first (it is quick and says most), then the tracker's tests, then everything in pytest.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/lint.sh
(cd web && npm run --silent size && npm test --silent)
exec pytest --numprocesses="${PLAYHEAD_TEST_WORKERS:-2}" --dist=worksteal "$@"
