// Who gets in: every route of the table for every kind of caller and project; and objects of other projects, which stay
// shut however they are named. The expectations are written down here by hand, not read from the policy.
#include <gtest/gtest.h>

#include <set>

#include "engine/session/session.hpp"
#include "server/jobs/render_queue.hpp"
#include "server/net/limits.hpp"
#include "server/net/rate_limit.hpp"
#include "server/net/room_hub.hpp"
#include "server/net/routes.hpp"
#include "server/storage/blobs/folder_blob_store.hpp"
#include "server/storage/sqlite/branch_store.hpp"
#include "server/storage/sqlite/edit_log.hpp"
#include "server/storage/sqlite/people_store.hpp"
#include "server/storage/sqlite/project_store.hpp"
#include "server/storage/sqlite/render_store.hpp"
#include "server/storage/sqlite/suggestion_store.hpp"
#include "server/storage/sqlite/version_store.hpp"
#include "tests/support/fake_outside.hpp"
#include "tests/support/temporary_folder.hpp"

namespace talkback::net {
namespace {

constexpr const char* kNowhere = "00000000000000ff";

// "OPFML": the roles that get through a route; "*" everybody, "+" whoever is signed in, "A" administrators.
struct Expected {
  Method method;
  std::string_view pattern;
  std::string_view who;
};

constexpr Expected kExpected[] = {
    {Method::get, "/healthz", "*"},
    {Method::get, "/readyz", "*"},
    {Method::post, "/v1/tokens", "*"},
    {Method::remove, "/v1/tokens/current", "+"},
    {Method::get, "/v1/users/me", "+"},
    {Method::post, "/v1/users", "A"},
    {Method::post, "/v1/users/me/password", "+"},
    {Method::get, "/v1/projects", "+"},
    {Method::post, "/v1/projects", "+"},
    {Method::get, "/v1/projects/{project}", "OPFML"},
    {Method::remove, "/v1/projects/{project}", "O"},
    {Method::post, "/v1/projects/{project}/restored", "O"},
    {Method::get, "/v1/projects/{project}/members", "OPFML"},
    {Method::put, "/v1/projects/{project}/members/{user}", "O"},
    {Method::remove, "/v1/projects/{project}/members/{user}", "OPFML"},
    {Method::get, "/v1/projects/{project}/session", "OPFML"},
    {Method::get, "/v1/projects/{project}/history", "OPFML"},
    {Method::get, "/v1/projects/{project}/branches", "OPFML"},
    {Method::post, "/v1/projects/{project}/branches", "OP"},
    {Method::get, "/v1/projects/{project}/versions", "OPFML"},
    {Method::post, "/v1/projects/{project}/versions", "OPF"},
    {Method::put, "/v1/projects/{project}/versions/{version}/render", "OPF"},
    {Method::get, "/v1/projects/{project}/suggestions", "OPFML"},
    {Method::post, "/v1/projects/{project}/suggestions", "OPFM"},
    {Method::post, "/v1/projects/{project}/suggestions/{number}/answer", "OPFM"},
    {Method::post, "/v1/projects/{project}/uploads", "OPF"},
    {Method::get, "/v1/projects/{project}/uploads/{upload}", "OPF"},
    {Method::post, "/v1/projects/{project}/uploads/{upload}/end", "OPF"},
    {Method::patch, "/v1/projects/{project}/uploads/{upload}", "OPF"},
    {Method::put, "/v1/projects/{project}/blobs/{blob}", "OPF"},
    {Method::get, "/v1/projects/{project}/blobs/{blob}", "OPFML"},
    {Method::post, "/v1/projects/{project}/renders", "OP"},
    {Method::get, "/v1/projects/{project}/renders", "OPFML"},
    {Method::get, "/v1/projects/{project}/renders/{render}", "OPFML"},
    {Method::remove, "/v1/projects/{project}/renders/{render}", "OP"},
    {Method::get, "/v1/projects/{project}/room", "OPFML"},
};

struct Person {
  std::string name;
  char role;  // as in Expected; '-' for none
  std::string token;
};

class AuthorizationTest : public ::testing::Test {
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
    ASSERT_TRUE(projects_.trash(trashed_));
    ASSERT_TRUE(people_store_.set_disabled("disabled", true));
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
    people_.push_back({.name = name, .role = role, .token = token});
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
                      {"number", "7"}},
            .caller = std::nullopt,
            .project = std::nullopt};
  }
  static HttpRequest http_of(const Person* person, Method method) {
    HttpRequest http;
    http.method = method;
    http.body = "{}";
    http.host = "localhost";
    http.remote_address = "127.0.0.1";
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
  int expected(std::string_view who, const Person* person, const domain::ProjectId& project, Method method,
               std::string_view pattern) {
    if (who == "*") return 200;
    const bool is_known = person != nullptr && person->name != "disabled" && person->name != "expired";
    if (!is_known) return 401;
    if (who == "+") return 200;
    if (who == "A") return person->name == "admin" ? 200 : 403;
    const bool is_member =
        project == foreign_ ? person->name == "other" : person->role != '-' && person->name != "gone";
    if (!is_member) return 404;
    const char role = project == foreign_ ? 'O' : person->role;
    const bool may = who.find(role) != std::string_view::npos;
    if (project != trashed_ || !may) return may ? 200 : 403;
    // Nothing but its restoring reaches into the trash.
    const bool is_about_it =
        pattern == "/v1/projects/{project}/restored" || (pattern == "/v1/projects/{project}" && method == Method::get);
    return role == 'O' && is_about_it ? 200 : 404;
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
  std::unique_ptr<storage::Database> database_ = std::move(storage::Database::open(folder_ / "test.sqlite")).value();
  storage::SqlitePeopleStore people_store_{*database_};
  storage::SqliteProjectStore project_store_{*database_};
  storage::SqliteBranchStore branch_store_{*database_};
  storage::SqliteVersionStore version_store_{*database_};
  storage::SqliteSuggestionStore suggestion_store_{*database_};
  storage::SqliteRenderStore render_store_{*database_};
  storage::SqliteEditLog log_{*database_};
  std::unique_ptr<storage::FolderBlobStore> blobs_ =
      std::move(storage::FolderBlobStore::open(*database_, folder_ / "blobs", folder_ / "uploads", clock_, random_))
          .value();
  domain::People domain_people_{people_store_, clock_, random_};
  domain::Projects projects_{project_store_, clock_, random_};
  domain::Branches branches_{branch_store_, clock_, random_};
  // No workers: nothing is rendered.
  jobs::RenderQueue renders_{
      {.program = {}, .render_folder = folder_ / "renders", .cache_folder = folder_ / "cache", .workers = 0},
      render_store_,
      log_,
      *blobs_,
      clock_,
      random_,
      [](const domain::ProjectId&, const v1::RenderStatus&) {}};
  domain::Versions versions_{version_store_, branches_, log_, *blobs_, renders_, clock_, random_};
  domain::Suggestions suggestions_{suggestion_store_, branches_, clock_};
  asio::io_context io_{1};
  asio::thread_pool pool_{1};
  RoomHub rooms_{
      {.io = io_, .pool = pool_, .log = log_, .clock = clock_, .branches = branches_, .suggestions = suggestions_}};
  SignInLimits sign_ins_{.by_user = {{kSignInsPerMinute / 60, kSignInsBurst}, kRateKeysMax},
                         .by_address = {{kAddressSignInsPerMinute / 60, kAddressSignInsBurst}, kRateKeysMax}};
  Services services_{.people = domain_people_,
                     .projects = projects_,
                     .branches = branches_,
                     .versions = versions_,
                     .suggestions = suggestions_,
                     .log = log_,
                     .blobs = *blobs_,
                     .renders = renders_,
                     .clock = clock_,
                     .is_ready = [] { return true; }};
  std::vector<Person> people_;
  domain::ProjectId own_;
  domain::ProjectId trashed_;
  domain::ProjectId foreign_;
};

TEST_F(AuthorizationTest, EveryRouteLetsInWhomItShouldAndNobodyElse) {
  ASSERT_EQ(std::size(kExpected), routes().size()) << "a new route is to be written down here";
  const Person stranger{.name = "stranger", .role = '-', .token = "token-of-nobody"};
  std::vector<const Person*> callers{nullptr};
  for (const Person& known : people_) callers.push_back(&known);
  int cells = 0;
  for (const Expected& row : kExpected) {
    const Route* route = nullptr;
    for (const Route& candidate : routes())
      if (candidate.method == row.method && candidate.pattern == row.pattern) route = &candidate;
    ASSERT_NE(route, nullptr) << row.pattern;
    for (const domain::ProjectId& project :
         {own_, trashed_, foreign_, domain::ProjectId(kNowhere), domain::ProjectId("../x")})
      for (const Person* caller : callers) {
        SCOPED_TRACE(std::string(row.pattern) + " method " + std::to_string(static_cast<int>(row.method)) + " by " +
                     (caller == nullptr ? "nobody" : caller->name) + " in " + project);
        const bool exists = project == own_ || project == trashed_ || project == foreign_;
        int wanted = expected(row.who, caller, project, row.method, row.pattern);
        if (!exists && row.pattern.find("{project}") != std::string_view::npos && wanted != 401) wanted = 404;
        EXPECT_EQ(knock(*route, caller, project), wanted);
        ++cells;
      }
    // A token that never was.
    EXPECT_EQ(knock(*route, &stranger, own_), row.who == "*" ? 200 : 401);
  }
  EXPECT_GT(cells, 1800);
}

// A member of one project who knows the names of things in another gets nothing by them.
TEST_F(AuthorizationTest, ThingsOfOtherProjectsStayShutHoweverTheyAreNamed) {
  const domain::User other = people_store_.find_user("other").value()->user;
  const auto branch = branches_.create(foreign_, other, "secret", {}).value();
  const auto version = versions_.create(foreign_, other, "V", "", {}).value();
  ASSERT_TRUE(suggestions_.create(foreign_, other, "S", "", {}));
  v1::RenderSettings settings;
  settings.set_kind(v1::RenderSettings::MIX);
  const auto render = renders_.order(foreign_, other, {foreign_, 0}, settings).value();
  const Sha256Digest blob = sha256(std::string_view("hello"));
  const auto upload = blobs_->begin_upload(foreign_, other.id, blob, 5).value();

  const Person& olga = person("olga");
  const std::string project = "/v1/projects/{project}";
  EXPECT_EQ(status_of(olga, Method::get, project + "/session", {}, "", {{"branch", branch.id}}), 404);
  EXPECT_EQ(status_of(olga, Method::get, project + "/session", {}, "", {{"branch", foreign_}}), 404);
  EXPECT_EQ(status_of(olga, Method::get, project + "/history", {}, "", {{"branch", foreign_}}), 404);
  const std::string base = R"({"name":"x","base":{"branch_id":")" + foreign_ + R"("}})";
  EXPECT_EQ(status_of(olga, Method::post, project + "/branches", {}, base), 404);
  EXPECT_EQ(status_of(olga, Method::post, project + "/versions", {},
                      R"({"name":"x","moment":{"branch_id":")" + foreign_ + R"("}})"),
            404);
  EXPECT_EQ(status_of(olga, Method::post, project + "/suggestions", {},
                      R"({"title":"x","base":{"branch_id":")" + branch.id + R"("}})"),
            404);
  EXPECT_EQ(status_of(olga, Method::post, project + "/suggestions/{number}/answer", {{"number", "1"}},
                      R"({"state":"ACCEPTED"})"),
            404);
  EXPECT_EQ(status_of(olga, Method::put, project + "/versions/{version}/render", {{"version", version.id}},
                      R"({"render_id":")" + render.render_id() + R"("})"),
            404);
  EXPECT_EQ(status_of(olga, Method::post, project + "/renders", {},
                      R"({"branch_id":")" + foreign_ + R"(","settings":{"kind":"MIX"}})"),
            404);
  EXPECT_EQ(status_of(olga, Method::get, project + "/renders/{render}", {{"render", render.render_id()}}), 404);
  EXPECT_EQ(status_of(olga, Method::remove, project + "/renders/{render}", {{"render", render.render_id()}}), 404);
  EXPECT_EQ(status_of(olga, Method::get, project + "/uploads/{upload}", {{"upload", upload.upload_id}}), 404);
  EXPECT_EQ(status_of(olga, Method::get, project + "/blobs/{blob}", {{"blob", to_hex(blob)}}), 404);
  // And in one's own project: what is another member's.
  EXPECT_EQ(status_of(person("leo"), Method::remove, project + "/members/{user}", {{"user", "pia"}}), 403);
  EXPECT_EQ(status_of(person("leo"), Method::remove, project + "/members/{user}", {{"user", "leo"}}), 204);
}

TEST_F(AuthorizationTest, ADisabledPersonComesBackWhenEnabled) {
  const Route* me = find_route(Method::get, "/v1/users/me").route;
  EXPECT_EQ(knock(*me, &person("disabled"), own_), 401);
  EXPECT_EQ(domain_people_.sign_in("disabled", "whatever it was", "").error().code, ErrorCode::denied);
  ASSERT_TRUE(people_store_.set_disabled("disabled", false));
  EXPECT_EQ(knock(*me, &person("disabled"), own_), 401) << "the old tokens are gone";
  EXPECT_EQ(people_store_.set_disabled("nobody", true).error().code, ErrorCode::not_found);
}

}  // namespace
}  // namespace talkback::net
