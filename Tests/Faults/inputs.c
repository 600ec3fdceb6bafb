// What befalls what the agent reads, watches and asks the time of: inputs on a disk that fails now and then, few watches, a clock that
// is set.
#define _GNU_SOURCE
#include "plan.h"

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

/// The C library's own function of the name.
#define NEXT(name) \
  static __typeof__(&name) next; \
  if (!next) next = (__typeof__(&name))dlsym(RTLD_NEXT, #name)

// Reading and asking

enum { MOST_PLACES = 64 };

/// Whether this call about a file of this name is the one that its name tells to fail: `<word>N`, from 1. `calls`: by N.
static bool is_told(const char *name, const char *word, atomic_long *calls) {
  const char *place = strstr(name, word);
  if (!place) return false;
  const long wanted = atol(place + strlen(word));
  if (wanted < 1 || wanted >= MOST_PLACES) return false;
  return atomic_fetch_add(&calls[wanted], 1) + 1 == wanted;
}

/// The path that a descriptor was opened at, in `room` of PATH_MAX bytes.
static const char *path_of(int descriptor, char *room) {
  char link[64];
  snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
  const ssize_t length = readlink(link, room, PATH_MAX - 1);
  room[length > 0 ? length : 0] = 0;
  return room;
}

static const char *last_name(const char *path) {
  const char *slash = strrchr(path, '/');
  return slash ? slash + 1 : path;
}

static bool refuses_read(int descriptor) {
  static atomic_long reads[MOST_PLACES];
  if (!plan()->named) return false;
  char path[PATH_MAX];
  path_of(descriptor, path);
  if (!strstr(path, "fails-always") && !is_told(path, "fails-at-", reads)) return false;
  return errno = EIO, true;
}

static bool refuses_question(const char *path) {
  static atomic_long questions[MOST_PLACES];
  if (!plan()->named || !is_told(path, "hides-at-", questions)) return false;
  return errno = EIO, true;
}

bool refuses_folder(const char *path) {
  static atomic_long openings[MOST_PLACES];
  if (!plan()->named) return false;
  const char *name = last_name(path);
  if (!strstr(name, "unlisted-always") && !is_told(name, "unlisted-at-", openings)) return false;
  return errno = EIO, true;
}

struct dirent *readdir(DIR *folder) {
  NEXT(readdir);
  static atomic_long entries[MOST_PLACES];
  char path[PATH_MAX];
  if (!plan()->named) return next(folder);
  const char *name = last_name(path_of(dirfd(folder), path));
  const bool is_cut = strstr(name, "half-listed-always") && telldir(folder) > 4;
  if (is_cut || is_told(name, "half-listed-at-", entries)) return errno = EIO, NULL;
  return next(folder);
}

ssize_t read(int descriptor, void *bytes, size_t count) {
  NEXT(read);
  return refuses_read(descriptor) ? -1 : next(descriptor, bytes, count);
}

ssize_t pread(int descriptor, void *bytes, size_t count, off_t offset) {
  NEXT(pread);
  return refuses_read(descriptor) ? -1 : next(descriptor, bytes, count, offset);
}

ssize_t pread64(int descriptor, void *bytes, size_t count, off64_t offset) {
  NEXT(pread64);
  return refuses_read(descriptor) ? -1 : next(descriptor, bytes, count, offset);
}

int lstat(const char *path, struct stat *status) {
  NEXT(lstat);
  return refuses_question(path) ? -1 : next(path, status);
}

int fstatat(int folder, const char *path, struct stat *status, int flags) {
  NEXT(fstatat);
  return refuses_question(path) ? -1 : next(folder, path, status, flags);
}

// Watches

static atomic_long watches;

int inotify_init(void) {
  NEXT(inotify_init);
  atomic_store(&watches, 0);
  return next();
}

int inotify_init1(int flags) {
  NEXT(inotify_init1);
  atomic_store(&watches, 0);
  return next(flags);
}

int inotify_add_watch(int descriptor, const char *path, uint32_t mask) {
  NEXT(inotify_add_watch);
  if (plan()->watches > 0 && atomic_load(&watches) >= plan()->watches) return errno = ENOSPC, -1;
  const int watch = next(descriptor, path, mask);
  if (watch >= 0) atomic_fetch_add(&watches, 1);
  return watch;
}

// Time of day

/// Seconds that the clock is ahead.
static int64_t ahead(void) {
  static _Atomic(const _Atomic int64_t *) place;
  if (!plan()->clock[0]) return 0;
  if (!atomic_load(&place)) {
    const int file = open(plan()->clock, O_RDONLY | O_CLOEXEC);
    void *memory = file < 0 ? MAP_FAILED : mmap(NULL, sizeof(int64_t), PROT_READ, MAP_SHARED, file, 0);
    if (memory == MAP_FAILED) fprintf(stderr, "faults: %s cannot be read\n", plan()->clock), abort();
    close(file);
    atomic_store(&place, (const _Atomic int64_t *)memory);
  }
  return atomic_load(atomic_load(&place));
}

int clock_gettime(clockid_t clock, struct timespec *time) {
  NEXT(clock_gettime);
  const int result = next(clock, time);
  if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE || clock == CLOCK_TAI)) time->tv_sec += ahead();
  return result;
}

int gettimeofday(struct timeval *restrict time, void *restrict zone) {
  NEXT(gettimeofday);
  const int result = next(time, zone);
  if (result == 0) time->tv_sec += ahead();
  return result;
}

time_t time(time_t *place) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  if (place) *place = now.tv_sec;
  return now.tv_sec;
}
