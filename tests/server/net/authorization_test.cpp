// Who gets in: every route of the table for every kind of caller and project; and objects of other projects, which stay
// shut however they are named. The expectations are written down here by hand, not read from the policy.
#include <gtest/gtest.h>

#include <set>

#include "tests/server/net/rights_fixture.hpp"

namespace talkback::net {
namespace {

// "OPFML": the roles that get through a route; "*" everybody, "+" whoever is signed in, "A" administrators.
// Links that were shared: "p" those to a project whose role gets through, "v" those to one version, too.
struct Expected {
  Method method;
  std::string_view pattern;
  std::string_view who;
  std::string_view links = {};
};

constexpr Expected kExpected[] = {
    {Method::get, "/healthz", "*"},
    {Method::get, "/readyz", "*"},
    {Method::post, "/v1/tokens", "*"},
    {Method::remove, "/v1/tokens/current", "+"},
    {Method::get, "/v1/users/me", "+", "v"},
    {Method::post, "/v1/users", "A"},
    {Method::post, "/v1/users/me/password", "+"},
    {Method::get, "/v1/projects", "+", "v"},
    {Method::post, "/v1/projects", "+"},
    {Method::get, "/v1/projects/{project}", "OPFML", "v"},
    {Method::remove, "/v1/projects/{project}", "O"},
    {Method::post, "/v1/projects/{project}/restored", "O"},
    {Method::get, "/v1/projects/{project}/members", "OPFML", "p"},
    {Method::put, "/v1/projects/{project}/members/{user}", "O"},
    {Method::remove, "/v1/projects/{project}/members/{user}", "OPFML"},
    {Method::get, "/v1/projects/{project}/links", "OP"},
    {Method::post, "/v1/projects/{project}/links", "OP"},
    {Method::remove, "/v1/projects/{project}/links/{link}", "OP"},
    {Method::get, "/v1/projects/{project}/archive", "OP"},
    {Method::get, "/v1/projects/{project}/session", "OPFML", "v"},
    {Method::get, "/v1/projects/{project}/history", "OPFML", "p"},
    {Method::get, "/v1/projects/{project}/branches", "OPFML", "v"},
    {Method::post, "/v1/projects/{project}/branches", "OP"},
    {Method::get, "/v1/projects/{project}/versions", "OPFML", "v"},
    {Method::post, "/v1/projects/{project}/versions", "OPF"},
    {Method::put, "/v1/projects/{project}/versions/{version}/render", "OPF"},
    {Method::get, "/v1/projects/{project}/suggestions", "OPFML", "p"},
    {Method::post, "/v1/projects/{project}/suggestions", "OPFM", "p"},
    {Method::post, "/v1/projects/{project}/suggestions/{number}/answer", "OPFM", "p"},
    {Method::post, "/v1/projects/{project}/uploads", "OPF"},
    {Method::get, "/v1/projects/{project}/uploads/{upload}", "OPF"},
    {Method::post, "/v1/projects/{project}/uploads/{upload}/end", "OPF"},
    {Method::patch, "/v1/projects/{project}/uploads/{upload}", "OPF"},
    {Method::put, "/v1/projects/{project}/blobs/{blob}", "OPF"},
    {Method::get, "/v1/projects/{project}/blobs/{blob}", "OPFML", "v"},
    {Method::post, "/v1/projects/{project}/renders", "OP"},
    {Method::get, "/v1/projects/{project}/renders", "OPFML", "v"},
    {Method::get, "/v1/projects/{project}/renders/{render}", "OPFML", "v"},
    {Method::remove, "/v1/projects/{project}/renders/{render}", "OP"},
    {Method::get, "/v1/projects/{project}/room", "OPFML", "p"},
};

class AuthorizationTest : public RightsTest {
 protected:
  int expected(const Expected& row, const Person* person, const domain::ProjectId& project) {
    if (row.who == "*") return 200;
    if (person == nullptr || person->is_over) return 401;
    const bool is_link = !person->link_of.empty();
    const bool is_open_to_them = !is_link || row.links == "v" || (row.links == "p" && !person->one_version);
    if (row.who == "+") return is_open_to_them ? 200 : 403;
    if (row.who == "A") return person->name == "admin" ? 200 : 403;
    bool is_member = project == foreign_ ? person->name == "other" : person->role != '-' && person->name != "gone";
    if (is_link) is_member = project == person->link_of;
    if (!is_member) return 404;
    const char role = project == foreign_ && !is_link ? 'O' : person->role;
    const bool may = row.who.find(role) != std::string_view::npos;
    if (project == trashed_ && may) {
      // Nothing but its restoring reaches into the trash.
      const bool is_about_it = row.pattern == "/v1/projects/{project}/restored" ||
                               (row.pattern == "/v1/projects/{project}" && row.method == Method::get);
      return role == 'O' && is_about_it ? 200 : 404;
    }
    return may && is_open_to_them ? 200 : 403;
  }
};

TEST_F(AuthorizationTest, EveryRouteLetsInWhomItShouldAndNobodyElse) {
  ASSERT_EQ(std::size(kExpected), routes().size()) << "a new route is to be written down here";
  const Person stranger{.name = "stranger", .role = '-', .token = "token-of-nobody", .link_of = {}};
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
        int wanted = expected(row, caller, project);
        if (!exists && row.pattern.find("{project}") != std::string_view::npos && wanted != 401) wanted = 404;
        EXPECT_EQ(knock(*route, caller, project), wanted);
        ++cells;
      }
    // A token that never was.
    EXPECT_EQ(knock(*route, &stranger, own_), row.who == "*" ? 200 : 401);
  }
  EXPECT_GT(cells, 3500);
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
