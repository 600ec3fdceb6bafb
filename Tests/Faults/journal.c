#define _GNU_SOURCE
#include "journal.h"
#include "plan.h"

#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int journal = -1;

bool keeps_journal(void) { return plan()->journal[0] != 0; }

static void append(const char *operation, unsigned long long inode, const char *path, const void *bytes, size_t count) {
  char head[8192];
  const int length = snprintf(head, sizeof head, "%s %llu %zu %s\n", operation, inode, count, path);
  pthread_mutex_lock(&lock);
  if (journal < 0)
    journal = (int)syscall(SYS_openat, AT_FDCWD, plan()->journal, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  const struct iovec parts[2] = {{head, (size_t)length}, {(void *)bytes, count}};
  const long written = syscall(SYS_writev, journal, parts, 2);
  pthread_mutex_unlock(&lock);
  if (written != (long)(length + count)) fprintf(stderr, "faults: the journal cannot be written\n"), abort();
}

void note(const char *operation, const char *path) {
  struct stat status;
  if (!keeps_journal()) return;
  append(operation, lstat(path, &status) == 0 ? status.st_ino : 0, path, NULL, 0);
}

static void note_file(int descriptor, const struct stat *status, const char *path) {
  char place[64];
  snprintf(place, sizeof place, "/proc/self/fd/%d", descriptor);
  const int file = (int)syscall(SYS_openat, AT_FDCWD, place, O_RDONLY | O_CLOEXEC, 0);
  char *bytes = malloc((size_t)status->st_size + 1);
  size_t count = 0;
  for (long got; file >= 0 && bytes && count < (size_t)status->st_size; count += (size_t)got)
    if ((got = syscall(SYS_read, file, bytes + count, (size_t)status->st_size - count)) <= 0) break;
  append("sync-file", status->st_ino, path, bytes, count);
  free(bytes);
  if (file >= 0) syscall(SYS_close, file);
}

static void note_folder(const struct stat *status, const char *path) {
  char *text = NULL;
  size_t size = 0;
  FILE *stream = open_memstream(&text, &size);
  DIR *folder = opendir(path);
  for (struct dirent *entry; folder && (entry = readdir(folder));) {
    struct stat inner;
    if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..")) continue;
    if (fstatat(dirfd(folder), entry->d_name, &inner, AT_SYMLINK_NOFOLLOW) != 0) continue;
    fprintf(stream, "%llu %c %s\n", (unsigned long long)inner.st_ino, S_ISDIR(inner.st_mode) ? 'd' : 'f', entry->d_name);
  }
  if (folder) closedir(folder);
  fflush(stream);
  append("sync-folder", status->st_ino, path, text, size);
  fclose(stream);
  free(text);
}

void note_sync(int descriptor, const char *path) {
  struct stat status;
  if (!keeps_journal() || fstat(descriptor, &status) != 0) return;
  if (S_ISDIR(status.st_mode)) note_folder(&status, path);
  else note_file(descriptor, &status, path);
}
