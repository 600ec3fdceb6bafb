// libinotifytools 3.22 (LGPL-2.1), and statfs(2), by which Intake knows a file system whose changes inotify cannot see.
#include <inotifytools/inotify.h>
#include <inotifytools/inotifytools.h>
#include <sys/vfs.h>

// memfd_create(2), which glibc declares only for _GNU_SOURCE: the bell that ends the watcher's wait.
int memfd_create(const char *name, unsigned int flags);
static const unsigned int VIGIL_MFD_CLOEXEC = 1U;
