// Who gets in, through a real server: sign-in, strangers, roles, revoked tokens, foreign pages.
#include <gtest/gtest.h>

#include "server/domain/policy.hpp"
#include "server/net/routes.hpp"
#include "tests/support/edits.hpp"
#include "tests/support/server_process.hpp"
#include "tests/support/temporary_folder.hpp"

namespace talkback::test {
namespace {

const std::vector<std::pair<std::string, v1::Role>> kPeople{{"owner", v1::OWNER},
                                                            {"producer", v1::PRODUCER},
                                                            {"performer", v1::PERFORMER},
                                                            {"mentor", v1::MENTOR},
                                                            {"listener", v1::LISTENER}};

// One server for all: nothing here changes what another test sees.
class AccessTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    world_ = new World;
    for (const auto& [name, role] : kPeople) add_user(world_->data, name);
    add_user(world_->data, "stranger");
    add_user(world_->data, "boss", true);
    world_->server.emplace(world_->data);
    for (const auto& [name, role] : kPeople) world_->tokens[name] = sign_in(port(), name);
    for (const char* name : {"stranger", "boss"}) world_->tokens[name] = sign_in(port(), name);
    HttpClient owner = client("owner");
    world_->project = create_project(owner, "Song");
    for (const auto& [name, role] : kPeople)
      if (role != v1::OWNER) {
        ASSERT_EQ(set_member(owner, world_->project, name, role).status, 200);
      }
  }
  static void TearDownTestSuite() { delete world_; }

  static unsigned short port() { return world_->server->port(); }
  static HttpClient client(const std::string& user) { return HttpClient(port(), world_->tokens[user]); }
  static const std::string& project() { return world_->project; }
  static const std::string& token(const std::string& user) { return world_->tokens[user]; }

 private:
  struct World {
    TemporaryFolder folder;
    std::filesystem::path data = folder / "data";
    std::optional<ServerProcess> server;
    std::map<std::string, std::string> tokens;
    std::string project;
  };
  static World* world_;
};

AccessTest::World* AccessTest::world_ = nullptr;

std::string method_name(net::Method method) {
  switch (method) {
    case net::Method::get:
      return "GET";
    case net::Method::head:
      return "HEAD";
    case net::Method::post:
      return "POST";
    case net::Method::put:
      return "PUT";
    case net::Method::patch:
      return "PATCH";
    case net::Method::remove:
      return "DELETE";
  }
  return "";
}

// The pattern with names that exist nowhere: whoever is allowed gets 400, 404 or 426, never a change.
std::string path_of(const net::Route& route, const std::string& project) {
  std::string path(route.pattern);
  for (const auto& [name, value] : std::map<std::string, std::string>{{"{project}", project},
                                                                      {"{user}", "nobody-here"},
                                                                      {"{upload}", "0123456789abcdef"},
                                                                      {"{blob}", std::string(64, '0')},
                                                                      {"{render}", "0123456789abcdef"}})
    if (const auto at = path.find(name); at != std::string::npos) path.replace(at, name.size(), value);
  return path;
}

TEST_F(AccessTest, EveryProjectRouteFollowsThePolicyTable) {
  for (const net::Route& route : net::routes()) {
    if (domain::policy_of(route.action).access != domain::Access::member) continue;
    for (const auto& [name, role] : kPeople) {
      // The path of somebody else's membership: leaving is for oneself, the rest is the owner's.
      const bool removes_member = route.action == domain::Action::leave_project;
      const domain::Action action = removes_member ? domain::Action::change_members : route.action;
      HttpClient http = client(name);
      const Reply reply = http.send(method_name(route.method), path_of(route, project()), "{}");
      const bool refused = reply.status == 403;
      EXPECT_EQ(refused, !domain::is_allowed(action, role))
          << name << " " << method_name(route.method) << " " << route.pattern << " -> " << reply.status << reply.body;
      EXPECT_NE(reply.status, 0);
      EXPECT_LT(reply.status, 500);
    }
  }
}

