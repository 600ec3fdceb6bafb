#define _GNU_SOURCE // sched_getaffinity
#include "CKernels.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#if defined(__x86_64__)
#include <immintrin.h>
typedef unsigned int float_mode;
static float_mode current_mode(void) { return _mm_getcsr(); }
static void restore_mode(float_mode mode) { _mm_setcsr(mode); }
static void pause_briefly(void) { _mm_pause(); }
#elif defined(__aarch64__)
typedef unsigned long float_mode;
static float_mode current_mode(void) {
  float_mode mode;
  __asm__ volatile("mrs %0, fpcr" : "=r"(mode));
  return mode;
}
static void restore_mode(float_mode mode) { __asm__ volatile("msr fpcr, %0" : : "r"(mode)); }
static void pause_briefly(void) { __asm__ volatile("yield"); }
#else
typedef int float_mode;
static float_mode current_mode(void) { return 0; }
static void restore_mode(float_mode mode) { (void)mode; }
static void pause_briefly(void) {}
#endif

// Layers of a small network last tens of microseconds, less than a sleeping thread needs to wake, so threads spin
// this often (some tens of microseconds) before they sleep.
static const int spins = 4000;

int vigil_processors(void) {
  cpu_set_t allowed;
  const long online = sched_getaffinity(0, sizeof allowed, &allowed) ? sysconf(_SC_NPROCESSORS_ONLN) : CPU_COUNT(&allowed);
  return online > 0 ? (int)online : 1;
}

struct vigil_pool {
  int threads;
  pthread_t *handles;
  pthread_mutex_t turn;     // held by the caller whose run is going on
  pthread_mutex_t sleeping; // guards the sleep of the workers
  pthread_cond_t wake;
  atomic_ulong generation; // of the runs
  atomic_long next, running;
  atomic_int ending;
  atomic_int ids;
  long count;
  void (*task)(void *, long, int);
  void *context;
};

static void take_tasks(vigil_pool *pool, int worker) {
  const long count = pool->count;
  for (long i = atomic_fetch_add(&pool->next, 1); i < count; i = atomic_fetch_add(&pool->next, 1))
    pool->task(pool->context, i, worker);
}

static void wait_for_run(vigil_pool *pool, unsigned long seen) {
  for (int i = 0; i < spins; i++) {
    if (atomic_load(&pool->generation) != seen) return;
    pause_briefly();
  }
  pthread_mutex_lock(&pool->sleeping);
  while (atomic_load(&pool->generation) == seen) pthread_cond_wait(&pool->wake, &pool->sleeping);
  pthread_mutex_unlock(&pool->sleeping);
}

static void *work(void *argument) {
  vigil_pool *pool = argument;
  const int worker = 1 + atomic_fetch_add(&pool->ids, 1);
  vigil_flush_denormals();
  for (unsigned long seen = 0;;) {
    wait_for_run(pool, seen);
    seen = atomic_load(&pool->generation);
    if (atomic_load(&pool->ending)) return NULL;
    take_tasks(pool, worker);
    atomic_fetch_sub(&pool->running, 1);
  }
}

static void start_run(vigil_pool *pool) {
  pthread_mutex_lock(&pool->sleeping);
  atomic_fetch_add(&pool->generation, 1);
  pthread_cond_broadcast(&pool->wake);
  pthread_mutex_unlock(&pool->sleeping);
}

void vigil_pool_run(vigil_pool *pool, long count, void (*task)(void *, long, int), void *context) {
  if (count <= 0) return;
  pthread_mutex_lock(&pool->turn);
  pool->count = count;
  pool->task = task;
  pool->context = context;
  atomic_store(&pool->next, 0);
  const int helpers = count > 1 ? pool->threads - 1 : 0;
  atomic_store(&pool->running, helpers);
  if (helpers) start_run(pool);
  const float_mode before = current_mode();
  vigil_flush_denormals();
  take_tasks(pool, 0);
  restore_mode(before);
  // The last tasks of the others may be long: after a while give the processor away between looks.
  for (long i = 0; atomic_load(&pool->running) > 0; i++) {
    if (i < spins) pause_briefly();
    else sched_yield();
  }
  pthread_mutex_unlock(&pool->turn);
}

vigil_pool *vigil_pool_create(int threads) {
  vigil_pool *pool = threads < 1 ? NULL : calloc(1, sizeof *pool);
  if (!pool) return NULL;
  pthread_mutex_init(&pool->turn, NULL);
  pthread_mutex_init(&pool->sleeping, NULL);
  pthread_cond_init(&pool->wake, NULL);
  pool->threads = 1;
  pool->handles = calloc((size_t)threads, sizeof *pool->handles);
  while (pool->handles && pool->threads < threads &&
         !pthread_create(&pool->handles[pool->threads - 1], NULL, work, pool))
    pool->threads++;
  if (pool->handles && pool->threads == threads) return pool;
  vigil_pool_destroy(pool);
  return NULL;
}

void vigil_pool_destroy(vigil_pool *pool) {
  atomic_store(&pool->ending, 1);
  start_run(pool);
  for (int i = 0; i < pool->threads - 1; i++) pthread_join(pool->handles[i], NULL);
  pthread_cond_destroy(&pool->wake);
  pthread_mutex_destroy(&pool->sleeping);
  pthread_mutex_destroy(&pool->turn);
  free(pool->handles);
  free(pool);
}
