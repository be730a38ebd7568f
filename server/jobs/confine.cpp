#include "server/jobs/confine.hpp"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "server/jobs/limits.hpp"

namespace talkback::jobs {
namespace {

bool limit(__rlimit_resource resource, rlim_t most) {
  rlimit current{};
  if (::getrlimit(resource, &current) != 0) return false;
  if (current.rlim_max != RLIM_INFINITY && current.rlim_max < most) most = current.rlim_max;
  const rlimit wanted{.rlim_cur = most, .rlim_max = most};
  return ::setrlimit(resource, &wanted) == 0;
}

// AddressSanitizer reserves terabytes of addresses that it never touches.
#ifdef __SANITIZE_ADDRESS__
constexpr bool kLimitsAddresses = false;
#elif defined(__SANITIZE_THREAD__)
constexpr bool kLimitsAddresses = false;
#else
constexpr bool kLimitsAddresses = true;
#endif

}  // namespace

bool confine(pid_t parent) {
  if (::prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) return false;
  // It may have died before the line above.
  if (::getppid() != parent) return false;
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return false;
  return limit(RLIMIT_CORE, 0) && limit(RLIMIT_FSIZE, kWorkerFileBytesMax) && limit(RLIMIT_NOFILE, kWorkerFilesMax) &&
         limit(RLIMIT_CPU, kWorkerCpuSecondsMax) && (!kLimitsAddresses || limit(RLIMIT_AS, kWorkerAddressBytesMax));
}

}  // namespace talkback::jobs
