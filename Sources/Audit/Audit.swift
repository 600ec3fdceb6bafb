// The room Audit.
