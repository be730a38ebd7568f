// What `talkbackd` can be told to do. Each returns the exit code; errors that keep it from starting are thrown as
// StartError and printed by main.
#pragma once

#include <filesystem>
#include <stdexcept>
#include <string>

#include "engine/base/result.hpp"
#include "server/net/services.hpp"

namespace talkback {

struct StartError : std::runtime_error {
  explicit StartError(const Error& error) : std::runtime_error(error.message) {}
};

// The value, or a StartError.
template <class T>
T need(Result<T> result) {
  if (!result) throw StartError(result.error());
  return std::move(result).value();
}
inline void need(const Result<void>& result) {
  if (!result) throw StartError(result.error());
}

// For so long nothing has referred to a blob that is collected.
inline constexpr int kCollectAfterDays = 7;

struct ServeOptions {
  std::filesystem::path data;
  net::NetSettings net;
  std::filesystem::path port_file;
  std::filesystem::path worker;  // empty: beside talkbackd
  int render_workers = 1;
  int render_threads = 0;  // 0: as many as the machine has
  int collect_after_days = kCollectAfterDays;
};

struct NewUserOptions {
  std::string name;
  bool admin = false;
  bool password_stdin = false;
};

struct CollectOptions {
  int after_days = kCollectAfterDays;  // 0: at once
  bool dry_run = false;
};

int serve(const ServeOptions& options);
int add_user(const std::filesystem::path& data, const NewUserOptions& options);
int list_users(const std::filesystem::path& data);
int set_user_disabled(const std::filesystem::path& data, const std::string& name, bool disabled);
// Also for somebody who was disabled or came with an archive: from then on they may sign in.
int set_password(const std::filesystem::path& data, const NewUserOptions& options);
int create_archive(const std::filesystem::path& data, const std::string& project, const std::filesystem::path& file);
int restore_archive(const std::filesystem::path& data, const std::filesystem::path& file);
int migrate(const std::filesystem::path& data);
int verify(const std::filesystem::path& data);
// Says what is removed, or would be, and what has to wait.
int collect(const std::filesystem::path& data, const CollectOptions& options);

}  // namespace talkback
