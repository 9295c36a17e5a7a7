"""What loads under way have given, in the terms of OpenTelemetry. Needs the extra `otlp`."""
