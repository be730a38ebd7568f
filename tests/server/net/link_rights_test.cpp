// What a link that was shared opens and what it leaves shut; and that it is over when it is over.
#include "server/net/json.hpp"
#include "tests/server/net/open_door_fixture.hpp"

namespace talkback::net {
namespace {

constexpr const char* kProject = "/v1/projects/{project}";

class LinkRightsTest : public RightsTest {
 protected:
  std::string path(const std::string& rest) { return kProject + rest; }
  // The answer's body as a message; the status must be 200 or 201.
  template <class Message>
  Message asked(const Person& person, Method method, const std::string& pattern, const std::string& body = "{}") {
    HttpRequest http = http_of(&person, method);
    http.body = body;
    Request asked = request(&person, http, own_);
    Message message;
    for (const Route& route : routes())
      if (route.method == method && route.pattern == pattern) {
        const HttpResponse response = answer(route, asked);
        EXPECT_LT(response.status, 300) << response.body;
        EXPECT_TRUE(parse_json(response.body, message)) << response.body;
      }
    return message;
  }
  // A mix of the version, done, with one file; the file's hash.
  std::string pin_mix() {
    const domain::User olga = people_store_.find_user("olga").value()->user;
    const std::filesystem::path file = folder_ / "mix.wav";
    std::ofstream(file) << "a mix";
    const std::string hash = to_hex(blobs_->adopt(file).value());
    domain::Render render{.project = own_, .requested_by = olga.id, .status = {}};
    render.status.set_render_id("00000000000000ab");
    render.status.set_branch_id(own_);
    render.status.set_requested_by("olga");
    v1::Artifact& artifact = *render.status.add_artifacts();
    artifact.set_name("mix.wav");
    artifact.set_blob_sha256(hash);
    for (const auto state : {v1::RenderStatus::QUEUED, v1::RenderStatus::RUNNING, v1::RenderStatus::DONE}) {
      render.status.set_state(state);
      EXPECT_TRUE(state == v1::RenderStatus::QUEUED ? render_store_.add(render) : render_store_.change(render));
    }
    EXPECT_TRUE(versions_.pin(own_, olga, version_.id, render.status.render_id()));
    return hash;
  }
};

TEST_F(LinkRightsTest, ALinkToAVersionOpensItsMixAndItsMomentAlone) {
  const std::string mix = pin_mix();
  const domain::User olga = people_store_.find_user("olga").value()->user;
  const std::string take = "a take";
  const Sha256Digest source = sha256(std::string_view(take));
  const auto begun = blobs_->begin_upload(own_, olga.id, source, std::ssize(take)).value();
  const auto writer = blobs_->continue_upload(own_, olga.id, begun.upload_id, 0);
  ASSERT_TRUE((*writer)->write(std::as_bytes(std::span(take))));
  ASSERT_TRUE((*writer)->finish());
  ASSERT_TRUE(versions_.create(own_, olga, "Rough 2", "", {}));
  ASSERT_TRUE(branches_.create(own_, olga, "dark", {}));
  const Person& link = person("link-version");
  const Person& whole = person("link-listener");

  const auto versions = asked<v1::VersionList>(link, Method::get, path("/versions"));
  ASSERT_EQ(versions.versions_size(), 1);
  EXPECT_EQ(versions.versions(0).name(), "Rough");
  EXPECT_EQ(asked<v1::VersionList>(whole, Method::get, path("/versions")).versions_size(), 2);
  EXPECT_EQ(asked<v1::BranchList>(link, Method::get, path("/branches")).branches_size(), 1);
  EXPECT_EQ(asked<v1::BranchList>(whole, Method::get, path("/branches")).branches_size(), 2);
  EXPECT_EQ(asked<v1::RenderList>(link, Method::get, path("/renders")).renders_size(), 1);

  EXPECT_EQ(status_of(link, Method::get, path("/blobs/{blob}"), {{"blob", mix}}), 200);
  EXPECT_EQ(status_of(link, Method::get, path("/blobs/{blob}"), {{"blob", to_hex(source)}}), 403);
  EXPECT_EQ(status_of(whole, Method::get, path("/blobs/{blob}"), {{"blob", to_hex(source)}}), 200);
  EXPECT_EQ(status_of(link, Method::get, path("/renders/{render}"), {{"render", "00000000000000ab"}}), 200);
  EXPECT_EQ(status_of(link, Method::get, path("/renders/{render}"), {{"render", "00000000000000ac"}}), 403);
  EXPECT_EQ(status_of(link, Method::get, path("/session"), {}), 200);
  EXPECT_EQ(status_of(link, Method::get, path("/session"), {}, "", {{"revision", "0"}}), 200);
  EXPECT_EQ(status_of(link, Method::get, path("/session"), {}, "", {{"revision", "1"}}), 403);
  EXPECT_EQ(status_of(link, Method::get, path("/session"), {}, "", {{"branch", "dark"}}), 404)
      << "branches go by their ids";
}

TEST_F(LinkRightsTest, ALinkToAVersionIsToldWhatItOpensAndWhatWouldOpenTheRest) {
  const Person& link = person("link-version");
  const auto told = [&](const std::string& pattern) {
    const Route& route = *find_route(Method::get, pattern).route;
    const HttpRequest http = http_of(&link, Method::get);
    Request asked = request(&link, http, own_);
    const auto allowed = authorise(route, asked);
    return allowed ? "come in" : allowed.error().message;
  };
  EXPECT_EQ(
      told("/v1/projects/p/room"),
      "this link opens version \"Rough\" alone, whose mix talkback version render gets: to join the room, ask for "
      "a link to the project");
  EXPECT_NE(told("/v1/projects/p/history").find("to read the history, ask for a link"), std::string::npos);
  // No link would help.
  EXPECT_EQ(told("/v1/projects/p/links"), "as a listener of this project you may not see the links");
  EXPECT_EQ(told("/v1/projects/p/session"), "come in");
}

TEST_F(LinkRightsTest, ALinkSeesItsProjectAloneAndSaysWhatItIs) {
  const Person& link = person("link-mentor");
  const auto me = asked<v1::User>(link, Method::get, "/v1/users/me");
  EXPECT_EQ(me.name(), "Ann (link)");
  EXPECT_EQ(me.link_expires_unix_ms(), clock_.now_unix_ms() + domain::kLinkLifetimeMsDefault);
  const auto projects = asked<v1::ProjectList>(link, Method::get, "/v1/projects");
  ASSERT_EQ(projects.projects_size(), 1);
  EXPECT_EQ(projects.projects(0).my_role(), v1::MENTOR);
  EXPECT_EQ(asked<v1::ProjectList>(person("link-trashed"), Method::get, "/v1/projects").projects_size(), 0);
  const auto members = asked<v1::MemberList>(link, Method::get, path("/members"));
  for (const v1::Member& member : members.members()) EXPECT_EQ(member.user().find("link"), std::string::npos);
}

TEST_F(LinkRightsTest, ASuggestionOutlivesItsLinkUnderItsName) {
  const Person& link = person("link-mentor");
  const auto made = asked<v1::Suggestion>(link, Method::post, path("/suggestions"), R"({"title":"More air"})");
  EXPECT_EQ(made.branch().author(), "Ann (link)");
  const auto links = asked<v1::LinkList>(person("pia"), Method::get, path("/links"));
  for (const v1::Link& known : links.links())
    if (known.name() == "Ann (link)") {
      EXPECT_EQ(
          status_of(person("pia"), Method::remove, path("/links/{link}"), {{"link", std::to_string(known.number())}}),
          204);
    }
  EXPECT_EQ(status_of(link, Method::get, path("/suggestions"), {}), 401);
  const auto list = asked<v1::SuggestionList>(person("olga"), Method::get, path("/suggestions"));
  ASSERT_EQ(list.suggestions_size(), 1);
  EXPECT_EQ(list.suggestions(0).branch().author(), "Ann (link)");
  EXPECT_EQ(status_of(person("olga"), Method::post, path("/suggestions/{number}/answer"), {{"number", "1"}},
                      R"({"state":"REJECTED","answer":"thank you"})"),
            200);
}

TEST_F(LinkRightsTest, WhoMayNoLongerShareLinksHasNone) {
  const domain::User pia = people_store_.find_user("pia").value()->user;
  add_link("pias", own_, pia, {.name = {}, .role = {}, .version = {}, .lifetime_ms = 0});
  ASSERT_EQ(status_of(person("pias"), Method::get, kProject, {}), 200);
  EXPECT_EQ(status_of(person("olga"), Method::put, path("/members/{user}"), {{"user", "pia"}}, R"({"role":"MENTOR"})"),
            200);
  EXPECT_EQ(status_of(person("pias"), Method::get, kProject, {}), 401);
  EXPECT_EQ(
      status_of(person("olga"), Method::put, path("/members/{user}"), {{"user", "pia"}}, R"({"role":"PRODUCER"})"),
      200);
  EXPECT_EQ(status_of(person("pias"), Method::get, kProject, {}), 401) << "gone for good";

  add_link("pias-next", own_, pia, {.name = {}, .role = {}, .version = {}, .lifetime_ms = 0});
  ASSERT_TRUE(people_store_.set_disabled("pia", true));
  ASSERT_TRUE(people_store_.set_disabled("pia", false));
  EXPECT_EQ(status_of(person("pias-next"), Method::get, kProject, {}), 401)
      << "an account that was shut leaves no door";
}

TEST_F(LinkRightsTest, AProjectThatIsGoneTakesItsLinksAlong) {
  const Person& link = person("link-mentor");
  (void)asked<v1::Suggestion>(link, Method::post, path("/suggestions"), R"({"title":"More air"})");
  ASSERT_TRUE(projects_.trash(own_));
  EXPECT_EQ(status_of(link, Method::get, kProject, {}), 404);
  ASSERT_TRUE(projects_.restore(own_));
  EXPECT_EQ(status_of(link, Method::get, kProject, {}), 200) << "it opens what is back";
  ASSERT_TRUE(projects_.trash(own_));
  clock_.advance(domain::kTrashLifetimeMs + 1);
  EXPECT_EQ(projects_.empty_trash().value(), 2);
  EXPECT_TRUE(links_.list(own_)->empty());
  EXPECT_EQ(status_of(link, Method::get, "/v1/users/me", {}), 401);
}

TEST_F(LinkRightsTest, ALinkStaysWithinItsBounds) {
  const auto refused = [&](const std::string& body) {
    return status_of(person("olga"), Method::post, path("/links"), {}, body);
  };
  EXPECT_EQ(refused(R"({"role":"PRODUCER"})"), 400);
  EXPECT_EQ(refused(R"({"role":"OWNER"})"), 400);
  EXPECT_EQ(refused(R"({"role":"PERFORMER"})"), 400);
  EXPECT_EQ(refused(R"({"role":"MENTOR","version":"Rough"})"), 400);
  EXPECT_EQ(refused(R"({"version":"None"})"), 404);
  EXPECT_EQ(refused(R"({"lifetime_ms":59999})"), 400);
  EXPECT_EQ(refused(R"({"lifetime_ms":31536000001})"), 400);
  EXPECT_EQ(refused(R"({"lifetime_ms":-1})"), 400);
  EXPECT_EQ(refused(R"({"name":"two\nlines"})"), 400);
  EXPECT_EQ(refused(R"({"name":"Ann","role":"MENTOR"})"), 409) << "one of that name is open";
  EXPECT_EQ(refused(R"({"name":"Ann 2","lifetime_ms":31536000000})"), 201);
  for (int i = 0; i < domain::kOpenLinksPerProjectMax; ++i) (void)refused("{}");
  EXPECT_EQ(refused("{}"), 507);
}

TEST_F(LinkRightsTest, TheSecretIsToldOnceAndKeptAsItsHash) {
  const auto made = asked<v1::NewLinkMade>(person("pia"), Method::post, path("/links"), R"({"name":"Eve"})");
  EXPECT_TRUE(made.secret().starts_with("tb_link_"));
  EXPECT_EQ(made.secret().size(), 8 + 64U);
  EXPECT_EQ(asked<v1::LinkList>(person("pia"), Method::get, path("/links")).DebugString().find(made.secret()),
            std::string::npos);
  database_->close();
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder_.path())) {
    if (!entry.is_regular_file()) continue;
    std::ifstream in(entry.path(), std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(in), {}};
    EXPECT_EQ(bytes.find(made.secret()), std::string::npos) << entry.path();
  }
}

