// The room Networks.
