"""The steps that runs show: each gets a client from a block, calls the core and says what came."""