TEST_F(LinkRightsTest, GuessingIsSlowedDownAndWhoHasAnOpenLinkIsNot) {
  const Route* me = find_route(Method::get, "/v1/users/me").route;
  int refused = 0;
  std::string wrong;
  for (int i = 0; i < 200; ++i) {
    const Person guess{.name = "guess", .role = '-', .token = "tb_link_" + std::to_string(i), .link_of = {}};
    HttpRequest http = http_of(&guess, Method::get);
    http.remote_address = "192.0.2.1";
    Request asked = request(&guess, http, own_);
    const HttpResponse response = answer(*me, asked);
    if (response.status == 401 && wrong.empty()) wrong = response.body;
    if (response.status == 401) {
      EXPECT_EQ(response.body, wrong);
    }
    refused += response.status == 429 ? 1 : 0;
  }
  EXPECT_GE(refused, 100);
  // Unknown, expired, revoked: one answer.
  for (const char* name : {"link-expired", "link-revoked", "link-orphaned"}) {
    const HttpRequest http = http_of(&person(name), Method::get);
    Request asked = request(&person(name), http, own_);
    EXPECT_EQ(answer(*me, asked).body, wrong) << name;
  }
  HttpRequest http = http_of(&person("link-mentor"), Method::get);
  http.remote_address = "192.0.2.1";
  Request asked = request(&person("link-mentor"), http, own_);
  EXPECT_EQ(answer(*me, asked).status, 200);
}

