// Loaded into talkbackd before its libraries: ends the process at the N-th call that changes what is on the disk.
//
//   TALKBACK_CRASH_AT=N        SIGKILL instead of the N-th call; an odd N: right after it
//   TALKBACK_CRASH_COUNT=FILE  without the former: how many calls there were, written at the end
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string>

namespace {

std::atomic<long> calls{0};
long crash_at = 0;
std::string count_file;

struct Setup {
  Setup() {
    if (const char* at = std::getenv("TALKBACK_CRASH_AT")) crash_at = std::atol(at);
    if (const char* file = std::getenv("TALKBACK_CRASH_COUNT")) count_file = file;
    // The worker is another story.
    ::unsetenv("LD_PRELOAD");
  }
  ~Setup() {
    if (count_file.empty()) return;
    if (std::FILE* out = std::fopen(count_file.c_str(), "w")) {
      std::fprintf(out, "%ld\n", calls.load());
      std::fclose(out);
    }
  }
} setup;

template <class Function>
Function* next(const char* name) {
  return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

bool is_file(int descriptor) {
  struct stat found {};
  return descriptor > STDERR_FILENO && ::fstat(descriptor, &found) == 0 && S_ISREG(found.st_mode);
}

template <class Call>
auto counted(bool counts, Call call) {
  if (!counts) return call();
  const long number = ++calls;
  const bool is_it = crash_at > 0 && number == crash_at;
  if (is_it && crash_at % 2 == 0) ::kill(::getpid(), SIGKILL);
  const auto result = call();
  if (is_it) ::kill(::getpid(), SIGKILL);
  return result;
}

}  // namespace

extern "C" {

ssize_t write(int descriptor, const void* bytes, size_t count) {
  static auto* const real = next<ssize_t(int, const void*, size_t)>("write");
  return counted(is_file(descriptor), [&] { return real(descriptor, bytes, count); });
}

ssize_t pwrite(int descriptor, const void* bytes, size_t count, off_t offset) {
  static auto* const real = next<ssize_t(int, const void*, size_t, off_t)>("pwrite");
  return counted(true, [&] { return real(descriptor, bytes, count, offset); });
}

ssize_t pwrite64(int descriptor, const void* bytes, size_t count, off64_t offset) {
  static auto* const real = next<ssize_t(int, const void*, size_t, off64_t)>("pwrite64");
  return counted(true, [&] { return real(descriptor, bytes, count, offset); });
}

int fsync(int descriptor) {
  static auto* const real = next<int(int)>("fsync");
  return counted(true, [&] { return real(descriptor); });
}

int fdatasync(int descriptor) {
  static auto* const real = next<int(int)>("fdatasync");
  return counted(true, [&] { return real(descriptor); });
}

int ftruncate(int descriptor, off_t length) noexcept {
  static auto* const real = next<int(int, off_t)>("ftruncate");
  return counted(true, [&] { return real(descriptor, length); });
}

int ftruncate64(int descriptor, off64_t length) noexcept {
  static auto* const real = next<int(int, off64_t)>("ftruncate64");
  return counted(true, [&] { return real(descriptor, length); });
}

int rename(const char* from, const char* to) noexcept {
  static auto* const real = next<int(const char*, const char*)>("rename");
  return counted(true, [&] { return real(from, to); });
}

// As std::filesystem does it.
int remove(const char* path) noexcept {
  static auto* const real = next<int(const char*)>("remove");
  return counted(true, [&] { return real(path); });
}

int unlink(const char* path) noexcept {
  static auto* const real = next<int(const char*)>("unlink");
  return counted(true, [&] { return real(path); });
}

}  // extern "C"
