// A real talkbackd on a data folder of the test's, on a free port of this machine.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <vector>

#include "tests/support/test_client.hpp"

namespace talkback::test {

class ServerProcess {
 public:
  // Waits until it accepts connections; throws with its output where it does not.
  explicit ServerProcess(std::filesystem::path data, std::vector<std::string> more_arguments = {});
  ~ServerProcess();  // kills what still runs
  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;

  unsigned short port() const { return port_; }
  pid_t pid() const { return pid_; }
  // What it has logged so far.
  std::string log() const;
  // SIGKILL, then waits.
  void kill();
  // SIGTERM; the exit code, or 128 and the signal.
  int stop();

 private:
  int wait();

  std::filesystem::path data_;
  pid_t pid_ = 0;
  unsigned short port_ = 0;
};

inline const std::string kPassword = "correct horse battery";

struct CommandResult {
  int code = 0;
  std::string output;  // both streams
};

// Runs talkbackd with these arguments to its end.
CommandResult run_talkbackd(const std::vector<std::string>& arguments, const std::string& input = "");
// All with kPassword.
void add_user(const std::filesystem::path& data, const std::string& name, bool admin = false);

// The token of a fresh sign-in.
std::string sign_in(unsigned short port, const std::string& user);
// The id of a new project.
std::string create_project(HttpClient& owner, const std::string& name);
Reply set_member(HttpClient& owner, const std::string& project, const std::string& user, v1::Role role);

}  // namespace talkback::test
