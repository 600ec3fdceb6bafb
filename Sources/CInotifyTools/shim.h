// libinotifytools 3.22 (LGPL-2.1), and statfs(2), by which Intake knows a file system whose changes inotify cannot see.
#include <inotifytools/inotify.h>
#include <inotifytools/inotifytools.h>
#include <sys/vfs.h>
