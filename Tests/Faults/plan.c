#define _GNU_SOURCE
#include "plan.h"
#include "include/Faults.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static struct plan the_plan;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static atomic_long calls;

static const char *const operation_names[OP_COUNT] = {"write", "sync", "rename", "create", "folder", "link", "truncate"};

static void choose(const char *words) {
  for (int i = 0; i < OP_COUNT; i++) the_plan.only[i] = strstr(words, operation_names[i]) != NULL;
}

static enum deed deed_named(const char *word) {
  if (!strcmp(word, "enospc")) return DO_ENOSPC;
  if (!strcmp(word, "eio")) return DO_EIO;
  if (!strcmp(word, "erofs")) return DO_EROFS;
  if (!strcmp(word, "short")) return DO_SHORT;
  if (!strcmp(word, "kill")) return DO_KILL;
  if (!strcmp(word, "killed")) return DO_KILLED;
  if (!strcmp(word, "stall")) return DO_STALL;
  fprintf(stderr, "faults: do=%s is none of enospc, eio, erofs, short, kill, killed, stall\n", word);
  abort();
}

static void take(char *word) {
  char *value = strchr(word, '=');
  if (value) *value++ = 0;
  if (!strcmp(word, "sticky")) the_plan.sticky = true;
  else if (!strcmp(word, "named")) the_plan.named = true;
  else if (!value) fprintf(stderr, "faults: %s needs a value\n", word), abort();
  else if (!strcmp(word, "below")) snprintf(the_plan.below, sizeof the_plan.below, "%s", value);
  else if (!strcmp(word, "only")) choose(value);
  else if (!strcmp(word, "at")) the_plan.at = atol(value);
  else if (!strcmp(word, "do")) the_plan.deed = deed_named(value);
  else if (!strcmp(word, "calls")) snprintf(the_plan.calls, sizeof the_plan.calls, "%s", value);
  else if (!strcmp(word, "journal")) snprintf(the_plan.journal, sizeof the_plan.journal, "%s", value);
  else if (!strcmp(word, "crash")) snprintf(the_plan.crash, sizeof the_plan.crash, "%s", value);
  else if (!strcmp(word, "spoil")) snprintf(the_plan.spoil, sizeof the_plan.spoil, "%s", value);
  else if (!strcmp(word, "on")) the_plan.crash_on = atol(value);
  else if (!strcmp(word, "clock")) snprintf(the_plan.clock, sizeof the_plan.clock, "%s", value);
  else if (!strcmp(word, "watches")) the_plan.watches = atol(value);
  else fprintf(stderr, "faults: nobody knows %s\n", word), abort();
}

static void read_plan(void) {
  for (int i = 0; i < OP_COUNT; i++) the_plan.only[i] = true;
  the_plan.crash_on = 1;
  const char *text = getenv(VIGIL_FAULTS_VARIABLE);
  if (!text) return;
  char *copy = strdup(text), *rest = copy;
  for (char *word; (word = strsep(&rest, ";"));) if (*word) take(word);
  free(copy);
  the_plan.below_length = strlen(the_plan.below);
}

const struct plan *plan(void) {
  pthread_once(&once, read_plan);
  return &the_plan;
}

bool concerns(const char *path) {
  const struct plan *p = plan();
  if (!p->below_length || !path || strncmp(path, p->below, p->below_length)) return false;
  const char end = path[p->below_length];
  return end == 0 || end == '/';
}

static void die(void) {
  syscall(SYS_kill, (pid_t)syscall(SYS_getpid), SIGKILL);
  for (;;) pause();
}

static int the_list = -1;

static void open_list(void) {
  the_list = (int)syscall(SYS_openat, AT_FDCWD, the_plan.calls, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

/// One line for a counted call; by system calls, which are not counted.
static void list(long number, enum operation operation, const char *path) {
  static pthread_once_t opening = PTHREAD_ONCE_INIT;
  if (!the_plan.calls[0]) return;
  pthread_once(&opening, open_list);
  char line[4352];
  const int length =
    snprintf(line, sizeof line, "%ld %s %s\n", number, operation_names[operation], path + the_plan.below_length);
  if (syscall(SYS_write, the_list, line, length < (int)sizeof line ? length : (int)sizeof line - 1) < 0) abort();
}

enum deed next_deed(enum operation operation, const char *path) {
  const struct plan *p = plan();
  if (!p->only[operation]) return DO_NOTHING;
  const long number = atomic_fetch_add(&calls, 1) + 1;
  list(number, operation, path);
  const bool is_it = p->at > 0 && (number == p->at || (p->sticky && number > p->at));
  if (!is_it) return DO_NOTHING;
  if (p->deed == DO_KILL) die();
  if (p->deed == DO_STALL) return sleep(60), DO_NOTHING;
  return p->deed;
}

bool fails(enum deed deed) {
  if (deed == DO_ENOSPC) return errno = ENOSPC, true;
  if (deed == DO_EIO) return errno = EIO, true;
  if (deed == DO_EROFS) return errno = EROFS, true;
  return false;
}

void after(enum deed deed) {
  if (deed == DO_KILLED) die();
}
