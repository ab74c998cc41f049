/* Loaded before a browser: whatever it syncs below DURABLE_OF is copied to DURABLE_AT, as it stands then. What is there is what a power cut leaves. */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

static pthread_mutex_t one_at_a_time = PTHREAD_MUTEX_INITIALIZER;

/* Where a path is kept for good: 0 for one that is none of ours. */
static int kept(const char *path, char *out) {
  const char *of = getenv("DURABLE_OF"), *at = getenv("DURABLE_AT");
  if (!of || !at || strncmp(path, of, strlen(of)) != 0) return 0;
  return snprintf(out, PATH_MAX, "%s%s", at, path + strlen(of)) < PATH_MAX;
}

static void make_folders(char *path) {
  for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
    *slash = 0;
    mkdir(path, 0700);
    *slash = '/';
  }
}

static void keep(int fd) {
  char link[64], path[PATH_MAX], to[PATH_MAX];
  struct stat about;
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (length < 0 || fstat(fd, &about) || !S_ISREG(about.st_mode)) return;
  path[length] = 0;
  if (!kept(path, to)) return;
  pthread_mutex_lock(&one_at_a_time);
  make_folders(to);
  int in = open(link, O_RDONLY), out = open(to, O_WRONLY | O_CREAT | O_TRUNC, 0600);
  for (off_t left = about.st_size; in >= 0 && out >= 0 && left > 0;) {
    ssize_t copied = sendfile(out, in, 0, left);
    if (copied <= 0) break;
    left -= copied;
  }
  if (in >= 0) close(in);
  if (out >= 0) close(out);
  pthread_mutex_unlock(&one_at_a_time);
}

int fsync(int fd) {
  int done = ((int (*)(int))dlsym(RTLD_NEXT, "fsync"))(fd);
  keep(fd);
  return done;
}

int fdatasync(int fd) {
  int done = ((int (*)(int))dlsym(RTLD_NEXT, "fdatasync"))(fd);
  keep(fd);
  return done;
}

/* A new name is taken for durable at once: a journal writes it before what is synced after it. */
int rename(const char *from, const char *to) {
  char kept_from[PATH_MAX], kept_to[PATH_MAX];
  int (*plain)(const char *, const char *) = dlsym(RTLD_NEXT, "rename");
  int done = plain(from, to);
  if (!done && kept(from, kept_from) && kept(to, kept_to)) plain(kept_from, kept_to);
  return done;
}
