"""Files of other tools, compiled into the model."""
