// The programs of Talkback as a person runs them: a command line with a home folder, a virtual sound card.
//
// Everything that is started dies with its object, and with the test program, however that ends.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "tests/support/server_process.hpp"
#include "tests/support/temporary_folder.hpp"

namespace talkback::test {

using Environment = std::map<std::string, std::string>;

struct Outcome {
  int code = 0;  // 128 and the signal where one ended it
  std::string out;
  std::string err;
  nlohmann::json json() const;  // of `out`; fails the test where it is none
};

class Program {
 public:
  // words[0]: a path, or a name that is looked up in PATH. log: where its output goes (".out" and ".err" are added).
  Program(std::vector<std::string> words, const Environment& more, std::filesystem::path log);
  ~Program();  // SIGKILL
  Program(Program&& other) noexcept;
  Program& operator=(Program&&) = delete;

  Outcome wait();
  void signal(int number);
  bool is_running() const;
  // Waits for the text on stdout (".out") or stderr (".err"); false where the program ended without it.
  bool says(const std::string& text, const std::string& stream = ".out");

 private:
  pid_t pid_ = 0;
  std::filesystem::path log_;
};

// A member at a machine with a home folder of its own.
class Member {
 public:
  Member(const TemporaryFolder& folder, std::string name);

  Outcome run(std::vector<std::string> arguments);
  Program start(std::vector<std::string> arguments);
  // Signs in with kPassword and expects it to work.
  void sign_in(unsigned short port);
  // Runs and expects success.
  Outcome succeed(const std::vector<std::string>& arguments);
  // Runs with --json and expects success.
  nlohmann::json ask(std::vector<std::string> arguments);

  const std::string& name() const { return name_; }
  const std::filesystem::path& home() const { return home_; }
  Environment environment;

 private:
  std::string name_;
  std::filesystem::path home_;
  std::filesystem::path logs_;
  int runs_ = 0;
};

// A JACK server without hardware and a virtual card on it; one at a time, the next waits.
class SoundCard {
 public:
  static bool is_installed();
  // more: further words for talkback-virtual-card.
  SoundCard(const TemporaryFolder& folder, int period_frames, int delay_frames,
            const std::vector<std::string>& more = {});
  ~SoundCard();
  SoundCard(const SoundCard&) = delete;
  SoundCard& operator=(const SoundCard&) = delete;

  // The server alone, up. Who kills it leaves what a crash leaves.
  static Program start_server(const TemporaryFolder& folder, int period_frames);

  // As if the cable were pulled, or the sound server had crashed.
  void kill_server();

  // For who uses the card.
  const Environment& environment() const { return environment_; }

 private:
  static constexpr const char* kServer = "talkback-test";

  Environment environment_;
  std::optional<Program> jack_;
  std::optional<Program> card_;
};

}  // namespace talkback::test
