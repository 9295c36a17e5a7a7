"""Where plans are executed. All runners keep the contract of `ports.runner` and pass one suite."""
