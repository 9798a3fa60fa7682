/* Preloaded into a process, it adds to that process's wall clock what the table GENHOOK_CLOCKS holds for its pid, in
   nanoseconds. The monotonic clock goes on as it is, as it does when a machine's clock is set. */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define SECOND 1000000000LL

static int (*real_clock_gettime)(clockid_t, struct timespec *);
static const volatile int64_t *steps;
static int64_t pids;

__attribute__((constructor)) static void open_table(void) {
    real_clock_gettime = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
    const char *path = getenv("GENHOOK_CLOCKS");
    int file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    struct stat found;
    if (file < 0) return;
    if (fstat(file, &found) == 0) {
        void *table = mmap(NULL, (size_t)found.st_size, PROT_READ, MAP_SHARED, file, 0);
        if (table != MAP_FAILED) {
            steps = table;
            pids = found.st_size / (int64_t)sizeof *steps;
        }
    }
    close(file);
}

int clock_gettime(clockid_t clock, struct timespec *at) {
    /* A constructor of another library may ask before this one's has run. */
    if (!real_clock_gettime) open_table();
    int failed = real_clock_gettime(clock, at);
    int64_t pid = getpid();
    if (failed || (clock != CLOCK_REALTIME && clock != CLOCK_REALTIME_COARSE) || pid >= pids || !steps[pid]) return failed;
    int64_t moment = at->tv_sec * SECOND + at->tv_nsec + steps[pid];
    at->tv_sec = moment / SECOND;
    at->tv_nsec = moment % SECOND;
    return 0;
}

int gettimeofday(struct timeval *restrict at, void *restrict zone) {
    struct timespec moment;
    (void)zone;
    if (clock_gettime(CLOCK_REALTIME, &moment)) return -1;
    at->tv_sec = moment.tv_sec;
    at->tv_usec = moment.tv_nsec / 1000;
    return 0;
}

time_t time(time_t *at) {
    struct timespec moment;
    clock_gettime(CLOCK_REALTIME, &moment);
    if (at) *at = moment.tv_sec;
    return moment.tv_sec;
}