// With sockets: whoever is in a room is put out of it.
class LinkRoomTest : public OpenDoor<LinkRightsTest> {};

TEST_F(LinkRoomTest, RevokingALinkEndsItsRoomsAndNobodyElses) {
  test::RoomClient mentor = join("link-mentor");
  test::RoomClient listener = join("link-listener");
  ASSERT_EQ(status_of(person("olga"), Method::remove, path("/links/{link}"), {{"link", "2"}}), 204);
  const auto goodbye = mentor.read_until(v1::ServerFrame::kGoodbye);
  ASSERT_TRUE(goodbye);
  EXPECT_EQ(goodbye->goodbye().code(), "denied");
  EXPECT_THROW(test::RoomClient(listener_->port(), person("link-mentor").token, own_), std::runtime_error);
  v1::ClientFrame presence;
  presence.mutable_presence();
  listener.send(presence);
  test::RoomClient other = join("pia");
  other.send(presence);
  EXPECT_TRUE(listener.read_until(v1::ServerFrame::kPresence)) << "still there";
}

TEST_F(LinkRoomTest, ALinkThatExpiresEndsTheRoomOfWhoeverOnlyListens) {
  test::RoomClient listener = join("link-listener");
  clock_.advance(domain::kLinkLifetimeMsDefault);
  const auto goodbye = listener.read_until(v1::ServerFrame::kGoodbye);
  ASSERT_TRUE(goodbye);
  EXPECT_NE(goodbye->goodbye().message().find("expired"), std::string::npos);
}

TEST_F(LinkRoomTest, NobodyEditsByALinkNeitherListenerNorMentor) {
  for (const char* name : {"link-listener", "link-mentor"}) {
    test::RoomClient room = join(name);
    v1::Edit edit;
    edit.set_edit_id(std::string(16, 'e'));
    edit.add_operations()->set_delete_id(1);
    room.submit(edit);
    const auto answer = room.read_until(v1::ServerFrame::kRejected);
    ASSERT_TRUE(answer) << name;
    EXPECT_EQ(answer->rejected().code(), "denied") << name;
  }
}

}  // namespace
}  // namespace talkback::net
