// What is to happen, read once from the environment. Words are separated by ';':
//   below=DIR     only calls on what lies in this folder count (an absolute path without links)
//   only=OPS      the kinds of calls that count, joined by ',': write sync rename create folder link truncate (default: all)
//   at=K          the K-th counted call, from 1, is the one that ...
//   do=WHAT       ... fails with enospc, eio or erofs, is a short write, kills the process before the call (kill) or after it (killed),
//                 or comes only after a minute (stall), as on a server that does not answer
//   sticky        and every counted call after it does too
//   calls=FILE    every counted call has a line there, whether it works or not: its number, its kind, its path from DIR on
//   journal=FILE  every counted call that worked is appended there, with what a sync made durable (journal.h)
//   crash=NAME    the process gets a real SIGSEGV when it opens a file whose path ends in NAME for reading ...
//   on=N          ... for the N-th time (default: the first)
//   spoil=NAME    the last byte of a file whose path ends in NAME is changed after it was synced for the first time
//   named         a file whose name holds `fails-at-N`: its N-th read fails with EIO; `fails-always`: every one; `hides-at-N`: the N-th
//                 question about it (lstat, fstatat) fails with EIO. A folder whose own name holds `unlisted-at-N`: its N-th opening fails
//                 with EIO; `unlisted-always`: every one; `half-listed-at-N`: its N-th entry cannot be read, counted over all listings;
//                 `half-listed-always`: nothing after the first entries
//   clock=FILE    the time of day is so many seconds ahead as FILE, 8 bytes in the machine's order, says at that moment
//   watches=N     so many inotify watches can be had
#ifndef VIGIL_FAULTS_PLAN_H
#define VIGIL_FAULTS_PLAN_H

#include <stdbool.h>
#include <stddef.h>

enum operation { OP_WRITE, OP_SYNC, OP_RENAME, OP_CREATE, OP_FOLDER, OP_LINK, OP_TRUNCATE, OP_COUNT };
enum deed { DO_NOTHING, DO_ENOSPC, DO_EIO, DO_EROFS, DO_SHORT, DO_KILL, DO_KILLED, DO_STALL };

struct plan {
  char below[4096];
  size_t below_length;
  bool only[OP_COUNT];
  long at;
  enum deed deed;
  bool sticky;
  char calls[4096];
  char journal[4096];
  char crash[256];
  long crash_on;
  char spoil[256];
  bool named;
  char clock[4096];
  long watches;
};

/// The plan of this process; one that does nothing where the variable is not set.
const struct plan *plan(void);

/// Whether a path lies in the folder or is it.
bool concerns(const char *path);

/// Counts a call of this kind on what lies at `path`, and says what is to become of it. DO_KILL does not return.
enum deed next_deed(enum operation operation, const char *path);

/// Whether this opening of a folder is one that its name tells to fail; sets errno then.
bool refuses_folder(const char *path);

/// Sets errno and returns true where the deed is an error.
bool fails(enum deed deed);

/// Kills the process where the deed says so after the call.
void after(enum deed deed);

#endif
