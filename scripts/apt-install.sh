#!/usr/bin/env bash
# Installs Debian packages, saying why: apt-install.sh "reason" package [package ...]
set -euo pipefail
reason=$1
shift
echo "==> $reason: apt-get install $*"
as_root=()
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo >/dev/null || { echo "Please run as root: apt-get install $*" >&2; exit 1; }
  as_root=(sudo)
fi
export DEBIAN_FRONTEND=noninteractive
"${as_root[@]}" apt-get update -qq
"${as_root[@]}" apt-get install -y -qq --no-install-recommends "$@" >/dev/null
