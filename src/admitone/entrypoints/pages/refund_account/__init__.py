"""A buyer says where a refund by bank transfer goes."""
