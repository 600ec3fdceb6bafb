// The room Writers.
