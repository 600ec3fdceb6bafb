// What would survive a power cut, as a journal. One record for each counted call that worked:
//   "<operation> <inode> <bytes> <path>\n" and then so many bytes.
// A "born" record says that an inode is new (its number may have been another file's). A sync of a file carries all the file's
// bytes as they were when the call returned; a sync of a folder carries its names, "<inode> <f|d> <name>\n" each. Everything
// else that was written may be lost.
#ifndef VIGIL_FAULTS_JOURNAL_H
#define VIGIL_FAULTS_JOURNAL_H

#include <stdbool.h>

/// Whether a journal is kept.
bool keeps_journal(void);

/// Appends a record without bytes.
void note(const char *operation, const char *path);

/// Appends what a sync of this descriptor, which worked, made durable.
void note_sync(int descriptor, const char *path);

#endif
