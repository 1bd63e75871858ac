"""What happened in a run, written down as it happens: spans as lines of JSON, or as OpenTelemetry."""
