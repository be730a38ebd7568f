#include "tests/support/programs.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <stdexcept>
#include <thread>
#include <utility>

namespace talkback::test {
namespace {

const std::string kBinaries = TALKBACK_BINARY_DIR "/";

int exit_code(int status) { return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status); }

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> result;
  for (std::string& text : texts) result.push_back(text.data());
  result.push_back(nullptr);
  return result;
}

std::vector<std::string> merged(const Environment& more) {
  std::vector<std::string> all;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string text = *entry;
    if (!more.contains(text.substr(0, text.find('='))) && !text.starts_with("TALKBACK_")) all.push_back(text);
  }
  for (const auto& [name, value] : more) all.push_back(name + "=" + value);
  return all;
}

}  // namespace

nlohmann::json Outcome::json() const {
  auto parsed = nlohmann::json::parse(out, nullptr, false);
  EXPECT_FALSE(parsed.is_discarded()) << out;
  return parsed;
}

Program::Program(std::vector<std::string> words, const Environment& more, std::filesystem::path log)
    : log_(std::move(log)) {
  const int out = ::open((log_.string() + ".out").c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  const int err = ::open((log_.string() + ".err").c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  std::vector<std::string> variables = merged(more);
  // Everything is ready before fork(): between it and exec nothing may allocate, other threads may hold the heap.
  const std::vector<char*> argv = pointers(words);
  const std::vector<char*> env = pointers(variables);
  const pid_t parent = ::getpid();
  pid_ = ::fork();
  if (pid_ < 0) throw std::runtime_error("cannot fork");
  if (pid_ == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) ::_exit(127);
    const int none = ::open("/dev/null", O_RDONLY);
    ::dup2(none, STDIN_FILENO);
    ::dup2(out, STDOUT_FILENO);
    ::dup2(err, STDERR_FILENO);
    ::execvpe(argv[0], argv.data(), env.data());
    ::_exit(127);
  }
  ::close(out);
  ::close(err);
}

Program::Program(Program&& other) noexcept : pid_(std::exchange(other.pid_, 0)), log_(std::move(other.log_)) {}

Program::~Program() {
  if (pid_ == 0) return;
  ::kill(pid_, SIGKILL);
  static_cast<void>(wait());
}

Outcome Program::wait() {
  int status = 0;
  while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) continue;
  pid_ = 0;
  return {exit_code(status), bytes_of(log_.string() + ".out"), bytes_of(log_.string() + ".err")};
}

void Program::signal(int number) { ::kill(pid_, number); }

bool Program::is_running() const {
  siginfo_t ended{};
  return ::waitid(P_PID, static_cast<id_t>(pid_), &ended, WEXITED | WNOHANG | WNOWAIT) != 0 || ended.si_pid != pid_;
}

bool Program::says(const std::string& text, const std::string& stream) {
  while (bytes_of(log_.string() + stream).find(text) == std::string::npos) {
    if (!is_running()) return false;
    std::this_thread::yield();
  }
  return true;
}

Member::Member(const TemporaryFolder& folder, std::string name)
    : name_(std::move(name)), home_(folder / ("home-" + name_)), logs_(folder / ("logs-" + name_)) {
  std::filesystem::create_directories(logs_);
  environment = {{"TALKBACK_HOME", home_.string()}, {"TALKBACK_PASSWORD", kPassword}, {"TZ", "UTC"}};
}

Program Member::start(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), kBinaries + "talkback");
  return Program(std::move(arguments), environment, logs_ / std::to_string(++runs_));
}

Outcome Member::run(std::vector<std::string> arguments) { return start(std::move(arguments)).wait(); }

void Member::sign_in(unsigned short port) { succeed({"login", "127.0.0.1:" + std::to_string(port), "--user", name_}); }

Outcome Member::succeed(const std::vector<std::string>& arguments) {
  const Outcome outcome = run(arguments);
  EXPECT_EQ(outcome.code, 0) << "talkback " << ::testing::PrintToString(arguments) << "\n"
                             << outcome.out << outcome.err;
  return outcome;
}

nlohmann::json Member::ask(std::vector<std::string> arguments) {
  arguments.push_back("--json");
  return succeed(arguments).json();
}

bool SoundCard::is_installed() {
  return ::access("/usr/bin/jackd", X_OK) == 0 && ::access("/usr/bin/jack_wait", X_OK) == 0;
}

SoundCard::SoundCard(const TemporaryFolder& folder, int period_frames, int delay_frames,
                     const std::vector<std::string>& more) {
  const auto alsa = folder.write("asound.conf", "pcm.!default { type null }\nctl.!default { type null }\n");
  environment_ = {
      {"JACK_DEFAULT_SERVER", kServer}, {"JACK_NO_AUDIO_RESERVATION", "1"}, {"ALSA_CONFIG_PATH", alsa.string()}};
  jack_.emplace(start_server(folder, period_frames));
  std::vector<std::string> words{kBinaries + "talkback-virtual-card", "--server", kServer, "--delay",
                                 std::to_string(delay_frames)};
  words.insert(words.end(), more.begin(), more.end());
  card_.emplace(std::move(words), environment_, folder / "card");
  EXPECT_TRUE(card_->says("ready")) << bytes_of(folder / "card.err");
}

Program SoundCard::start_server(const TemporaryFolder& folder, int period_frames) {
  Program jack({TALKBACK_SOURCE_DIR "/deploy/jack-dummy", kServer, "48000", std::to_string(period_frames)}, {},
               folder / "jack");
  EXPECT_TRUE(jack.says("starting"));
  const Outcome up = Program({"jack_wait", "-s", kServer, "-w", "-t", "20"}, {}, folder / "wait").wait();
  EXPECT_EQ(up.code, 0) << bytes_of(folder / "jack.out") << bytes_of(folder / "jack.err");
  // Else what is up is the next test's.
  EXPECT_TRUE(jack.is_running()) << bytes_of(folder / "jack.out") << bytes_of(folder / "jack.err");
  return jack;
}

void SoundCard::kill_server() {
  jack_->signal(SIGKILL);
  static_cast<void>(jack_->wait());
  jack_.reset();
}

SoundCard::~SoundCard() {
  // In this order: a client that vanishes holds the server for seconds.
  if (card_) {
    card_->signal(SIGTERM);
    static_cast<void>(card_->wait());
  }
  if (jack_) {
    jack_->signal(SIGTERM);
    static_cast<void>(jack_->wait());
  }
}

}  // namespace talkback::test