TEST_F(AccessTest, StrangersFindNoProjectAndNobodyGetsInWithoutToken) {
  for (const net::Route& route : net::routes()) {
    const auto access = domain::policy_of(route.action).access;
    const std::string path = path_of(route, project());
    if (access == domain::Access::member) {
      HttpClient stranger = client("stranger");
      EXPECT_EQ(stranger.send(method_name(route.method), path, "{}").status, route.body == net::Body::room ? 426 : 404)
          << route.pattern;
    }
    if (access == domain::Access::anyone || route.body == net::Body::room) continue;
    HttpClient nobody(port());
    EXPECT_EQ(nobody.send(method_name(route.method), path, "{}").status, 401) << route.pattern;
    HttpClient forger(port(), "tb_" + std::string(64, '0'));
    EXPECT_EQ(forger.send(method_name(route.method), path, "{}").status, 401) << route.pattern;
  }
}

TEST_F(AccessTest, RoomRefusesStrangersAndForeignPages) {
  EXPECT_THROW(RoomClient(port(), token("stranger"), project()), std::runtime_error);
  EXPECT_THROW(RoomClient(port(), "", project()), std::runtime_error);
  EXPECT_THROW(RoomClient(port(), token("owner"), "0123456789abcdef"), std::runtime_error);
  EXPECT_THROW(RoomClient(port(), token("owner"), project(), {{"Origin", "https://evil.example"}}), std::runtime_error);
  EXPECT_NO_THROW(RoomClient(port(), token("owner"), project(), {{"Origin", "http://localhost"}}));
}

TEST_F(AccessTest, RoleTakenBetweenHandshakeAndHelloIsGone) {
  RoomClient listener(port(), token("listener"), project());
  HttpClient owner = client("owner");
  ASSERT_EQ(set_member(owner, project(), "listener", v1::MENTOR).status, 200);
  listener.hello();
  const auto answer = listener.read();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->goodbye().code(), "unavailable");

  RoomClient again(port(), token("listener"), project());
  again.hello();
  const auto welcome = again.read();
  ASSERT_TRUE(welcome);
  EXPECT_EQ(welcome->welcome().role(), v1::MENTOR);
  ASSERT_EQ(set_member(owner, project(), "listener", v1::LISTENER).status, 200);
}

TEST_F(AccessTest, TokenRevokedBetweenHandshakeAndHelloIsWorthNothing) {
  const std::string other = sign_in(port(), "listener");
  RoomClient listener(port(), other, project());
  ASSERT_EQ(HttpClient(port(), other).send("DELETE", "/v1/tokens/current").status, 204);

  listener.hello();

  const auto answer = listener.read();
  ASSERT_TRUE(answer);
  EXPECT_TRUE(answer->has_goodbye());
}

TEST_F(AccessTest, EditsFollowThePolicyTable) {
  std::uint64_t number = 9000;
  for (const auto& [name, role] : kPeople) {
    RoomClient room(port(), token(name), project());
    room.hello();
    ASSERT_TRUE(room.read_until(v1::ServerFrame::kSnapshot));
    ++number;
    room.submit(create_track(number, number, "Track of " + name, name));
    const bool allowed = domain::is_allowed(domain::Action::submit_edit, role);
    const auto answer = room.read_until(allowed ? v1::ServerFrame::kCommitted : v1::ServerFrame::kRejected);
    ASSERT_TRUE(answer) << name;
    if (!allowed) {
      EXPECT_EQ(answer->rejected().code(), "denied");
    }
  }
}

TEST_F(AccessTest, PerformerMayNotTouchAnothersTrack) {
  RoomClient producer(port(), token("producer"), project());
  producer.hello();
  ASSERT_TRUE(producer.read_until(v1::ServerFrame::kSnapshot));
  producer.submit(create_track(9501, 9501, "Bass"));
  ASSERT_TRUE(producer.read_until(v1::ServerFrame::kCommitted));
  RoomClient performer(port(), token("performer"), project());
  performer.hello();
  ASSERT_TRUE(performer.read_until(v1::ServerFrame::kSnapshot));

  performer.submit(move_fader(9502, 9501, -3));

  const auto answer = performer.read_until(v1::ServerFrame::kRejected);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->rejected().edit_id(), edit_id(9502));
}

