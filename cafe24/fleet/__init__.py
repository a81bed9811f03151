"""Work for more malls than one run should do: cut into shards, spread in time, summed up."""
