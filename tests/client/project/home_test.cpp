#include "client/project/home.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "tests/support/temporary_folder.hpp"

namespace talkback::project {
namespace {

TEST(HomeTest, CredentialsAreKeptForTheOwnerAlone) {
  const TemporaryFolder folder;
  const Home home = *Home::open(folder / "home");
  EXPECT_EQ(home.credentials().error().code, ErrorCode::denied);
  ASSERT_TRUE(home.keep_credentials({{false, "localhost", 7311}, "anna", "secret"}));
  const auto kept = home.credentials();
  ASSERT_TRUE(kept);
  EXPECT_EQ(kept->server, (net::ServerUrl{false, "localhost", 7311}));
  EXPECT_EQ(kept->user, "anna");
  EXPECT_EQ(kept->token, "secret");
  struct stat status {};
  ASSERT_EQ(::stat((folder / "home/credentials.json").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600U);
  home.forget_credentials();
  EXPECT_EQ(home.credentials().error().code, ErrorCode::denied);
}

TEST(HomeTest, DamagedFilesAreAsIfTheyWereMissing) {
  const TemporaryFolder folder;
  const Home home = *Home::open(folder / "home");
  for (const char* damaged : {"", "{", "[]", "null", "{\"server\": 7}", "{\"server\": \"\"}", "{}"}) {
    folder.write("home/credentials.json", damaged);
    EXPECT_FALSE(home.credentials()) << damaged;
    folder.write("home/projects.json", damaged);
    EXPECT_EQ(home.kept_projects().projects_size(), 0) << damaged;
  }
}

TEST(HomeTest, TheLastListingIsKept) {
  const TemporaryFolder folder;
  const Home home = *Home::open(folder / "home");
  v1::ProjectList projects;
  projects.add_projects()->set_name("Song");
  home.keep_projects(projects);
  ASSERT_EQ(home.kept_projects().projects_size(), 1);
  EXPECT_EQ(home.kept_projects().projects(0).name(), "Song");
}

TEST(HomeTest, AProjectsIdNeverLeavesTheFolder) {
  const TemporaryFolder folder;
  const Home home = *Home::open(folder / "home");
  EXPECT_EQ(home.replica_file({"p", "../../x"}).parent_path(), home.folder() / "projects");
}

}  // namespace
}  // namespace talkback::project
