// talkbackd user, migrate, verify and collect: one-off work on a data folder that no server is using.
#include <iomanip>
#include <iostream>
#include <sstream>

#include "engine/base/password_prompt.hpp"
#include "server/domain/history.hpp"
#include "server/domain/passwords.hpp"
#include "server/opened_data.hpp"

namespace talkback {
namespace {

// --password-stdin takes the first line even from a terminal, without a question.
std::string read_password(const NewUserOptions& options) {
  if (!options.password_stdin) return need(ask_password("Password for " + options.name));
  std::string password;
  if (!std::getline(std::cin, password)) throw StartError({ErrorCode::invalid, "no password came on standard input"});
  return password;
}

// How many blobs are damaged or gone; each is printed.
int verify_blobs(domain::BlobStore& blobs) {
  const std::vector<Sha256Digest> names = need(blobs.list_all());
  int damaged = 0;
  for (const Sha256Digest& name : names) {
    const auto whole = blobs.verify(name);
    if (whole) continue;
    ++damaged;
    std::cerr << whole.error().message << '\n';
  }
  std::cout << names.size() << " blobs, " << damaged << " damaged or missing\n";
  return damaged;
}

int verify_histories(domain::ProjectStore& projects, domain::BranchStore& branches, domain::EditLog& log) {
  const std::vector<domain::ProjectId> names = need(projects.list_all());
  int damaged = 0;
  std::uint64_t edits = 0;
  for (const domain::ProjectId& name : names) {
    for (const domain::Branch& branch : need(branches.list(name))) {
      const std::uint64_t base = branch.base ? branch.base->revision : 0;
      const auto head = domain::verify_history(log, branch.id, base);
      if (head) {
        edits += *head - base;
        continue;
      }
      ++damaged;
      std::cerr << head.error().message << '\n';
    }
  }
  std::cout << names.size() << " projects, " << edits << " edits replayed, " << damaged << " damaged\n";
  return damaged;
}

// "3 blobs (12.4 MB)".
std::string count_of(const std::vector<storage::UnreferencedBlob>& blobs) {
  std::int64_t bytes = 0;
  for (const storage::UnreferencedBlob& blob : blobs) bytes += blob.size_bytes;
  std::ostringstream text;
  text << blobs.size() << (blobs.size() == 1 ? " blob (" : " blobs (") << std::fixed << std::setprecision(1)
       << static_cast<double>(bytes) / 1e6 << " MB)";
  return text.str();
}

}  // namespace

int add_user(const std::filesystem::path& data, const NewUserOptions& options) {
  need(domain::check_user_name(options.name));
  OpenedData opened(data);
  storage::SqlitePeopleStore& store = opened.stores->people;
  domain::People people(store, opened.clock, opened.random);
  need(people.add(options.name, read_password(options), options.admin));
  std::cout << "added " << options.name << (options.admin ? " (administrator)\n" : "\n");
  return 0;
}

int list_users(const std::filesystem::path& data) {
  OpenedData opened(data);
  storage::SqlitePeopleStore& store = opened.stores->people;
  for (const domain::User& user : need(store.list_users()))
    std::cout << user.name << (user.admin ? "\tadministrator" : "") << (user.disabled ? "\tdisabled\n" : "\n");
  return 0;
}

int set_user_disabled(const std::filesystem::path& data, const std::string& name, bool disabled) {
  OpenedData opened(data);
  storage::SqlitePeopleStore& store = opened.stores->people;
  need(store.set_disabled(name, disabled));
  std::cout << name << (disabled ? " may no longer sign in; what they made stays\n" : " may sign in again\n");
  return 0;
}

int set_password(const std::filesystem::path& data, const NewUserOptions& options) {
  OpenedData opened(data);
  storage::SqlitePeopleStore& store = opened.stores->people;
  const auto found = need(store.find_user(options.name));
  if (!found) throw StartError({ErrorCode::not_found, "nobody here is called " + options.name});
  const std::string password = read_password(options);
  need(domain::check_password(password));
  need(store.change_password(found->user.id, need(domain::hash_password(password)), domain::TokenId{}));
  need(store.set_disabled(options.name, false));
  std::cout << options.name << " may sign in with the new password\n";
  return 0;
}

int migrate(const std::filesystem::path& data) {
  OpenedData opened(data);
  std::cout << "the schema is up to date\n";
  return 0;
}

int verify(const std::filesystem::path& data) {
  OpenedData opened(data);
  storage::Stores& stores = *opened.stores;
  const int damaged = verify_blobs(*stores.blobs) + verify_histories(stores.projects, stores.branches, stores.log);
  return damaged == 0 ? 0 : 1;
}

int collect(const std::filesystem::path& data, const CollectOptions& options) {
  constexpr std::int64_t kDayMs = std::int64_t{24} * 3600 * 1000;
  OpenedData opened(data);
  const auto collected =
      need(opened.stores->blobs->collect({.grace_ms = options.after_days * kDayMs, .is_trial = options.dry_run}));
  for (const storage::UnreferencedBlob& blob : collected.gone)
    std::cout << to_hex(blob.sha256) << '\t' << blob.size_bytes << '\n';
  std::cout << count_of(collected.gone) << (options.dry_run ? " would be removed" : " removed");
  if (!collected.waiting.empty())
    std::cout << "; " << count_of(collected.waiting) << " that nothing has referred to for less than "
              << options.after_days << " days left alone";
  std::cout << '\n';
  return 0;
}

}  // namespace talkback
