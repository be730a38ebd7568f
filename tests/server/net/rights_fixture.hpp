// The routes with their stores and people, without sockets: who knocks where, and what they are told.
#pragma once

#include <gtest/gtest.h>

#include "engine/session/session.hpp"
#include "server/jobs/render_queue.hpp"
#include "server/net/limits.hpp"
#include "server/net/rate_limit.hpp"
#include "server/net/room_hub.hpp"
#include "server/net/routes.hpp"
#include "server/storage/stores.hpp"
#include "tests/support/fake_outside.hpp"
#include "tests/support/open_stores.hpp"
#include "tests/support/temporary_folder.hpp"

namespace talkback::net {

inline constexpr const char* kNowhere = "00000000000000ff";

struct Person {
  std::string name;
  char role;  // 'O', 'P', 'F', 'M', 'L' as in Role; '-' for none
  std::string token;
  // Of links: where they belong, and whether they open one version only.
  domain::ProjectId link_of = {};
  bool one_version = false;
  // Expired, revoked, disabled.
  bool is_over = false;
};

// Projects of one's own, in the trash and of somebody else, with everybody who may knock: each role, links of each
// kind, and those whose right is over.
class RightsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const std::pair<const char*, v1::Role> kMembers[] = {{"olga", v1::OWNER},
                                                         {"pia", v1::PRODUCER},
                                                         {"fred", v1::PERFORMER},
                                                         {"mia", v1::MENTOR},
                                                         {"leo", v1::LISTENER}};
    const domain::User olga = add_person("olga", 'O');
    for (const auto& [name, role] : kMembers)
      if (role != v1::OWNER) add_person(name, "?OPFML"[static_cast<std::size_t>(role)]);
    for (const char* name : {"gone", "disabled", "expired"}) add_person(name, 'P');
    const domain::User other = add_person("other", '-');
    add_person("admin", '-', true);
    own_ = projects_.create(olga, "Song", 0).value().id;
    trashed_ = projects_.create(olga, "Old", 0).value().id;
    foreign_ = projects_.create(other, "Theirs", 0).value().id;
    for (const domain::ProjectId& project : {own_, trashed_}) {
      for (const auto& [name, role] : kMembers)
        ASSERT_TRUE(role == v1::OWNER || projects_.set_member(project, {.user = name, .role = role}).has_value());
      for (const char* name : {"gone", "disabled", "expired"})
        ASSERT_TRUE(projects_.set_member(project, {.user = name, .role = v1::PRODUCER}));
      ASSERT_TRUE(projects_.remove_member(project, "gone"));
    }
    version_ = versions_.create(own_, olga, "Rough", "", {}).value();
    add_links(olga, other);
    ASSERT_TRUE(projects_.trash(trashed_));
    ASSERT_TRUE(people_store_.set_disabled("disabled", true));
    for (Person& person : people_)
      person.is_over = person.is_over || person.name == "disabled" || person.name == "expired";
  }

  void add_links(const domain::User& olga, const domain::User& other) {
    add_link("link-listener", own_, olga, {.name = {}, .role = v1::LISTENER, .version = {}, .lifetime_ms = 0});
    add_link("link-mentor", own_, olga, {.name = "Ann", .role = v1::MENTOR, .version = {}, .lifetime_ms = 0});
    add_link("link-version", own_, olga, {.name = {}, .role = v1::LISTENER, .version = "Rough", .lifetime_ms = 0});
    add_link("link-foreign", foreign_, other, {.name = "Ann", .role = v1::MENTOR, .version = {}, .lifetime_ms = 0});
    add_link("link-trashed", trashed_, olga, {.name = {}, .role = v1::MENTOR, .version = {}, .lifetime_ms = 0});
    // Over in three ways: by time, by hand, and because its maker is no producer any more.
    clock_.advance(-2 * domain::kLinkLifetimeMsMin);
    add_link("link-expired", own_, olga, {.name = {}, .role = {}, .version = {}, .lifetime_ms = 60'000});
    clock_.advance(2 * domain::kLinkLifetimeMsMin);
    const auto revoked =
        add_link("link-revoked", own_, olga, {.name = {}, .role = {}, .version = {}, .lifetime_ms = 0});
    ASSERT_TRUE(links_.revoke(own_, revoked));
    ASSERT_TRUE(projects_.set_member(own_, {.user = "leo", .role = v1::PRODUCER}));
    const domain::User leo = people_store_.find_user("leo").value()->user;
    add_link("link-orphaned", own_, leo, {.name = {}, .role = {}, .version = {}, .lifetime_ms = 0});
    ASSERT_TRUE(projects_.set_member(own_, {.user = "leo", .role = v1::LISTENER}));
    for (Person& person : people_)
      if (person.name == "link-expired" || person.name == "link-revoked" || person.name == "link-orphaned")
        person.is_over = true;
  }
  std::uint64_t add_link(const std::string& name, const domain::ProjectId& project, const domain::User& maker,
                         const domain::WantedLink& wanted) {
    const auto made = links_.make(project, maker, wanted);
    EXPECT_TRUE(made) << made.error().message;
    people_.push_back({.name = name,
                       .role = wanted.role == v1::MENTOR ? 'M' : 'L',
                       .token = made->secret,
                       .link_of = project,
                       .one_version = !wanted.version.empty()});
    return made->link.number;
  }

  domain::User add_person(const std::string& name, char role, bool admin = false) {
    const domain::User user = people_store_.add_user(name, "hash", admin, 1).value();
    const std::string token = "token-of-" + name;
    const std::int64_t now = clock_.now_unix_ms();
    EXPECT_TRUE(people_store_.add_token({.user = user.id,
                                         .token_sha256 = sha256(token),
                                         .label = {},
                                         .created_unix_ms = now,
                                         .expires_unix_ms = name == "expired" ? now - 1 : now + 1'000'000}));
    people_.push_back({.name = name, .role = role, .token = token, .link_of = {}});
    return user;
  }

  Request request(const Person* person, const HttpRequest& http, const domain::ProjectId& project) {
    return {.http = http,
            .services = services_,
            .rooms = rooms_,
            .sign_ins = sign_ins_,
            .names = {{"project", project},
                      {"user", person == nullptr ? "nobody" : person->name},
                      {"upload", kNowhere},
                      {"blob", std::string(64, 'a')},
                      {"render", kNowhere},
                      {"version", kNowhere},
                      {"number", "7"},
                      {"link", "7"}},
            .caller = std::nullopt,
            .project = std::nullopt};
  }
  // Each from an address of its own: how often somebody may ask is another test's.
  HttpRequest http_of(const Person* person, Method method) {
    HttpRequest http;
    http.method = method;
    http.body = "{}";
    http.host = "localhost";
    http.remote_address = std::to_string(++requests_);
    if (person != nullptr) http.authorization = "Bearer " + person->token;
    return http;
  }
  // What the caller is told at the door: 200 for "come in".
  int knock(const Route& route, const Person* person, const domain::ProjectId& project) {
    const HttpRequest http = http_of(person, route.method);
    Request asked = request(person, http, project);
    const auto allowed = authorise(route, asked);
    return allowed ? 200 : refusal(asked, allowed.error()).status;
  }
  int status_of(const Person& person, Method method, std::string_view pattern,
                std::map<std::string, std::string, std::less<>> names, const std::string& body = "{}",
                std::map<std::string, std::string> query = {}) {
    HttpRequest http = http_of(&person, method);
    http.body = body;
    http.query = std::move(query);
    Request asked = request(&person, http, own_);
    for (auto& [key, value] : names) asked.names[key] = value;
    for (const Route& route : routes())
      if (route.method == method && route.pattern == pattern) return answer(route, asked).status;
    ADD_FAILURE() << "no route " << pattern;
    return 0;
  }
  const Person& person(const std::string& name) {
    for (const Person& candidate : people_)
      if (candidate.name == name) return candidate;
    throw std::runtime_error("nobody is called " + name);
  }

  TemporaryFolder folder_;
  test::FakeClock clock_;
  test::SeededRandom random_;
  const std::unique_ptr<storage::Stores> stores_ = test::open_stores(folder_.path(), clock_, random_);
  storage::Database* const database_ = stores_->database.get();
  storage::FolderBlobStore* const blobs_ = stores_->blobs.get();
  storage::SqlitePeopleStore& people_store_ = stores_->people;
  storage::SqliteRenderStore& render_store_ = stores_->renders;
  domain::People domain_people_{people_store_, clock_, random_};
  domain::Projects projects_{stores_->projects, clock_, random_};
  domain::Branches branches_{stores_->branches, clock_, random_};
  // No workers: nothing is rendered.
  jobs::RenderQueue renders_{
      {.program = {}, .render_folder = folder_ / "renders", .cache_folder = folder_ / "cache", .workers = 0},
      render_store_,
      stores_->log,
      *blobs_,
      clock_,
      random_,
      [](const domain::ProjectId&, const v1::RenderStatus&) {}};
  domain::Versions versions_{stores_->versions, branches_, stores_->log, *blobs_, renders_, clock_, random_};
  domain::Suggestions suggestions_{stores_->suggestions, branches_, clock_};
  domain::Links links_{stores_->links, versions_, clock_, random_};
  asio::io_context io_{1};
  asio::thread_pool pool_{1};
  RoomHub rooms_{{.io = io_,
                  .pool = pool_,
                  .log = stores_->log,
                  .clock = clock_,
                  .branches = branches_,
                  .suggestions = suggestions_}};
  SignInLimits sign_ins_{.by_user = {{kSignInsPerMinute / 60, kSignInsBurst}, kRateKeysMax},
                         .by_address = {{kAddressSignInsPerMinute / 60, kAddressSignInsBurst}, kRateKeysMax},
                         .wrong_tokens = {{kWrongTokensPerMinute / 60, kWrongTokensBurst}, kRateKeysMax}};
  Services services_{.people = domain_people_,
                     .projects = projects_,
                     .branches = branches_,
                     .versions = versions_,
                     .suggestions = suggestions_,
                     .links = links_,
                     .log = stores_->log,
                     .blobs = *blobs_,
                     .renders = renders_,
                     .clock = clock_,
                     .describe_archive = [](const domain::Project&) { return v1::ProjectArchive(); },
                     .is_ready = [] { return true; }};
  std::vector<Person> people_;
  domain::ProjectId own_;
  domain::ProjectId trashed_;
  domain::ProjectId foreign_;
  domain::Version version_;
  int requests_ = 0;
};

}  // namespace talkback::net
