"""The story that `make demo` tells: the whole main job, for real, on a machine that has nothing."""
