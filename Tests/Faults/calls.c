// Loaded by LD_PRELOAD: stands before the C library's calls that change files. What is not to fail goes on to the C library.
#define _GNU_SOURCE
#include "journal.h"
#include "plan.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

/// The C library's own function of the name.
#define NEXT(name) \
  static __typeof__(&name) next; \
  if (!next) next = (__typeof__(&name))dlsym(RTLD_NEXT, #name)

/// The path that a descriptor was opened at.
static const char *path_of(int descriptor, char *room) {
  char link[64];
  snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
  const ssize_t length = readlink(link, room, PATH_MAX - 1);
  room[length > 0 ? length : 0] = 0;
  return room;
}

/// The absolute path that a call means.
static const char *absolute(int folder, const char *path, char *room) {
  if (path[0] == '/') return path;
  char above[PATH_MAX];
  if (folder == AT_FDCWD) {
    if (!getcwd(above, sizeof above)) above[0] = 0;
  } else {
    path_of(folder, above);
  }
  if (snprintf(room, PATH_MAX, "%s/%s", above, path) >= PATH_MAX) room[0] = 0;
  return room;
}

// Writes

static ssize_t shortened(enum deed deed, size_t count) { return deed == DO_SHORT && count > 1 ? (ssize_t)(count / 2) : (ssize_t)count; }

#define WRITING(descriptor, count, call) \
  char room[PATH_MAX]; \
  if (!plan()->below_length || !concerns(path_of(descriptor, room))) return call; \
  const enum deed deed = next_deed(OP_WRITE, room); \
  if (fails(deed)) return -1; \
  count = (size_t)shortened(deed, count); \
  const ssize_t result = call; \
  if (result >= 0) note("write", room); \
  after(deed); \
  return result

ssize_t write(int descriptor, const void *bytes, size_t count) {
  NEXT(write);
  WRITING(descriptor, count, next(descriptor, bytes, count));
}

ssize_t pwrite(int descriptor, const void *bytes, size_t count, off_t offset) {
  NEXT(pwrite);
  WRITING(descriptor, count, next(descriptor, bytes, count, offset));
}

ssize_t pwrite64(int descriptor, const void *bytes, size_t count, off64_t offset) {
  NEXT(pwrite64);
  WRITING(descriptor, count, next(descriptor, bytes, count, offset));
}

ssize_t writev(int descriptor, const struct iovec *parts, int parts_count) {
  NEXT(writev);
  size_t count = (size_t)parts_count;
  WRITING(descriptor, count, next(descriptor, parts, (int)count));
}

/// Buffered writing: the C library's own calls to write(2) pass by this library, so that the failure is put here.
size_t fwrite(const void *bytes, size_t size, size_t count, FILE *stream) {
  NEXT(fwrite);
  char room[PATH_MAX];
  if (!plan()->below_length || !concerns(path_of(fileno(stream), room))) return next(bytes, size, count, stream);
  const enum deed deed = next_deed(OP_WRITE, room);
  if (fails(deed)) return 0;
  const size_t result = next(bytes, size, (size_t)shortened(deed, count), stream);
  note("write", room);
  after(deed);
  return result;
}

// Syncs and lengths

#define SYNCING(kind, call) \
  char room[PATH_MAX]; \
  if (!plan()->below_length || !concerns(path_of(descriptor, room))) return call; \
  const enum deed deed = next_deed(kind, room); \
  if (fails(deed == DO_SHORT ? DO_EIO : deed)) return -1; \
  const int result = call

static bool ends_in(const char *path, const char *name) {
  const size_t length = strlen(path), tail = strlen(name);
  return tail && length >= tail && !strcmp(path + length - tail, name);
}

/// Changes the last byte of the file that the plan names, once, as a bad disk or another's hand would.
static void perhaps_spoil(const char *path) {
  static atomic_bool done;
  if (!ends_in(path, plan()->spoil) || atomic_exchange(&done, true)) return;
  NEXT(pwrite);
  struct stat status;
  unsigned char byte;
  const int file = open(path, O_RDWR);
  if (file < 0 || fstat(file, &status) || pread(file, &byte, 1, status.st_size - 1) != 1) abort();
  byte ^= 1;
  if (next(file, &byte, 1, status.st_size - 1) != 1) abort();
  close(file);
}

int fsync(int descriptor) {
  NEXT(fsync);
  SYNCING(OP_SYNC, next(descriptor));
  if (result == 0) note_sync(descriptor, room);
  if (result == 0) perhaps_spoil(room);
  after(deed);
  return result;
}

int fdatasync(int descriptor) {
  NEXT(fdatasync);
  SYNCING(OP_SYNC, next(descriptor));
  if (result == 0) note_sync(descriptor, room);
  after(deed);
  return result;
}

int ftruncate(int descriptor, off_t length) {
  NEXT(ftruncate);
  SYNCING(OP_TRUNCATE, next(descriptor, length));
  if (result == 0) note("truncate", room);
  after(deed);
  return result;
}

int ftruncate64(int descriptor, off64_t length) {
  NEXT(ftruncate64);
  SYNCING(OP_TRUNCATE, next(descriptor, length));
  if (result == 0) note("truncate", room);
  after(deed);
  return result;
}

// Names

/// Does a call that puts a name at `path`; `fresh`: nothing was there.
#define NAMING(kind, word, path, call) \
  const enum deed deed = next_deed(kind, path); \
  if (fails(deed == DO_SHORT ? DO_EIO : deed)) return -1; \
  struct stat earlier; \
  const bool fresh = lstat(path, &earlier) != 0; \
  const int result = call; \
  const int code = errno; \
  if (result >= 0 && fresh) note("born", path); \
  if (result >= 0) note(word, path); \
  after(deed); \
  errno = code; \
  return result

static void perhaps_crash(const char *path) {
  static atomic_long openings;
  const char *name = plan()->crash;
  if (!ends_in(path, name)) return;
  if (atomic_fetch_add(&openings, 1) + 1 != plan()->crash_on) return;
  for (;;) raise(SIGSEGV);  // again where a handler returns, as a faulting instruction would
}

#define OPENING(name, folder, path, flags, call) \
  mode_t mode = 0; \
  if ((flags) & (O_CREAT | O_TMPFILE)) { \
    va_list rest; \
    va_start(rest, flags); \
    mode = va_arg(rest, mode_t); \
    va_end(rest); \
  } \
  NEXT(name); \
  if ((flags) & O_DIRECTORY && refuses_folder(path)) return -1; \
  char room[PATH_MAX]; \
  const char *place = plan()->below_length || plan()->crash[0] ? absolute(folder, path, room) : path; \
  if (!((flags) & (O_WRONLY | O_RDWR)) && plan()->crash[0]) perhaps_crash(place); \
  if (!((flags) & O_CREAT) || !concerns(place)) return call; \
  NAMING(OP_CREATE, "create", place, call)

int open(const char *path, int flags, ...) { OPENING(open, AT_FDCWD, path, flags, next(path, flags, mode)); }

int open64(const char *path, int flags, ...) { OPENING(open64, AT_FDCWD, path, flags, next(path, flags, mode)); }

int openat(int folder, const char *path, int flags, ...) {
  OPENING(openat, folder, path, flags, next(folder, path, flags, mode));
}

int openat64(int folder, const char *path, int flags, ...) {
  OPENING(openat64, folder, path, flags, next(folder, path, flags, mode));
}

FILE *fopen(const char *path, const char *mode) {
  NEXT(fopen);
  char room[PATH_MAX];
  const char *place = plan()->below_length || plan()->crash[0] ? absolute(AT_FDCWD, path, room) : path;
  const bool reads = strchr("r", mode[0]) != NULL && !strchr(mode, '+');
  if (reads && plan()->crash[0]) perhaps_crash(place);
  if (reads || !concerns(place)) return next(path, mode);
  const enum deed deed = next_deed(OP_CREATE, place);
  if (fails(deed == DO_SHORT ? DO_EIO : deed)) return NULL;
  struct stat earlier;
  const bool fresh = lstat(place, &earlier) != 0;
  FILE *result = next(path, mode);
  if (result && fresh) note("born", place);
  if (result) note("create", place);
  after(deed);
  return result;
}

FILE *fopen64(const char *path, const char *mode) { return fopen(path, mode); }

int mkdir(const char *path, mode_t mode) {
  NEXT(mkdir);
  char room[PATH_MAX];
  const char *place = plan()->below_length ? absolute(AT_FDCWD, path, room) : path;
  if (!concerns(place)) return next(path, mode);
  NAMING(OP_FOLDER, "folder", place, next(path, mode));
}

int mkdirat(int folder, const char *path, mode_t mode) {
  NEXT(mkdirat);
  char room[PATH_MAX];
  const char *place = plan()->below_length ? absolute(folder, path, room) : path;
  if (!concerns(place)) return next(folder, path, mode);
  NAMING(OP_FOLDER, "folder", place, next(folder, path, mode));
}

/// A name that moves is not born: its inode keeps what was synced of it.
#define MOVING(kind, word, path, call) \
  const enum deed deed = next_deed(kind, path); \
  if (fails(deed == DO_SHORT ? DO_EIO : deed)) return -1; \
  const int result = call; \
  const int code = errno; \
  if (result == 0) note(word, path); \
  after(deed); \
  errno = code; \
  return result

int rename(const char *old, const char *new) {
  NEXT(rename);
  char room[PATH_MAX];
  const char *place = plan()->below_length ? absolute(AT_FDCWD, new, room) : new;
  if (!concerns(place)) return next(old, new);
  MOVING(OP_RENAME, "rename", place, next(old, new));
}

int renameat(int from, const char *old, int to, const char *new) {
  NEXT(renameat);
  char room[PATH_MAX];
  const char *place = plan()->below_length ? absolute(to, new, room) : new;
  if (!concerns(place)) return next(from, old, to, new);
  MOVING(OP_RENAME, "rename", place, next(from, old, to, new));
}

int renameat2(int from, const char *old, int to, const char *new, unsigned int flags) {
  NEXT(renameat2);
  char room[PATH_MAX];
  const char *place = plan()->below_length ? absolute(to, new, room) : new;
  if (!concerns(place)) return next(from, old, to, new, flags);
  MOVING(OP_RENAME, "rename", place, next(from, old, to, new, flags));
}

int link(const char *old, const char *new) {
  NEXT(link);
  char room[PATH_MAX];
  const char *place = plan()->below_length ? absolute(AT_FDCWD, new, room) : new;
  if (!concerns(place)) return next(old, new);
  MOVING(OP_LINK, "link", place, next(old, new));
}
