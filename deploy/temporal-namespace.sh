#!/bin/sh
# Makes the namespace of the runs, sets how long closed runs are kept, and names the attributes
# by which they are found. A repeat changes nothing.
set -eu

temporal operator namespace describe --namespace "$TEMPORAL_NAMESPACE" >/dev/null 2>&1 ||
  temporal operator namespace create --namespace "$TEMPORAL_NAMESPACE"

for _ in $(seq 30); do # the server takes some seconds to know a new namespace
  temporal operator namespace update --namespace "$TEMPORAL_NAMESPACE" \
    --retention "${TEMPORAL_RETENTION_DAYS}d" && break
  sleep 1
done

for attribute in Agent Capability Account Outcome; do
  temporal operator search-attribute create --namespace "$TEMPORAL_NAMESPACE" \
    --name "$attribute" --type Keyword
done