TEST_F(AccessTest, WrongPasswordAndUnknownUserAreToldAlike) {
  v1::SignIn wanted;
  wanted.set_user("mentor");
  wanted.set_password("not the password");
  HttpClient http(port());
  const Reply wrong = http.post("/v1/tokens", wanted);
  wanted.set_user("nobody-here");
  const Reply unknown = http.post("/v1/tokens", wanted);
  EXPECT_EQ(wrong.status, 401);
  EXPECT_EQ(unknown.status, 401);
  EXPECT_EQ(wrong.body, unknown.body);
}

TEST_F(AccessTest, GuessingOneUsersPasswordIsSlowedDown) {
  v1::SignIn wanted;
  wanted.set_user("listener");
  wanted.set_password("not the password");
  HttpClient http(port());
  int refused = 0;
  for (int i = 0; i < 30; ++i) refused += http.post("/v1/tokens", wanted).status == 429 ? 1 : 0;
  EXPECT_GE(refused, 15);
}

TEST_F(AccessTest, OnlyAdministratorsAddPeople) {
  v1::NewUser wanted;
  wanted.set_name("newcomer");
  wanted.set_password(kPassword);
  EXPECT_EQ(client("owner").post("/v1/users", wanted).status, 403);
  EXPECT_EQ(client("boss").post("/v1/users", wanted).status, 201);
  EXPECT_EQ(client("boss").post("/v1/users", wanted).status, 409);
  wanted.set_name("No Good");
  EXPECT_EQ(client("boss").post("/v1/users", wanted).status, 400);
}

TEST_F(AccessTest, LosingMembershipEndsTheRoom) {
  HttpClient owner = client("owner");
  HttpClient boss = client("boss");
  ASSERT_EQ(set_member(owner, project(), "boss", v1::PRODUCER).status, 200);
  RoomClient room(port(), token("boss"), project());
  room.hello();
  ASSERT_TRUE(room.read_until(v1::ServerFrame::kSnapshot));

  ASSERT_EQ(owner.send("DELETE", "/v1/projects/" + project() + "/members/boss").status, 204);

  const auto goodbye = room.read_until(v1::ServerFrame::kGoodbye);
  ASSERT_TRUE(goodbye);
  EXPECT_EQ(goodbye->goodbye().code(), "denied");
  EXPECT_EQ(boss.get("/v1/projects/" + project()).status, 404);
}

TEST_F(AccessTest, SigningOutEndsTheTokenAndItsRooms) {
  HttpClient owner = client("owner");
  ASSERT_EQ(set_member(owner, project(), "stranger", v1::LISTENER).status, 200);
  const std::string token_here = sign_in(port(), "stranger");
  RoomClient room(port(), token_here, project());
  room.hello();
  ASSERT_TRUE(room.read_until(v1::ServerFrame::kSnapshot));

  HttpClient http(port(), token_here);
  ASSERT_EQ(http.send("DELETE", "/v1/tokens/current").status, 204);

  EXPECT_TRUE(room.read_until(v1::ServerFrame::kGoodbye));
  EXPECT_EQ(http.get("/v1/users/me").status, 401);
  EXPECT_EQ(client("stranger").get("/v1/users/me").status, 200);
  ASSERT_EQ(owner.send("DELETE", "/v1/projects/" + project() + "/members/stranger").status, 204);
}

TEST_F(AccessTest, HelloOfAnotherProtocolIsToldWhichSideIsOld) {
  RoomClient room(port(), token("owner"), project());
  v1::ClientFrame frame;
  frame.mutable_hello()->set_protocol_version(999);
  room.send(frame);
  const auto goodbye = room.read_until(v1::ServerFrame::kGoodbye);
  ASSERT_TRUE(goodbye);
  EXPECT_NE(goodbye->goodbye().message().find("newer"), std::string::npos);
}

TEST_F(AccessTest, NonsenseFramesEndTheConnectionNotTheServer) {
  for (const std::string& bytes : {std::string("\xff\xff\xff"), std::string(), std::string("\x12\x00", 2)}) {
    RoomClient room(port(), token("owner"), project());
    room.send_bytes(bytes);
    EXPECT_TRUE(room.read_until(v1::ServerFrame::kGoodbye));
  }
  EXPECT_EQ(client("owner").get("/v1/users/me").status, 200);
}

}  // namespace
}  // namespace talkback::test
