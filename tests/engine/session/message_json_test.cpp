#include "engine/session/message_json.hpp"

#include <gtest/gtest.h>

#include "talkback/v1/api.pb.h"

namespace talkback::session {
namespace {

TEST(MessageJsonTest, MessagesComeBackAsTheyWere) {
  v1::Project project;
  project.set_id("p1");
  project.set_name("Stück \"No. 1\"\n");
  project.set_head_revision(9'007'199'254'740'993);  // no double holds it
  v1::Project back;
  ASSERT_TRUE(from_json(to_json(project), back));
  EXPECT_EQ(back.SerializeAsString(), project.SerializeAsString());
}

TEST(MessageJsonTest, FieldsKeepTheirNamesInTheProtocol) {
  EXPECT_NE(to_json(v1::Project()).find("\"head_revision\""), std::string::npos);
}

TEST(MessageJsonTest, UnknownFieldsAreIgnored) {
  v1::Project project;
  ASSERT_TRUE(from_json(R"({"name": "Song", "mood": {"colour": ["blue"]}})", project));
  EXPECT_EQ(project.name(), "Song");
}

TEST(MessageJsonTest, WhatIsNoJsonOfTheMessageIsRefused) {
  v1::Project project;
  for (const char* text : {"", "<html>404</html>", "{\"name\": ", "[]", "{\"name\": 7, \"head_revision\": \"x\"}"})
    EXPECT_FALSE(from_json(text, project)) << text;
}

}  // namespace
}  // namespace talkback::session
