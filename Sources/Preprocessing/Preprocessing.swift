// The room Preprocessing.
