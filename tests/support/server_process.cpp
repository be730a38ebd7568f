#include "tests/support/server_process.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <thread>

namespace talkback::test {
namespace {

const std::string kProgram = std::string(TALKBACK_BINARY_DIR) + "/talkbackd";

// The write end of `input` and the read end of `output` are ours, -1 where not wanted.
pid_t spawn(std::vector<std::string> arguments, int input, int output) {
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  if (input >= 0) ::posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
  ::posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
  ::posix_spawn_file_actions_adddup2(&actions, output, STDERR_FILENO);
  ::posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1);
  arguments.insert(arguments.begin(), kProgram);
  std::vector<char*> words;
  for (std::string& argument : arguments) words.push_back(argument.data());
  words.push_back(nullptr);
  pid_t pid = 0;
  const int failed = ::posix_spawn(&pid, kProgram.c_str(), &actions, nullptr, words.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  if (failed != 0) throw std::runtime_error("cannot start " + kProgram);
  return pid;
}

int exit_code(pid_t pid) {
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) continue;
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

std::string text_of(const std::filesystem::path& file) {
  std::ifstream stream(file);
  return {std::istreambuf_iterator<char>(stream), {}};
}

}  // namespace

ServerProcess::ServerProcess(std::filesystem::path data, std::vector<std::string> more_arguments)
    : data_(std::move(data)) {
  const std::filesystem::path port_file = data_.string() + ".port";
  const std::filesystem::path log_file = data_.string() + ".log";
  std::filesystem::remove(port_file);
  std::vector<std::string> arguments{"serve",       "--data",      data_.string(),    "--listen",
                                     "127.0.0.1:0", "--port-file", port_file.string()};
  arguments.insert(arguments.end(), more_arguments.begin(), more_arguments.end());
  const int log = ::open(log_file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  pid_ = spawn(std::move(arguments), -1, log);
  ::close(log);
  // Bounded by the process: it either writes the file or ends.
  while (!std::filesystem::exists(port_file)) {
    int status = 0;
    if (::waitpid(pid_, &status, WNOHANG) == pid_) {
      pid_ = 0;
      throw std::runtime_error("the server did not start: " + text_of(log_file));
    }
    std::this_thread::yield();
  }
  port_ = static_cast<unsigned short>(std::stoi(text_of(port_file)));
}

ServerProcess::~ServerProcess() { kill(); }

void ServerProcess::kill() {
  if (pid_ == 0) return;
  ::kill(pid_, SIGKILL);
  (void)wait();
}

int ServerProcess::stop() {
  ::kill(pid_, SIGTERM);
  return wait();
}

std::string ServerProcess::log() const { return text_of(data_.string() + ".log"); }

int ServerProcess::wait() {
  const int code = exit_code(pid_);
  pid_ = 0;
  return code;
}

CommandResult run_talkbackd(const std::vector<std::string>& arguments, const std::string& input) {
  int in[2];
  int out[2];
  if (::pipe2(in, O_CLOEXEC) != 0 || ::pipe2(out, O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
  const pid_t pid = spawn(arguments, in[0], out[1]);
  ::close(in[0]);
  ::close(out[1]);
  [[maybe_unused]] const ssize_t wrote = ::write(in[1], input.data(), input.size());
  ::close(in[1]);
  CommandResult result;
  char chunk[4096];
  while (const ssize_t got = ::read(out[0], chunk, sizeof chunk)) {
    if (got < 0) break;
    result.output.append(chunk, static_cast<std::size_t>(got));
  }
  ::close(out[0]);
  result.code = exit_code(pid);
  return result;
}

void add_user(const std::filesystem::path& data, const std::string& name, bool admin) {
  std::vector<std::string> arguments{"user", "add", name, "--password-stdin", "--data", data.string()};
  if (admin) arguments.push_back("--admin");
  const CommandResult result = run_talkbackd(arguments, kPassword + "\n");
  ASSERT_EQ(result.code, 0) << result.output;
}

std::string sign_in(unsigned short port, const std::string& user) {
  HttpClient http(port);
  v1::SignIn wanted;
  wanted.set_user(user);
  wanted.set_password(kPassword);
  const Reply reply = http.post("/v1/tokens", wanted);
  EXPECT_EQ(reply.status, 200) << reply.body;
  return parsed<v1::Token>(reply).token();
}

std::string create_project(HttpClient& owner, const std::string& name) {
  v1::NewProject wanted;
  wanted.set_name(name);
  const Reply reply = owner.post("/v1/projects", wanted);
  EXPECT_EQ(reply.status, 201) << reply.body;
  return parsed<v1::Project>(reply).id();
}

Reply set_member(HttpClient& owner, const std::string& project, const std::string& user, v1::Role role) {
  v1::Member member;
  member.set_role(role);
  return owner.send("PUT", "/v1/projects/" + project + "/members/" + user, json_of(member));
}

}  // namespace talkback::test
