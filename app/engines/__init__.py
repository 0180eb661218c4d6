"""What computes a model's signatures: TensorFlow or OpenVINO."""
